"""The access tokens that only labels show, each with the owner that the text names."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache

from tokcheck.core.credential import Kind, KnownService
from tokcheck.paste.context import labelled_tokens
from tokcheck.paste.context.owners.evidence import Owners
from tokcheck.paste.context.services import bare_kind
from tokcheck.paste.finder import sent_headers
from tokcheck.paste.finder.matches import Match, as_sent_elsewhere, opaque_match
from tokcheck.paste.finder.service_matches import OwnerAt, service_matches
from tokcheck.paste.finder.unknown_word import describe_digits
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential


def labelled_matches(
    text: str,
    found: Sequence[Match],
    owners: Callable[[], Owners],
    names: Collection[str],
    services: Callable[[], Sequence[KnownService]],
    wanted: str | None,
) -> list[Match]:
    """Return what labels call an access token, apart from what was ``found``.

    ``names`` are those of the providers in use, ``services`` returns those and other services.
    ``wanted`` is the provider that the caller expects.
    """
    owners = cache(owners)
    taken = [(item.start, item.end) for item in found]
    known = services()
    sent = [*sent_headers.find(text, known)]
    items = [
        item
        for service, item in sent
        if service.provider in names
        and not any(start < item.end and item.start < end for start, end in taken)
        and service.provider in {wanted, owners().owner_at(item.start, item.end)}
        and not owners().sends_elsewhere(item.start, item.end, service.provider)
    ]
    taken += [(item.start, item.end) for item in items]
    items += labelled_tokens.find(text, taken)
    return [*_with_owners(items, owners(), names, known, wanted)] if items else []


def _with_owners(
    items: Sequence[OpaqueCredential],
    owners: Owners,
    names: Collection[str],
    services: Sequence[KnownService],
    wanted: str | None,
) -> Iterator[Match]:
    for item in items:
        prefixed = next(service_matches(item.raw, services, wanted, _at(item, owners)), None)
        if prefixed is not None and prefixed.start == 0:
            known = prefixed._replace(start=item.start, end=item.end)
            yield (
                as_sent_elsewhere(known)
                if owners.sends_elsewhere(known.start, known.end, known.credential.provider)
                else known
            )
            continue
        owner = owners.owner_at(item.start, item.end)
        kind = bare_kind(item.raw, owner, services) if owner in names and owner else None
        if item.kind is not Kind.UNKNOWN:
            yield opaque_match(item._replace(provider=owner if owner in names else None))
            continue
        if kind is not None:
            yield opaque_match(item._replace(kind=kind, provider=owner))
            continue
        match = opaque_match(item)
        more = match.credential._replace(
            service=f"a token of {owner}" if owner and owner not in names else "",
            form=describe_digits(item.raw),
            is_sent_elsewhere=owners.sends_elsewhere(item.start, item.end),
        )
        yield match._replace(credential=more)


def _at(item: OpaqueCredential, owners: Owners) -> OwnerAt:
    """Return a function that finds the owner of the places in a credential."""
    return lambda start, end: owners.owner_at(item.start + start, item.start + end)
