"""The owners of declared providers' credentials, by the text around them and by the path."""

from collections.abc import Sequence

from tokcheck.paste.context.owners.evidence import Evidence
from tokcheck.paste.context.owners.shared_prefixes import describe_sharing, owner_among
from tokcheck.scan.detect.hit import Hit

_AROUND = 2_048


class DeclaredOwners:
    """Finds the owners of credentials in some data; places are in bytes."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def is_sent_elsewhere(self, data: bytes, hit: Hit) -> bool:
        """Return whether the text sends a token to a host of nobody known."""
        first = max(0, hit.start - _AROUND)
        text = data[first : hit.end + _AROUND].decode("latin-1")
        start, end = hit.start - first, hit.end - first
        return self._evidence.is_sent_elsewhere(text, start, end, hit.provider)

    def owner_of(self, data: bytes, path: str, start: int, end: int) -> str | None:
        """Return the owner that the text around a place names, or else the path."""
        first = max(0, start - _AROUND)
        text = data[first : end + _AROUND].decode("latin-1")
        owner = self._evidence.owner_of(text, start - first, end - first)
        return owner or self._evidence.owner_in(path)

    def choose_hit(self, data: bytes, path: str, hits: Sequence[Hit], *, may_decide: bool) -> Hit:
        """Return the hit of the provider that the text names, of several at one place.

        Without a name or with ``may_decide`` false, it is the hit of none of them.
        """
        by_provider = {hit.provider: hit for hit in hits}
        names = tuple(name for name in by_provider if name)
        first, end = hits[0], max(each.end for each in hits)
        owner = (
            owner_among(names, None, lambda: self.owner_of(data, path, first.start, end))
            if may_decide
            else None
        )
        if owner is not None:
            return by_provider[owner]
        return first._replace(provider=None, service=describe_sharing(first.kind.words, names))
