"""All faults by name, and the faults that all APIs share: any connection can have them."""

import re
from dataclasses import replace

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import nearest_names, suggestion
from tokcheck.sandbox.faults.declared import DECLARED_FAULTS
from tokcheck.sandbox.faults.fault import (
    DECLARED,
    FITBIT,
    GOOGLE,
    Area,
    Fault,
    constant_body,
    html_content,
    json_headers,
)
from tokcheck.sandbox.faults.fitbit import FITBIT_FAULTS
from tokcheck.sandbox.faults.fitbit_quota import FITBIT_QUOTA_FAULTS
from tokcheck.sandbox.faults.google import GOOGLE_FAULTS
from tokcheck.sandbox.faults.google_quota import GOOGLE_QUOTA_FAULTS
from tokcheck.sandbox.faults.oauth import OAUTH_FAULTS
from tokcheck.sandbox.http_messages import HTML, Headers, HttpResponse

_ALL = FITBIT | GOOGLE | DECLARED
_NUMBERED = re.compile(r"(.+)-([2-9]|[1-5][0-9])")
_MEBIBYTE = 1024 * 1024
_CUT = b'[{"battery": "High", "deviceVer'


def _declare_longer_body(response: HttpResponse) -> HttpResponse:
    return replace(response, declared_length=len(response.body) + 1000)


def _delay(response: HttpResponse) -> HttpResponse:
    return replace(response, delayed=True)


def _success(name: str, title: str, body: bytes, headers: Headers | None = None) -> Fault:
    return Fault(name, title, _ALL, 200, headers or json_headers(), constant_body(body))


SHARED_FAULTS = (
    Fault(
        "redirect",
        "a redirect to another host, which must not get the token",
        _ALL,
        302,
        (("Location", "https://elsewhere.invalid/"),),
        constant_body(b""),
    ),
    _success("empty-body", "success with an empty body", b""),
    _success("wrong-shape", "success with JSON of an unexpected shape", b'["unexpected", 42]'),
    _success("broken-json", "success with JSON that ends too soon", _CUT),
    _success("not-utf8", "success with bytes that are not text", b"\xff\xfe\x00\xd8"),
    Fault(
        "html-page",
        "success with an HTML page, as captive portals send",
        _ALL,
        200,
        *html_content("Sign in", "Sign in to use this network."),
    ),
    _success("huge-body", "success with more than 1 MiB", b"[" + b" " * (_MEBIBYTE + 1) + b"]"),
    Fault(
        "truncated-body",
        "the connection ends before the announced length",
        _ALL,
        200,
        json_headers(),
        constant_body(_CUT),
        _declare_longer_body,
    ),
    Fault("slow", "a good response after a delay", _ALL, alter=_delay),
    Fault(
        "proxy-authentication",
        "a proxy between client and service requires a password",
        _ALL,
        407,
        (("Content-Type", HTML), ("Proxy-Authenticate", 'Basic realm="proxy"')),
        constant_body(b"<!DOCTYPE html>\n<title>407 Proxy Authentication Required</title>\n"),
    ),
)

FAULTS: tuple[Fault, ...] = (
    *FITBIT_FAULTS,
    *FITBIT_QUOTA_FAULTS,
    *GOOGLE_FAULTS,
    *GOOGLE_QUOTA_FAULTS,
    *DECLARED_FAULTS,
    *OAUTH_FAULTS,
    *SHARED_FAULTS,
)

_BY_NAME: dict[str, tuple[Fault, ...]] = {}
for _fault in FAULTS:
    _BY_NAME[_fault.name] = (*_BY_NAME.get(_fault.name, ()), _fault)

FAULT_NAMES = tuple(sorted(_BY_NAME))
_LONGEST_SHOWN = 40


def find_faults(name: str) -> tuple[Fault, ...]:
    """Return the faults with that name: one, or one for each provider.

    ``NAME-2`` is the second refusal that a declaration has for a verdict. Raises
    :class:`UsageError` if there is none.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    numbered = _NUMBERED.fullmatch(name)
    found = tuple(
        replace(fault, number=int(numbered[2]))
        for fault in (_BY_NAME.get(numbered[1], ()) if numbered else ())
        if numbered and fault.verdict
    )
    if not found:
        meant = suggestion(nearest_names(name[:_LONGEST_SHOWN], FAULT_NAMES))
        raise UsageError(
            f"There is no fault named {name[:_LONGEST_SHOWN]!r}.{meant}",
            "GET /sandbox/faults lists all of them.",
        )
    return found


def find_fault(name: str, area: Area | None) -> Fault | None:
    """Return the fault with that name that applies to ``area``, if there is one."""
    return next((fault for fault in find_faults(name) if fault.applies_to(area)), None)
