"""Under which name a new grant is stored, so that no other person's is lost. Pure."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.name import LONGEST, checked_name
from tokcheck.core.errors import UsageError

_LONGEST_BASE = LONGEST - 10
_MANY = 1000


class Named(NamedTuple):
    """A grant's name, and whom it had to be told from.

    ``taken`` has the wished name and is, or may be, another person's or application's; ``twins``
    are other accounts of the same person and application.
    """

    name: str
    taken: Grant | None
    twins: tuple[str, ...]


def named(wished: str | None, grant: Grant, known: Sequence[Grant]) -> Named:
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
            for name in _names(wished, grant)
            if _can_be(name) and (name not in taken or same_consent(taken[name], grant))
        )
    missed = taken.get(wished) if wished is not None and wished != name else None
    return Named(name, missed, tuple(other for other in same if other != name))


def _names(wished: str | None, grant: Grant) -> Iterator[str]:
    base = wished or grant.client.provider
    yield base
    base = base[:_LONGEST_BASE].strip()
    if wished is None and grant.user_id:
        yield f"{base}-{grant.user_id}"
    for number in range(2, _MANY):
        yield f"{base}-{number}"
    for number in count(2):  # these can always be names
        yield f"{grant.client.provider}-{number}"


def _can_be(name: str) -> bool:
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
