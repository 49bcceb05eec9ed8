"""The subject that spends requests: a provider counts them for each user of each application."""

import json
from hashlib import sha256

_USER = "user"


def budget_subject(
    account_name: str, provider: str | None, client_id: str | None, user_id: str | None
) -> str:
    """Return one key for all accounts that spend the same requests; it reveals no id.

    The same user of the same application is one subject, under any account name; so is a user of
    whom no response names the application, as of most declared providers. If the user is unknown,
    the account is a subject of its own.
    """
    if provider and user_id:
        return f"{_USER}:{_hash(provider, client_id or '', user_id)}"
    return f"account:{_hash(account_name)}"


def application_subject(provider: str) -> str:
    """Return one key for all accounts of a provider that counts an application's requests.

    Which application an opaque token is of is not known, so all accounts count as of one.
    """
    return f"application:{_hash(provider)}"


def is_user_subject(text: str) -> bool:
    """Return whether a subject is a known user, not an account alone."""
    return text.startswith(f"{_USER}:")


def _hash(*parts: str) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
