"""Credentials of declared providers: by a prefix, or by a label in a text that names the API."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Any

from tokcheck.core.credential import Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.paste.context.declared_tokens import is_whole
from tokcheck.paste.context.owners.evidence import NEAR
from tokcheck.paste.finder import CredentialFinder
from tokcheck.providers import FINDER, REGISTRY
from tokcheck.providers.base import providers_at_addresses
from tokcheck.providers.known_services import KNOWN_SERVICES
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.providers.known_services.recognition import service_of_table
from tokcheck.providers.known_services.undeclared import UNDECLARED
from tokcheck.scan.detect.first_pass.prefilter import merge_ranges
from tokcheck.scan.detect.first_pass.prefix_heads import TornHead
from tokcheck.scan.detect.hit import IN_VAIN, Budget, Hit, hit_order, without_overlaps
from tokcheck.scan.detect.labelled import service_prefixes
from tokcheck.scan.detect.labelled.declared_names import (
    mentions_in,
    prefix_places,
    written_stems,
)
from tokcheck.scan.detect.labelled.declared_owners import DeclaredOwners
from tokcheck.scan.detect.labelled.declared_token import (
    BODY,
    hit_of,
    join_prefixed,
    read_one_of,
)
from tokcheck.scan.detect.labelled.service_prefixes import is_glued
from tokcheck.scan.detect.labelled.signed_hits import SignedOwners
from tokcheck.scan.detect.labelled.torn_tokens import read_torn
from tokcheck.scan.detect.labelled.values_beside_labels import (
    LABEL_LENGTH,
    VALUE,
    form_of,
    is_plausible,
    kind_of,
    label_before,
)
from tokcheck.scan.detect.sample_tokens import is_sample
from tokcheck.scan.detect.window import TextAround

# How much of the data is read for a credential, in bytes: of most, the first is enough.
_LENGTHS = (512, 4_096)
_LOOKAHEAD = 128
# Of a chunk's credentials, so many are compared with the text around them.
_MOST = 512
# The least number of characters of a credential behind its first letters, or what may begin a joint
# or a notation: of the bytes that are not ASCII, these three alone, and an invisible character's.
_BODY = LazyBytesRegex(
    rb"[A-Za-z0-9_.-]{8}|[A-Za-z0-9_.-]*+"
    rb"(?:[^A-Za-z0-9 \x80-\xff]|[\x85\xa0\xad]|\xc2[\x85\xa0\xad]|\xe2[\x80\x81]|\xef\xbb\xbf)"
)
# How much in front of a prefix decides whether it begins there.
_FRONT = 64
# The end of a literal or a line behind a piece of a token.
_ENDS_PIECE = LazyBytesRegex(rb"[A-Za-z0-9_.-]{1,4096}+[\"'`\\;\r\n]")
# How much in front of a piece may define the other ones.
_BEHIND = 1_500
# A chunk of at most so many bytes is searched whole if its path names a provider.
_NAMED = 49_152

_Forms = list[tuple[ServiceForm, KnownService]]
# A place, whether the prefixes there are those of services without a declaration, and these.
_PrefixPlace = tuple[int, bool, tuple[str, ...]]


class DeclaredReader:
    """Reads the credentials of declared providers.

    ``tables`` are the user's own declarations, ``in_use`` the providers at each address in use
    beside those of built-in providers.
    """

    def __init__(
        self, tables: Iterable[Mapping[str, Any]], in_use: Mapping[str, frozenset[str]]
    ) -> None:
        own = {table["name"]: table for table in tables}
        services = [service_of_table(table) for table in {**TABLES, **own}.values()]
        self._services = [service for service in services if service.names]
        self._by_prefix: dict[str, _Forms] = {}
        for service in self._services:
            for form in service.forms:
                if form.kind is not Kind.CLIENT_ID:
                    self._by_prefix.setdefault(form.prefix, []).append((form, service))
        self._beginnings = {prefix: [prefix] for prefix in self._by_prefix}
        for stem, prefixes in written_stems(self._by_prefix).items():
            self._beginnings.setdefault(stem, []).extend(prefixes)
        self._by_service_prefix: dict[str, _Forms] = {
            form.prefix: [(form, service)]
            for service in UNDECLARED
            for form in service.forms
            if form.is_secret
        }
        self._plain_tokens: dict[tuple[str, ...], re.Pattern[bytes]] = {}
        self._bare = {each.provider: each for each in self._services if each.bare}
        self._names = tuple(name for each in self._bare.values() for name in each.names)
        taken = {name for service in self._services for name in service.names}
        others = [each for each in KNOWN_SERVICES if not taken & set(each.names)]
        known: Sequence[KnownService] = (*self._services, *others)
        addresses = {**providers_at_addresses(REGISTRY.values()), **in_use}
        finder = CredentialFinder(FINDER.forms, FINDER.issuers, lambda: known, lambda: addresses)
        evidence = finder.evidence()
        self._owners = DeclaredOwners(evidence)
        self._signed = SignedOwners(self._services, evidence)

    def hits(
        self, data: bytes, path: str, budget: Budget, torn: Iterable[TornHead] = ()
    ) -> list[Hit]:
        """Return the credentials of some data, and of torn prefixes, by their place in bytes."""
        found = [*self._with_prefix(data, path, budget)]
        found += without_overlaps(self._with_torn_prefix(data, torn, budget), [*found])
        found.sort(key=hit_order)
        labelled = [*without_overlaps(self._with_label(data, path, budget), found)]
        return sorted([*found, *labelled], key=lambda hit: hit.start)

    def with_owners(self, data: bytes, path: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits; a signed token of no known issuer is its declared provider's."""
        return self._signed.assign(
            data, hits, lambda *place: self._owners.owner_of(data, path, *place)
        )

    def _with_prefix(self, data: bytes, path: str, budget: Budget) -> Iterator[Hit]:
        until = 0
        left = _MOST
        for start, is_of_service, prefixes in merge(
            self._declared_places(data, budget), _service_places(data)
        ):
            if start < until:
                continue
            by_prefix = self._by_service_prefix if is_of_service else self._by_prefix
            if is_of_service and budget.is_spent and not self._is_plain(data, start, prefixes):
                continue
            joins = not is_of_service or _ENDS_PIECE.compiled.match(data, start) is not None
            for forms in map(by_prefix.__getitem__, prefixes):
                hit = self._at_prefix(data, start, forms, budget)
                hit = (self._joined_at(data, start, forms, hit, budget) if joins else None) or hit
                if hit is not None:
                    left -= 1
                    if hit.provider is not None:
                        hit = self._hit_of_owner(data, path, hit, budget, may_decide=left >= 0)
                    until = hit.end
                    may_be_sent = left >= 0 and hit.provider is not None
                    yield hit._replace(
                        elsewhere=may_be_sent and self._owners.is_sent_elsewhere(data, hit)
                    )
                    break
            else:
                if is_of_service:
                    budget.spend(8 * IN_VAIN)

    def _is_plain(self, data: bytes, start: int, prefixes: tuple[str, ...]) -> bool:
        """Return whether a token of a service stands at a place without any joint or notation."""
        expression = self._plain_tokens.get(prefixes)
        if expression is None:
            forms = (form for each in prefixes for form, _ in self._by_service_prefix[each])
            alternatives = (f"{re.escape(form.prefix)}(?:{form.rest})" for form in forms)
            # As all of the table, it has characters of ASCII alone.
            expression = re.compile("|".join(alternatives).encode("ascii"))
            self._plain_tokens[prefixes] = expression
        return expression.match(data, start) is not None

    def _declared_places(self, data: bytes, budget: Budget) -> Iterator[_PrefixPlace]:
        for start, beginnings in prefix_places(data, self._beginnings):
            if is_glued(data, start) or _BODY.compiled.match(data, start) is None:
                continue
            if budget.is_spent and beginnings[0] not in self._by_prefix:
                continue
            prefixes = dict.fromkeys(
                each for beginning in beginnings for each in self._beginnings[beginning]
            )
            yield start, False, tuple(prefixes)

    def _at_prefix(self, data: bytes, start: int, forms: _Forms, budget: Budget) -> Hit | None:
        for length in _LENGTHS:
            around = TextAround(data, start, _FRONT, length)
            found = read_one_of(around.text, around.start, forms, budget)
            if found is None:
                body = BODY.match(around.text, around.start)
                if body is None or body.end() + _LOOKAHEAD <= len(around.text):
                    return None
                continue
            token, form, service = found
            if token.end + _LOOKAHEAD > len(around.text) and length != _LENGTHS[-1]:
                continue  # it may continue
            if is_sample(token.raw[len(form.prefix) :]):
                return None
            return hit_of(start, around.place_of(token.end), token, form, service)
        return None

    def _joined_at(
        self, data: bytes, start: int, forms: _Forms, hit: Hit | None, budget: Budget
    ) -> Hit | None:
        """Return the credential of which the text at a prefix is a piece, unless it is whole."""
        if budget.is_spent or (
            hit is not None and any(is_whole(hit.raw, form) for form, _ in forms)
        ):
            return None
        around = TextAround(data, start, _BEHIND, _LENGTHS[-1])
        for form, service in forms:
            token = join_prefixed(around.text, around.start, form, budget)
            if token is not None and not is_sample(token.raw[len(form.prefix) :]):
                return hit_of(start, around.place_of(token.end), token, form, service)
        return None

    def _with_torn_prefix(
        self, data: bytes, torn: Iterable[TornHead], budget: Budget
    ) -> Iterator[Hit]:
        for each in torn:
            hit = self.read_torn(data, each, budget)
            if hit is not None:
                yield hit
            if budget.is_spent:
                return

    def read_torn(self, data: bytes, torn: TornHead, budget: Budget) -> Hit | None:
        """Return the credential with a torn prefix."""
        forms = [
            each
            for prefix in torn.prefixes
            for each in self._by_prefix.get(prefix) or self._by_service_prefix.get(prefix) or ()
        ]
        hit = None if budget.is_spent else read_torn(data, torn, forms, budget)
        if hit is None or hit.provider is None:
            return hit
        return hit._replace(elsewhere=self._owners.is_sent_elsewhere(data, hit))

    def _hit_of_owner(
        self, data: bytes, path: str, hit: Hit, budget: Budget, *, may_decide: bool
    ) -> Hit:
        """Return the hit of the provider that the text names, if several share its prefix.

        Without a name or with ``may_decide`` false, it is the hit of none of them.
        """
        others = {
            service.provider: (form, service)
            for prefix, forms in self._by_prefix.items()
            if hit.raw.startswith(prefix)
            for form, service in forms
            if service.provider != hit.provider
        }
        hits = {hit.provider: hit}
        for name, form in others.items():
            other = self._at_prefix(data, hit.start, [form], budget)
            other = self._joined_at(data, hit.start, [form], other, budget) or other
            if other is not None:
                hits[name] = other
        if len(hits) == 1:
            return hit
        return self._owners.choose_hit(data, path, [*hits.values()], may_decide=may_decide)

    def hit_of_one(self, data: bytes, path: str, hit: Hit, other: Hit) -> Hit:
        """Return the hit of the provider that the text names, of two at one place."""
        return self._owners.choose_hit(data, path, [hit, other], may_decide=True)

    def _with_label(self, data: bytes, path: str, budget: Budget) -> Iterator[Hit]:
        """Yield what only its label and the text around it identify."""
        left = _MOST
        text = data.decode("latin-1")
        for match in self._values(data, text, path):
            label, raw = label_before(text, match.start()), match[1].rstrip(".")
            if not label or not is_plausible(label, raw) or left == 0:
                continue
            left -= 1
            start = match.start(1)
            service = self._bare.get(
                self._owners.owner_of(data, path, start, start + len(raw)) or ""
            )
            form, token = form_of(service, text, match, budget)
            if service is not None and form is not None and token is not None:
                own = form._replace(kind=kind_of(label, form), words="")
                yield hit_of(start, token.end, token, own, service)

    def _values(self, data: bytes, text: str, path: str) -> Iterator[re.Match[str]]:
        """Yield the values near a name, or everywhere if the path has one."""
        if len(data) <= _NAMED and mentions_in(path.encode("utf-8", "replace"), self._names):
            places = [(0, len(data))]
        else:
            around = (
                (max(0, at - NEAR), at + NEAR + LABEL_LENGTH)
                for at in mentions_in(data, self._names)
            )
            places = [*merge_ranges(around)]
        for first, last in places:
            for match in VALUE.compiled.finditer(text, first, last):
                # The end of the range may have cut it off.
                yield VALUE.match(text, match.start()) or match


def _service_places(data: bytes) -> Iterator[_PrefixPlace]:
    return ((start, True, prefixes) for start, prefixes in service_prefixes.prefix_places(data))
