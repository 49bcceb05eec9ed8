"""Credentials of declared providers: by a prefix, or by a label in a text that names the API."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tokcheck.core.credential import Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyBytesRegex, LazyRegex, compile_cached
from tokcheck.paste.context.evidence import NEAR
from tokcheck.paste.finder import CredentialFinder
from tokcheck.providers import FINDER
from tokcheck.providers.known_services import KNOWN_SERVICES
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.providers.known_services.recognition import service_of_table
from tokcheck.scan.detect.hit import Hit
from tokcheck.scan.detect.labelled.declared_names import mentions_in, prefix_places
from tokcheck.scan.detect.prefilter import merge_ranges
from tokcheck.scan.detect.sample_tokens import is_sample

# What a credential may be long at most, in bytes.
_LONGEST = 4_096
# Of a piece's credentials, so many are compared with the text around them.
_MOST = 512
_AROUND = 2_048
_VALUE = LazyRegex(
    r"(?:=>|[:=])\s{0,8}[\"'`]?(?:(?i:bearer|token)\s{1,4})?([\w.~+/-]{20,2048}+)(?![\w.~+/=-])"
)
_LABEL = LazyRegex(r"([A-Za-z][\w.-]{0,60}+)[\"'\]\s]{0,8}\Z")
_LABEL_LENGTH = 70
# What a label of a credential holds, and what one of something else does.
_CREDENTIAL = LazyRegex(r"(?i)token|secret|bearer|authorization|api[_-]?key")
_OTHER = LazyRegex(
    r"(?i)id[_-]?token|hash|sha|digest|checksum|commit|public|file|path|url|uri|type"
)
_PATH = LazyRegex(r"\.{0,2}/|~|[\w.-]*/[\w./-]*\.\w{1,5}\Z")
_WORD = LazyBytesRegex(rb"[A-Za-z0-9_-]")
# A piece of at most so many bytes is searched whole if its path names a provider.
_NAMED = 49_152
_DIGIT, _LETTER = LazyRegex(r"[0-9]"), LazyRegex(r"[A-Za-z]")


class DeclaredReader:
    """Reads the credentials of declared providers; ``tables`` are the user's own declarations."""

    def __init__(self, tables: Iterable[Mapping[str, Any]] = ()) -> None:
        own = {table["name"]: table for table in tables}
        services = [service_of_table(table) for table in {**TABLES, **own}.values()]
        self._services = [service for service in services if service.names]
        self._by_prefix: dict[str, list[tuple[ServiceForm, KnownService]]] = {}
        for service in self._services:
            for form in service.forms:
                if form.kind is not Kind.CLIENT_ID:
                    self._by_prefix.setdefault(form.prefix, []).append((form, service))
        self._bare = {each.provider: each for each in self._services if each.bare}
        self._names = tuple(name for each in self._bare.values() for name in each.names)
        taken = {name for service in self._services for name in service.names}
        others = [each for each in KNOWN_SERVICES if not taken & set(each.names)]
        known: Sequence[KnownService] = (*self._services, *others)
        self._evidence = CredentialFinder(FINDER.forms, FINDER.issuers, lambda: known).evidence()

    def hits(self, data: bytes, path: str) -> list[Hit]:
        """Return the credentials of some data in their order; places are in bytes."""
        found = [*self._with_prefix(data)]
        labelled = [*without_overlaps(self._with_label(data, path), found)]
        return sorted([*found, *labelled], key=lambda hit: hit.start)

    def _with_prefix(self, data: bytes) -> Iterator[Hit]:
        until = 0
        for start, prefixes in prefix_places(data, self._by_prefix).items():
            if _WORD.compiled.match(data[max(0, start - 1) : start]) is not None:
                continue
            text = data[start : start + _LONGEST].decode("latin-1")
            for form, service in (each for prefix in prefixes for each in self._by_prefix[prefix]):
                match = compile_cached(re.escape(form.prefix) + form.rest).match(text)
                raw = match.group().rstrip(".") if match is not None and start >= until else ""
                if raw and not is_sample(raw[len(form.prefix) :]):
                    until = start + len(raw)
                    yield _hit(start, raw, form, service)

    def _with_label(self, data: bytes, path: str) -> Iterator[Hit]:
        """Yield what only its label and the text around it identify."""
        left = _MOST
        text = data.decode("latin-1")
        for match in self._values(data, text, path):
            front = text[max(0, match.start() - _LABEL_LENGTH) : match.start()]
            label, raw = _label_in(front), match[1].rstrip(".")
            if not label or not _is_plausible(label, raw) or left == 0:
                continue
            left -= 1
            start = match.start(1)
            service = self._bare.get(self._owner(data, path, start, start + len(raw)) or "")
            form = None if service is None else _form_of(service, raw)
            if service is not None and form is not None:
                kind = _kind_of(label, form)
                yield _hit(start, raw, form._replace(kind=kind, words=""), service)

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

    def _owner(self, data: bytes, path: str, start: int, end: int) -> str | None:
        first = max(0, start - _AROUND)
        text = data[first : end + _AROUND].decode("latin-1")
        owner = self._evidence.owner_of(text, start - first, end - first)
        return owner or self._evidence.owner_in(path)


def _label_in(front: str) -> str:
    found = _LABEL.search(front)
    return "" if found is None else found[1]


def without_overlaps(hits: Iterable[Hit], others: Sequence[Hit]) -> Iterator[Hit]:
    """Yield the hits that overlap none of the others, which are in order and apart."""
    starts = [other.start for other in others]
    for hit in hits:
        before = bisect_left(starts, hit.end) - 1
        if before < 0 or others[before].end <= hit.start:
            yield hit


def _is_plausible(label: str, raw: str) -> bool:
    return (
        _CREDENTIAL.search(label) is not None
        and _OTHER.search(label) is None
        and _DIGIT.search(raw) is not None
        and _LETTER.search(raw) is not None
        and _PATH.match(raw) is None
        and not is_sample(raw)
    )


def _form_of(service: KnownService, raw: str) -> ServiceForm | None:
    matching = (form for form in service.bare if compile_cached(form.rest).fullmatch(raw))
    return next(matching, None)


def _kind_of(label: str, form: ServiceForm) -> Kind:
    """Return the kind that a label names; the tokens of such providers look alike."""
    folded = label.lower()
    if "refresh" in folded:
        return Kind.REFRESH_TOKEN
    return Kind.CLIENT_SECRET if "secret" in folded else form.kind


def _hit(start: int, raw: str, form: ServiceForm, service: KnownService) -> Hit:
    words = form.words if form.prefix else ""
    return Hit(start, start + len(raw), raw, form.kind, service.provider, service=words)
