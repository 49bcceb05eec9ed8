"""The matches of tokens with a service's prefix: of declared providers, and of other services."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from tokcheck.core.credential import CredentialForm, Kind, KnownService
from tokcheck.paste.context import services
from tokcheck.paste.context.owners.shared_prefixes import owner_among
from tokcheck.paste.finder.matches import Match, match_of

# The owner that the text between two places names.
OwnerAt: TypeAlias = Callable[[int, int], str | None]


def service_matches(
    text: str, known: Sequence[KnownService], wanted: str | None, owner_at: OwnerAt
) -> Iterator[Match]:
    """Yield the tokens with a prefix of declared providers, and of services only recognised.

    ``owner_at`` decides which of the providers that share a prefix has issued a token, unless the
    caller expects one of these: ``wanted``.
    """
    for readings in services.find_readings(text, known):
        if len(readings) == 1:
            yield _service_match(readings[0])
        else:
            by_provider = {each.provider: _service_match(each) for each in readings}
            yield _shared_match(by_provider, wanted, owner_at)


def service_part(text: str, known: Sequence[KnownService]) -> Match | None:
    """Return the first part of a token of another service; ``None`` if there is none."""
    from tokcheck.paste.context import service_parts  # noqa: PLC0415 - seldom needed

    return next(map(_service_match, service_parts.find_parts(text, known)), None)


def token_in_pieces(
    text: str, forms: Mapping[str, Sequence[CredentialForm]], known: Sequence[KnownService]
) -> Match | None:
    """Return the first token that a program joins from values; ``None`` if there is none."""
    from tokcheck.paste.context import torn_literals  # noqa: PLC0415 - seldom needed

    return next(map(_service_match, torn_literals.find(text, forms, known)), None)


def with_declared(
    text: str,
    found: Sequence[Match],
    declared: Sequence[KnownService],
    wanted: str | None,
    owner_at: OwnerAt,
) -> list[Match]:
    """Return matches of built-in providers; the owner of a shared prefix is found as of others.

    ``declared`` are the declared providers. A signed token's issuer is its owner, whatever it
    begins with.
    """
    return [
        item
        if item.credential.provider is None or item.credential.secret.is_signed
        else _with_declared(text, item, declared, wanted, owner_at)
        for item in found
    ]


def _with_declared(
    text: str,
    item: Match,
    declared: Sequence[KnownService],
    wanted: str | None,
    owner_at: OwnerAt,
) -> Match:
    sharing = [
        service
        for service in declared
        if any(item.raw.startswith(form.prefix) for form in service.forms)
    ]
    for readings in services.find_readings(text, sharing) if sharing else ():
        if readings[0].start == item.start:
            others = {each.provider: _service_match(each) for each in readings}
            own = item.credential.provider or ""
            return _shared_match({own: item, **others}, wanted, owner_at)
    return item


def _shared_match(by_provider: Mapping[str, Match], wanted: str | None, owner_at: OwnerAt) -> Match:
    """Return the match of a token that several providers read, each in its own form."""
    matches = [*by_provider.values()]
    start, end = matches[0].start, max(each.end for each in matches)
    owner = owner_among(by_provider, wanted, lambda: owner_at(start, end))
    if owner is not None:
        return by_provider[owner]
    # The soundest reading has the most to say.
    shown = min(
        matches,
        key=lambda each: (
            each.credential.flaw is not None,
            each.credential.kind != Kind.ACCESS_TOKEN,
        ),
    )
    unknown = shown.credential._replace(provider=None, sharing=tuple(by_provider))
    return shown._replace(credential=unknown)


def _service_match(token: services.ServiceToken) -> Match:
    match = match_of(token, token.kind, token.provider or None)
    more = match.credential._replace(
        service="" if token.provider else token.words,
        doubt=token.doubt or match.credential.doubt,
    )
    return match._replace(credential=more)
