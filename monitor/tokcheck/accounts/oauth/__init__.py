"""Requests and responses of OAuth 2.0: the consent page and the token endpoint."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.accounts.oauth.authorization import AuthorizationRequest, authorization_url
    from tokcheck.accounts.oauth.scopes import ScopeComparison
    from tokcheck.accounts.oauth.token_endpoint import exchange_code, refresh_tokens, revoke_token

__all__ = [
    "AuthorizationRequest",
    "ScopeComparison",
    "authorization_url",
    "exchange_code",
    "refresh_tokens",
    "revoke_token",
]

_MODULES = {
    "AuthorizationRequest": "tokcheck.accounts.oauth.authorization",
    "ScopeComparison": "tokcheck.accounts.oauth.scopes",
    "authorization_url": "tokcheck.accounts.oauth.authorization",
    "exchange_code": "tokcheck.accounts.oauth.token_endpoint",
    "refresh_tokens": "tokcheck.accounts.oauth.token_endpoint",
    "revoke_token": "tokcheck.accounts.oauth.token_endpoint",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
