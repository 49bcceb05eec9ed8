"""What may be the name of an account: whatever people call one, and never a token.

A name ends in labels, logs and pages, and somebody will put a token where a name belongs. So
whatever looks like one is refused. Plain words joined by hyphens are none, however long they
get: ``study-2024-participant-001`` is what research teams call their participants.

Under which name a new grant is stored, so that no other person's is lost. Pure.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.core.errors import UsageError
from tokcheck.core.lazy_regex import Lazy
from tokcheck.core.redact import plain, redact

LONGEST = 100
# How many of the names there are to show, how many of them as the one that was meant, and how
# alike these have to be.
_SHOWN, _NEAREST, _ALIKE = 20, 3, 0.75

# Letters with a number behind them at most: base64 and hexadecimal mix the two.
_WORDS = Lazy(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")


def checked_name(name: str) -> str:
    """Return an account's name if it can be one.

    :raises UsageError: if it is empty, too long, not all printable, or looks like a token or an
        option.
    """
    wrong = flaw(name)
    if name.startswith("-"):
        wrong = "it begins with a hyphen, as options do"
    if wrong:
        raise UsageError(
            f"This cannot be the name of an account: {wrong}.",
            f"Choose up to {LONGEST} visible characters, such as a first name or a number.",
        )
    return name


def unknown_name(name: str, known: Sequence[str], folder: Path) -> UsageError:
    """Return the error of a name that no account of the store in ``folder`` has."""
    from difflib import get_close_matches

    if known:
        listed = ", ".join(known[:_SHOWN])
        more = len(known) - _SHOWN
        rest = f" and {more} more: see tokcheck accounts list" if more > 0 else ""
        hint = f"There are: {listed}{rest}."
    else:
        hint = f"There is none yet in {folder}: see tokcheck login --help."
    alike = {other.casefold(): other for other in known}
    near = get_close_matches(name.casefold(), alike, _NEAREST, _ALIKE)
    if near:
        hint = f"Did you mean {' or '.join(alike[other] for other in near)}? {hint}"
    return UsageError("There is no account of that name.", hint)


def flaw(name: str) -> str:
    """Say why a text cannot be an account's name: ``it is empty``; nothing if it can."""
    if not name:
        return "it is empty"
    if looks_secret(name):
        return "it looks like a token, and names are shown to everybody"
    if len(name) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if name != plain(name) or not name.isprintable():
        return "it holds what nobody can see, or spaces at an end or side by side"
    return ""


def looks_secret(text: str) -> bool:
    """Tell whether a text looks like a token, other than as words joined do."""
    clean = plain(text)
    if redact(clean) == clean:
        return False
    words = plain(clean.replace("-", " ").replace("_", " "))
    return _WORDS.fullmatch(clean) is None or redact(words) != words


_LONGEST_BASE = LONGEST - 10
_MANY = 1000


class ChosenName(NamedTuple):
    """A grant's name, and whom it had to be told from.

    ``taken`` has the wished name and is, or may be, another person's or application's; ``twins``
    are other accounts of the same person and application.
    """

    name: str
    taken: Grant | None
    twins: tuple[str, ...]


def choose_name(wished: str | None, grant: Grant, known: Sequence[Grant]) -> ChosenName:
    """Choose the name for a grant; ``known`` are the stored ones.

    An account is replaced only by a new consent of the same person. Without a wish, a person
    who is stored already keeps their name.
    """
    taken = {other.name: other for other in known}
    same = tuple(other.name for other in known if same_consent(other, grant))
    if wished is None and same:
        name = same[0]
    else:
        name = next(
            name
            for name in _candidate_names(wished, grant)
            if _is_name(name) and (name not in taken or same_consent(taken[name], grant))
        )
    missed = taken.get(wished) if wished is not None and wished != name else None
    return ChosenName(name, missed, tuple(other for other in same if other != name))


def _candidate_names(wished: str | None, grant: Grant) -> Iterator[str]:
    base = wished or grant.client.provider
    yield base
    base = base[:_LONGEST_BASE].strip()
    if wished is None and grant.user_id:
        yield f"{base}-{grant.user_id}"
    for number in range(2, _MANY):
        yield f"{base}-{number}"
    for number in count(2):  # these can always be names
        yield f"{grant.client.provider}-{number}"


def _is_name(name: str) -> bool:
    try:
        return bool(checked_name(name))
    except UsageError:  # a provider's id may look like anything
        return False


def same_consent(other: Grant, grant: Grant) -> bool:
    """Tell whether two grants are one person's for one application; unknown is another's."""
    return grant.user_id is not None and (
        (other.client.provider, other.client.client_id, other.user_id)
        == (grant.client.provider, grant.client.client_id, grant.user_id)
    )
