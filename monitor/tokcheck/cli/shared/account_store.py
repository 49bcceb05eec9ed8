"""The account store of the commands, and its refreshes over the network.

The modules of the network are imported on first use: most commands only read the store.
"""

import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.accounts.names import no_accounts_text
from tokcheck.accounts.store.store import Store
from tokcheck.accounts.store.vault_choice import choose_vault
from tokcheck.cli.shared.data_folder import data_folder
from tokcheck.core.errors import NetError

if TYPE_CHECKING:
    from tokcheck.accounts.refresh.refresher import Refresher
    from tokcheck.transport import Net

MIN_TTL_SECONDS = 300.0
# Of one request; a refresh repeats a request that got no response.
TIMEOUT_SECONDS = 10.0


def open_store(environment: Mapping[str, str]) -> Store:
    """Open the store in the data folder of the environment, with the vault that it selects."""
    return Store(
        data_folder(environment), vault=choose_vault(environment.get("TOKCHECK_VAULT") or None)
    )


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
    store: Store, environment: Mapping[str, str], *, safe_patience: float = math.inf
) -> Iterator["Refresher"]:
    """Open a refresher of a store's accounts.

    Where nothing is lost by it, it gives up after ``safe_patience`` seconds.
    """
    from tokcheck.accounts.refresh.refresher import Refresher
    from tokcheck.cli.shared.notes import print_notes
    from tokcheck.providers import REGISTRY

    with open_network(environment) as net:
        yield Refresher(
            store,
            REGISTRY,
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
    with open_store(environment) as store:
        account = store.account(name)
        if account.needs_no_refresh(min_ttl, time.time()):
            warn_if_broken(account)
            return account.grant, False
        has_substitute = not is_required and account.grant.is_valid_for(0, time.time())
        try:
            with open_refresher(
                store, environment, safe_patience=0 if has_substitute else math.inf
            ) as refresher:
                return refresher.fresh_grant(name, min_ttl), False
        except (GrantError, OAuthError, NetError) as error:
            grant = store.grant(name)
            if is_required or not grant.is_valid_for(0, time.time()):
                raise
            sys.stderr.write(f"note: {error.message}\n{error.hint}\n")
            return grant, True


def mark_running_refresh(store: Store, account: StoredAccount) -> StoredAccount:
    """Return an account with whether another process refreshes it now."""
    from tokcheck.accounts.store.locks import AccountLock

    if account.intent is None:
        return account
    lock = AccountLock(store.folder, account.grant.name)
    with suppress(StoreError):  # a folder that cannot be written, where no process refreshes
        return account._replace(is_refreshing=lock.is_taken())
    return account


def report_cleaned_secrets(environment: Mapping[str, str]) -> None:
    """Print on stderr what was removed from the applications' secrets in the environment.

    :raises UsageError: if a variable contains what cannot be a secret.
    """
    from tokcheck.accounts.oauth.secret_sources import check_secret_variables
    from tokcheck.cli.shared.notes import print_notes
    from tokcheck.providers import REGISTRY

    print_notes(check_secret_variables(REGISTRY, environment))


def report_empty_store(store: Store) -> None:
    """Print on stderr that a store is empty, and where it is."""
    sys.stderr.write(f"{no_accounts_text(store.folder)}\n")


def warn_if_broken(account: StoredAccount) -> None:
    """Print a note on stderr if a grant is broken; its access token may still be valid."""
    if account.broken is not None:
        from tokcheck.accounts.grant_errors import broken_error

        error = broken_error(account.grant, account.broken)
        sys.stderr.write(f"note: {error.message}\n{error.hint}\n")
