"""Put the accounts of a damaged store together from the rows that are left of it. Pure.

A secret counts only if it has the fingerprint that is stored for it. Nothing is guessed: what is
missing is left out, and its account needs a new login.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.recovery.account_names import AccountNames, name_accounts
from tokcheck.accounts.recovery.stored_secrets import StoredSecrets, client_of, share_secrets
from tokcheck.accounts.recovery.table_rows import (
    REFERENCE,
    Fields,
    StoreRows,
    readable_provider,
)
from tokcheck.accounts.refresh.recovery_file import SavedTokens


class RecoveryState(StrEnum):
    """The parts of an account that are left."""

    WHOLE = "whole"
    """All of it; the fingerprint of its refresh token is right."""

    FROM_RECOVERY_FILE = "from_recovery_file"
    """All of it; its newest tokens were in a recovery file."""

    NO_ACCESS_TOKEN = "no_access_token"  # noqa: S105 - the name of a state
    """All but the access token, which the next refresh replaces."""

    NO_CLIENT_SECRET = "no_client_secret"  # noqa: S105 - the name of a state
    """All but the secret of its application, which no other account has either."""

    NEEDS_LOGIN = "needs_login"
    """Its row, but not its refresh token."""

    LOST = "lost"
    """Nothing but its name, which may be empty: then that is lost, too."""


# The state of an account without one of its secrets; the worst comes last.
_WITHOUT = {
    "access": RecoveryState.NO_ACCESS_TOKEN,
    "client_secret": RecoveryState.NO_CLIENT_SECRET,
    "refresh": RecoveryState.NEEDS_LOGIN,
}


class Recovered(NamedTuple):
    """One account of a damaged store."""

    name: str
    provider: str
    """The name of its provider; empty if that is lost."""
    state: RecoveryState
    has_other_name: bool = False
    """Whether its own name is lost, so that it got a new one."""
    lacks_access_token: bool = False
    """Whether its access token is lost, whatever else is; the next refresh replaces it."""


class Salvage(NamedTuple):
    """The rows of the new store, and the state of each account for people."""

    tables: Mapping[str, Sequence[Fields]]
    last_id: int
    accounts: tuple[Recovered, ...]
    is_unchecked: bool
    """Whether a secret had no fingerprint, as in stores of older versions."""


def salvage_accounts(
    rows: StoreRows, saved: Sequence[SavedTokens], has_files: Callable[[str], bool]
) -> Salvage:
    """Return the rows of the new store.

    ``saved`` are the tokens of the recovery files, and ``has_files`` returns whether the account
    of a name has files of its own.
    """
    settings = {str(row["name"]): row for row in rows.tables.get("settings", ())}
    in_keyring = settings.get("vault", {}).get("value") == "keyring"
    work = _Work(rows, in_keyring=in_keyring)
    newest = _newest(rows.tables["grants"])
    named = name_accounts(
        {int(str(row["id"])): str(row["name"]) for row in newest},
        rows.names,
        _owners(rows),
        has_files,
    )
    for row in newest:
        work.add(row, named)
    for tokens in saved:
        work.take_in(tokens)
    work.complete_applications()
    for owner, name in named.others.items():
        if owner not in work.grants:
            work.add_lost(owner, name)
    return work.result(settings.values())


class _Work:
    """The new store's rows while they are put together."""

    def __init__(self, rows: StoreRows, *, in_keyring: bool) -> None:
        self._rows = rows
        self._stored = StoredSecrets(rows)
        self._in_keyring = in_keyring
        self.grants: dict[int, Fields] = {}
        self._secrets: dict[str, str] = {}
        self._intents = _by_owner(rows.tables["intents"])
        self._broken = _by_owner(rows.tables["broken"])
        self._accounts: dict[str, Recovered] = {}

    def add(self, row: Fields, named: AccountNames) -> None:
        """Add an account's row, with those of its secrets that are whole."""
        owner = int(str(row["id"]))
        name = named.names[owner]
        row = row | {"name": name, "provider": readable_provider(str(row["provider"]))}
        state = RecoveryState.WHOLE if self._in_keyring else self._add_secrets(owner, row)
        fingerprint = row["fingerprint"]
        if fingerprint is not None and any(
            fingerprint == other["fingerprint"] for other in self.grants.values()
        ):
            row["fingerprint"] = None  # two accounts cannot have one refresh token
            state = RecoveryState.NEEDS_LOGIN
        self.grants[owner] = row
        lacks_access = not self._in_keyring and str(row["access"]) not in self._secrets
        self._accounts[name] = Recovered(
            name,
            str(row["provider"]),
            state,
            has_other_name=owner in named.made_up,
            lacks_access_token=lacks_access,
        )

    def _add_secrets(self, owner: int, row: Fields) -> RecoveryState:
        state = RecoveryState.WHOLE
        for field, without in _WITHOUT.items():
            text = self._stored.read(owner, row, field)
            if text is not None:
                self._secrets[str(row[field])] = text
            elif row[field]:
                state = without
        return state

    def take_in(self, saved: SavedTokens) -> None:
        """Add the tokens of a recovery file, unless the store has them or newer ones."""
        grant = saved.grant
        row = next((one for one in self.grants.values() if one["name"] == grant.name), None)
        row = row or self._nameless_row(saved)
        refresh = None if grant.refresh is None else grant.refresh.fingerprint
        others = [one for one in self.grants.values() if one is not row]
        if refresh is not None and any(one["fingerprint"] == refresh for one in others):
            return  # another account has these tokens
        if row is None:
            if saved.has_client:
                self._write(self._new_row(grant.name), grant, with_client=True)
            return
        is_next = row["fingerprint"] == saved.intent.fingerprint
        is_newer = (grant.obtained_at or 0) > float(str(row["obtained_at"]))
        if is_next and (refresh != row["fingerprint"] or is_newer):
            self._write(row, grant, with_client=False)

    def _nameless_row(self, saved: SavedTokens) -> Fields | None:
        """Return the row of saved tokens if its name was lost, with their name."""
        for row in self.grants.values():
            account = self._accounts[str(row["name"])]
            if account.has_other_name and row["fingerprint"] == saved.intent.fingerprint:
                row["name"] = name = saved.grant.name
                del self._accounts[account.name]
                self._accounts[name] = account._replace(name=name, has_other_name=False)
                return row
        return None

    def _new_row(self, name: str) -> Fields:
        owner = self._last_id() + 1
        known = [key for key, names in self._rows.names.items() if names == {name}]
        if len(known) == 1:
            owner = known[0]
        row: Fields = {"id": owner, "name": name, "revision": 0, "client_secret": None}
        self.grants[owner] = row
        return row

    def _write(self, row: Fields, grant: Grant, *, with_client: bool) -> None:
        owner, revision = int(str(row["id"])), int(str(row["revision"])) + 1
        secrets = {"access": grant.access, "refresh": grant.refresh}
        if with_client:
            row |= {"provider": grant.client.provider, "client_id": grant.client.client_id}
            secrets["client_secret"] = grant.client.secret
        for field, secret in secrets.items():
            self._secrets.pop(str(row.get(field) or ""), None)
            row[field] = None
            if secret is not None:
                row[field] = f"{owner}/{revision}/{field}"
                self._secrets[f"{owner}/{revision}/{field}"] = secret.reveal()
        row |= {
            "revision": revision,
            "fingerprint": None if grant.refresh is None else grant.refresh.fingerprint,
            "expires_at": grant.expires_at,
            "refresh_expires_at": grant.refresh_expires_at,
            "scopes": "\n".join(grant.scopes),
            "user_id": grant.user_id,
            "obtained_at": grant.obtained_at,
        }
        if "clock_skew" in row:  # an older version has no such column
            row |= {"clock_skew": grant.clock_skew, "booted_at": None}
        self._intents.pop(owner, None)
        self._broken.pop(owner, None)
        self._accounts[grant.name] = Recovered(
            grant.name, str(row["provider"]), RecoveryState.FROM_RECOVERY_FILE
        )

    def complete_applications(self) -> None:
        """Give accounts that lost the secret of their application that of another account."""
        known = share_secrets(self.grants.values(), self._secrets)
        for row in self.grants.values():
            reference = row["client_secret"]
            if self._in_keyring or not reference or str(reference) in self._secrets:
                continue
            account = self._accounts[str(row["name"])]
            state = account.state
            text = known.get(client_of(row))
            if text is None:
                row["client_secret"] = None
                if state is not RecoveryState.NEEDS_LOGIN:
                    state = RecoveryState.NO_CLIENT_SECRET
            else:
                self._secrets[str(reference)] = text
                if state is RecoveryState.NO_CLIENT_SECRET:
                    state = (
                        RecoveryState.NO_ACCESS_TOKEN
                        if account.lacks_access_token
                        else RecoveryState.WHOLE
                    )
            self._accounts[account.name] = account._replace(state=state)

    def add_lost(self, owner: int, name: str) -> None:
        """Add an account of which at most the name is left."""
        self._accounts.setdefault(name or f"\0{owner}", Recovered(name, "", RecoveryState.LOST))

    def result(self, settings: Iterable[Fields]) -> Salvage:
        """Return the rows of the new store."""
        intents = [
            row
            for owner, row in self._intents.items()
            if owner in self.grants and self.grants[owner]["fingerprint"] == row["fingerprint"]
        ]
        tables: dict[str, list[Fields]] = {
            "grants": list(self.grants.values()),
            "intents": intents,
            "broken": [row for owner, row in self._broken.items() if owner in self.grants],
            "secrets": [{"reference": key, "text": text} for key, text in self._secrets.items()],
            "settings": list(settings),
        }
        known = {name: rows for name, rows in tables.items() if name in self._rows.tables}
        accounts = tuple(sorted(self._accounts.values()))
        return Salvage(known, self._last_id(), accounts, self._stored.is_unchecked)

    def _last_id(self) -> int:
        """Return the largest id that the store has given, as far as can be seen."""
        return max([self._rows.last_id, *self.grants, *self._rows.names, 0])


def _newest(rows: Iterable[Fields]) -> list[Fields]:
    """Return one row for each id: the newest of several copies."""
    newest: dict[Any, Fields] = {}
    for row in rows:
        known = newest.get(row["id"])
        if known is None or int(str(row["revision"])) > int(str(known["revision"])):
            newest[row["id"]] = row
    return [newest[owner] for owner in sorted(newest)]


def _owners(rows: StoreRows) -> set[int]:
    """Return the ids that rows besides those of the accounts name."""
    owners = {int(str(row["owner"])) for row in (*rows.tables["intents"], *rows.tables["broken"])}
    for row in rows.tables["secrets"]:
        match = REFERENCE.fullmatch(str(row["reference"]))
        owners |= {int(match[1])} if match else set()
    return owners | rows.fingerprints.keys()


def _by_owner(rows: Iterable[Fields]) -> dict[int, Fields]:
    return {int(str(row["owner"])): row for row in rows}
