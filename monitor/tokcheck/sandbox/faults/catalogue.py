"""All faults, by name; those here belong to both APIs, for any connection can have them.

The faults that somebody asked for through the control API, in their order.
"""

import threading
from dataclasses import dataclass, replace

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults.fault import FITBIT, GOOGLE, Area, Fault, fixed, html, json_headers
from tokcheck.sandbox.faults.fitbit import FITBIT_FAULTS
from tokcheck.sandbox.faults.fitbit_quota import FITBIT_QUOTA_FAULTS
from tokcheck.sandbox.faults.google import GOOGLE_FAULTS
from tokcheck.sandbox.faults.oauth import OAUTH_FAULTS
from tokcheck.sandbox.messages import HTML, Answer, Headers

_ALL = FITBIT | GOOGLE
_MEBIBYTE = 1024 * 1024
_CUT = b'[{"battery": "High", "deviceVer'


def _declare_more(answer: Answer) -> Answer:
    return replace(answer, declared_length=len(answer.body) + 1000)


def _slow(answer: Answer) -> Answer:
    return replace(answer, slow=True)


def _good(name: str, title: str, body: bytes, headers: Headers | None = None) -> Fault:
    return Fault(name, title, _ALL, 200, headers or json_headers(), fixed(body))


SHARED_FAULTS = (
    Fault(
        "redirect",
        "a redirect to another host, which must not get the token",
        _ALL,
        302,
        (("Location", "https://elsewhere.invalid/"),),
        fixed(b""),
    ),
    _good("empty-body", "success with nothing in it", b""),
    _good("wrong-shape", "success with JSON that nobody expects", b'["unexpected", 42]'),
    _good("broken-json", "success with JSON that ends too soon", _CUT),
    _good("not-utf8", "success with bytes that are no text", b"\xff\xfe\x00\xd8"),
    Fault(
        "html-page",
        "success with an HTML page, as captive portals send",
        _ALL,
        200,
        *html("Sign in", "Sign in to use this network."),
    ),
    _good("huge-body", "success with more than 1 MiB", b"[" + b" " * (_MEBIBYTE + 1) + b"]"),
    Fault(
        "truncated-body",
        "the connection ends before the announced length",
        _ALL,
        200,
        json_headers(),
        fixed(_CUT),
        _declare_more,
    ),
    Fault("slow", "a good answer that takes its time", _ALL, alter=_slow),
    Fault(
        "proxy-authentication",
        "a proxy between client and service asks for a password",
        _ALL,
        407,
        (("Content-Type", HTML), ("Proxy-Authenticate", 'Basic realm="proxy"')),
        fixed(b"<!DOCTYPE html>\n<title>407 Proxy Authentication Required</title>\n"),
    ),
)

FAULTS: tuple[Fault, ...] = (
    *FITBIT_FAULTS,
    *FITBIT_QUOTA_FAULTS,
    *GOOGLE_FAULTS,
    *OAUTH_FAULTS,
    *SHARED_FAULTS,
)

_BY_NAME: dict[str, tuple[Fault, ...]] = {}
for _fault in FAULTS:
    _BY_NAME[_fault.name] = (*_BY_NAME.get(_fault.name, ()), _fault)

NAMES = tuple(sorted(_BY_NAME))


def named(name: str) -> tuple[Fault, ...]:
    """Return the faults of that name: one, or one for each provider.

    Raises :class:`UsageError` when there is none.
    """
    if name not in _BY_NAME:
        raise UsageError(
            f"There is no fault named {name[:40]!r}.", "GET /sandbox/faults lists all of them."
        )
    return _BY_NAME[name]


def choose(name: str, area: Area | None) -> Fault | None:
    """Return the fault of that name which concerns ``area``, if one does."""
    return next((fault for fault in named(name) if fault.concerns(area)), None)


@dataclass(slots=True)
class Requested:
    """A fault's name and how many requests it still concerns; ``None`` means until cleared."""

    name: str
    times: int | None


class RequestedFaults:
    """A queue: each request takes the first entry that concerns it, the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Requested] = []

    def ask(self, name: str, times: int | None = None) -> None:
        """Add a fault for the next ``times`` requests that it concerns.

        Raises :class:`UsageError` for an unknown name or fewer than one time.
        """
        named(name)
        if times is not None and times < 1:
            raise UsageError("A fault happens at least once.", "Give 'times' as 1 or more.")
        with self._lock:
            self._queue.append(Requested(name, times))

    def clear(self) -> None:
        """Forget everything that was asked for."""
        with self._lock:
            self._queue.clear()

    def pending(self) -> tuple[tuple[str, int | None], ...]:
        """Return the names and the times that are left."""
        with self._lock:
            return tuple((entry.name, entry.times) for entry in self._queue)

    def take(self, area: Area | None) -> Fault | None:
        """Return the fault for a request in ``area``, and count it."""
        with self._lock:
            for entry in self._queue:
                fault = choose(entry.name, area)
                if fault is None:
                    continue
                if entry.times is not None:
                    entry.times -= 1
                    if entry.times == 0:
                        self._queue.remove(entry)
                return fault
            return None
