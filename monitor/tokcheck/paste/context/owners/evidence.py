"""The owner of a credential without a decisive form, from names in the text around it.

The label of the credential decides; then the nearest scope with a host or with a name for it: its
call, command or line, its object, block or section; then the requests that use its variable; then
the nearest name. An unknown host belongs to another owner. So does a label or the key of an object
with a word of its own: then of the hosts farther away, only that of its request counts.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.context.owners import text_scopes
from tokcheck.paste.context.owners.hosts import COMMAND_NAMES, Host, find_hosts, named_hosts
from tokcheck.paste.context.owners.known_names import KnownNames
from tokcheck.paste.context.owners.label_words import label_before, names_something
from tokcheck.paste.context.owners.text_scopes import TextScope, line_around, scopes_around

# How far from a credential a name counts, in characters.
NEAR = 1_000
_ISSUER = LazyRegex(r"(?:https?://)?([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})(?:[:/].*)?")
# Of the credentials of one text, so many are compared with what stands around them.
_MOST = 64
# Beside commands, the function of JavaScript.
_REQUEST = LazyRegex(rf"\b(?:{COMMAND_NAMES}|fetch)\b(?!:)")
_IDENTIFIER = LazyRegex(r"[A-Za-z_]\w{1,60}")
# Of the uses of a variable, so many are read.
_MOST_USES = 8
_DEEPEST_USE = 3


class Mention(NamedTuple):
    """A place in a text that names an owner; an unknown host names ``None``."""

    start: int
    owner: str | None


class Evidence:
    """Finds the owner of what stands in a text.

    ``names`` maps words in lower case to owners, ``hosts`` has the owners of each declared host.
    ``in_use`` has the owners to which requests go at an address, by its host and port: a server in
    the own network, or a sandbox, is known by that alone.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        hosts: Mapping[str, frozenset[str]] = MappingProxyType({}),
        in_use: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:
        self._names = KnownNames(names, hosts)
        self._in_use = in_use

    def owner_of(
        self,
        text: str,
        start: int,
        end: int,
        mentions: Iterable[tuple[int, str]] = (),
        *,
        near: bool = True,
    ) -> str | None:
        """Return the owner of what stands at ``text[start:end]``, or ``None`` if none is named.

        ``mentions`` are further places that name an owner. Without ``near``, only the label and
        the command count.
        """
        label = label_before(text, start)
        owner = self._names.owner_in(label) if label else None
        if owner is not None:
            return owner
        around = scopes_around(text, start, end)
        is_labelled = names_something(label)
        is_named, own = is_labelled, None
        for scope in around:
            owners = self._owners_of_hosts(text, scope)
            if owners == {None} or (owners and not is_named):
                return _only(owners)
            if owners and text_scopes.sends(text, scope):
                return self._owner_of_request(text, scope, start)
            if scope.name and (owner := self._names.owner_in(scope.name)) is not None:
                return owner
            if names_something(scope.name):
                is_named, own = True, own or scope
        if not near:
            return None
        names = {label, *(scope.name for scope in around)}
        owners = self._owners_of_uses(text, end, names)
        if owners:
            return _only(owners)
        if is_labelled:
            return None
        return self._nearest(text, start, end, mentions, own)

    def is_sent_elsewhere(self, text: str, start: int, end: int, owner: str | None = None) -> bool:
        """Return whether the nearest scope with hosts has only those of no known owner.

        An address in use for ``owner`` is its own; without one, that of any.
        """
        around = scopes_around(text, start, end)
        hosts = (
            _hosts_in(text, scope) for scope in around if scope.is_request or not scope.is_wide
        )
        nearest = next((each for each in hosts if each), [])
        owners = self._names.owners_of(nearest)
        in_use = frozenset[str]().union(*(self._in_use_at(host) for host in nearest))
        return owners == {None} and (owner not in in_use if owner else not in_use)

    def is_for_unknown_host(self, text: str, start: int, end: int) -> bool:
        """Return whether the text at a place is in a command to unknown hosts alone."""
        command = line_around(text, start, end)
        sends = _REQUEST.search(text, command.start, command.end) is not None
        return sends and self._owners_of_hosts(text, command) == {None}

    def _owners_of_hosts(self, text: str, scope: TextScope) -> set[str | None]:
        """Return the owners of the hosts in a scope, or of those that its variables have."""
        hosts = _hosts_in(text, scope)
        owners = self._names.owners_of(host for host in hosts if not self._in_use_at(host))
        if hosts and not owners:
            # A sandbox or a proxy of one's own: one of several APIs there may be named.
            in_use = frozenset.intersection(*(self._in_use_at(host) for host in hosts))
            named = self._names.owner_in(text[scope.start : scope.end])
            return {named if named in in_use else _only(in_use)}
        return owners

    def _in_use_at(self, host: Host) -> frozenset[str]:
        """Return the owners for which a host is in use that is not declared to be theirs."""
        in_use = self._in_use.get(host.address, frozenset())
        return in_use if in_use and not self._names.owners_of_host(host.name) else frozenset()

    def _owner_of_request(self, text: str, scope: TextScope, start: int) -> str | None:
        """Return the owner of a request's hosts, without those of other objects in it."""
        hosts = [
            host
            for host in _hosts_in(text, scope)
            if text_scopes.is_destination(text, scope, host, start)
        ]
        return _only(self._names.owners_of(hosts))

    def _owners_of_uses(
        self, text: str, end: int, names: Iterable[str], depth: int = 0
    ) -> set[str | None]:
        """Return the owners of the hosts of requests that use one of these variables."""
        owners: set[str | None] = set()
        for name in names:
            if _IDENTIFIER.fullmatch(name) is None:
                continue
            for at in _uses(text, name, end):
                around = [
                    scope
                    for scope in scopes_around(text, at, at + len(name))
                    if scope.end > end and (scope.start > end or not scope.is_wide)
                ]
                found = (self._owners_of_hosts(text, scope) for scope in around)
                hosts = next((each for each in found if each), set())
                further = {scope.name for scope in around if scope.name and scope.start > end}
                if not hosts and further and depth < _DEEPEST_USE:
                    hosts = self._owners_of_uses(text, at + len(name), further, depth + 1)
                owners |= hosts
        return owners

    def owner_of_issuer(self, issuer: str) -> str | None:
        """Return the owner of an issuer that is a host, or an address with one."""
        found = _ISSUER.fullmatch(issuer)
        return self._names.owner_of_host(found[1]) if found else None

    def owner_in(self, text: str) -> str | None:
        """Return the owner that a name contains, the last one of several."""
        return self._names.owner_in(text)

    def _nearest(
        self,
        text: str,
        start: int,
        end: int,
        mentions: Iterable[tuple[int, str]],
        own: TextScope | None,
    ) -> str | None:
        """Return the nearest owner in front, or else behind.

        A host in front or behind that is nearer is evidence against another owner. Outside of
        ``own``, which has a name of its own, nothing counts.
        """
        places = list(mentions)
        first, last = max(0, start - NEAR), min(len(text), end + NEAR)
        hosts = [
            Mention(first + host.start, self._names.owner_of_host(host.name) or _only(in_use))
            for host in named_hosts(text[first:last])
            for in_use in (self._in_use_at(host),)
            if len(in_use) <= 1
        ]
        before = [
            *(
                Mention(first + at, owner)
                for at, owner in self._names.mentions(text[first:start].lower(), last=True)
            ),
            *(Mention(at, owner) for at, owner in places if first <= at < start),
            *(host for host in hosts if host.start < start),
        ]
        behind = [
            *(
                Mention(end + at, owner)
                for at, owner in self._names.mentions(text[end:last].lower(), last=False)
            ),
            *(Mention(at, owner) for at, owner in places if end <= at < last),
            *(host for host in hosts if host.start >= end),
        ]
        above = max(before, key=lambda each: each.start, default=None)
        below = min(behind, key=lambda each: each.start, default=None)
        nearest = above or below
        if nearest is None or text_scopes.is_beside(text, nearest.start, start):
            return None
        if own is not None and not own.start <= nearest.start < own.end:
            return None
        host = next((each for each in hosts if each.start >= end), None)
        if above is not None and host is not None and host.owner != above.owner:
            gap = text[end : host.start]
            if "\n\n" not in gap and gap.count("\n") <= text.count("\n", above.start, start):
                return None
        return nearest.owner


class Owners:
    """Finds the owners of what stands in one text.

    ``wanted`` is the owner that the caller expects, ``mentions`` places that name one. ``near`` is
    whether names around count; by default, they do if no owner is expected.
    """

    def __init__(
        self,
        evidence: Evidence,
        text: str,
        wanted: str | None,
        mentions: Sequence[tuple[int, str]],
        *,
        near: bool | None = None,
    ) -> None:
        self._near = wanted is None if near is None else near
        self._evidence = evidence
        self._text = text
        self._wanted = wanted
        self._mentions = mentions
        self._left = _MOST

    def sends_elsewhere(self, start: int, end: int, owner: str | None = None) -> bool:
        """Return whether the text sends it to an unknown host, and the caller expects no owner.

        An address in use for ``owner`` is its own.
        """
        return self._near and self._evidence.is_sent_elsewhere(self._text, start, end, owner)

    def owner_at(self, start: int, end: int) -> str | None:
        """Return the owner that the text names, or else the one that the caller expects."""
        self._left -= 1
        if self._left < 0:
            return self._wanted
        owner = self._evidence.owner_of(self._text, start, end, self._mentions, near=self._near)
        return owner or self._wanted


def _only(owners: Collection[str | None]) -> str | None:
    """Return the one owner; of several, none is known."""
    return next(iter(owners)) if len(owners) == 1 else None


def _uses(text: str, name: str, begin: int) -> Iterator[int]:
    """Yield where a variable is used behind a place."""
    pattern = rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_]|[\"']?\s{{0,4}}[:=](?!=))"
    found = compile_cached(pattern).finditer(text, begin, begin + text_scopes.REACH)
    return (match.start() for match in islice(found, _MOST_USES))


def _hosts_in(text: str, scope: TextScope) -> list[Host]:
    """Return the hosts in a scope, or else those of its variables."""
    inside = text[scope.start : scope.end]
    hosts = find_hosts(inside)
    if scope.is_request:
        hosts = text_scopes.hosts_of_request(inside, hosts)
    return hosts or _hosts_of_variables(text, scope)


def _hosts_of_variables(text: str, scope: TextScope) -> list[Host]:
    """Return the hosts of the variables in a scope, of which an assignment in front is read."""
    if scope.is_wide:
        return []
    first = max(0, scope.start - text_scopes.REACH)
    assigned = {host.variable: host for host in find_hosts(text[first : scope.start])}
    inside = text[scope.start : scope.end]
    words = {match.group() for match in _IDENTIFIER.compiled.finditer(inside)} if assigned else ()
    return [host for name, host in assigned.items() if name in words]
