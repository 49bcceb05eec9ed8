"""The parts of uvicorn that are not public and that the web server builds on.

``tokcheck.exporter.web.connection`` subclasses uvicorn's h11 protocol, which may change in any
release. If a test here fails, compare that module with the installed uvicorn and adapt it. If it
then no longer works with an older one, raise the lower bound of uvicorn in pyproject.toml.
"""

import inspect
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pytest
from uvicorn.config import Config

# The methods of H11Protocol that Connection extends, and the parameters that it passes on.
_METHODS = {
    "__init__": ["config", "server_state", "app_state"],
    "connection_made": ["transport"],
    "connection_lost": ["exc"],
    "data_received": ["data"],
    "handle_events": [],
    "on_response_complete": [],
    "pause_writing": [],
    "resume_writing": [],
}
_ADVICE = (
    "uvicorn {uvicorn} has no {what} that monitor/tokcheck/exporter/web/connection.py can use. "
    "Compare that file with uvicorn/protocols/http/h11_impl.py and adapt it, or put an upper bound "
    "on uvicorn in pyproject.toml until that is done."
)


def _advice(what: str) -> str:
    return _ADVICE.format(uvicorn=version("uvicorn"), what=what)


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
