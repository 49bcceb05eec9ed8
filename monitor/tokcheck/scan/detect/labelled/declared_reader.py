"""Credentials of declared providers: by a prefix, or by a label in a text that names the API."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tokcheck.core.credential import Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyBytesRegex, LazyRegex, compile_cached
from tokcheck.paste.context.declared_tokens import is_whole
from tokcheck.paste.context.owners.evidence import NEAR
from tokcheck.paste.finder import CredentialFinder
from tokcheck.providers import FINDER
from tokcheck.providers.known_services import KNOWN_SERVICES
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.providers.known_services.recognition import service_of_table
from tokcheck.scan.detect.hit import Budget, Hit, without_overlaps
from tokcheck.scan.detect.labelled.declared_names import (
    mentions_in,
    prefix_places,
    written_stems,
)
from tokcheck.scan.detect.labelled.declared_token import (
    DeclaredToken,
    join_prefixed,
    read_prefixed,
    read_value,
)
from tokcheck.scan.detect.labelled.signed_hits import SignedOwners
from tokcheck.scan.detect.prefilter import merge_ranges
from tokcheck.scan.detect.sample_tokens import is_sample

# How much of the data is read for a credential, in bytes: of most, the first is enough.
_LENGTHS = (512, 4_096)
_LOOKAHEAD = 128
# Of a piece's credentials, so many are compared with the text around them.
_MOST = 512
_AROUND = 2_048
_VALUE = LazyRegex(
    r"(?:(?:=>|[:=])\s{0,8}\(?\s{0,8}(?:[bfrBFR]{0,2}[\"'`])?|,\s{0,8}[\"'`]|(?<=>))"
    r"(?:(?i:bearer|token)\s{1,4}(?:[\"'] ?[+.,] ?[\"'])?)?"
    r"([\w.~+/-]{16,2048}+)(?![\w.~+/=-])"
)
_LABEL = LazyRegex(r"([A-Za-z][\w.-]{0,60}+)[\"'\]\s]{0,8}\Z")
_LABEL_LENGTH = 70
# A label that is the name of a value of its own, and one in an element in front of the value's.
_PAIR = LazyRegex(
    r"(?i:name|key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([A-Za-z][\w.-]{0,60}+)[\"']?,?\s{0,40}"
    r"[\"']?(?i:value)[\"']?\s{0,4}\Z"
)
_ELEMENT = LazyRegex(
    r"<(?:key>|t[dh]>)?([A-Za-z][\w.-]{0,60}+)(?:</(?:key|t[dh])>\s{0,40}<(?:string|td)>|>)\Z"
)
_FAR_LABEL_LENGTH = 160
# Words in the label of a credential, and words in other labels.
_CREDENTIAL = LazyRegex(r"(?i)token|secret|bearer|authorization|api[_-]?key")
_OTHER = LazyRegex(
    r"(?i)id[_-]?token|hash|sha|digest|checksum|commit|public|file|path|url|uri|type"
)
_PATH = LazyRegex(r"\.{0,2}/|~|[\w.-]*/[\w./-]*\.\w{1,5}\Z")
# The least number of characters of a credential behind its first letters, or what may begin a joint
# or a notation: of the bytes that are not ASCII, these three alone.
_BODY = LazyBytesRegex(
    rb"[A-Za-z0-9_.-]{8}|[A-Za-z0-9_.-]*+(?:[^A-Za-z0-9 \x80-\xff]|[\x85\xa0\xad])"
)
_WORD_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
# The beginning of an escape that ends like a word.
_ESCAPES = (b"\\", b"%", b"=3D", b"\x1b")
_ESCAPE_LENGTH = 12
# How much in front of a prefix decides whether it begins there.
_FRONT = 64
# How much in front of a piece may define the other ones.
_BEHIND = 1_500
# A piece of at most so many bytes is searched whole if its path names a provider.
_NAMED = 49_152
_DIGIT, _LETTER = LazyRegex(r"[0-9]"), LazyRegex(r"[A-Za-z]")


class DeclaredReader:
    """Reads the credentials of declared providers.

    ``tables`` are the user's own declarations, ``in_use`` the providers at each address in use.
    """

    def __init__(
        self, tables: Iterable[Mapping[str, Any]], in_use: Mapping[str, frozenset[str]]
    ) -> None:
        own = {table["name"]: table for table in tables}
        services = [service_of_table(table) for table in {**TABLES, **own}.values()]
        self._services = [service for service in services if service.names]
        self._by_prefix: dict[str, list[tuple[ServiceForm, KnownService]]] = {}
        for service in self._services:
            for form in service.forms:
                if form.kind is not Kind.CLIENT_ID:
                    self._by_prefix.setdefault(form.prefix, []).append((form, service))
        self._beginnings = {prefix: [prefix] for prefix in self._by_prefix}
        for stem, prefixes in written_stems(self._by_prefix).items():
            self._beginnings.setdefault(stem, []).extend(prefixes)
        self._bare = {each.provider: each for each in self._services if each.bare}
        self._names = tuple(name for each in self._bare.values() for name in each.names)
        taken = {name for service in self._services for name in service.names}
        others = [each for each in KNOWN_SERVICES if not taken & set(each.names)]
        known: Sequence[KnownService] = (*self._services, *others)
        finder = CredentialFinder(FINDER.forms, FINDER.issuers, lambda: known, lambda: in_use)
        self._evidence = finder.evidence()
        self._signed = SignedOwners(self._services, self._evidence)

    def hits(self, data: bytes, path: str, budget: Budget) -> list[Hit]:
        """Return the credentials of some data in their order; places are in bytes."""
        found = [*self._with_prefix(data, budget)]
        labelled = [*without_overlaps(self._with_label(data, path, budget), found)]
        return sorted([*found, *labelled], key=lambda hit: hit.start)

    def with_owners(self, data: bytes, path: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits; a signed token of no known issuer is its declared provider's."""
        return self._signed.assign(data, hits, lambda *place: self._owner(data, path, *place))

    def _with_prefix(self, data: bytes, budget: Budget) -> Iterator[Hit]:
        until = 0
        left = _MOST
        for start, beginnings in prefix_places(data, self._beginnings):
            if start < until or _is_glued(data, start) or _BODY.compiled.match(data, start) is None:
                continue
            if budget.is_spent and beginnings[0] not in self._by_prefix:
                continue
            for prefix in dict.fromkeys(
                each for beginning in beginnings for each in self._beginnings[beginning]
            ):
                hit = self._at_prefix(data, start, prefix, budget)
                hit = self._joined_at(data, start, prefix, hit, budget) or hit
                if hit is not None:
                    until = hit.end
                    left -= 1
                    yield hit._replace(elsewhere=left >= 0 and self._is_sent_elsewhere(data, hit))
                    break

    def _at_prefix(self, data: bytes, start: int, prefix: str, budget: Budget) -> Hit | None:
        first = max(0, start - _FRONT)
        for length in _LENGTHS:
            text = data[first : start + length].decode("latin-1")
            for form, service in self._by_prefix[prefix]:
                token = read_prefixed(text, start - first, form, budget)
                if token is None:
                    continue
                if token.end + _LOOKAHEAD > len(text) and length != _LENGTHS[-1]:
                    break  # it may continue
                if is_sample(token.raw[len(prefix) :]):
                    return None
                return _hit(start, first + token.end, token, form, service)
            else:
                return None
        return None

    def _joined_at(
        self, data: bytes, start: int, prefix: str, hit: Hit | None, budget: Budget
    ) -> Hit | None:
        """Return the credential of which the text at a prefix is a piece, unless it is whole."""
        forms = self._by_prefix[prefix]
        if budget.is_spent or (
            hit is not None and any(is_whole(hit.raw, form) for form, _ in forms)
        ):
            return None
        first = max(0, start - _BEHIND)
        text = data[first : start + _LENGTHS[-1]].decode("latin-1")
        for form, service in forms:
            token = join_prefixed(text, start - first, form, budget)
            if token is not None and not is_sample(token.raw[len(prefix) :]):
                return _hit(start, first + token.end, token, form, service)
        return None

    def _with_label(self, data: bytes, path: str, budget: Budget) -> Iterator[Hit]:
        """Yield what only its label and the text around it identify."""
        left = _MOST
        text = data.decode("latin-1")
        for match in self._values(data, text, path):
            label, raw = _label_before(text, match.start()), match[1].rstrip(".")
            if not label or not _is_plausible(label, raw) or left == 0:
                continue
            left -= 1
            start = match.start(1)
            service = self._bare.get(self._owner(data, path, start, start + len(raw)) or "")
            form, token = _form_of(service, text, match, budget)
            if service is not None and form is not None and token is not None:
                own = form._replace(kind=_kind_of(label, form), words="")
                yield _hit(start, token.end, token, own, service)

    def _values(self, data: bytes, text: str, path: str) -> Iterator[re.Match[str]]:
        """Yield the values near a name, or everywhere if the path has one."""
        if len(data) <= _NAMED and mentions_in(path.encode("utf-8", "replace"), self._names):
            places = [(0, len(data))]
        else:
            around = (
                (max(0, at - NEAR), at + NEAR + _LABEL_LENGTH)
                for at in mentions_in(data, self._names)
            )
            places = [*merge_ranges(around)]
        for first, last in places:
            for match in _VALUE.compiled.finditer(text, first, last):
                # The end of the range may have cut it off.
                yield _VALUE.match(text, match.start()) or match

    def _is_sent_elsewhere(self, data: bytes, hit: Hit) -> bool:
        first = max(0, hit.start - _AROUND)
        text = data[first : hit.end + _AROUND].decode("latin-1")
        start, end = hit.start - first, hit.end - first
        return self._evidence.is_sent_elsewhere(text, start, end, hit.provider)

    def _owner(self, data: bytes, path: str, start: int, end: int) -> str | None:
        first = max(0, start - _AROUND)
        text = data[first : end + _AROUND].decode("latin-1")
        owner = self._evidence.owner_of(text, start - first, end - first)
        return owner or self._evidence.owner_in(path)


def _is_glued(data: bytes, start: int) -> bool:
    """Return whether a word continues at a place, unless it may be the end of an escape."""
    if not start or data[start - 1] not in _WORD_BYTES:
        return False
    front = data[max(0, start - _ESCAPE_LENGTH) : start]
    return not any(sign in front for sign in _ESCAPES)


def _label_before(text: str, at: int) -> str:
    far = text[max(0, at - _FAR_LABEL_LENGTH) : at]
    if far.endswith(">"):
        found = _ELEMENT.search(far)
    else:
        found = _LABEL.search(far[-_LABEL_LENGTH:])
        if found is not None and found[1].lower() == "value":
            found = _PAIR.search(far) or found
    return "" if found is None else found[1]


def _is_plausible(label: str, raw: str) -> bool:
    return (
        _CREDENTIAL.search(label) is not None
        and _OTHER.search(label) is None
        and _DIGIT.search(raw) is not None
        and _LETTER.search(raw) is not None
        and _PATH.match(raw) is None
        and not is_sample(raw)
    )


def _form_of(
    service: KnownService | None, text: str, match: re.Match[str], budget: Budget
) -> tuple[ServiceForm | None, DeclaredToken | None]:
    """Return the form of a value with the whole of it, which may continue behind a joint."""
    length = len(match[1].rstrip("."))
    for form in service.bare if service is not None else ():
        token = read_value(text, match.start(1), form, budget)
        is_whole = token is not None and compile_cached(form.rest).fullmatch(token.raw)
        if token is not None and is_whole and len(token.raw) >= length:
            return form, token
    return None, None


def _kind_of(label: str, form: ServiceForm) -> Kind:
    """Return the kind that a label names; the tokens of such providers look alike."""
    folded = label.lower()
    if "refresh" in folded:
        return Kind.REFRESH_TOKEN
    return Kind.CLIENT_SECRET if "secret" in folded else form.kind


def _hit(
    start: int, end: int, token: DeclaredToken, form: ServiceForm, service: KnownService
) -> Hit:
    words = form.words if form.prefix else ""
    return Hit(
        start, end, token.raw, form.kind, service.provider, fragment=token.unclear, service=words
    )
