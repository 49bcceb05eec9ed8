"""Read the secrets of a damaged store, as far as they are whole. Pure."""

from collections import Counter
from collections.abc import Iterable

from tokcheck.accounts.oauth.client_secret import is_token_text
from tokcheck.accounts.recovery.table_rows import Fields, StoreRows
from tokcheck.core import claims
from tokcheck.core.secret import Secret


class StoredSecrets:
    """The secrets in the rows of a damaged store.

    ``is_unchecked`` is whether one that was read has no fingerprint to compare it with.
    """

    def __init__(self, rows: StoreRows) -> None:
        self._rows = rows
        self.is_unchecked = False
        secrets = rows.tables["secrets"]
        self._texts = {str(row["reference"]): str(row["text"]) for row in secrets}
        self._fingerprints = {str(row["reference"]): row.get("fingerprint") for row in secrets}

    def read(self, owner: int, row: Fields, field: str) -> str | None:
        """Return a secret of an account if it is whole.

        Its reference in the row is put right if only that was damaged.
        """
        expected = f"{owner}/{int(str(row['revision']))}/{field}"
        for reference in dict.fromkeys((str(row[field] or ""), expected)):
            text = self._texts.get(reference)
            if text is None or not is_token_text(text):
                continue
            if field == "refresh":
                fingerprint = Secret(text).fingerprint
                known = {row["fingerprint"], *self._rows.fingerprints.get(owner, ())}
                if fingerprint not in known:
                    continue
                row["fingerprint"] = fingerprint
            elif self._is_damaged(reference, text):
                continue
            elif self._fingerprints[reference] is None:
                self.is_unchecked = True
            row[field] = reference
            return text
        return None

    def _is_damaged(self, reference: str, text: str) -> bool:
        """Return whether a secret differs from its fingerprint.

        Stores of older versions have none: there, the form of a signed token decides.
        """
        fingerprint = self._fingerprints[reference]
        secret = Secret(text)
        if fingerprint is None:
            return secret.is_signed and claims.read_claims(secret) is None
        return secret.fingerprint != fingerprint


def share_secrets(grants: Iterable[Fields], secrets: dict[str, str]) -> dict[tuple[str, str], str]:
    """Return the secret that most accounts of each application have.

    ``secrets`` are those of the new store by reference. One that differs from the one that several
    other accounts share is a damaged one, and is replaced.
    """
    copies: dict[tuple[str, str], list[str]] = {}
    for row in grants:
        reference = str(row["client_secret"])
        if reference in secrets:
            copies.setdefault(client_of(row), []).append(reference)
    shared = {}
    for client, references in copies.items():
        counts = Counter(secrets[reference] for reference in references)
        shared[client], most = counts.most_common(1)[0]
        for reference in references:
            if counts[secrets[reference]] == 1 < most:
                secrets[reference] = shared[client]
    return shared


def client_of(row: Fields) -> tuple[str, str]:
    """Return the identity of the application in an account's row."""
    return str(row["provider"]), str(row["client_id"])
