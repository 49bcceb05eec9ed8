"""Whose calls a probe spends: a provider counts them for each user of each application."""

import json
from hashlib import sha256

_USER = "user"


def subject(
    account_name: str, provider: str | None, client_id: str | None, user_id: str | None
) -> str:
    """Return one name for all accounts that spend the same calls; no id can be read from it.

    The same user of the same application is one subject, whatever the accounts are called. Where
    either is not known, the account stands for itself.
    """
    if provider and client_id and user_id:
        return f"{_USER}:{_hash(provider, client_id, user_id)}"
    return f"account:{_hash(account_name)}"


def names_user(text: str) -> bool:
    """Tell whether a subject stands for a known user, not for an account alone."""
    return text.startswith(f"{_USER}:")


def _hash(*parts: str) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
