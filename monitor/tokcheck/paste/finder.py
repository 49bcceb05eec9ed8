"""Find the one credential that a paste holds, and what was stripped from it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.core.credential import Credential, CredentialForm, Flaw, Kind
from tokcheck.core.secret import Secret
from tokcheck.paste import jwt, opaque_credentials, placeholders
from tokcheck.paste.encoding import unescape
from tokcheck.paste.flaws import MAY_GO_ON
from tokcheck.paste.strip_notes import describe

# What a paste without an access token may be meant as, the likeliest first.
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

# What is sent as it was found. A part of any other credential is refused for its kind.
_USED_AS_FOUND = frozenset({Kind.ACCESS_TOKEN, Kind.AUTHORIZATION_CODE, Kind.UNKNOWN})
# A flawed one of these is no flawed access token.
_OTHER_KINDS = frozenset({Kind.AUTHORIZATION_CODE, Kind.JWT_OTHER})

# Flawed or signed tokens beyond this number in one paste add nothing to the diagnosis.
_MOST_FLAWED = 64
# A paste repeats its credential a few times; each comparison reads the whole of it.
_MOST_COMPARED = 64


class Issuer(NamedTuple):
    """The provider and the kind of the signed tokens that carry an ``iss`` claim."""

    provider: str
    kind: Kind


class Paste(NamedTuple):
    """The content of a paste.

    ``credential`` is the one that was meant; ``None`` if there is none, or if ``candidates`` holds
    two or more access tokens. ``empty_bearer`` means that nothing followed the word ``Bearer``.
    """

    credential: Credential | None
    cleaned: tuple[str, ...] = ()
    candidates: tuple[Credential, ...] = ()
    empty_bearer: bool = False


class _Match(NamedTuple):
    credential: Credential
    raw: str
    start: int
    end: int
    joints: tuple[str, ...]


class CredentialFinder(NamedTuple):
    """Finds the credentials of some providers.

    ``forms`` are those of opaque credentials by the provider's name; ``issuers`` are the issuers
    of signed tokens by their ``iss`` claim.
    """

    forms: Mapping[str, Sequence[CredentialForm]]
    issuers: Mapping[str, Issuer]

    def issuer_of(self, payload: Mapping[str, object]) -> Issuer | None:
        """Return the issuer that a payload's ``iss`` claim names; ``None`` if it is unknown."""
        claim = payload.get("iss")
        return self.issuers.get(claim) if isinstance(claim, str) else None

    def find(self, text: str, provider: str | None = None) -> Paste:
        """Find the one credential that was meant in a text.

        With ``provider``, access tokens of other providers count only if there is none of its
        own.
        """
        notes: tuple[str, ...] = ()
        if "%" in text or "\\u00" in text:
            text, escapes = unescape(text)
            if escapes:
                notes = ("percent-encoding or escapes inside it",)
        found = _find_all(self, text)
        tokens = _access_tokens(found, provider)
        if len(tokens) > 1:
            return Paste(None, candidates=tuple(token.credential for token in tokens))
        meant = tokens[0] if tokens else _likeliest_other(text, found)
        if meant is None:
            return Paste(None, empty_bearer=placeholders.empty_bearer(text))
        if meant.credential.flaw is not None:
            return Paste(placeholders.explain_mask(text, meant.credential, meant.start))
        others = sorted(kind.words for kind in _other_kinds(found, meant))
        cleaned = (
            *describe(text, meant.start, meant.end, meant.joints),
            *notes,
            *(f"ignored: {words}" for words in others),
        )
        return Paste(meant.credential, cleaned)


def _other_kinds(found: Sequence[_Match], meant: _Match) -> set[Kind]:
    """Return the kinds of what is no part of the credential that was meant."""
    kinds: set[Kind] = set()
    compared = 0
    for item in found:
        if item.credential.kind in kinds or meant.start <= item.start < meant.end:
            continue
        compared += 1
        if compared > _MOST_COMPARED or item.raw not in meant.raw:
            kinds.add(item.credential.kind)
    return kinds


def _find_all(finder: CredentialFinder, text: str) -> list[_Match]:
    found = [_match_from_jwt(finder, item) for item in jwt.find(text)]
    if len(found) == 1 and found[0].start == 0 and not text[found[0].end :].strip():
        return found  # the bare token, as in a list of them: nothing else can stand there
    spans = [(item.start, item.end) for item in found]
    found.extend(
        _match_from_opaque(item)
        for item in opaque_credentials.find(text, finder.forms, alone=not found)
        if not any(start <= item.start < end for start, end in spans[:_MOST_FLAWED])
    )
    return found


def _match_from_jwt(finder: CredentialFinder, item: jwt.SignedToken) -> _Match:
    issuer = finder.issuer_of(item.payload or {})
    if issuer is not None:
        kind, provider = issuer.kind, issuer.provider
    else:
        kind = Kind.UNKNOWN if item.flaw and item.payload is None else Kind.JWT_OTHER
        provider = None
    return _match(item, kind, provider)


def _match_from_opaque(item: opaque_credentials.OpaqueCredential) -> _Match:
    return _match(item, item.kind, item.provider)


def _match(
    item: jwt.SignedToken | opaque_credentials.OpaqueCredential, kind: Kind, provider: str | None
) -> _Match:
    diagnosis: tuple[Flaw | None, str, str] = (item.flaw, item.reason, item.remedy)
    if item.flaw is None and item.unclear and kind in _USED_AS_FOUND:
        diagnosis = MAY_GO_ON
    credential = Credential(kind, Secret(item.raw), provider, *diagnosis)
    return _Match(credential, item.raw, item.start, item.end, item.joints)


def _access_tokens(found: Sequence[_Match], provider: str | None) -> list[_Match]:
    """Return the different access tokens, without fragments of one another."""
    whole: dict[str, _Match] = {}
    flawed: dict[str, _Match] = {}
    for item in found:
        if item.credential.flaw is not None and item.credential.kind not in _OTHER_KINDS:
            if len(flawed) < _MOST_FLAWED:
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


def _likeliest_other(text: str, found: Sequence[_Match]) -> _Match | None:
    """Return what else may have been meant: another kind, a placeholder, an unknown word."""
    items = list(found)
    sign = placeholders.find(text)
    if sign is not None:
        credential = Credential(
            Kind.PLACEHOLDER, Secret(sign.raw), reason=sign.sentence, remedy=sign.remedy
        )
        items.append(_Match(credential, sign.raw, sign.start, sign.end, ()))
    for kind in _BY_LIKELIHOOD:
        for item in items:
            if item.credential.kind is kind:
                return item
    word = opaque_credentials.find_unknown(text)
    return None if word is None else _match_from_opaque(word)
