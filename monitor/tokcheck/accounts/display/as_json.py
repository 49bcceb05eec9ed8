"""Stored accounts as JSON for programs, without secrets."""

from datetime import UTC, datetime
from typing import Any

from tokcheck.accounts.display.status import account_status, known_limit
from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.accounts.grant_errors import explain
from tokcheck.core.report import Scope
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

SCHEMA = "tokcheck.accounts/1"


def account_summary(
    account: StoredAccount, provider: Provider | None, now: float
) -> dict[str, Any]:
    """Return the JSON object of an account in the list; its provider is given if it is known."""
    grant = account.grant
    expires_at, refresh_expires_at = grant.known_expiry(now), grant.known_refresh_expiry(now)
    limit = known_limit(account, now)
    return {
        "name": grant.name,
        "provider": grant.client.provider,
        "state": account_status(account, now).value,
        "expires_at": _timestamp(expires_at),
        "expires_in_seconds": _seconds_until(expires_at, now),
        "refresh_expires_at": _timestamp(refresh_expires_at),
        "refresh_expires_in_seconds": _seconds_until(refresh_expires_at, now),
        "refresh_not_before": _timestamp(limit and limit.until),
        "broken": _describe_broken(account, provider),
    }


def _describe_broken(account: StoredAccount, provider: Provider | None) -> dict[str, Any] | None:
    broken, grant = account.broken, account.grant
    if broken is None:
        return None
    words = explain(broken, grant.name, grant.client.provider, provider)
    return {
        "since": _timestamp(broken.at),
        "code": broken.code,
        "message": words.sentence,
        "hint": words.hint,
    }


def account_details(
    account: StoredAccount, provider: Provider | None, now: float
) -> dict[str, Any]:
    """Return the JSON object of a single account."""
    grant, intent = account.grant, account.intent
    return {
        "schema": SCHEMA,
        **account_summary(account, provider, now),
        "client_id": grant.client.client_id,
        "client_secret": grant.client.secret is not None,
        "user_id": grant.user_id,
        "access_token": _describe_secret(grant.access) if len(grant.access) else None,
        "refresh_token": None if grant.refresh is None else _describe_secret(grant.refresh),
        "scopes": [scope._asdict() for scope in known_scopes(grant, provider)],
        "obtained_at": _timestamp(grant.obtained_at),
        "refreshing": None
        if intent is None
        else {"since": _timestamp(intent.began_at), "holder": intent.holder},
    }


def known_scopes(grant: Grant, provider: Provider | None) -> list[Scope]:
    """Return the scopes of a grant, explained where its provider is known."""
    if provider is None:
        return [Scope(code, code, None, None) for code in grant.scopes]
    return sorted(provider.scope(code) for code in grant.scopes)


def _describe_secret(secret: Secret) -> dict[str, Any]:
    return {
        "masked": secret.masked,
        "fingerprint": secret.fingerprint,
        "length": len(secret),
    }


def _seconds_until(when: float | None, now: float) -> int | None:
    return None if when is None else int((when - now) // 1)


def _timestamp(when: float | None) -> str | None:
    if when is None:
        return None
    return datetime.fromtimestamp(int(when), UTC).isoformat().replace("+00:00", "Z")
