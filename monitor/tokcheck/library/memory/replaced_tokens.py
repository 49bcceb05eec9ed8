"""The tokens of this process that replaced a refused one: a refusal of those is not their fault.

Each request may have its own :func:`tokcheck.auth`, so this is remembered for the account.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.storage.data_folder import data_folder_text

_UNAUTHORIZED = 401
_TOO_MANY = 429
_FIRST_SERVER_ERROR = 500


class AccountKey(NamedTuple):
    """A stored account, and the server that gets its token."""

    folder: str
    database: str
    name: str
    api_url: str


def account_key(environment: Mapping[str, str], name: str, api_url: str | None) -> AccountKey:
    """Return the key of an account of the store that the environment selects."""
    folder = os.path.abspath(data_folder_text(environment))  # noqa: PTH100 - the text, not the path
    return AccountKey(folder, environment.get("TOKCHECK_DATABASE", ""), name, api_url or "")


class _Replacement(NamedTuple):
    fingerprint: str
    is_refused: bool = False


class ReplacedTokens:
    """The latest replacement of each account, until the API accepts it."""

    def __init__(self) -> None:
        self._latest: dict[AccountKey, _Replacement] = {}

    def add(self, account: AccountKey, fingerprint: str) -> None:
        """Record that this token replaces one that the API has refused."""
        known = self._latest.get(account)
        if known is None or known.fingerprint != fingerprint:
            self._latest[account] = _Replacement(fingerprint)

    def is_pointless(self, account: AccountKey, refused: str) -> bool:
        """Return whether a refused token was such a replacement: another one would not help."""
        known = self._latest.get(account)
        return known is not None and known.fingerprint == refused

    def record_response(self, account: AccountKey, fingerprint: str, status: int) -> None:
        """Record the response to a request with a token.

        Once a replacement was refused, nothing but another token changes that: other requests with
        it may well be accepted.
        """
        known = self._latest.get(account)
        if known is None or known.fingerprint != fingerprint:
            return
        if status == _UNAUTHORIZED:
            self._latest[account] = known._replace(is_refused=True)
        elif status < _FIRST_SERVER_ERROR and status != _TOO_MANY and not known.is_refused:
            self._latest.pop(account, None)


REPLACED_TOKENS = ReplacedTokens()
"""Those of this process."""
