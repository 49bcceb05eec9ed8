"""Private files, atomic replacement of files, and private SQLite files with migrations."""

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes

if TYPE_CHECKING:
    from tokcheck.storage.errors import StorageError
    from tokcheck.storage.private_files import ensure_private_folder

__all__ = ["StorageError", "ensure_private_folder"]

_MODULES = {
    "StorageError": "tokcheck.storage.errors",
    "ensure_private_folder": "tokcheck.storage.private_files",
}


def __getattr__(name: str) -> object:
    from tokcheck.core.lazy import load_export  # on first use alone

    return load_export(__name__, _MODULES, name)
