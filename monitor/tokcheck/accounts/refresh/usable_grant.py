"""A grant for a caller who needs a token now: refreshed, or else with the token that is left."""

import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.core.errors import NetError, TokcheckError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tokcheck.accounts.refresh.refresher import Refresher
    from tokcheck.accounts.store.grant_store import GrantStore
    from tokcheck.providers.base import Provider


class UsableGrant(NamedTuple):
    """A grant, and what is wrong with it."""

    grant: Grant
    failure: TokcheckError | None = None
    """Why it cannot be refreshed; ``None`` if it was, or if that is not known to fail."""
    is_left_over: bool = False
    """Whether its token lives shorter than the caller wants, because the refresh failed."""


def usable_grant(
    store: "GrantStore",
    account: StoredAccount,
    min_ttl: float,
    open_refresher: "Callable[[float], AbstractContextManager[Refresher]]",
    *,
    providers: "Mapping[str, Provider]",
    is_required: bool,
    now: Callable[[], float] = time.time,
) -> UsableGrant:
    """Return a stored account's grant, refreshed if its token lives ``min_ttl`` seconds or less.

    If the refresh fails, or the database goes away, and ``min_ttl`` is not required, a token that
    is still valid is left over.
    A lasting token meets a required ``min_ttl`` only where the provider declares such tokens.
    ``providers`` are those that are known, by name. ``open_refresher`` opens a refresher that
    gives up after some seconds where nothing is lost by it.

    :raises TokcheckError: as :meth:`Refresher.fresh_grant` does.
    """
    name = account.grant.name
    if is_required and account.grant.is_lasting:
        provider = providers.get(account.grant.client.provider)
        if provider is None or not provider.has_lasting_tokens:
            from tokcheck.accounts.grant_errors import unknown_expiry_error

            raise unknown_expiry_error(account.grant)
    if account.needs_no_refresh(min_ttl, now()):
        if account.broken is None:
            return UsableGrant(account.grant)
        from tokcheck.accounts.grant_errors import broken_error

        provider = providers.get(account.grant.client.provider)
        error = broken_error(account.grant, account.broken, provider=provider)
        return UsableGrant(account.grant, error)
    has_substitute = not is_required and account.grant.is_valid_for(0, now())
    try:
        with open_refresher(0 if has_substitute else math.inf) as refresher:
            return UsableGrant(refresher.fresh_grant(name, min_ttl))
    except (GrantError, OAuthError, NetError) as error:
        grant = store.grant(name)
        if is_required or not grant.is_valid_for(0, now()):
            raise
        return UsableGrant(grant, error, is_left_over=True)
    except StoreError as error:
        # Without the database, nothing is refreshed, and no newer token can be read.
        if not error.is_away or is_required or not account.grant.is_valid_for(0, now()):
            raise
        return UsableGrant(account.grant, error, is_left_over=True)
