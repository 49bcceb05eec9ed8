"""How ``login`` gets the answer of a consent page: by the listener, or pasted."""

import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login.loopback_server import Listener
from tokcheck.accounts.login.pasted_redirect import pasted
from tokcheck.accounts.login.redirect_uri import USUAL_PORT, Place, loopback, place_of
from tokcheck.accounts.oauth.authorization import Attempt, page_address, received
from tokcheck.accounts.oauth.authorization_errors import unanswered
from tokcheck.cli.shared import paste_input
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import duration
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

_LAST_PORT = 65_535
_TRIES = 3
# What a person may have copied wrongly; anything else is the page's own answer.
_ASKED_AGAIN = {"no_code", "state_mismatch", "malformed_redirect"}
_QUESTION = "Paste that address, then press Enter. It is not shown.\n"


class Way(NamedTuple):
    """The way back: the redirect address, and who waits there; without, it has to be pasted."""

    redirect_uri: str
    listener: Listener | None


@contextmanager
def way_back(
    provider: Provider, redirect_uri: str | None, port: int | None, *, no_browser: bool
) -> Iterator[Way]:
    """Choose the redirect address, and listen there if it is on this machine and asked for.

    :raises UsageError: if the address or the port cannot be used.
    """
    if port is not None and not 0 <= port <= _LAST_PORT:
        raise UsageError(f"There is no port {port}.", "Give one from 1 to 65535; 0 is any free.")
    if redirect_uri is not None and port is not None:
        raise UsageError(
            "--redirect-uri and --port both name a port.", "Write the port into the address alone."
        )
    place = _place(provider, redirect_uri, port, no_browser=no_browser)
    if place is None or no_browser:
        yield Way(redirect_uri or (place.address(place.port) if place else ""), None)
        return
    with Listener(place) as listener:
        yield Way(redirect_uri or listener.address, listener)


def answer(attempt: Attempt, page: str, way: Way, *, no_browser: bool, seconds: float) -> Secret:
    """Show the consent page's address, and return the code that comes back.

    :raises ConsentError: if none does.
    """
    address = page_address(attempt, page)
    title = attempt.provider.title
    if no_browser:
        _say(f"Open this address in a browser, on any computer:\n\n  {address}\n")
    else:
        _say(f"The consent page of the {title} opens in the browser. Its address:\n\n  {address}\n")
        _opened(address)
    if way.listener is None:
        _say(
            f"After the consent the browser goes to {attempt.redirect_uri} and may say that it "
            "cannot\nbe reached: that is fine. Copy the whole address out of its address bar."
        )
        return _asked(attempt)
    _say(
        f"Waiting up to {duration(seconds)} for the consent, at {attempt.redirect_uri}\n"
        "If the browser is on another computer, or its page shows an error: add --no-browser,\n"
        "and paste the address or the error.\n"
        "Ctrl-C stops the waiting."
    )
    try:
        return way.listener.wait(_Reading(attempt), seconds)
    except TimeoutError:
        raise unanswered(seconds, attempt.provider) from None


class _Reading:
    """Reads answers, and says once that another login's came: its page is not the only one open."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._said = False

    def __call__(self, query: str) -> Secret:
        try:
            return received(query, self._attempt)
        except ForeignError as error:
            if not self._said:
                self._said = True
                _say(f"note: {error.message} The login still waits for its own.")
            raise


def _place(
    provider: Provider, redirect_uri: str | None, port: int | None, *, no_browser: bool
) -> Place | None:
    if redirect_uri is not None:
        return place_of(redirect_uri)
    if port is None:
        port = 0 if provider.oauth.any_port else USUAL_PORT
    return loopback(USUAL_PORT if no_browser and not port else port)


def _asked(attempt: Attempt) -> Secret:
    """Take the pasted answer; a person who pastes something else is asked again."""
    if not sys.stdin.isatty():
        return pasted(paste_input.from_words(["-"], sys.stdin, sys.stderr), attempt, REGISTRY)
    for left in reversed(range(_TRIES)):
        try:
            text = paste_input.ask(sys.stdin, sys.stderr, _QUESTION)
            return pasted(text, attempt, REGISTRY)
        except ConsentError as error:
            if error.code not in _ASKED_AGAIN or not left:
                raise
            _say(f"{error.message} {error.hint}")
    raise AssertionError("the last try raises or returns")


def _opened(address: str) -> None:
    """Open a browser beside: some of them keep their caller until they are closed."""

    def work() -> None:
        try:
            opened = webbrowser.open(address)
        except (webbrowser.Error, OSError):
            opened = False
        if not opened:
            _say("No browser could be opened. Open the address above in one on this computer.")

    threading.Thread(target=work, daemon=True, name="tokcheck-browser").start()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
