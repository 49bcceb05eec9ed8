"""The recovery of a damaged store, row by row."""

TYPE_CHECKING = False  # as ``typing`` has it

if TYPE_CHECKING:
    from tokcheck.accounts.recovery.rebuild import recover_store
    from tokcheck.accounts.recovery.salvage import Recovered, RecoveryState

__all__ = ["Recovered", "RecoveryState", "recover_store"]

_MODULES = {
    "Recovered": "tokcheck.accounts.recovery.salvage",
    "RecoveryState": "tokcheck.accounts.recovery.salvage",
    "recover_store": "tokcheck.accounts.recovery.rebuild",
}


def __getattr__(name: str) -> object:
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
