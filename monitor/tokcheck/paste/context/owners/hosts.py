"""Hosts in a text, which show where a request goes."""

from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex

_SLASHES = r"(?::|%3[Aa])(?:\\?/|%2[Ff]){2}"
_USER = r"(?:[^\s/@\"'`<>\\]{1,100}@)?"
# An address. Its host may hold what a program fills in.
_ADDRESS = LazyRegex(
    rf"(?i:https?|wss?){_SLASHES}{_USER}(\[[0-9A-Fa-f:.]{{2,45}}\]"
    r"|(?:\$?\{{1,2}[^{}\s]{0,40}\}{1,2}|[^\s/\\:?#\"'`<>()\[\]{},;|%])"
    r"(?:\$?\{{1,2}[^{}\s]{0,40}\}{1,2}|[^\s/\\:?#\"'`<>()\[\]{},;|%]){0,252})"
)
_HEADER = LazyRegex(
    r"(?im)^[ \t>*]{0,8}(?:host|:authority)[ \t]{0,4}:[ \t]{0,4}"
    r"(\[[0-9A-Fa-f:.]{2,45}\]|[^\s/:\"']{1,253})"
)
# A redirect of OAuth goes to the application.
_CODE = LazyRegex(r"[^\s\"'`<>]{0,400}?[?&#]code=")
# A host without a scheme. Other endings are also those of files and of attributes in programs.
_BARE = LazyRegex(
    r"(?<![a-z0-9_./@$-])((?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|example|eu|de|uk|fr|nl|ch|ca|us)"
    r"|(?:[a-z0-9-]{1,63}\.){2,8}(?:io|ai|app|dev|cloud|health|tech|local|internal|test))"
    r"(?![a-z0-9_-]|\.[a-z0-9])"
)
_WORD = LazyRegex(r"(?<=[\s\"'])((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?=[/:\s\"']|\Z)")
# The names of commands that send a request.
COMMAND_NAMES = r"curl|wget|https?|httpie|xh|Invoke-\w+|iwr|irm"
COMMAND = LazyRegex(rf"\b(?:{COMMAND_NAMES})\b(?!:)")
_FILLED = LazyRegex(r"\$?\{[^.]*\}|\$\w+|%\w")
# Keys of addresses to which no request with the token goes.
_ASIDE = LazyRegex(
    r"(?i)(?:redirect|callback|webhook|return|avatar|image|img|logo|photo|picture|profile|thumbnail"
    r"|doc|homepage|referr?er|origin)[\w-]{0,20}[\"'\\]{0,2}\s{0,4}(?:=>|[:=])\s{0,4}[\"'\\]{0,2}\Z"
)
_ASSIGNED = LazyRegex(
    r"([A-Za-z_]\w{0,60})[\"']?\s{0,4}(?::?=|:|,|\()\s{0,4}(?:new\s|[a-z]|URI\(|URL\(){0,2}[\"'`]?\Z"
)
_BEFORE = 90
_LONGEST_COMMENT = 400
# Behind a statement, a comment names what it likes.
_COMMENT = LazyRegex(r"\S[ \t]+(?:#|//)[ \t][^\n]*\Z")
# A server in the own network without a scheme: a name needs a port and a command around it.
_LOCAL = LazyRegex(
    r"(?<![a-z0-9_./@:\]-])(localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]{2,45}\])"
    r"(?=:\d{1,5}(?![\d:.])|/[a-z])"
)
_SERVER = LazyRegex(r"(?<=[\s\"'])([a-z][a-z0-9-]{0,62}|localhost)(?=:\d{2,5}(?:[/?\s\"']|\Z))")
_PORT = LazyRegex(r"(?::|%3[Aa])(\d{1,5})(?!\d)")
# Of each pattern above, something that what it matches contains; most texts have none of them.
_PARTS = (".", "//", r"/\/", "%2f", "host", ":authority", "]:", "]/")
_PORTS = LazyRegex(r"[a-z0-9-]:\d\d")


class Host(NamedTuple):
    """A host in a text, and where it stands; ``variable`` is the name that has the address."""

    name: str
    start: int
    end: int
    variable: str = ""
    port: str = ""

    @property
    def address(self) -> str:
        """Its name and its port, if one is written, as :func:`address_key` returns them."""
        return _key(self.name, self.port)


def address_key(address: str) -> str:
    """Return the host of a base address with its port, in one spelling."""
    scheme, _, rest = address.strip().lower().partition("://")
    netloc = rest.partition("/")[0]
    host, colon, port = netloc.rpartition(":")
    if not colon or not port.isdigit():
        host, port = netloc, ""
    default = {"http": "80", "https": "443"}.get(scheme)
    return _key(host, "" if port == default else port)


def _key(host: str, port: str) -> str:
    name = "127.0.0.1" if host == "localhost" else host
    return f"{name}:{port}" if port else name


def find_hosts(text: str) -> list[Host]:
    """Return the hosts in a text to which requests may go, in their order."""
    return [host for host in named_hosts(text) if not _is_in_comment(text, host)]


def _is_in_comment(text: str, host: Host) -> bool:
    first = max(text.rfind("\n", 0, host.start) + 1, host.start - _LONGEST_COMMENT)
    return _COMMENT.search(text[first : host.start]) is not None


def named_hosts(text: str) -> list[Host]:
    """Return the hosts of :func:`find_hosts`, and those in comments behind statements."""
    folded = text.lower()
    if not _may_name_hosts(folded):
        return []
    hosts = [*_addresses(text)]
    fields = _HEADER.compiled.finditer(text)
    hosts.extend(Host(match[1].lower(), *match.span(1)) for match in fields)
    if len(folded) == len(text):
        for match in _BARE.compiled.finditer(folded):
            if not any(each.start - 4 <= match.start() < each.end for each in hosts):
                hosts.append(Host(match[1], *match.span(1)))
        if not hosts and COMMAND.search(text):
            hosts += [Host(match[1], *match.span(1)) for match in _WORD.compiled.finditer(folded)]
        hosts += _local_hosts(folded, hosts)
    return sorted((_with_port(text, host) for host in hosts), key=lambda host: host.start)


def _may_name_hosts(folded: str) -> bool:
    return any(part in folded for part in _PARTS) or _PORTS.search(folded) is not None


def _local_hosts(folded: str, hosts: list[Host]) -> list[Host]:
    """Return the hosts without a scheme that only the own network may have."""
    patterns = (_LOCAL, _SERVER) if COMMAND.search(folded) else (_LOCAL,)
    matches = (match for each in patterns for match in each.compiled.finditer(folded))
    found = {match.start(1): Host(match[1], *match.span(1)) for match in matches}
    taken = [(host.start, host.end) for host in hosts]
    return [
        host for at, host in found.items() if not any(start <= at < end for start, end in taken)
    ]


def _with_port(text: str, host: Host) -> Host:
    port = _PORT.match(text, host.end)
    return host if port is None else host._replace(port=port[1])


def _addresses(text: str) -> Iterator[Host]:
    for match in _ADDRESS.compiled.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        name = match[1].lower()
        if "{" in name or "$" in name:
            name = _FILLED.compiled.sub("", name).strip(".")
            if "." not in name:
                continue  # nothing shows which host it is
        if _ASIDE.search(before) is None and _CODE.match(text, match.end()) is None:
            assigned = _ASSIGNED.search(before)
            variable = assigned[1] if assigned is not None else ""
            yield Host(name, *match.span(1), variable=variable)
