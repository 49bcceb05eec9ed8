"""A credential in the data of a chunk: its place, and advice."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from tokcheck.core.credential import CredentialForm, Kind
from tokcheck.providers import FINDER, REGISTRY
from tokcheck.scan import columns
from tokcheck.scan.finding import Advice, Chunk

_FRAGMENT = (
    "It may continue in the next line; then its fingerprint is that of the part that was found."
)
WITHOUT_COMMAND = "Revoke the token at the service that issued it."
"""How a credential is revoked that no provider in use has issued."""


class WidePlace(NamedTuple):
    """A place in data with several bytes a character.

    It is ``lines`` below the place ``byte``, behind so many ``characters`` of its line.
    """

    byte: int
    lines: int
    characters: int


class Hit(NamedTuple):
    """A credential at ``start`` to ``end`` of the data.

    ``fragment`` is whether it may continue in the next line, ``service`` what it is in words if a
    known service issued it, and ``decisive`` whether its form shows its provider. ``place`` is
    where it begins, unless ``start`` is that. ``elsewhere`` is whether a host of no known provider
    gets it.
    """

    start: int
    end: int
    raw: str
    kind: Kind
    provider: str | None
    expires_at: float | None = None
    fragment: bool = False
    service: str = ""
    decisive: bool = True
    place: WidePlace | None = None
    elsewhere: bool = False


class Budget:
    """How much text may be read again: once, and for each byte of the data.

    It bounds the work that hostile data can cause. After that, text is read once.
    """

    def __init__(self, size: int) -> None:
        self._left = _AGAIN_ONCE + _AGAIN_EACH * size

    def spend(self, characters: int) -> bool:
        """Spend so much, and return whether there was any left."""
        self._left -= characters
        return self._left >= 0

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left."""
        return self._left < 0


_AGAIN_ONCE = 262_144
_AGAIN_EACH = 4
ATTEMPT = 2_048
"""The least cost of an attempt to correct a token, in characters that are read again."""
REWRITING = 4
"""The cost of a character that is rewritten."""
JOINING_FRONT = 8 * ATTEMPT
"""The cost of looking for the piece in front of another one, in the same characters."""
IN_VAIN = 1_024
"""The cost of reading an anchor in vain, in characters that are read again."""


def may_be_declared(hit: Hit) -> bool:
    """Return whether a hit is a signed token of no known issuer and of no other service."""
    return hit.kind is Kind.JWT_OTHER and hit.provider is None and not hit.service


def hit_order(hit: Hit) -> tuple[int, str]:
    """Return the sort key of a hit: its place, then its text."""
    return hit.start, hit.raw


def without_overlaps(hits: Iterable[Hit], others: Sequence[Hit]) -> Iterator[Hit]:
    """Yield the hits that overlap none of the others, which are in order and apart."""
    starts = [other.start for other in others]
    for hit in hits:
        before = bisect_left(starts, hit.end) - 1
        if before < 0 or others[before].end <= hit.start:
            yield hit


def forms_by_prefix() -> dict[str, tuple[str, CredentialForm]]:
    """Return the forms that a prefix identifies, by that prefix, each with its provider.

    Client ids, which are public, and API keys, which their owner may publish, are left out.
    """
    return {
        form.anchors[0]: (provider, form)
        for provider, forms in FINDER.forms.items()
        for form in forms
        if not form.alone and form.kind not in {Kind.CLIENT_ID, Kind.API_KEY}
    }


def advice_for(hit: Hit) -> Advice:
    """Return how to revoke the credential, and what else is known of it."""
    return _advice(hit.provider, hit.kind, hit.service, _FRAGMENT if hit.fragment else "")


@lru_cache(maxsize=256)
def _advice(provider: str | None, kind: Kind, service: str, fragment: str) -> Advice:
    owner = REGISTRY.get(provider or "")
    return Advice(
        owner.leaked.get(kind, WITHOUT_COMMAND) if owner else WITHOUT_COMMAND,
        service=f"It is {service}." if service else "",
        fragment=fragment,
    )


class Position:
    """Counts lines and columns forward through a chunk."""

    def __init__(self, chunk: Chunk) -> None:
        self._data = chunk.data
        self._line = chunk.first_line
        self._column = chunk.first_column
        self._place = 0

    def of_span(self, hit: Hit) -> tuple[int, int, int, int]:
        """Return line and column of the start and of the end of a hit.

        The start is not before that of the previous call; the end may be.
        """
        line, column = self.line_and_column(hit)
        if hit.place is not None:
            return line, column, line, column + len(hit.raw)
        newlines = self._data.count(b"\n", hit.start, hit.end)
        begin = self._data.rfind(b"\n", hit.start, hit.end) + 1 if newlines else hit.start
        width = columns.count(self._data, begin, hit.end)
        return line, column, line + newlines, width + (1 if newlines else column)

    def line_and_column(self, hit: Hit) -> tuple[int, int]:
        """Return line and column, from 1, of a hit that is not before the previous one."""
        if hit.place is None:
            return self._advance_to(hit.start)
        line, column = self._advance_to(hit.place.byte)
        if hit.place.lines:
            return line + hit.place.lines, 1 + hit.place.characters
        return line, column + hit.place.characters

    def _advance_to(self, place: int) -> tuple[int, int]:
        place = max(place, self._place)
        newline = self._data.rfind(b"\n", self._place, place)
        if newline >= 0:
            self._line += self._data.count(b"\n", self._place, place)
            self._place, self._column = newline + 1, 1
        self._column += columns.count(self._data, self._place, place)
        self._place = place
        return self._line, self._column
