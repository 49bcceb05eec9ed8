"""The owner of a credential without a decisive form, from names in the text around it.

The label of the credential decides, then the host of its command, then the nearest name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex

# A shorter name also occurs inside of words.
_LEAST_INSIDE = 6
# How far from a credential a name counts, in characters.
NEAR = 1_000
_LABEL_LENGTH = 160
# The words that may follow a name in a label, without a sign between.
_LABEL_WORD = LazyRegex(
    r"access|api|auth|bearer|client|code|id\b|key|oauth|refresh|secret|token|user"
)
# Of the credentials of one text, so many are compared with what stands around them.
_MOST = 64
_COMMAND_LENGTH = 2_000
_LABEL = LazyRegex(
    r"([A-Za-z_][\w.-]{0,80})[\"'\\\]\s]{0,8}(?:=>|[:=]|%3[AaDd])[\"'\\\s]{0,8}(?:[Bb]earer\s+)?\Z"
)
_COMMAND = LazyRegex(r"\b(?:curl|wget|https?|httpie|fetch|Invoke-\w+|iwr|irm)\b(?!:)")
# What stands in front of a token in a request.
_BEARER = LazyRegex(r"(?i)authorization|bearer")
_HOST = LazyRegex(r"https?://(?:[^\s/@\"'<>]{1,100}@)?([A-Za-z0-9.-]{1,253})")
_ISSUER = LazyRegex(r"(?:https?://)?([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})(?:[:/].*)?")
# A host anywhere in a text, without what only has its form, such as a file's name.
_ANY_HOST = LazyRegex(
    r"(?<![a-z0-9_.@-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|io|app|dev|example|[a-z]{2})"
    r"(?![a-z0-9_-]|\.[a-z0-9])"
)
# Second-level domains under which others are registered.
_SHARED_DOMAINS = frozenset({"co", "com", "org", "net", "ac", "gov"})
_LEAST_LABELS = 3
_OWN_HOSTS = ("localhost", "127.0.0.1")
_CONTINUED = LazyRegex(r"[\\^`]\s*\Z")


class Mention(NamedTuple):
    """A place in a text that names an owner."""

    start: int
    owner: str


class Evidence:
    """Finds the owner of what stands in a text; ``names`` maps words in lower case to owners."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

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
        owner = self.owner_in(label) if label else None
        if owner is not None:
            return owner
        owners = self._owners_of_command(text, start, end)
        if owners:
            # An unknown host belongs to another owner.
            return owners.pop() if len(owners) == 1 else None
        if near and self._is_sent_elsewhere(text, start, end):
            return None
        return self._nearest(text, start, end, mentions) if near else None

    def is_for_unknown_host(self, text: str, start: int, end: int) -> bool:
        """Return whether the text at a place is in a command to unknown hosts alone."""
        return self._owners_of_command(text, start, end) == {None}

    def _is_sent_elsewhere(self, text: str, start: int, end: int) -> bool:
        """Return whether a line sends its token to unknown hosts alone, and names no owner.

        A call of a program has the address and the header in one line, as a command has.
        """
        lowest, highest = max(0, start - _COMMAND_LENGTH), min(len(text), end + _COMMAND_LENGTH)
        first = max(lowest, text.rfind("\n", lowest, start) + 1)
        last = text.find("\n", end, highest)
        line = text[first : last if last >= 0 else highest]
        if _BEARER.search(line[: start - first]) is None:
            return False
        hosts = {match.group(1) for match in _HOST.compiled.finditer(line)} - {*_OWN_HOSTS}
        owners = {self._owner_of_host(host) for host in hosts}
        return owners == {None} and not any(self._mentions(line.lower(), last=True))

    def _owners_of_command(self, text: str, start: int, end: int) -> set[str | None]:
        command = _command_around(text, start, end)
        if command is None:
            return set()
        hosts = [match.group(1) for match in _HOST.compiled.finditer(command)]
        return {self._owner_of_host(host) for host in hosts if host not in _OWN_HOSTS}

    def owner_of_issuer(self, issuer: str) -> str | None:
        """Return the owner of an issuer that is a host, or an address with one."""
        found = _ISSUER.fullmatch(issuer)
        return self._owner_of_host(found[1]) if found else None

    def _owner_of_host(self, host: str) -> str | None:
        """Return the owner of a host by its domain: a name elsewhere in it proves nothing."""
        host = host.lower().strip(".")
        labels = host.split(".")
        at = -3 if len(labels) >= _LEAST_LABELS and labels[-2] in _SHARED_DOMAINS else -2
        domain = labels[at] if len(labels) >= -at else labels[0]
        names = [name for name in self._names if _is_domain_of(domain, name, host)]
        return self._names[max(names, key=len)] if names else None

    def owner_in(self, text: str) -> str | None:
        """Return the owner that a name contains, the last one of several."""
        found = max(self._mentions(text.lower(), last=True), default=None)
        return found.owner if found else None

    def _nearest(
        self, text: str, start: int, end: int, mentions: Iterable[tuple[int, str]]
    ) -> str | None:
        """Return the nearest owner in front, or else behind."""
        places = list(mentions)
        first = max(0, start - NEAR)
        before = [
            *self._mentions(text[first:start].lower(), last=True),
            *(Mention(at - first, owner) for at, owner in places if first <= at < start),
        ]
        if before:
            return max(before).owner
        behind = [
            *self._mentions(text[end : end + NEAR].lower(), last=False),
            *(Mention(at - end, owner) for at, owner in places if end <= at < end + NEAR),
        ]
        return min(behind).owner if behind else None

    def _mentions(self, text: str, *, last: bool) -> Iterator[Mention]:
        """Yield where each name stands last, or first, in a text in lower case."""
        hosts = [
            (match.start(), match.end(), self._owner_of_host(match.group()))
            for match in _ANY_HOST.compiled.finditer(text)
        ]
        for name, owner in self._names.items():
            places = _places(text, name, last=last)
            at = next((at for at in places if _owns(hosts, at, owner)), -1)
            if at >= 0:
                yield Mention(at, owner)


def label_before(text: str, start: int) -> str:
    """Return the name of the value that begins at ``start``; empty if there is none."""
    label = _LABEL.search(text[max(0, start - _LABEL_LENGTH) : start])
    return label.group(1) if label else ""


def _is_domain_of(domain: str, name: str, host: str) -> bool:
    """Return whether the registered part of a host is an owner's name, or begins with it.

    A name with a full stop is a host itself, or the domain of others.
    """
    if "." in name:
        return host == name or host.endswith(f".{name}")
    return domain == name or domain.startswith((f"{name}-", f"{name}api"))


def _places(text: str, name: str, *, last: bool) -> Iterator[int]:
    """Yield a few places of a name, from the end or from the beginning of a text on."""
    at = text.rfind(name) if last else text.find(name)
    for _ in range(_MOST):
        if at < 0:
            return
        if len(name.strip("_")) >= _LEAST_INSIDE or _stands_alone(text, at, at + len(name)):
            yield at
        at = text.rfind(name, 0, at + len(name) - 1) if last else text.find(name, at + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether a short name begins a word and ends it, or continues as a label does."""
    if text[max(0, start - 1) : start].isalpha():
        return False
    return not text[end : end + 1].isalpha() or _LABEL_WORD.match(text, end) is not None


def _owns(hosts: Sequence[tuple[int, int, str | None]], at: int, owner: str) -> bool:
    """Return whether a name at a place stands in no host, or in one of its owner's."""
    return all(owner == named for start, end, named in hosts if start <= at < end)


class Owners:
    """Finds the owners of what stands in one text.

    ``wanted`` is the owner that the caller expects, ``mentions`` places that name one.
    """

    def __init__(
        self,
        evidence: Evidence,
        text: str,
        wanted: str | None,
        mentions: Sequence[tuple[int, str]],
    ) -> None:
        self._evidence = evidence
        self._text = text
        self._wanted = wanted
        self._mentions = mentions
        self._left = _MOST

    def owner_at(self, start: int, end: int) -> str | None:
        """Return the owner that the text names, or else the one that the caller expects."""
        self._left -= 1
        if self._left < 0:
            return self._wanted
        near = self._wanted is None
        owner = self._evidence.owner_of(self._text, start, end, self._mentions, near=near)
        return owner or self._wanted


def _command_around(text: str, start: int, end: int) -> str | None:
    """Return the command line, continued lines included, in which something stands."""
    lowest, highest = max(0, start - _COMMAND_LENGTH), min(len(text), end + _COMMAND_LENGTH)
    first = start
    while (at := text.rfind("\n", lowest, first)) >= 0:
        if not _CONTINUED.search(text[max(lowest, at - 8) : at]):
            break
        first = at
    first = at + 1 if at >= 0 else lowest
    last = end
    while (at := text.find("\n", last, highest)) >= 0:
        if not _CONTINUED.search(text[max(end, at - 8) : at]):
            break
        last = at + 1
    command = text[first : at if at >= 0 else highest]
    return command if _COMMAND.search(command) else None
