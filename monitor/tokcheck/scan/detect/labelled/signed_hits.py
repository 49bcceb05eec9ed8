"""The declared providers of signed tokens that were found without a known issuer."""

from collections.abc import Callable, Sequence

from tokcheck.core.claims import decode_payload
from tokcheck.core.credential import KnownService
from tokcheck.core.secret import Secret
from tokcheck.paste.context.owners.evidence import Evidence
from tokcheck.paste.context.owners.label_words import LABEL_LENGTH, label_before
from tokcheck.paste.context.owners.signed_owners import find_signed_owner, signed_services
from tokcheck.scan.detect.hit import Hit, may_be_declared

# Of a chunk's signed tokens, so many are compared with the text around them.
_MOST = 256


class SignedOwners:
    """Finds the declared providers of signed tokens by their issuer, or by the text around them."""

    def __init__(self, services: Sequence[KnownService], evidence: Evidence) -> None:
        self._services = signed_services(services)
        self._evidence = evidence

    def assign(
        self, data: bytes, hits: Sequence[Hit], name_at: Callable[[int, int], str | None]
    ) -> list[Hit]:
        """Return the hits; ``name_at`` returns the owner that the data around a place names."""
        left = _MOST
        assigned: list[Hit] = []
        for hit in hits:
            if may_be_declared(hit) and left > 0:
                left -= 1
                hit = self._with_owner(data, hit, name_at)  # noqa: PLW2901
            assigned.append(hit)
        return assigned

    def _with_owner(self, data: bytes, hit: Hit, name_at: Callable[[int, int], str | None]) -> Hit:
        front = data[max(0, hit.start - LABEL_LENGTH) : hit.start].decode("latin-1")
        owner = find_signed_owner(
            decode_payload(Secret(hit.raw)) or {},
            self._services,
            self._evidence,
            lambda: name_at(hit.start, hit.end),
            label_before(front, len(front)),
        )
        if owner is None:
            return hit
        return hit._replace(kind=owner.kind, provider=owner.service.provider)
