"""The files of an account besides the store: its lock and its recovery file."""

from hashlib import sha256
from pathlib import Path


def account_file(folder: Path, name: str, suffix: str) -> Path:
    """Return the path of an account's own file, named by a hash: any name has one."""
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return folder / f"account-{digest}.{suffix}"
