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
# Of those that refuse a token that others accept; the latest ones are known.
_MOST_RESOURCES = 100


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
    is_accepted: bool = False
    refusing: tuple[str, ...] = ()
    """The resources that refused it, and have not accepted it since."""


class ReplacedTokens:
    """The latest replacement of each account, until the API accepts it.

    A resource that refuses every token does not become a reason to refresh again because another
    one accepts the token.
    """

    def __init__(self) -> None:
        self._latest: dict[AccountKey, _Replacement] = {}

    def add(self, account: AccountKey, fingerprint: str) -> None:
        """Record that this token replaces one that the API has refused."""
        known = self._latest.get(account)
        if known is None or known.fingerprint != fingerprint:
            self._latest[account] = _Replacement(fingerprint)

    def is_pointless(self, account: AccountKey, refused: str, resource: str) -> bool:
        """Return whether another token in place of the refused one would not help.

        So it is if this token was a replacement that the API has not accepted, or that this
        resource has refused before.
        """
        known = self._latest.get(account)
        if known is None or known.fingerprint != refused:
            return False
        return not known.is_accepted or resource in known.refusing

    def record_response(
        self, account: AccountKey, fingerprint: str, resource: str, status: int
    ) -> None:
        """Record the response of a resource to a request with a token."""
        known = self._latest.get(account)
        if known is None or known.fingerprint != fingerprint:
            return
        others = tuple(each for each in known.refusing if each != resource)
        if status == _UNAUTHORIZED:
            refusing = (*others, resource)[-_MOST_RESOURCES:]
            self._latest[account] = known._replace(refusing=refusing)
        elif status < _FIRST_SERVER_ERROR and status != _TOO_MANY:
            if others:
                self._latest[account] = _Replacement(fingerprint, is_accepted=True, refusing=others)
            else:
                self._latest.pop(account, None)


REPLACED_TOKENS = ReplacedTokens()
"""Those of this process."""
