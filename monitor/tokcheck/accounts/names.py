"""Names of accounts: which texts can be one, and which one a new grant gets. Pure.

A name appears in labels, logs and pages, and users will paste a token in place of a name, so a text
that looks like a token is refused. Plain words joined by hyphens are no token, however long:
research teams name participants like ``study-2024-participant-001``. A new grant gets a name under
which it replaces no other user's.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.core.errors import UsageError
from tokcheck.core.escape import without_commands
from tokcheck.core.humanize import nearest_names, suggestion
from tokcheck.core.redact import looks_secret, plain

LONGEST = 100
NAME_HINT = f"Choose up to {LONGEST} visible characters, such as a first name or a number."
# How many known names to list; how many of them to suggest, and from which similarity on.
_MAX_LISTED, _MAX_SUGGESTED, _MIN_SIMILARITY = 20, 3, 0.75


def checked_name(name: str) -> str:
    """Return an account's name if it can be one.

    :raises UsageError: if it is no text, empty, too long, not all printable, or looks like a token
        or an option.
    """
    if not isinstance(name, str):  # as where a caller's variable is not set
        kind = type(name).__name__
        raise UsageError(f"The name of an account is str, not {kind}.", NAME_HINT)
    reason = name_flaw(name)
    if name.startswith("-"):
        reason = "it begins with a hyphen, as options do"
    if reason:
        raise UsageError(f"This {invalid_name_clause(reason)}.", NAME_HINT)
    return name


def unknown_name_error(name: str, known: Sequence[str], place: str) -> UsageError:
    """Return the error for a name that no account of the store at ``place`` has.

    It repeats the name, unless that may be a token.
    """
    if known:
        listed = ", ".join(known[:_MAX_LISTED])
        more = len(known) - _MAX_LISTED
        hint = f"The accounts are: {listed}."
        if more > 0:
            hint = (
                f"The accounts are: {listed} and {more} more. To list all: tokcheck accounts list"
            )
    else:
        hint = no_accounts_text(place)
    meant = suggestion(nearest_names(name, known, _MAX_SUGGESTED, _MIN_SIMILARITY))
    hint = f"{meant} {hint}".lstrip()
    if looks_secret(name):
        return UsageError(
            "There is no account of that name, which looks like a token.",
            f"To check a token: `tokcheck validate`. {hint}",
        )
    return UsageError(f"There is no account {plain(name, longest=LONGEST)!r}.", hint)


def no_accounts_text(place: str) -> str:
    """Return the text about a store in ``place`` without accounts."""
    return f"There are no accounts yet in {place}. To add one: tokcheck login --help"


def name_flaw(name: str) -> str:
    """Return why a text cannot be an account's name, such as ``it is empty``; ``""`` if it can."""
    if not name:
        return "it is empty"
    if looks_secret(name):
        return "it looks like a token, and names are shown to everyone"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if name != plain(name) or not name.isprintable():
        return "it contains invisible characters, or spaces at an end or side by side"
    if without_commands(name) != name:
        return "it reads like a command to a CI runner"
    return ""


def invalid_name_clause(reason: str) -> str:
    """Return the predicate of an error; its subject is the text, ``reason`` its flaw."""
    return f"cannot be the name of an account: {reason}"


_LONGEST_BASE = LONGEST - 10
_MANY = 1000


class ChosenName(NamedTuple):
    """The name for a grant, and the stored accounts that matter for it."""

    name: str
    taken: Grant | None
    """The account that has the wanted name and is, or may be, of another user or application."""
    twins: tuple[str, ...]
    """The names of other accounts of the same user and application."""


def choose_name(wanted: str | None, grant: Grant, known: Sequence[Grant]) -> ChosenName:
    """Return the name for a grant; ``known`` are the stored ones.

    An account is replaced only by a new consent of the same user. Without a wanted name, a
    user who is already stored keeps theirs.
    """
    taken = {other.name: other for other in known}
    same = tuple(other.name for other in known if is_same_grant(other, grant))
    if wanted is None and same:
        name = same[0]
    else:
        name = next(
            name
            for name in _candidate_names(wanted, grant)
            if _is_name(name) and (name not in taken or is_same_grant(taken[name], grant))
        )
    missed = taken.get(wanted) if wanted is not None and wanted != name else None
    return ChosenName(name, missed, tuple(other for other in same if other != name))


def _candidate_names(wanted: str | None, grant: Grant) -> Iterator[str]:
    base = wanted or grant.client.provider
    yield base
    base = base[:_LONGEST_BASE].strip()
    if wanted is None and grant.user_id:
        yield f"{base}-{grant.user_id}"
    for number in range(2, _MANY):
        yield f"{base}-{number}"
    for number in count(2):  # these are always names
        yield f"{grant.client.provider}-{number}"


def _is_name(name: str) -> bool:
    try:
        return bool(checked_name(name))
    except UsageError:  # a provider's id may look like anything
        return False


def is_same_grant(other: Grant, grant: Grant) -> bool:
    """Return whether two grants are of one user and application; an unknown user is another."""
    return grant.user_id is not None and (
        (other.client.provider, other.client.client_id, other.user_id)
        == (grant.client.provider, grant.client.client_id, grant.user_id)
    )
