"""The names and the hosts of owners, and where a text has them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context.owners.hosts import Host

# A shorter name also occurs inside of words.
_LEAST_INSIDE = 6
# Of the places of one name, so many are compared with the hosts around them.
_MOST = 64
# The words that may follow a name in a label, without a sign between.
_LABEL_WORD = LazyRegex(
    r"access|api|auth|bearer|client|code|id\b|key|oauth|refresh|secret|token|user"
)
# A host anywhere in a text, without what only has its form, such as a file's name.
_ANY_HOST = LazyRegex(
    r"(?<![a-z0-9_.@-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|io|app|dev|example|[a-z]{2})"
    r"(?![a-z0-9_-]|\.[a-z0-9])"
)
# Second-level domains under which others are registered.
_SHARED_DOMAINS = frozenset({"co", "com", "org", "net", "ac", "gov"})
_LEAST_LABELS = 3


class KnownNames:
    """Finds owners by their names.

    ``names`` maps words in lower case to owners, ``hosts`` has the owners of each declared host.
    """

    def __init__(self, names: Mapping[str, str], hosts: Mapping[str, frozenset[str]]) -> None:
        self._names = names
        self._hosts = hosts

    def owner_of_host(self, host: str) -> str | None:
        """Return the one owner of a host; ``None`` if it is not known, or if there are several."""
        owners = self.owners_of_host(host)
        return next(iter(owners)) if len(owners) == 1 else None

    def owners_of_host(self, host: str) -> frozenset[str]:
        """Return the owners of a host by its domain: a name elsewhere in it proves nothing."""
        host = host.lower().strip(".")
        if host in self._hosts:
            return self._hosts[host]
        labels = host.split(".")
        at = -3 if len(labels) >= _LEAST_LABELS and labels[-2] in _SHARED_DOMAINS else -2
        domain = labels[at] if len(labels) >= -at else labels[0]
        names = [name for name in self._names if _is_domain_of(domain, name, host)]
        return frozenset({self._names[max(names, key=len)]} if names else ())

    def owners_of(self, hosts: Iterable[Host]) -> set[str | None]:
        """Return all owners of some hosts; an unknown host has ``None``."""
        found: set[str | None] = set()
        for host in hosts:
            found |= self.owners_of_host(host.name) or {None}
        return found

    def owner_in(self, text: str) -> str | None:
        """Return the owner that a name contains, the last one of several."""
        found = max(self.mentions(text.lower(), last=True), default=None)
        return found[1] if found else None

    def mentions(self, text: str, *, last: bool) -> Iterator[tuple[int, str]]:
        """Yield where each name stands last, or first, in a text in lower case."""
        hosts = [
            (match.start(), match.end(), self.owner_of_host(match.group()))
            for match in _ANY_HOST.compiled.finditer(text)
        ]
        for name, owner in self._names.items():
            places = _places(text, name, last=last)
            at = next((at for at in places if _owns(hosts, at, owner)), -1)
            if at >= 0:
                yield at, owner


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
    return all(owner == other for start, end, other in hosts if start <= at < end)
