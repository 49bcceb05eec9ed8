"""The parts of uvicorn that are not public and that the two HTTP servers build on.

``tokcheck.exporter.web.connection`` and ``tokcheck.sandbox.server`` subclass uvicorn's h11 protocol
and its server, which may change in any release. If a test here fails, compare the module that the
message names with the installed uvicorn and adapt it. If it then no longer works with an older
uvicorn, raise the lower bound in pyproject.toml.
"""

import inspect
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pytest
import uvicorn
from uvicorn.config import Config

# The methods of H11Protocol that Connection extends, and the parameters that it passes on.
_METHODS = {
    "__init__": ["config", "server_state", "app_state"],
    "connection_made": ["transport"],
    "connection_lost": ["exc"],
    "_unset_keepalive_if_required": [],
    "data_received": ["data"],
    "handle_events": [],
    "on_response_complete": [],
    "pause_writing": [],
    "resume_writing": [],
}
# The methods of Server that the sandbox's server overrides, and the parameters that it passes on.
_SERVER_METHODS: dict[str, list[str]] = {
    "__init__": ["config"],
    "startup": [],
    "main_loop": [],
    "shutdown": [],
    "run": [],
}
_ADVICE = (
    "uvicorn {uvicorn} has no {what} that monitor/tokcheck/{file} can use. "
    "Compare that file with uvicorn/{counterpart} and adapt it, or put an upper bound "
    "on uvicorn in pyproject.toml until that is done."
)


def _advice(what: str) -> str:
    return _ADVICE.format(
        uvicorn=version("uvicorn"),
        what=what,
        file="exporter/web/connection.py",
        counterpart="protocols/http/h11_impl.py",
    )


def _sandbox_advice(what: str, counterpart: str = "server.py") -> str:
    return _ADVICE.format(
        uvicorn=version("uvicorn"), what=what, file="sandbox/server.py", counterpart=counterpart
    )


def _internal(module: str, name: str) -> Any:
    """Return an internal name of uvicorn; fail with advice if it has moved."""
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        pytest.fail(_advice(f"{module}.{name}"))


def _make_protocol() -> Any:
    protocol = _internal("uvicorn.protocols.http.h11_impl", "H11Protocol")
    state = _internal("uvicorn.server", "ServerState")
    config = Config(lambda: None, http=protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    return protocol(config, state(), {}, _loop=object())


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("uvicorn.protocols.http.h11_impl", "H11Protocol"),
        ("uvicorn.protocols.http.h11_impl", "RequestResponseCycle"),
        ("uvicorn.server", "ServerState"),
    ],
)
def test_the_classes_of_uvicorn_are_where_they_were(module: str, name: str) -> None:
    assert inspect.isclass(_internal(module, name)), _advice(f"class {module}.{name}")


@pytest.mark.parametrize("method", list(_METHODS))
def test_the_protocol_has_the_methods_that_connection_extends(method: str) -> None:
    protocol = _internal("uvicorn.protocols.http.h11_impl", "H11Protocol")
    found = getattr(protocol, method, None)
    assert found is not None, _advice(f"method H11Protocol.{method}")
    parameters = inspect.signature(found).parameters.values()
    required = [one.name for one in parameters if one.default is one.empty][1:]  # without self
    assert _METHODS[method] == required, _advice(f"H11Protocol.{method} with these parameters")


@pytest.mark.parametrize("attribute", ["transport", "cycle", "conn", "tasks", "server_state"])
def test_the_protocol_has_the_attributes_that_connection_reads(attribute: str) -> None:
    assert hasattr(_make_protocol(), attribute), _advice(f"attribute H11Protocol.{attribute}")


def test_a_protocol_without_a_connection_has_a_false_transport() -> None:
    assert not _make_protocol().transport, _advice("H11Protocol.transport that is false at first")


def test_the_parser_shows_the_bytes_that_it_has_not_used() -> None:
    conn = _make_protocol().conn
    assert conn.trailing_data == (b"", False), _advice("H11Protocol.conn of h11")


@pytest.mark.parametrize("attribute", ["response_complete", "keep_alive"])
def test_a_request_under_way_has_the_attributes_that_connection_uses(attribute: str) -> None:
    cycle = _internal("uvicorn.protocols.http.h11_impl", "RequestResponseCycle")
    source = inspect.getsource(cycle.__init__)
    assert f"self.{attribute} = " in source, _advice(f"RequestResponseCycle.{attribute}")


def test_the_server_state_lists_the_tasks_that_answer() -> None:
    state = _internal("uvicorn.server", "ServerState")
    assert set() == state().tasks, _advice("ServerState.tasks")


@pytest.mark.parametrize("method", list(_SERVER_METHODS))
def test_the_server_has_the_methods_that_the_sandbox_overrides(method: str) -> None:
    server_method = getattr(uvicorn.Server, method, None)
    assert server_method is not None, _sandbox_advice(f"method Server.{method}")
    parameters = list(inspect.signature(server_method).parameters.values())[1:]  # without self
    required = [one.name for one in parameters if one.default is one.empty]
    assert _SERVER_METHODS[method] == required, _sandbox_advice(
        f"Server.{method} with these parameters"
    )
    if method in {"startup", "shutdown", "run"}:
        assert "sockets" in [one.name for one in parameters], _sandbox_advice(
            f"parameter sockets of Server.{method}"
        )
    is_coroutine = inspect.iscoroutinefunction(server_method)
    assert (method in {"startup", "main_loop", "shutdown"}) is is_coroutine, _sandbox_advice(
        f"Server.{method} that is called in the same way"
    )


def test_the_server_has_the_attributes_that_the_sandbox_reads() -> None:
    server = uvicorn.Server(Config(lambda: None, log_config=None))
    assert server.started is False, _sandbox_advice("Server.started that is false at first")
    assert set() == server.server_state.connections, _sandbox_advice("ServerState.connections")
    assert set() == server.server_state.tasks, _sandbox_advice("ServerState.tasks")
    source = inspect.getsource(uvicorn.Server)
    assert "self.servers = " in source or "self.servers: " in source, _sandbox_advice(
        "attribute Server.servers"
    )


def test_a_protocol_has_what_the_sandbox_uses() -> None:
    protocol = _make_protocol()
    counterpart = "protocols/http/h11_impl.py"
    assert {} == protocol.app_state, _sandbox_advice("H11Protocol.app_state", counterpart)
    assert callable(protocol.shutdown), _sandbox_advice("H11Protocol.shutdown", counterpart)
