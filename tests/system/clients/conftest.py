"""Other people's clients against the sandbox: each goes through a whole login and a refresh.

They need the packages of the group ``clients``. These bring cryptography, which PyJWT would load in
every command that the other tests start, so they have an environment of their own:
``uv run --isolated --no-default-groups --group clients pytest -n0 tests/system/clients``
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.docs.markdown import blocks, section
from tests.support.docs.session import SHOWN_URL
from tests.support.paths import DOCS
from tokcheck.sandbox import REDIRECT_URIS, Sandbox, serve_in_thread

REDIRECT_URI = REDIRECT_URIS[0]


class ConsentingUser:
    """A user who allows everything that a consent page of the sandbox offers."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def allow(self, address: str, *scopes: str) -> str:
        """Return the address that the consent page at ``address`` redirects to."""
        assert address.startswith(self._sandbox.url), address
        form: dict[str, Any] = {"decision": "allow", "account": "alex", "scope": list(scopes)}
        response = httpx.post(address, data=form)
        assert 302 == response.status_code, response.text
        return response.headers["Location"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread() as served:
        yield served


@pytest.fixture(scope="module")
def user(sandbox: Sandbox) -> ConsentingUser:
    return ConsentingUser(sandbox)


@pytest.fixture
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let oauthlib send tokens without TLS."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def run_documented_code(sandbox: Sandbox, heading: str) -> dict[str, Any]:
    """Run the Python blocks below a heading of the documentation; return what they define."""
    page = (DOCS / "sandbox" / "clients.md").read_text()
    names: dict[str, Any] = {}
    for block in blocks(section(page, heading), "python"):
        exec(block.body.replace(SHOWN_URL, sandbox.url), names)
    return names


def load_client(module: str) -> Any:
    """Return a client's module; skip the test in an environment without the group ``clients``."""
    return pytest.importorskip(module, reason="tests/system/clients/conftest.py has the command")
