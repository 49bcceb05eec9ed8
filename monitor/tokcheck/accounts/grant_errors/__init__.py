"""Accounts that cannot be refreshed: the cause, the command that repairs it, and the errors."""

from tokcheck.accounts.grant_errors.broken_grant import (
    NEEDS_NEW_LOGIN,
    BrokenExplanation,
    broken_verdict,
    broken_words,
    explain,
    short_broken_words,
    usual_reason,
)
from tokcheck.accounts.grant_errors.refresh_errors import (
    broken_error,
    broken_from_error,
    limit_error,
    limit_words,
    newly_broken_error,
    no_refresh_token_error,
    unknown_expiry_error,
    waiting_error,
)

__all__ = [
    "NEEDS_NEW_LOGIN",
    "BrokenExplanation",
    "broken_error",
    "broken_from_error",
    "broken_verdict",
    "broken_words",
    "explain",
    "limit_error",
    "limit_words",
    "newly_broken_error",
    "no_refresh_token_error",
    "short_broken_words",
    "unknown_expiry_error",
    "usual_reason",
    "waiting_error",
]
