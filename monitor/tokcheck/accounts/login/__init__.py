"""The login: an authorization request, its redirect, and the account that comes of it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.accounts.login.code_exchange import fetch_tokens, store_grant
    from tokcheck.accounts.login.redirect_uri import LoopbackEndpoint, default_endpoint, endpoint_of

__all__ = ["LoopbackEndpoint", "default_endpoint", "endpoint_of", "fetch_tokens", "store_grant"]

_MODULES = {
    "LoopbackEndpoint": "tokcheck.accounts.login.redirect_uri",
    "default_endpoint": "tokcheck.accounts.login.redirect_uri",
    "endpoint_of": "tokcheck.accounts.login.redirect_uri",
    "fetch_tokens": "tokcheck.accounts.login.code_exchange",
    "store_grant": "tokcheck.accounts.login.code_exchange",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
