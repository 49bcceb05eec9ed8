"""Find the applications that a text names without a label: in requests and in calls. Pure."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from tokcheck.accounts.token_files.fields import Fields
from tokcheck.accounts.token_files.notations.labelled_values import GOOGLE_CLIENT_ID
from tokcheck.core.credential import Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding.base64_text import read_base64
from tokcheck.providers.base import Provider, finder_for

_CLIENT_ID = re.compile(rf"[0-9A-Z]{{4,19}}|{GOOGLE_CLIENT_ID}")
# Only beside a refresh token: any service's.
_ANY_CLIENT_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
_USER = LazyRegex(
    r"(?<!\S)(?:-[A-Za-z]{0,6}u|--user|-a|--auth)[ =]?[\"']?"
    r"(?P<id>[0-9A-Za-z][0-9A-Za-z._-]{0,127}):(?P<secret>[A-Za-z0-9._~+/=-]{16,256})(?=[\s\"']|\Z)"
)
_METHODS = ("POST ", "GET ", "PUT ", "PATCH ", "DELETE ")
_BEGINNING = LazyRegex(
    r"(?m:^)[ \t$>#]{0,8}(?=(?:curl|wget|https?|xh|POST|GET|PUT|PATCH|DELETE)[ \t])"
)
_LONGEST_REQUEST = 8_192
_MOST_REQUESTS = 64
# A line with those that it continues on.
_COMMAND = LazyRegex(r"(?:[^\n]*[\\^`]\r?\n)*[^\n]*")
# The id and the secret as the arguments of a call.
_ARGUMENTS = LazyRegex(
    rf"([\"'])([0-9A-Z]{{6}}|{GOOGLE_CLIENT_ID})\1\s{{0,40}},\s{{0,40}}"
    r"([\"'])([0-9a-f]{32}|GOCSPX-[\w-]{20,60})\3"
)


def find_applications(text: str, providers: Mapping[str, Provider]) -> Iterator[Fields]:
    """Yield the ids and secrets of Basic credentials, of commands and of calls in a text.

    The field ``names`` has the service that a request sends them to, if that is known.
    """
    finder = finder_for(providers)
    found = (each for each in finder.find_every(text) if each.kind is Kind.BASIC_CREDENTIALS)
    for each in islice(found, _MOST_REQUESTS):
        raw = each.secret.reveal()
        client_id, _, secret = _pair(raw).partition(":")
        at = text.find(raw)
        form = _ANY_CLIENT_ID if _has_refresh_token(text, at) else _CLIENT_ID
        if form.fullmatch(client_id) and secret:
            owner = finder.evidence().owner_of(text, at, at + len(raw)) if at >= 0 else None
            names = () if owner is None else (owner,)
            yield {"client_id": client_id, "client_secret": secret, "names": names}
    for match in islice(_USER.compiled.finditer(text), _MOST_REQUESTS):
        if _has_refresh_token(text, match.start()):
            yield {"client_id": match["id"], "client_secret": match["secret"]}
    for match in _ARGUMENTS.compiled.finditer(text):
        yield {"client_id": match[2], "client_secret": match[4]}


def _has_refresh_token(text: str, at: int) -> bool:
    """Return whether the request at a position of a text has a refresh token."""
    start = max(0, at - _LONGEST_REQUEST)
    before = [each.start() for each in _BEGINNING.compiled.finditer(text, start, max(at, 0))]
    if at < 0 or not before:
        return False
    rest = text[before[-1] : at + _LONGEST_REQUEST]
    following = _BEGINNING.compiled.search(rest, at - before[-1])
    request = rest if following is None else rest[: following.start()]
    if not request.lstrip().startswith(_METHODS):
        command = _COMMAND.compiled.match(request)
        request = request if command is None else command.group()
    return "refresh_token" in request


def _pair(raw: str) -> str:
    """Return the id and the secret of Basic credentials, with a colon between."""
    if ":" in raw:
        return raw
    try:
        return read_base64(raw.encode()).decode("ascii").strip()
    except ValueError:
        return ""
