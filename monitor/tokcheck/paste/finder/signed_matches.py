"""Signed tokens of declared providers among those of no known issuer."""

from collections.abc import Sequence
from functools import partial

from tokcheck.core.credential import Kind, KnownService
from tokcheck.paste import jwt
from tokcheck.paste.context.owners.evidence import Evidence
from tokcheck.paste.context.owners.label_words import label_before
from tokcheck.paste.context.owners.signed_owners import OwnerAt, find_signed_owner, signed_services
from tokcheck.paste.finder.matches import MOST_FLAWED, Match, match_of


def with_owners(
    services: Sequence[KnownService],
    evidence: Evidence,
    text: str,
    signed: Sequence[jwt.SignedToken],
    found: Sequence[Match],
    owner_at: OwnerAt,
) -> list[Match]:
    """Return the matches of signed tokens; one of no known issuer is its declared provider's."""
    known = signed_services(services)
    if not known:
        return [*found]
    left = MOST_FLAWED
    owned: list[Match] = []
    for item, match in zip(signed, found, strict=True):
        if match.credential.kind is not Kind.JWT_OTHER or left == 0:
            owned.append(match)
            continue
        left -= 1
        owner = find_signed_owner(
            item.payload or {},
            known,
            evidence,
            partial(owner_at, item.start, item.end),
            label_before(text, item.start),
        )
        if owner is None:
            owned.append(match)
        elif owner.service.provider:
            own = match_of(item, owner.kind, owner.service.provider)
            owned.append(own._replace(payload=item.payload))
        else:
            # It is named for people, and sent nowhere, until the declaration is loaded.
            words = f"{owner.kind.words} of {owner.service.title}"
            owned.append(match._replace(credential=match.credential._replace(service=words)))
    return owned
