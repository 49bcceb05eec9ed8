"""The account store of the commands, and its refreshes over the network.

The modules of the network are imported on first use: most commands only read the store.
"""

import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.accounts.names import no_accounts_text
from tokcheck.accounts.store.environment import open_store
from tokcheck.accounts.store.grant_store import GrantStore

if TYPE_CHECKING:
    from tokcheck.accounts.refresh.refresher import Refresher
    from tokcheck.transport import Net

MIN_TTL_SECONDS = 300.0
# Of one request; a refresh repeats a request that got no response.
TIMEOUT_SECONDS = 10.0


@contextmanager
def open_network(environment: Mapping[str, str]) -> Iterator["Net"]:
    """Open the network, with the endpoints that the environment sets.

    At the end, a note says if a server's clock and this computer's differ.
    """
    from tokcheck.cli.shared.notes import comparing_clocks
    from tokcheck.providers import REGISTRY
    from tokcheck.transport import Net
    from tokcheck.transport.endpoints import resolve_endpoints

    endpoints = resolve_endpoints(REGISTRY, environment)
    report_cleaned_secrets(environment)
    with (
        comparing_clocks() as reception,
        Net(endpoints, timeout=TIMEOUT_SECONDS, pause=time.sleep, reception=reception) as net,
    ):
        yield net


@contextmanager
def open_refresher(
    store: GrantStore, environment: Mapping[str, str], *, safe_patience: float = math.inf
) -> Iterator["Refresher"]:
    """Open a refresher of a store's accounts.

    Where nothing is lost by it, it gives up after ``safe_patience`` seconds.
    """
    from tokcheck.accounts.refresh.refresher import Refresher
    from tokcheck.cli.shared.notes import print_notes
    from tokcheck.declarations.on_demand import ProvidersOnDemand

    with open_network(environment) as net:
        yield Refresher(
            store,
            ProvidersOnDemand(environment),
            net.send,
            environment=environment,
            safe_patience=safe_patience,
            report=lambda sentence: print_notes([sentence]),
        )


def read_fresh_grant(
    name: str, min_ttl: float, environment: Mapping[str, str], *, is_required: bool
) -> tuple[Grant, bool]:
    """Return an account's grant, refreshed if its token has ``min_ttl`` seconds left or less.

    If the refresh fails and ``min_ttl`` is not required, a token that is still valid is left over:
    it is returned with ``True``, and a note is printed on stderr.
    """
    from tokcheck.accounts.refresh.usable_grant import usable_grant
    from tokcheck.declarations.on_demand import ProvidersOnDemand

    with open_store(environment) as store:
        found = usable_grant(
            store,
            store.account(name),
            min_ttl,
            lambda patience: open_refresher(store, environment, safe_patience=patience),
            providers=ProvidersOnDemand(environment),
            is_required=is_required,
        )
    if found.failure is not None:
        sys.stderr.write(f"note: {found.failure.message}\n{found.failure.hint}\n")
    return found.grant, found.is_left_over


def mark_running_refresh(store: GrantStore, account: StoredAccount) -> StoredAccount:
    """Return an account with whether another process refreshes it now."""
    if account.intent is None:
        return account
    lock = store.lock(account.grant.name)
    with suppress(StoreError):  # a folder that cannot be written, where no process refreshes
        return account._replace(is_refreshing=lock.is_taken())
    return account


def report_cleaned_secrets(environment: Mapping[str, str]) -> None:
    """Print on stderr the characters removed from the applications' secrets in the environment.

    :raises UsageError: if a variable contains what cannot be a secret.
    """
    from tokcheck.accounts.oauth.secret_sources import check_secret_variables
    from tokcheck.cli.shared.notes import print_notes
    from tokcheck.providers import REGISTRY

    print_notes(check_secret_variables(REGISTRY, environment))


def report_empty_store(store: GrantStore) -> None:
    """Print on stderr that a store is empty, and where it is."""
    sys.stderr.write(f"{no_accounts_text(store.place)}\n")


def warn_if_broken(account: StoredAccount, environment: Mapping[str, str]) -> None:
    """Print a note on stderr if a grant is broken; its access token may still be valid."""
    if account.broken is not None:
        from tokcheck.accounts.grant_errors import broken_error
        from tokcheck.declarations.on_demand import ProvidersOnDemand

        provider = ProvidersOnDemand(environment).get(account.grant.client.provider)
        error = broken_error(account.grant, account.broken, provider=provider)
        sys.stderr.write(f"note: {error.message}\n{error.hint}\n")
