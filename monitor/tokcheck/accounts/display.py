"""Stored accounts as text for people and JSON for programs, without secrets. Pure."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from shlex import quote
from typing import Any
from unicodedata import combining, east_asian_width

from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.accounts.grant_errors import explain, short_broken_words
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.core.expiry import is_expired, is_in_future
from tokcheck.core.humanize import format_moment, format_relative
from tokcheck.core.report import Scope
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

SCHEMA = "tokcheck.accounts/1"
_WIDTH = 80
_LABEL_WIDTH = 15


class AccountStatus(StrEnum):
    """The status of an account; the values are part of the public interface."""

    FINE = "fine"
    NEEDS_LOGIN = "needs_login"
    REFRESHING = "refreshing"
    REFUSED = "refused"
    """The provider refuses the application, or is gone; the grant is not the cause."""


def account_status(account: StoredAccount, now: float) -> AccountStatus:
    """Return the status of an account at ``now`` (Unix seconds)."""
    grant = account.grant
    if account.broken is not None and not account.broken.reason.is_of_grant:
        return AccountStatus.REFUSED
    if account.intent is not None:
        return AccountStatus.REFRESHING
    is_over = grant.refresh is None and not grant.is_valid_for(0, now)
    if account.broken is not None or is_over or is_expired(grant.known_refresh_expiry(now), now):
        return AccountStatus.NEEDS_LOGIN
    return AccountStatus.FINE


def status_words(account: StoredAccount, now: float) -> str:
    """Return the status of an account for people."""
    status = account_status(account, now)
    if status in {AccountStatus.NEEDS_LOGIN, AccountStatus.REFUSED}:
        return short_broken_words(account.broken)
    return "fine" if status is AccountStatus.FINE else "refresh not finished"


def account_summary(account: StoredAccount, now: float) -> dict[str, Any]:
    """Return the JSON object of an account in the list."""
    grant = account.grant
    expires_at, refresh_expires_at = grant.known_expiry(now), grant.known_refresh_expiry(now)
    return {
        "name": grant.name,
        "provider": grant.client.provider,
        "state": account_status(account, now).value,
        "expires_at": _timestamp(expires_at),
        "expires_in_seconds": _seconds_until(expires_at, now),
        "refresh_expires_at": _timestamp(refresh_expires_at),
        "refresh_expires_in_seconds": _seconds_until(refresh_expires_at, now),
        "broken": _describe_broken(account),
    }


def _describe_broken(account: StoredAccount) -> dict[str, Any] | None:
    broken, grant = account.broken, account.grant
    if broken is None:
        return None
    words = explain(broken, grant.name, grant.client.provider)
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
        **account_summary(account, now),
        "client_id": grant.client.client_id,
        "client_secret": grant.client.secret is not None,
        "user_id": grant.user_id,
        "access_token": _describe_secret(grant.access) if len(grant.access) else None,
        "refresh_token": None if grant.refresh is None else _describe_secret(grant.refresh),
        "scopes": [scope._asdict() for scope in _scopes(grant, provider)],
        "obtained_at": _timestamp(grant.obtained_at),
        "refreshing": None
        if intent is None
        else {"since": _timestamp(intent.began_at), "holder": intent.holder},
    }


def accounts_table(accounts: Sequence[StoredAccount], now: float) -> str:
    """Return all accounts as a table."""
    heads = ("NAME", "PROVIDER", "STATE", "EXPIRES", "REFRESH TOKEN")
    rows = [
        (
            account.grant.name,
            account.grant.client.provider,
            status_words(account, now),
            _relative_time(account.grant.known_expiry(now), now),
            _refresh_expiry(account.grant, now),
        )
        for account in accounts
    ]
    return "".join(f"{line.rstrip()}\n" for line in _align_columns([heads, *rows]))


def account_sheet(account: StoredAccount, provider: Provider | None, now: float) -> str:
    """Return one account with all of its details."""
    lines = [account.grant.name]
    for label, texts in _sheet_rows(account, provider, now):
        indent = f"  {label}".ljust(_LABEL_WIDTH + 2)
        for text in texts:
            for part in _wrap(text, _WIDTH - len(indent)):
                lines.append(indent + part)
                indent = " " * len(indent)
    return "\n".join(lines) + "\n"


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )


def _sheet_rows(
    account: StoredAccount, provider: Provider | None, now: float
) -> Iterator[tuple[str, list[str]]]:
    grant, intent, broken = account.grant, account.intent, account.broken
    yield "Provider", [provider.title if provider else grant.client.provider]
    word = status_words(account, now)
    if intent is not None:
        word += f" since {_format_moment(intent.began_at)}, by {intent.holder}"
    if broken is not None:
        word += f" since {_format_moment(broken.at)}"
    yield "State", [word]
    if intent is not None:
        yield "Next", [f"Finish it: tokcheck accounts refresh {quote(grant.name)}"]
    if broken is not None:
        yield "Cause", [explain(broken, grant.name, grant.client.provider).sentence]
    if broken is not None or account_status(account, now) is AccountStatus.NEEDS_LOGIN:
        yield "Next", _next_step(account, provider)
    if broken is not None and (retry := explain(broken, grant.name, grant.client.provider).retry):
        yield "Or", ["Try the refresh token once more:", retry]
    yield "Access token", [f"{_mask(grant.access)}, {_expiry(grant.known_expiry(now), now)}"]
    if grant.refresh is None:
        yield "Refresh token", ["none"]
    else:
        ends = grant.known_refresh_expiry(now)
        known = "no known end" if ends is None else _expiry(ends, now)
        yield "Refresh token", [f"{_mask(grant.refresh)}, {known}"]
    secret = "without a secret" if grant.client.secret is None else "with a secret"
    yield "Application", [f"{grant.client.client_id}, {secret}"]
    yield "User", [grant.user_id or "not known"]
    ahead = ", in the future: the clock was ahead" if is_in_future(grant.obtained_at, now) else ""
    yield "Obtained", [f"{_format_moment(grant.obtained_at)}{ahead}"]
    named = [
        (scope.name, scope.access or "", scope.description or "unknown here")
        for scope in _scopes(grant, provider)
    ]
    yield "Scopes", [line.rstrip() for line in _align_columns(named)] or ["not known"]


def _next_step(account: StoredAccount, provider: Provider | None) -> list[str]:
    """Return how to repair a grant; the command has a line of its own, to be copied whole."""
    if account.broken is None:
        again = "Log in again"
        if provider is None:
            return [f"{again}."]
        return [f"{again}:", str(LoginCommand(provider.name, account.grant.name))]
    grant = account.grant
    words = explain(account.broken, grant.name, grant.client.provider)
    advice = f"{words.note} {words.advice}".strip()
    return [text for text in (advice, words.command) if text]


def _scopes(grant: Grant, provider: Provider | None) -> list[Scope]:
    if provider is None:
        return [Scope(code, code, None, None) for code in grant.scopes]
    return sorted(provider.scope(code) for code in grant.scopes)


def _describe_secret(secret: Secret) -> dict[str, Any]:
    return {
        "masked": secret.masked,
        "fingerprint": secret.fingerprint,
        "length": len(secret),
    }


def _mask(secret: Secret) -> str:
    return f"{secret.masked}, fingerprint {secret.fingerprint}" if len(secret) else "none yet"


def _refresh_expiry(grant: Grant, now: float) -> str:
    if grant.refresh is None:
        return "none"
    ends = grant.known_refresh_expiry(now)
    return "no known end" if ends is None else _relative_time(ends, now)


def _relative_time(when: float | None, now: float) -> str:
    return "not known" if when is None else format_relative(when - now)


def _expiry(when: float | None, now: float) -> str:
    if when is None:
        return "expiry not known"
    verb = "expired" if is_expired(when, now) else "expires"
    return f"{verb} {_relative_time(when, now)}, {_format_moment(when)}"


def _align_columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = list(rows)
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in cells
    ]


def _width(text: str) -> int:
    """Return the columns that a text takes in a terminal; letters of some scripts take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(letter) else 2 if east_asian_width(letter) in {"W", "F"} else 1
        for letter in text
    )


def _seconds_until(when: float | None, now: float) -> int | None:
    return None if when is None else int((when - now) // 1)


def _timestamp(when: float | None) -> str | None:
    if when is None:
        return None
    return datetime.fromtimestamp(int(when), UTC).isoformat().replace("+00:00", "Z")


def _format_moment(when: float) -> str:
    return format_moment(datetime.fromtimestamp(when, UTC))
