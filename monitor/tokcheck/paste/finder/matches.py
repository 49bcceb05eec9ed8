"""The matches of a text: its credentials as they were found, and which may be the one meant."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.secret import Secret
from tokcheck.paste.flaws import MAY_GO_ON, Diagnosis, describe_damage
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential

if TYPE_CHECKING:
    from tokcheck.paste import jwt
    from tokcheck.paste.context.services import ServiceToken

# The kinds that a paste without an access token may be meant as, the likeliest first.
_BY_LIKELIHOOD = (
    Kind.ID_TOKEN,
    Kind.REFRESH_TOKEN,
    Kind.AUTHORIZATION_CODE,
    Kind.JWT_OTHER,
    Kind.CLIENT_SECRET,
    Kind.BASIC_CREDENTIALS,
    Kind.API_KEY,
    Kind.PLACEHOLDER,
    Kind.CLIENT_ID,
)

# Kinds that are sent as they were found. A part of any other credential is refused for its kind.
_USED_AS_FOUND = frozenset({Kind.ACCESS_TOKEN, Kind.AUTHORIZATION_CODE, Kind.UNKNOWN})
_PERHAPS_A_PART = (
    "It may continue in the next line; then its length and fingerprint are those of a part."
)
# A flawed one of these is no flawed access token.
_OTHER_KINDS = frozenset(_BY_LIKELIHOOD) - {Kind.ID_TOKEN}

# A label of an access token has one of these words.
_LABEL = LazyRegex(r"(?i)token|bearer|authorization")
_LONG_WORD = LazyRegex(r"[A-Za-z0-9._~+/-]{16}")

# Flawed or signed tokens beyond this number in one paste add nothing to the diagnosis.
MOST_FLAWED = 64
# A paste repeats its credential a few times; each comparison reads the whole of it.
_MOST_COMPARED = 64
# Of tokens that are left aside.
_MOST_NOTES = 4


class Match(NamedTuple):
    """A credential, and where it was found as ``raw``; ``payload`` is that of a signed one."""

    credential: Credential
    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    payload: Mapping[str, Any] | None = None


def match_of(
    item: "jwt.SignedToken | OpaqueCredential | ServiceToken",
    kind: Kind,
    provider: str | None,
) -> Match:
    """Return the match of a credential of a known kind and provider."""
    diagnosis: tuple[Flaw | None, str, str] = (item.flaw, item.reason, item.remedy)
    if item.flaw is None and item.unclear and kind in _USED_AS_FOUND:
        diagnosis = MAY_GO_ON
    doubt = _PERHAPS_A_PART if item.unclear and diagnosis[0] is None else ""
    credential = Credential(kind, Secret(item.raw), provider, *diagnosis, doubt=doubt)
    return Match(credential, item.raw, item.start, item.end, item.joints)


def opaque_match(item: OpaqueCredential) -> Match:
    """Return the match of an opaque credential."""
    match = match_of(item, item.kind, item.provider)
    doubt = item.doubt or match.credential.doubt
    more = match.credential._replace(service=item.service, doubt=doubt)
    return match._replace(credential=more)


TEXT_BREAKS_OFF: Diagnosis = (
    Flaw.CUT_OFF,
    "the compressed text that contains it breaks off there",
    "Copy or compress the text again, or paste only the token.",
)


def mark_as_cut(item: Match, flaw: Diagnosis = MAY_GO_ON) -> Match:
    """Return a token of a text that was cut: only a signed one shows its own end."""
    if item.credential.flaw is not None or item.payload is not None:
        return item
    return flawed_match(item, item.raw, flaw)


def as_doubtful(item: Match) -> Match:
    """Return a match that is refused for its kind, with its flaw as a doubt."""
    flaw, reason, remedy = item.credential.flaw, item.credential.reason, item.credential.remedy
    if flaw is None:
        return item
    doubt = describe_damage((flaw, reason, remedy))
    return item._replace(
        credential=item.credential._replace(flaw=None, reason="", remedy="", doubt=doubt)
    )


def flawed_match(item: Match, raw: str, flaw: Diagnosis) -> Match:
    """Return a match as a damaged or incomplete credential of its kind, which reads ``raw``."""
    credential = item.credential
    damaged = Credential(credential.kind, Secret(raw), credential.provider, *flaw)
    return Match(damaged, raw, item.start, item.end, item.joints)


def access_tokens(found: Sequence[Match], provider: str | None) -> list[Match]:
    """Return the different access tokens, without fragments of one another."""
    whole: dict[str, Match] = {}
    flawed: dict[str, Match] = {}
    for item in found:
        if item.credential.flaw is not None and item.credential.kind not in _OTHER_KINDS:
            if len(flawed) < MOST_FLAWED:
                flawed.setdefault(item.raw, item)
        elif item.credential.kind is Kind.ACCESS_TOKEN and item.credential.flaw is None:
            whole.setdefault(item.raw, item)
    own = [item for item in whole.values() if item.credential.provider == provider]
    if provider is not None and own:
        return own
    rest = [
        item
        for raw, item in flawed.items()
        if not any(raw in other or other in raw for other in (*whole, *flawed) if other != raw)
    ]
    if whole:
        return [*whole.values(), *rest]
    return rest[:1] or list(flawed.values())[:1]


def may_have_labelled(text: str, found: Sequence[Match]) -> bool:
    """Return whether a label and a word long enough for a token stand beside what was found."""
    rest = text
    for item in sorted(found, key=lambda each: each.start, reverse=True)[:MOST_FLAWED]:
        rest = f"{rest[: item.start]} {rest[max(item.start, item.end) :]}"
    return _LABEL.search(rest) is not None and _LONG_WORD.search(rest) is not None


def as_sent_elsewhere(item: Match) -> Match:
    """Return a token in the form of a provider's that another host gets."""
    return item._replace(credential=item.credential._replace(is_sent_elsewhere=True))


def with_labelled(
    tokens: Sequence[Match], labelled: Sequence[Match], provider: str | None
) -> list[Match]:
    """Return the access tokens with those that labels show; of one provider, if it has some."""
    every = {item.raw: item for item in tokens}
    for item in labelled:
        if item.credential.kind is Kind.ACCESS_TOKEN and item.credential.provider is not None:
            every.setdefault(item.raw, item)
    own = [item for item in every.values() if item.credential.provider == provider]
    return own if provider is not None and own else [*every.values()]


def without_owner(labelled: Sequence[Match], tokens: Sequence[Match]) -> list[Match]:
    """Return what labels call an access token of nobody known, if there is no token."""
    return [] if tokens else [item for item in labelled if item.credential.kind is Kind.UNKNOWN]


def refresh_token_of(labelled: Sequence[Match]) -> Match | None:
    """Return what a label calls a refresh token, if there is one."""
    return next((m for m in labelled if m.credential.kind is Kind.REFRESH_TOKEN), None)


def likeliest_other(text: str, found: Sequence[Match]) -> Match | None:
    """Return what else may have been meant: another kind, or a placeholder."""
    from tokcheck.paste.placeholders.search import find  # noqa: PLC0415 - seldom needed

    items = list(found)
    sign = find(text)
    if sign is not None:
        credential = Credential(
            Kind.PLACEHOLDER, Secret(sign.raw), reason=sign.sentence, remedy=sign.remedy
        )
        items.append(Match(credential, sign.raw, sign.start, sign.end, ()))
    for kind in _BY_LIKELIHOOD:
        for item in items:
            if item.credential.kind is kind:
                return item
    return None


def tokens_in_use(text: str, tokens: Sequence[Match]) -> tuple[list[Match], tuple[str, ...]]:
    """Return the tokens that are in use, and notes about those that are left aside."""
    from tokcheck.paste.context.newest import Claimant, choose  # noqa: PLC0415 - seldom needed

    aside = choose(
        text,
        [
            Claimant(
                item.start, item.credential.flaw is None, item.credential.provider, item.payload
            )
            for item in tokens
        ],
    )
    kept = [item for number, item in enumerate(tokens) if number not in aside]
    notes = [
        f"left aside: {why} ({tokens[number].credential.secret.masked})"
        for number, why in sorted(aside.items())
    ]
    if len(notes) > _MOST_NOTES:
        notes = [*notes[:_MOST_NOTES], f"left aside: {len(notes) - _MOST_NOTES} more"]
    return kept, tuple(notes)


def other_words(found: Sequence[Match], meant: Match) -> set[str]:
    """Return in words what is no part of the credential that was meant."""
    words: set[str] = set()
    compared = 0
    for item in found:
        if item.credential.words in words or meant.start <= item.start < meant.end:
            continue
        compared += 1
        if compared > _MOST_COMPARED or item.raw not in meant.raw:
            words.add(item.credential.words)
    return words


def with_doubt_of_pair(text: str, match: Match) -> Match:
    """Return a match, if it is of Basic credentials with what is wrong with them."""
    credential = match.credential
    if credential.kind is not Kind.BASIC_CREDENTIALS or credential.doubt:
        return match
    from tokcheck.paste.context.basic_pairs import (  # noqa: PLC0415 - seldom needed
        damage_at,
        decode_pair,
        doubt_of_pair,
    )

    if ":" in match.raw:
        doubt = doubt_of_pair(match.raw)
    else:
        doubt = damage_at(text, match.start) or doubt_of_pair(decode_pair(match.raw) or "")
    return match._replace(credential=credential._replace(doubt=doubt))
