"""Find the one credential that a paste holds, and what was stripped from it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.credential import Credential, CredentialForm, Kind, KnownService
from tokcheck.paste import jwt, opaque_credentials
from tokcheck.paste.encoding import unescape
from tokcheck.paste.finder.matches import (
    MOST_FLAWED,
    Match,
    access_tokens,
    as_doubtful,
    as_sent_elsewhere,
    match_of,
    may_have_labelled,
    opaque_match,
    other_words,
    refresh_token_of,
    tokens_in_use,
    with_labelled,
    without_owner,
)
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.paste.finder.strip_notes import describe
from tokcheck.paste.finder.text_reading import TextReading

if TYPE_CHECKING:
    from tokcheck.paste.context.owners.evidence import Evidence, Owners


class Issuer(NamedTuple):
    """The provider and the kind of the signed tokens that carry an ``iss`` claim."""

    provider: str
    kind: Kind


class CredentialFinder(NamedTuple):
    """Finds the credentials of some providers.

    ``forms`` are those of opaque credentials by the provider's name; ``issuers`` are the issuers of
    signed tokens by their ``iss`` claim. ``services`` returns the services with tokens that are
    only recognised. ``in_use`` returns the providers at each address in use, by host and port.
    ``declared`` are the services of declared providers.
    """

    forms: Mapping[str, Sequence[CredentialForm]]
    issuers: Mapping[str, Issuer]
    services: Callable[[], Sequence[KnownService]]
    in_use: Callable[[], Mapping[str, frozenset[str]]] = dict
    declared: Sequence[KnownService] = ()

    def issuer_of(self, payload: Mapping[str, object]) -> Issuer | None:
        """Return the issuer that a payload's ``iss`` claim names; ``None`` if it is unknown."""
        claim = payload.get("iss")
        return self.issuers.get(claim) if isinstance(claim, str) else None

    def find(self, text: str, provider: str | None = None) -> Paste:
        """Find the one credential that was meant in a text.

        With ``provider``, access tokens of other providers count only if there is none of its
        own.
        """
        reading = self._best_reading(text, provider)
        text, found, tokens, notes = reading
        labelled = self._read_labelled(reading, provider)
        names_service = any(item.credential.service for item in labelled)
        if labelled:
            tokens = with_labelled(tokens, labelled, provider)
        aside: tuple[str, ...] = ()
        unowned = without_owner(labelled, tokens)
        if len(unowned) > 1:
            candidates = tuple(item.credential for item in unowned)
            return Paste(None, (), candidates, names_service=names_service)
        if len(tokens) > 1:
            tokens, aside = tokens_in_use(text, tokens)
        if len(tokens) > 1:
            candidates = tuple(token.credential for token in tokens)
            return Paste(None, aside, candidates, names_service=names_service)
        meant = tokens[0] if tokens else self._find_other(reading, provider, unowned)
        meant = meant or refresh_token_of(labelled)
        if meant is None:
            from tokcheck.paste.context.stubs import empty_label  # noqa: PLC0415 - seldom needed
            from tokcheck.paste.placeholders.search import empty_bearer  # noqa: PLC0415 - the same

            empty = empty_bearer(text)
            label = "" if empty else empty_label(text)
            return Paste(None, (), (), empty, label, names_service)
        if meant.credential.flaw is not None:
            from tokcheck.paste.placeholders.masks import explain_mask  # noqa: PLC0415 - the same

            flawed = explain_mask(text, meant.credential, meant.start)
            return Paste(flawed, notes, names_service=names_service)
        aside_starts = {item.start for item in reading.tokens}
        beside = [item for item in (*found, *labelled) if item.start not in aside_starts]
        others = sorted(other_words(beside, meant))
        cleaned = (
            *describe(text, meant.start, meant.end, meant.joints),
            *notes,
            *aside,
            *(f"ignored: {words}" for words in others),
        )
        return Paste(meant.credential, cleaned, names_service=names_service)

    def _best_reading(self, text: str, provider: str | None) -> TextReading:
        notes: tuple[str, ...] = ()
        if "\n" in text and (joined := _join_digits(text)) is not None:
            text, notes = joined, ("a line break inside it",)
        if "%" in text or "\\u00" in text:
            text, escapes = unescape(text)
            if escapes:
                notes = ("percent-encoding or escapes inside it",)
        reading = self._read(text, provider, notes)
        if reading.is_sound:
            return reading
        from tokcheck.paste.finder.other_readings import repair  # noqa: PLC0415 - seldom needed

        read = lambda text, notes: self._read(text, provider, notes)  # noqa: E731 - it is short
        return repair(reading, read, self._prefixes)

    def _prefixes(self) -> list[str]:
        """Return what tokens begin with, whatever the text around them is."""
        decisive = (
            form
            for forms in self.forms.values()
            for form in forms
            if form.decisive and not form.reach and not form.alone
        )
        return [
            "eyJ",
            *(anchor for form in decisive for anchor in form.anchors),
            *(form.prefix for service in self.services() for form in service.forms),
        ]

    def find_every(self, text: str, provider: str | None = None) -> tuple[Credential, ...]:
        """Return all credentials in a text, as they stand there, in the order of their kinds."""
        return tuple(item.credential for item in _find_all(self, text, provider))

    def evidence(self) -> "Evidence":
        """Return what finds the owner of a credential by the text around it."""
        from tokcheck.paste.context.owners.evidence import Evidence  # noqa: PLC0415 - seldom needed

        services = self.services()
        declared = {service.provider for service in services}
        builtin = [name for name in self.forms if name not in declared]
        # A variable is written with underscores.
        names = {word: name for name in builtin for word in (name, name.replace("-", "_"))}
        hosts: dict[str, frozenset[str]] = {}
        for service in services:
            owner = service.provider or service.title
            names |= dict.fromkeys(service.names, owner)
            hosts |= {host: hosts.get(host, frozenset()) | {owner} for host in service.hosts}
        return Evidence(names, hosts, self.in_use())

    def _read(self, text: str, provider: str | None, notes: tuple[str, ...]) -> TextReading:
        found = _find_all(self, text, provider)
        owner_at = _owner_finder(self, text, None, (), near=provider is None)
        if found and self.declared:
            from tokcheck.paste.finder.service_matches import with_declared  # noqa: PLC0415 - seldom

            found = with_declared(text, found, self.declared, provider, owner_at)
        tokens = access_tokens(found, provider)
        if not tokens or tokens[0].credential.flaw is not None:
            known = self._service_matches(text, provider, owner_at)
            if known:
                # A signed token may be a part of another service's token.
                found = [
                    item
                    for item in found
                    if not any(each.start <= item.start < each.end for each in known)
                ]
                tokens = access_tokens(found, provider)
                found += known
                if any(_is_declared(item.credential) for item in known):
                    tokens = access_tokens(found, provider)
        return TextReading(text, found, tokens, notes)

    def _service_matches(
        self, text: str, provider: str | None, owner_at: opaque_credentials.OwnerAt
    ) -> list[Match]:
        """Return the tokens with a service's prefix; one for another host is of nobody known.

        A server of one's own may have tokens of the same form, as GitLab's and GitHub's do.
        """
        from tokcheck.paste.finder.service_matches import (  # noqa: PLC0415 - seldom needed
            service_matches,
        )

        known = list(service_matches(text, self.services(), provider, owner_at))
        if provider is not None or not any(_is_declared(item.credential) for item in known):
            return known
        goes_elsewhere = self.evidence().is_sent_elsewhere
        return [
            as_sent_elsewhere(item)
            if goes_elsewhere(text, item.start, item.end, item.credential.provider)
            else item
            for item in known
        ]

    def _read_labelled(self, reading: TextReading, provider: str | None) -> Sequence[Match]:
        """Return what labels call an access token, apart from what was found by its form."""
        text = reading.text
        if not may_have_labelled(text, reading.found) and not self._names_header(text):
            return ()
        from tokcheck.paste.context.owners.evidence import Owners  # noqa: PLC0415 - seldom needed
        from tokcheck.paste.finder.labelled_matches import (  # noqa: PLC0415 - the same
            labelled_matches,
        )

        def owners() -> Owners:
            return Owners(self.evidence(), text, None, (), near=provider is None)

        return labelled_matches(text, reading.found, owners, self.forms, self.services, provider)

    def _names_header(self, text: str) -> bool:
        """Return whether a declared provider gets its tokens in a header that a text names."""
        if not any(service.sent_in for service in self.declared):
            return False
        from tokcheck.paste.finder.sent_headers import names_header  # noqa: PLC0415 - few have one

        return names_header(text, self.declared)

    def _find_other(
        self, reading: TextReading, provider: str | None, unowned: Sequence[Match]
    ) -> Match | None:
        """Return what may have been meant if there is no access token."""
        from tokcheck.paste.finder.other_meaning import find_other  # noqa: PLC0415 - seldom needed

        owner_at = _owner_finder(self, reading.text, provider, ())
        return find_other(reading, unowned, owner_at, self.forms, self.services, self.evidence)


def _is_declared(credential: Credential) -> bool:
    """Return whether a token has the form of a provider's, or of several ones."""
    return credential.provider is not None or bool(credential.sharing)


def _join_digits(text: str) -> str | None:
    from tokcheck.paste.context.line_breaks import join_digits  # noqa: PLC0415 - seldom needed

    return join_digits(text)


def _owner_finder(
    finder: CredentialFinder,
    text: str,
    wanted: str | None,
    signed: Sequence[Match],
    *,
    near: bool | None = None,
) -> opaque_credentials.OwnerAt:
    """Return a function that finds the owner of a credential of no form of its own in the text.

    ``near`` is as for :class:`Owners`.
    """
    owners: Owners | None = None

    def owner_at(start: int, end: int) -> str | None:
        nonlocal owners
        if owners is None:
            from tokcheck.paste.context.owners.evidence import Owners  # noqa: PLC0415 - seldom needed

            providers = ((item.start, item.credential.provider) for item in signed)
            mentions = [(at, provider) for at, provider in providers if provider is not None]
            owners = Owners(finder.evidence(), text, wanted, mentions, near=near)
        return owners.owner_at(start, end)

    return owner_at


def _find_all(finder: CredentialFinder, text: str, wanted: str | None) -> list[Match]:
    signed = list(jwt.find(text))
    found = [_signed_match(finder, item) for item in signed]
    if any(item.credential.kind is Kind.JWT_OTHER for item in found):
        from tokcheck.paste.finder.signed_matches import with_owners  # noqa: PLC0415 - few are

        owner_at = _owner_finder(finder, text, wanted, tuple(found))
        found = with_owners(finder.services(), finder.evidence(), text, signed, found, owner_at)
    if len(found) == 1 and found[0].start == 0 and not text[found[0].end :].strip():
        return found  # the bare token, as in a list of them: nothing else can stand there
    spans = [(item.start, item.end) for item in found]
    owner_at = _owner_finder(finder, text, wanted, tuple(found))
    found.extend(
        opaque_match(item)
        for item in opaque_credentials.find(text, finder.forms, owner_at, alone=not found)
        if not any(start <= item.start < end for start, end in spans[:MOST_FLAWED])
    )
    return found


def _signed_match(finder: CredentialFinder, item: jwt.SignedToken) -> Match:
    issuer = finder.issuer_of(item.payload or {})
    if issuer is not None:
        kind, provider = issuer.kind, issuer.provider
    else:
        kind = Kind.UNKNOWN if item.flaw and item.payload is None else Kind.JWT_OTHER
        provider = None
    match = match_of(item, kind, provider)._replace(payload=item.payload)
    return match if kind is not Kind.ID_TOKEN or item.header is None else as_doubtful(match)
