"""The rows of an account in the database, and its secrets in the vault."""

from contextlib import suppress

from tokcheck.accounts.errors import LostError
from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Client,
    Grant,
    Intent,
    LimitCode,
    RefreshLimit,
    Refused,
    StoredAccount,
)
from tokcheck.accounts.store.vaults.vault import Vault
from tokcheck.core.expiry import is_same_moment
from tokcheck.core.secret import Secret
from tokcheck.storage.sql_connection import SqlConnection, SqlRow

SELECT_ACCOUNTS = """
    SELECT grants.*, intents.fingerprint AS intent, intents.began_at, intents.holder,
           broken.at AS broken_at, broken.reason, broken.detail, broken.fingerprint AS lost,
           broken.began_at AS lost_at, broken.holder AS lost_by, broken.code, broken.address,
           broken.secrets, refresh_limits.since AS limited_at,
           refresh_limits.until AS limited_until, refresh_limits.address AS limited_by,
           refresh_limits.code AS limit_code, refresh_limits.covers_intent
    FROM grants
    LEFT JOIN intents ON intents.owner = grants.id
    LEFT JOIN broken ON broken.owner = grants.id
    LEFT JOIN refresh_limits ON refresh_limits.owner = grants.id
"""
SECRET_FIELDS = ("client_secret", "access", "refresh")
"""The columns that hold references of secrets."""
INSERT_GRANT = """
    INSERT INTO grants (name, revision, provider, client_id, access, scopes, obtained_at)
    VALUES (?, 0, '', '', '', '', 0)
"""
_UPDATE = """
    UPDATE grants
    SET revision = ?, provider = ?, client_id = ?, client_secret = ?, access = ?, refresh = ?,
        fingerprint = ?, expires_at = ?, refresh_expires_at = ?, scopes = ?, user_id = ?,
        obtained_at = ?, clock_skew = ?, booted_at = ?
    WHERE id = ?
"""
# Both databases know this form.
_REPLACE_INTENT = """
    INSERT INTO intents (owner, fingerprint, began_at, holder) VALUES (?, ?, ?, ?)
    ON CONFLICT (owner) DO UPDATE SET
        fingerprint = excluded.fingerprint, began_at = excluded.began_at, holder = excluded.holder
"""
_REPLACE_BROKEN = """
    INSERT INTO broken
        (owner, at, reason, detail, fingerprint, began_at, holder, code, address, secrets)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (owner) DO UPDATE SET
        at = excluded.at, reason = excluded.reason, detail = excluded.detail,
        fingerprint = excluded.fingerprint, began_at = excluded.began_at, holder = excluded.holder,
        code = excluded.code, address = excluded.address, secrets = excluded.secrets
"""
_REPLACE_LIMIT = """
    INSERT INTO refresh_limits (owner, since, until, address, code, covers_intent)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (owner) DO UPDATE SET
        since = excluded.since, until = excluded.until, address = excluded.address,
        code = excluded.code, covers_intent = excluded.covers_intent
"""
_TEXTS = ("name", "provider", "client_id", "scopes")
_OPTIONAL_TEXTS = (
    *(*SECRET_FIELDS, "user_id", "intent", "holder", "reason", "detail"),
    *("lost", "lost_by", "code", "address", "secrets", "limited_by"),
)
_MOMENTS = (
    *("expires_at", "refresh_expires_at", "obtained_at", "began_at", "broken_at", "lost_at"),
    *("limited_at", "limited_until"),
)
_YEAR_10000 = 253_402_300_800


def account_from_row(vault: Vault, row: SqlRow, booted_at: float) -> StoredAccount:
    """Return the account of a row of ``SELECT_ACCOUNTS``.

    ``booted_at`` is when this computer was started, by its own clock.

    A secret missing from the vault affects this account alone: without the access token it needs
    a refresh, without another secret the grant is broken.

    :raises ForeignRowError: if the store has not written it.
    """
    _check_types(row)
    lost: dict[str, LostError] = {}

    def secret(field: str) -> Secret | None:
        try:
            return vault.read(row[field]) if row[field] else None
        except LostError as error:
            lost[field] = error
            return None

    client = Client(row["provider"], row["client_id"], secret("client_secret"))
    access = secret("access")
    grant = Grant(
        name=row["name"],
        client=client,
        access=Secret("") if access is None else access,
        refresh=secret("refresh"),
        expires_at=None if access is None else row["expires_at"],
        refresh_expires_at=row["refresh_expires_at"],
        scopes=tuple(filter(None, row["scopes"].split("\n"))),
        user_id=row["user_id"],
        obtained_at=row["obtained_at"],
        # A clock that was not set since still counts as it did then.
        clock_skew=None if is_same_moment(row["booted_at"], booted_at) else row["clock_skew"],
    )
    intent = None
    if row["intent"] is not None:
        intent = Intent(row["intent"], row["began_at"], row["holder"])
    broken = broken_from_row(row)
    cause = lost.get("refresh") or lost.get("client_secret")
    if cause is not None:
        broken = Broken(grant.obtained_at, BrokenReason.SECRET_LOST, cause.vault)
    limit = None
    if row["limited_by"] is not None:
        limit = RefreshLimit(
            row["limited_at"],
            row["limited_until"],
            row["limited_by"],
            # A row of version 6 has neither.
            LimitCode(row["limit_code"] or LimitCode.RATE_LIMITED),
            covers_intent=bool(row["covers_intent"]),
        )
    return StoredAccount(grant, row["revision"], intent, broken, limit)


def broken_from_row(row: SqlRow) -> Broken | None:
    """Return why the account of a row of ``SELECT_ACCOUNTS`` cannot be refreshed, if so."""
    if row["reason"] is None:
        return None
    lost_intent = refused = None
    if row["lost"] is not None:
        lost_intent = Intent(row["lost"], row["lost_at"], row["lost_by"])
    if row["code"] is not None:
        refused = Refused(row["code"], row["address"], tuple(row["secrets"].split(",")))
    reason = BrokenReason(row["reason"])
    return Broken(row["broken_at"], reason, row["detail"], lost_intent, refused)


def write_broken(connection: SqlConnection, row: SqlRow, broken: Broken) -> None:
    """Record why the account of a row cannot be refreshed; the first moment of a cause stays."""
    before = broken_from_row(row)
    at = before.at if before is not None and broken.is_known_by(before) else broken.at
    refused: tuple[str | None, ...] = (None, None, None)
    if broken.refused is not None:
        refused = (broken.refused.code, broken.refused.address, ",".join(broken.refused.secrets))
    connection.execute(
        _REPLACE_BROKEN,
        (
            row["id"],
            at,
            broken.reason.value,
            broken.detail,
            *(broken.intent or (None, None, None)),
            *refused,
        ),
    )


class ForeignRowError(Exception):
    """A row holds something else than the store writes."""


def _check_types(row: SqlRow) -> None:
    """Check the types of a row, since a column of SQLite takes values of any."""
    texts = all(isinstance(row[name], str) for name in _TEXTS)
    optional_texts = all(isinstance(row[name], str | None) for name in _OPTIONAL_TEXTS)
    moments = all(
        row[name] is None or (isinstance(row[name], int | float) and 0 <= row[name] < _YEAR_10000)
        for name in _MOMENTS
    )
    reason = row["reason"] is None or row["reason"] in tuple(BrokenReason)
    lost = row["lost"] is None or None not in (row["lost_at"], row["lost_by"])
    refused = row["code"] is None or None not in (row["address"], row["secrets"])
    skew = all(isinstance(row[name], int | float | None) for name in ("clock_skew", "booted_at"))
    limited = row["limited_by"] is None or None not in (row["limited_at"], row["limited_until"])
    limited = limited and row["limit_code"] in (None, *LimitCode)
    if not all((texts, optional_texts, moments, reason, lost, refused, skew, limited)):
        raise ForeignRowError


def write_grant(
    connection: SqlConnection,
    vault: Vault,
    row: SqlRow,
    grant: Grant,
    *,
    client: bool,
    booted_at: float,
) -> None:
    """Update a row with a grant; its secrets get references that were never used before.

    Without ``client``, the client is unchanged, and its secret keeps its reference.
    """
    revision = row["revision"] + 1
    secrets = {"access": grant.access, "refresh": grant.refresh}
    references: list[str | None] = [row["client_secret"]]
    if client:
        secrets = {"client_secret": grant.client.secret, **secrets}
        references.clear()
    for field, secret in secrets.items():
        reference = None
        if secret is not None:
            reference = f"{row['id']}/{revision}/{field}"
            vault.keep(reference, secret)
        if row[field]:
            vault.drop(row[field])
        references.append(reference)
    connection.execute(
        _UPDATE,
        (
            revision,
            grant.client.provider,
            grant.client.client_id,
            *references,
            fingerprint_of(grant),
            grant.expires_at,
            grant.refresh_expires_at,
            "\n".join(grant.scopes),
            grant.user_id,
            grant.obtained_at,
            grant.clock_skew,
            booted_at,
            row["id"],
        ),
    )
    delete_from(connection, "refresh_limits", row)


def write_limit(connection: SqlConnection, row: SqlRow, limit: RefreshLimit) -> None:
    """Record the moment before which no refresh of a row's account is sent."""
    connection.execute(
        _REPLACE_LIMIT,
        (
            *(row["id"], limit.since, limit.until, limit.address, limit.code.value),
            int(limit.covers_intent),
        ),
    )


def write_intent(connection: SqlConnection, row: SqlRow, intent: Intent) -> None:
    """Record the intent to refresh the account of a row."""
    connection.execute(_REPLACE_INTENT, (row["id"], *intent))
    # Without a response, the fate of this request is unknown.
    connection.execute("UPDATE refresh_limits SET covers_intent = 0 WHERE owner = ?", (row["id"],))


def fingerprint_of(grant: Grant) -> str | None:
    """Return the fingerprint of a grant's refresh token, which identifies a refresh."""
    return None if grant.refresh is None else grant.refresh.fingerprint


def find_row(connection: SqlConnection, name: str) -> SqlRow | None:
    """Return the row of ``SELECT_ACCOUNTS`` of one account."""
    with suppress(UnicodeEncodeError):  # no account has a name without UTF-8
        row: SqlRow | None = connection.execute(
            SELECT_ACCOUNTS + "WHERE grants.name = ?", (name,)
        ).fetchone()
        return row
    return None


def find_row_with_token(connection: SqlConnection, name: str, fingerprint: str) -> SqlRow | None:
    """Return an account's row if its refresh token has that fingerprint."""
    row = find_row(connection, name)
    return row if row is not None and row["fingerprint"] == fingerprint else None


def find_duplicate(connection: SqlConnection, grant: Grant) -> str | None:
    """Return the name of another account that has a grant's refresh token."""
    row = connection.execute(
        "SELECT name FROM grants WHERE fingerprint = ? AND name != ?",
        (fingerprint_of(grant), grant.name),
    ).fetchone()
    return None if row is None else str(row["name"])


def delete_from(connection: SqlConnection, table: str, row: SqlRow) -> None:
    """Delete what a table has of an account."""
    connection.execute(f"DELETE FROM {table} WHERE owner = ?", (row["id"],))  # noqa: S608 - a name of ours
