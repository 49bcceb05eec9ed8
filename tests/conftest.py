"""Fixtures for all tests: made-up tokens, a fixed moment, and homes of their own."""

import os
from datetime import datetime

import pytest

from tests import calls
from tests.tokens import NOW


@pytest.fixture
def now() -> datetime:
    """The moment at which the made-up tokens are good."""
    return NOW


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tester's own settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("TOKCHECK_") or name.upper().endswith("_PROXY") or name == "NO_COLOR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(params=["one at a time", "many at once"])
def send(request: pytest.FixtureRequest) -> calls.Send:
    """Send through either of the two clients: both have to do the same."""
    return calls.send if request.param == "one at a time" else calls.send_async


@pytest.fixture
def refused(send: calls.Send) -> calls.Refused:
    """Return the error of a call through either of the two clients."""
    return calls.refusal(send)
