"""Find the names of the accounts of a damaged store. Pure.

A name is in an account's row and in the index of names, and either may be damaged. An account never
gets a name that may be another's: its tokens are another user's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from tokcheck.accounts.names import name_flaw
from tokcheck.accounts.recovery.table_rows import FINGERPRINT


class AccountNames(NamedTuple):
    """The names of the accounts of a damaged store, by id."""

    names: dict[int, str]
    """A name for each account that has a row."""
    made_up: frozenset[int]
    """The accounts that lost their own name."""
    others: dict[int, str]
    """The names of accounts without a row; empty where the name is lost, too."""


def name_accounts(
    stated: Mapping[int, str],
    indexed: Mapping[int, set[str]],
    seen: Iterable[int],
    has_files: Callable[[str], bool],
) -> AccountNames:
    """Return a name for each account.

    ``stated`` are the names in the rows, and ``indexed`` those in the index. ``seen`` are the ids
    that other rows name. ``has_files`` returns whether the account of a name has files of its own.
    """
    options = {
        owner: _names([stated.get(owner, "")], indexed.get(owner, ()), has_files)
        for owner in sorted({*stated, *indexed, *seen})
    }
    agreed = {
        owner: name
        for owner, name in stated.items()
        if name in options[owner] and name in indexed.get(owner, ())
    }
    count = Counter(agreed.values())
    found = {owner: name for owner, name in agreed.items() if count[name] == 1}
    is_done = False
    while not is_done:  # a name that one account gets is no longer another's
        taken = set(found.values())
        left = {
            owner: [name for name in names if name not in taken]
            for owner, names in options.items()
            if owner not in found
        }
        claims = Counter(name for names in left.values() for name in names)
        fits = {
            owner: own[0]
            for owner, names in left.items()
            if (own := [name for name in names if claims[name] == 1])
        }
        found |= fits
        is_done = not fits
    names = {owner: found.get(owner) or _new_name(owner, options) for owner in stated}
    return AccountNames(
        names,
        frozenset(owner for owner in stated if owner not in found),
        {owner: found.get(owner, "") for owner in options if owner not in stated},
    )


def _names(
    stated: Iterable[str], indexed: Iterable[str], has_files: Callable[[str], bool]
) -> list[str]:
    """Return the possible names of one account: first those that have files, then the row's."""
    own = [name for name in stated if not name_flaw(name)]
    # The index of fingerprints has entries of the same form.
    own += [name for name in sorted(indexed) if not FINGERPRINT.fullmatch(name) or has_files(name)]
    names = [name for name in dict.fromkeys(own) if not name_flaw(name)]
    return sorted(names, key=lambda name: not has_files(name))


def _new_name(owner: int, options: Mapping[int, list[str]]) -> str:
    name = f"recovered-{owner}"
    known = {one for names in options.values() for one in names}
    while name in known:
        name += "-x"
    return name
