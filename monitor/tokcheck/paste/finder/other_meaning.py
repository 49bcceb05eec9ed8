"""What was meant in a text without an access token: another credential, a part, or a word."""

from collections.abc import Callable, Mapping, Sequence

from tokcheck.core.credential import CredentialForm, Kind, KnownService
from tokcheck.paste import opaque_credentials
from tokcheck.paste.context import stubs
from tokcheck.paste.context.owners.evidence import Evidence
from tokcheck.paste.context.services import bare_kind
from tokcheck.paste.finder import unknown_word
from tokcheck.paste.finder.matches import (
    Match,
    likeliest_other,
    opaque_match,
    with_doubt_of_pair,
)
from tokcheck.paste.finder.service_matches import OwnerAt, service_part, token_in_pieces
from tokcheck.paste.finder.text_reading import TextReading

# What stands beside an access token that a label shows: in a token response, or in settings. The
# placeholder is the variable that has it.
_BESIDE_TOKENS = frozenset(
    {
        Kind.PLACEHOLDER,
        Kind.REFRESH_TOKEN,
        Kind.ID_TOKEN,
        Kind.CLIENT_ID,
        Kind.CLIENT_SECRET,
        Kind.BASIC_CREDENTIALS,
    }
)


def find_other(
    reading: TextReading,
    unowned: Sequence[Match],
    owner_at: OwnerAt,
    forms: Mapping[str, Sequence[CredentialForm]],
    services: Callable[[], Sequence[KnownService]],
    evidence: Callable[[], Evidence],
) -> Match | None:
    """Return what may have been meant if there is no access token.

    ``unowned`` are what labels call tokens of nobody known; the rest is as the finder's.
    """
    text = reading.text
    other = likeliest_other(text, reading.found)
    if unowned and other is not None and other.credential.kind in _BESIDE_TOKENS:
        return unowned[0]
    if other is not None and other.credential.kind is not Kind.CLIENT_ID:
        return with_doubt_of_pair(text, other)

    def is_of_form(raw: str, start: int) -> bool:
        owner = owner_at(start, start + len(raw))
        return owner in forms and bare_kind(raw, owner or "", services()) is not None

    word = unknown_word.find_unknown(text, is_of_form)
    labelled = word is not None and opaque_credentials.is_labelled(text)
    if other is not None and word is not None and other.raw in word.raw:
        return other
    if other is not None and not labelled:
        return other
    stub = next(stubs.find(text, forms, owner_at, labelled=not labelled), None)
    if stub is not None and not any(each.start < stub.start < each.end for each in unowned):
        return opaque_match(stub)
    part = service_part(text, services()) or token_in_pieces(text, forms, services())
    if part is not None:
        return part
    if word is None:
        return unowned[0] if unowned else None
    owner = owner_at(word.start, word.end)
    match = opaque_match(word)
    if owner and owner in forms and (kind := bare_kind(word.raw, owner, services())) is not None:
        return match._replace(credential=match.credential._replace(kind=kind, provider=owner))
    more = match.credential._replace(
        service=f"a token of {owner}" if owner and owner not in forms else "",
        form=unknown_word.describe_digits(word.raw),
        is_sent_elsewhere=evidence().is_sent_elsewhere(text, word.start, word.end),
    )
    return match._replace(credential=more)
