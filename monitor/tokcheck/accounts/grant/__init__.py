"""Grants, and stored accounts with the state of their refresh. Pure values."""

from tokcheck.accounts.grant.grant import Client, Grant, Tokens, grant_from_tokens, own_expiry
from tokcheck.accounts.grant.refresh_state import (
    Broken,
    BrokenReason,
    Intent,
    LimitCode,
    RefreshLimit,
    Refused,
    StoredAccount,
)

__all__ = [
    "Broken",
    "BrokenReason",
    "Client",
    "Grant",
    "Intent",
    "LimitCode",
    "RefreshLimit",
    "Refused",
    "StoredAccount",
    "Tokens",
    "grant_from_tokens",
    "own_expiry",
]
