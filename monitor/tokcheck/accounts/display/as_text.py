"""Stored accounts as text for people, without secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from unicodedata import combining, east_asian_width

from tokcheck.accounts.display.as_json import known_scopes
from tokcheck.accounts.display.status import (
    causes,
    moment_text,
    next_steps,
    state_since,
    status_words,
)
from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.core.expiry import is_expired, is_in_future
from tokcheck.core.humanize import format_relative, wrap_text
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

_WIDTH = 80
_NARROW = 60
_LABEL_WIDTH = 15
_NO_EXPIRY = "no known expiry"


def accounts_table(
    accounts: Sequence[StoredAccount],
    providers: Mapping[str, Provider],
    now: float,
    width: int = _WIDTH,
) -> str:
    """Return all accounts as a table, followed by problems and the next steps.

    ``providers`` are those that are known, by name. In a narrow terminal, an account that does not
    fit into a line has one for each column.
    """
    heads = ("NAME", "PROVIDER", "STATE", "EXPIRES", "REFRESH TOKEN")
    rows = [
        (
            account.grant.name,
            account.grant.client.provider,
            status_words(account, now),
            _access_expiry(account.grant, now),
            _refresh_expiry(account.grant, now),
        )
        for account in accounts
    ]
    lines = _align_columns([heads, *rows])
    if width < _NARROW and max(_width(line.rstrip()) for line in lines) > width:
        lines = [line for row in rows for line in _stack_columns(heads, row, width)]
    for account in accounts:
        lines += _problem(account, providers.get(account.grant.client.provider), now, width)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _stack_columns(heads: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    """Yield the name of an account, and a line for each other column."""
    yield row[0]
    for head, cell in zip(heads[1:], row[1:], strict=True):
        label = f"  {head.capitalize():{_LABEL_WIDTH}}"
        for line in wrap_text(cell, width - len(label)):
            yield f"{label}{line}"
            label = " " * len(label)


def _problem(
    account: StoredAccount, provider: Provider | None, now: float, width: int
) -> list[str]:
    """Return the paragraph about an account that is not fine; a command has a line of its own."""
    facts = [*causes(account, provider, now)]
    steps = [
        text
        for label, texts in next_steps(account, provider, now)
        for text in texts
        if label == "Next"
    ]
    if not facts and not steps:
        return []
    text = " ".join([f"{account.grant.name}: {state_since(account, now)}.", *facts])
    indented = [line for step in steps for line in wrap(step, width, "  ")]
    return ["", *wrap(text, width), *indented]


def account_sheet(
    account: StoredAccount, provider: Provider | None, now: float, width: int = _WIDTH
) -> str:
    """Return one account with all of its details."""
    lines = [account.grant.name]
    for label, texts in _sheet_rows(account, provider, now):
        indent = f"  {label}".ljust(_LABEL_WIDTH + 2)
        for text in texts:
            for part in wrap(text, width - len(indent), more="  "):
                lines.append(indent + part)
                indent = " " * len(indent)
    return "\n".join(lines) + "\n"


def wrap(text: str, width: int, indent: str = "", more: str = "") -> list[str]:
    """Return the lines of a text; a command stays whole, to be copied."""
    if text.startswith("tokcheck "):
        return [indent + text]
    return wrap_text(text, width, indent, more)


def _sheet_rows(
    account: StoredAccount, provider: Provider | None, now: float
) -> Iterator[tuple[str, list[str]]]:
    grant = account.grant
    yield "Provider", [provider.title if provider else grant.client.provider]
    yield "State", [state_since(account, now)]
    for cause in causes(account, provider, now):
        yield "Cause", [cause]
    yield from next_steps(account, provider, now)
    access_ends = _NO_EXPIRY if grant.is_lasting else _expiry(grant.known_expiry(now), now)
    yield "Access token", [f"{_mask(grant.access)}, {access_ends}"]
    if grant.refresh is None:
        until = ": once the access token is refused, log in again" if grant.is_lasting else ""
        yield "Refresh token", [f"none{until}"]
    else:
        ends = grant.known_refresh_expiry(now)
        known = _NO_EXPIRY if ends is None else _expiry(ends, now)
        yield "Refresh token", [f"{_mask(grant.refresh)}, {known}"]
    secret = "without a secret" if grant.client.secret is None else "with a secret"
    client_id = grant.client.client_id
    yield "Application", [f"{client_id}, {secret}" if client_id else "not known"]
    yield "User", [grant.user_id or "not known"]
    ahead = ", in the future: the clock was ahead" if is_in_future(grant.obtained_at, now) else ""
    yield "Obtained", [f"{moment_text(grant.obtained_at)}{ahead}"]
    named = [
        (scope.name, scope.access or "", scope.words) for scope in known_scopes(grant, provider)
    ]
    yield "Scopes", [line.rstrip() for line in _align_columns(named)] or ["not known"]


def _mask(secret: Secret) -> str:
    return f"{secret.masked}, fingerprint {secret.fingerprint}" if len(secret) else "none yet"


def _access_expiry(grant: Grant, now: float) -> str:
    if grant.is_lasting:
        return _NO_EXPIRY
    return _relative_time(grant.known_expiry(now), now)


def _refresh_expiry(grant: Grant, now: float) -> str:
    if grant.refresh is None:
        return "none"
    ends = grant.known_refresh_expiry(now)
    return _NO_EXPIRY if ends is None else _relative_time(ends, now)


def _relative_time(when: float | None, now: float) -> str:
    return "not known" if when is None else format_relative(when - now)


def _expiry(when: float | None, now: float) -> str:
    if when is None:
        return "expiry not known"
    verb = "expired" if is_expired(when, now) else "expires"
    return f"{verb} {_relative_time(when, now)}, {moment_text(when)}"


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
