"""The keys of rows that a group of uses may change: subjects, and accounts."""

from collections.abc import Iterable

_ACCOUNT = "\x01account "  # no subject begins with it: those are hashes


def account_key(name: str) -> str:
    """Return the key of the state of an account."""
    return _ACCOUNT + name


def split_keys(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the subjects of some keys, and the names of the accounts."""
    subjects, names = [], []
    for key in keys:
        if key.startswith(_ACCOUNT):
            names.append(key.removeprefix(_ACCOUNT))
        else:
            subjects.append(key)
    return subjects, names
