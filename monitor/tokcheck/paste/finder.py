"""Find the one credential that a paste holds, and what was stripped from it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tokcheck.core.credential import Credential, CredentialForm, Flaw, Kind, KnownService
from tokcheck.core.secret import Secret
from tokcheck.paste import jwt, opaque_credentials
from tokcheck.paste.encoding import decode_base64_runs, unescape
from tokcheck.paste.flaws import MAY_GO_ON, Diagnosis
from tokcheck.paste.strip_notes import describe

if TYPE_CHECKING:
    from tokcheck.paste.context.evidence import Evidence, Owners

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
# Of tokens that are left aside.
_MOST_NOTES = 4


class Issuer(NamedTuple):
    """The provider and the kind of the signed tokens that carry an ``iss`` claim."""

    provider: str
    kind: Kind


class Paste(NamedTuple):
    """The content of a paste.

    ``credential`` is the one that was meant; ``None`` if there is none, or if ``candidates`` holds
    two or more access tokens. ``empty_bearer`` means that nothing followed the word ``Bearer``;
    ``empty_label`` is another header or key that nothing followed.
    """

    credential: Credential | None
    cleaned: tuple[str, ...] = ()
    candidates: tuple[Credential, ...] = ()
    empty_bearer: bool = False
    empty_label: str = ""


class _Match(NamedTuple):
    credential: Credential
    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    payload: Mapping[str, Any] | None = None


class _Reading(NamedTuple):
    """A text as it was read, what was found in it, and notes about what was put right."""

    text: str
    found: list[_Match]
    tokens: list[_Match]
    notes: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there is a whole access token."""
        return bool(self.tokens) and self.tokens[0].credential.flaw is None


class CredentialFinder(NamedTuple):
    """Finds the credentials of some providers.

    ``forms`` are those of opaque credentials by the provider's name; ``issuers`` are the issuers
    of signed tokens by their ``iss`` claim. ``services`` returns the services whose tokens are
    only recognised.
    """

    forms: Mapping[str, Sequence[CredentialForm]]
    issuers: Mapping[str, Issuer]
    services: Callable[[], Sequence[KnownService]]

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
        reading = self._read(text, provider, notes)
        if not reading.is_sound:
            reading = next(self._other_readings(reading, provider), reading)
        text, found, tokens, notes = reading
        aside: tuple[str, ...] = ()
        if len(tokens) > 1:
            tokens, aside = _in_use(text, tokens)
        if len(tokens) > 1:
            return Paste(None, candidates=tuple(token.credential for token in tokens))
        meant = tokens[0] if tokens else self._meant_otherwise(reading, provider)
        if meant is None:
            from tokcheck.paste.context.stubs import empty_label  # noqa: PLC0415 - seldom needed
            from tokcheck.paste.placeholders.finder import empty_bearer  # noqa: PLC0415 - the same

            empty = empty_bearer(text)
            label = "" if empty else empty_label(text)
            return Paste(None, empty_bearer=empty, empty_label=label)
        if meant.credential.flaw is not None:
            from tokcheck.paste.placeholders.masks import explain_mask  # noqa: PLC0415 - the same

            flawed = explain_mask(text, meant.credential, meant.start)
            return Paste(flawed, notes)
        aside_starts = {item.start for item in reading.tokens}
        others = sorted(_other_words([i for i in found if i.start not in aside_starts], meant))
        cleaned = (
            *describe(text, meant.start, meant.end, meant.joints),
            *notes,
            *aside,
            *(f"ignored: {words}" for words in others),
        )
        return Paste(meant.credential, cleaned)

    def evidence(self) -> "Evidence":
        """Return what finds the owner of a credential by the text around it."""
        from tokcheck.paste.context.evidence import Evidence  # noqa: PLC0415 - seldom needed

        names = {name: name for name in self.forms}
        for service in self.services():
            names |= dict.fromkeys(service.names, service.title)
        return Evidence(names)

    def _read(self, text: str, provider: str | None, notes: tuple[str, ...]) -> _Reading:
        found = _find_all(self, text, provider)
        tokens = _access_tokens(found, provider)
        if not tokens or tokens[0].credential.flaw is not None:
            known = list(_service_matches(text, self.services()))
            if known:
                # A signed token may be a part of another service's token.
                found = [
                    item
                    for item in found
                    if not any(each.start <= item.start < each.end for each in known)
                ]
                tokens = _access_tokens(found, provider)
                found += known
        return _Reading(text, found, tokens, notes)

    def _other_readings(self, first: _Reading, provider: str | None) -> Iterator[_Reading]:
        """Yield the readings of a text whose characters are put right, or that is decoded.

        One counts if it holds a whole access token, or, decoded, anything that was hidden before.
        The last one explains a character that only looks as one of a token.
        """
        from tokcheck.paste.context import substitutes  # noqa: PLC0415 - seldom needed

        text, repairs = substitutes.restore(first.text)
        if text != first.text:
            reading = self._read(text, provider, (*first.notes, *repairs))
            if reading.is_sound:
                yield reading
        decoded = decode_base64_runs(first.text)
        if decoded is not None:
            notes = (*first.notes, "Base64 encoding around it")
            reading = self._read(decoded.text, provider, notes)
            if decoded.cut:
                reading = reading._replace(tokens=[_may_go_on(item) for item in reading.tokens])
            hidden = not first.tokens and (reading.tokens or (not first.found and reading.found))
            if reading.is_sound or hidden:
                yield reading
        similar = substitutes.without_look_alikes(first.text)
        if similar != first.text:
            reading = self._read(similar, provider, first.notes)
            for item in reading.tokens[:1]:
                raw = first.text[item.start : item.end]
                flaw = substitutes.odd_letter_in(raw)
                if flaw is not None:
                    damaged = _match_with_flaw(item, raw, flaw)
                    yield _Reading(first.text, [damaged], [damaged], first.notes)

    def _meant_otherwise(self, reading: _Reading, provider: str | None) -> _Match | None:
        """Return what may have been meant if there is no access token."""
        from tokcheck.paste.context import stubs  # noqa: PLC0415 - seldom needed

        text = reading.text
        other = _likeliest_other(text, reading.found)
        if other is not None and other.credential.kind is not Kind.CLIENT_ID:
            return other
        owner_at = _owner_finder(self, text, provider, ())
        word = opaque_credentials.find_unknown(text)
        labelled = word is not None and opaque_credentials.is_labelled(text)
        if other is not None and word is not None and other.raw in word.raw:
            return other
        if other is not None and not labelled:
            return other
        stub = next(stubs.find(text, self.forms, owner_at, labelled=not labelled), None)
        if stub is not None:
            return _match_from_opaque(stub)
        if word is None:
            return None
        owner = owner_at(word.start, word.end)
        match = _match_from_opaque(word)
        more = match.credential._replace(
            service=f"a token of {owner}" if owner and owner not in self.forms else "",
            form=opaque_credentials.describe_digits(word.raw),
        )
        return match._replace(credential=more)


def _owner_finder(
    finder: CredentialFinder, text: str, wanted: str | None, signed: Sequence[_Match]
) -> opaque_credentials.OwnerAt:
    """Return what finds whose a credential of the text is that has no form of its own."""
    owners: Owners | None = None

    def owner_at(start: int, end: int) -> str | None:
        nonlocal owners
        if owners is None:
            from tokcheck.paste.context.evidence import Owners  # noqa: PLC0415 - seldom needed

            providers = ((item.start, item.credential.provider) for item in signed)
            mentions = [(at, provider) for at, provider in providers if provider is not None]
            owners = Owners(finder.evidence(), text, wanted, mentions)
        return owners.owner_at(start, end)

    return owner_at


def _service_matches(text: str, known: Sequence[KnownService]) -> Iterator[_Match]:
    from tokcheck.paste.context import services  # noqa: PLC0415 - seldom needed

    for token in services.find(text, known):
        credential = Credential(token.kind, Secret(token.raw), service=token.words)
        yield _Match(credential, token.raw, token.start, token.end, ())


def _in_use(text: str, tokens: Sequence[_Match]) -> tuple[list[_Match], tuple[str, ...]]:
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


def _other_words(found: Sequence[_Match], meant: _Match) -> set[str]:
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


def _find_all(finder: CredentialFinder, text: str, wanted: str | None) -> list[_Match]:
    found = [_match_from_jwt(finder, item) for item in jwt.find(text)]
    if len(found) == 1 and found[0].start == 0 and not text[found[0].end :].strip():
        return found  # the bare token, as in a list of them: nothing else can stand there
    spans = [(item.start, item.end) for item in found]
    owner_at = _owner_finder(finder, text, wanted, tuple(found))
    found.extend(
        _match_from_opaque(item)
        for item in opaque_credentials.find(text, finder.forms, owner_at, alone=not found)
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
    return _match(item, kind, provider)._replace(payload=item.payload)


def _match_from_opaque(item: opaque_credentials.OpaqueCredential) -> _Match:
    match = _match(item, item.kind, item.provider)
    more = match.credential._replace(service=item.service, doubt=item.doubt)
    return match._replace(credential=more)


def _may_go_on(item: _Match) -> _Match:
    """Return a token of a text that was cut: only a signed one shows its own end."""
    if item.credential.flaw is not None or item.payload is not None:
        return item
    return _match_with_flaw(item, item.raw, MAY_GO_ON)


def _match_with_flaw(item: _Match, raw: str, flaw: Diagnosis) -> _Match:
    credential = item.credential
    damaged = Credential(credential.kind, Secret(raw), credential.provider, *flaw)
    return _Match(damaged, raw, item.start, item.end, item.joints)


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
    """Return what else may have been meant: another kind, or a placeholder."""
    from tokcheck.paste.placeholders.finder import find  # noqa: PLC0415 - seldom needed

    items = list(found)
    sign = find(text)
    if sign is not None:
        credential = Credential(
            Kind.PLACEHOLDER, Secret(sign.raw), reason=sign.sentence, remedy=sign.remedy
        )
        items.append(_Match(credential, sign.raw, sign.start, sign.end, ()))
    for kind in _BY_LIKELIHOOD:
        for item in items:
            if item.credential.kind is kind:
                return item
    return None
