"""The store of accounts: its database, the vault of secrets, locks and private files."""

TYPE_CHECKING = False  # as ``typing`` has it, which a fresh token does without

if TYPE_CHECKING:
    from tokcheck.accounts.store.locks import AccountLock, hold_lock
    from tokcheck.accounts.store.sqlite.database import MIGRATIONS
    from tokcheck.accounts.store.sqlite.store import Store
    from tokcheck.accounts.store.vaults.vault import TableVault

__all__ = ["MIGRATIONS", "AccountLock", "Store", "TableVault", "hold_lock"]

_MODULES = {
    "AccountLock": "tokcheck.accounts.store.locks",
    "MIGRATIONS": "tokcheck.accounts.store.sqlite.database",
    "Store": "tokcheck.accounts.store.sqlite.store",
    "TableVault": "tokcheck.accounts.store.vaults.vault",
    "hold_lock": "tokcheck.accounts.store.locks",
}


def __getattr__(name: str) -> object:
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
