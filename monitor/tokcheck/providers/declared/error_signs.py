"""Signs that an error message is of a declared API."""

import re
from collections.abc import Iterator

from tokcheck.providers.declared.declaration import Declaration

# Hosts of many.
_SHARED = frozenset({"github.com", "github.blog", "raw.githubusercontent.com", "gist.github.com"})
# A word that a program made up: ``RefreshToken``, ``bad_refresh_token``.
_MADE_UP = re.compile(r"[A-Za-z]{3,30}(?:_[a-z]{2,30}){1,6}|(?:[A-Z][a-z]{2,20}){2,6}")
_STANDARD = frozenset(
    {"access_denied", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope",
     "invalid_token", "rate_limit_exceeded", "redirect_uri_mismatch", "server_error",
     "unauthorized_client", "unsupported_grant_type"}
)  # fmt: skip


def error_signs(declaration: Declaration) -> tuple[str, ...]:
    """Return the signs of an API in a text: its hosts, and the addresses of its OAuth endpoints."""
    oauth = declaration.oauth
    addresses = [declaration.address]
    if oauth is not None:
        addresses += [oauth.authorize, oauth.token]
    signs = (_without_scheme(each) for each in addresses)
    return tuple(dict.fromkeys(each if _host(each) in _SHARED else _host(each) for each in signs))


def error_marks(declaration: Declaration) -> frozenset[str]:
    """Return the hosts of its documentation, and the words that its declared refusals look for."""
    hosts = {_host(_without_scheme(each)) for each in declaration.sources} - _SHARED
    return frozenset({*hosts, *error_signs(declaration), *_words(declaration)})


def _words(declaration: Declaration) -> Iterator[str]:
    of_token_endpoint = declaration.oauth.refusals if declaration.oauth else ()
    values = [each for rule in declaration.refusals for each in rule.equals]
    values += [each for rule in of_token_endpoint for each in rule.equals]
    for value in values:
        if isinstance(value, str) and _MADE_UP.fullmatch(value) and value not in _STANDARD:
            yield value.lower()


def _without_scheme(address: str) -> str:
    return address.partition("://")[2].lower().removeprefix("www.")


def _host(address: str) -> str:
    return address.partition("/")[0]
