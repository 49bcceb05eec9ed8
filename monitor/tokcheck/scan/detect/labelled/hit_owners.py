"""The owners of credentials without a decisive form: those that the text around them names."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tokcheck.providers import FINDER, REGISTRY
from tokcheck.scan.detect.hit import Hit
from tokcheck.scan.detect.sample_tokens import is_plain_hash

if TYPE_CHECKING:
    from tokcheck.paste.context.owners.evidence import Evidence

# Of a chunk's labelled credentials, so many are compared with the text around them.
_MOST_OWNERS = 256
# And with so many bytes of it on either side.
_AROUND = 2_048
# Bytes on either side of a code that may say that it is one of OAuth.
_AROUND_CODE = 400


class HitOwners:
    """Assigns the hits of a chunk to their owners; ``in_use`` has those at each address in use."""

    def __init__(self, in_use: Mapping[str, frozenset[str]]) -> None:
        self._finder = FINDER._replace(in_use=lambda: in_use) if in_use else FINDER
        self._left = 0
        self._evidence: Evidence | None = None

    def begin_chunk(self) -> None:
        """Begin a chunk, with a new number of comparisons."""
        self._left = _MOST_OWNERS

    def assign(self, data: bytes, path: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits; without a decisive form, one is its owner's by the text around."""
        signed = [(hit.start, hit.provider) for hit in hits if hit.decisive and hit.provider]
        owned: list[Hit] = []
        for hit in hits:
            if not hit.decisive:
                if _is_plain_hash(data, path, hit):
                    continue
                self._left -= 1
                near = self._left >= 0
                owner = self._owner_of(data, path, hit, signed) if near else None
                if owner != hit.provider:
                    known = owner is not None and owner not in REGISTRY
                    service = f"{hit.kind.words} of {owner}" if known else ""
                    hit = hit._replace(provider=None, service=service)  # noqa: PLW2901
            owned.append(hit._replace(decisive=True))
        return owned

    def _owner_of(
        self, data: bytes, path: str, hit: Hit, signed: Sequence[tuple[int, str]]
    ) -> str | None:
        """Return the owner that the bytes around a hit name, or else the path."""
        if self._evidence is None:
            self._evidence = self._finder.evidence()
        first = max(0, hit.start - _AROUND)
        text = data[first : hit.end + _AROUND].decode("latin-1")
        mentions = [(at - first, provider) for at, provider in signed]
        start, end = hit.start - first, hit.end - first
        owner = self._evidence.owner_of(text, start, end, mentions)
        if owner is None and hit.provider is not None and hit.provider in path.lower():
            return hit.provider
        return owner


def _is_plain_hash(data: bytes, path: str, hit: Hit) -> bool:
    before = data[max(0, hit.start - _AROUND_CODE) : hit.start].decode("latin-1")
    behind = data[hit.end : hit.end + _AROUND_CODE].decode("latin-1")
    return is_plain_hash(hit.kind, path, before, behind)
