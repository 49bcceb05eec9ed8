"""Find HTTP statuses of errors in a text, and the headers of a response that was printed whole."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tokcheck.accounts.explanation.statuses.printed_headers import PrintedHeaders
from tokcheck.core.humanize import format_duration
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import redact
from tokcheck.providers.rate_limits.pauses import LONGEST_PAUSE

_MOST = 64
# How clients and libraries write the status of a response that they take for an error.
_STATUS = LazyRegex(
    r"""
    \bHTTP/[0-9.]{1,3}[ ]{1,4}(?P<line>[45][0-9]{2})\b            # curl -i, curl -v
    | \b(?P<requests>[45][0-9]{2})[ ](?:Client|Server)[ ]Error\b    # requests
    | \berror[ ]'(?P<httpx>[45][0-9]{2})[ ]                         # httpx
    | \bH(?:TTP|ttp)[ ]?Error:?[ ]{1,2}(?P<urllib>[45][0-9]{2})\b   # urllib, googleapiclient
    | \bHTTP[ ](?:status[ ](?:code[ ])?)?(?P<http>[45][0-9]{2})\b  # R's httr, and people
    | \b[Ss]tatus(?:[ _]?[Cc]ode)?["']?(?:[ ]does[ ]not[ ]indicate[ ]success)?(?:[ ]is)?
      (?:\s?[:=]\s{0,2}|[ ](?:of[ ])?)[(]?(?P<code>[45][0-9]{2})\b   # axios, .NET, JSON fields
    | \b(?:[Rr]eturned|[Rr]esponse|[Rr]eceived)[ ](?:HTTP[ ])?(?:response[ ])?(?:with[ ])?
      (?:code|status):?[ ](?P<returned>[45][0-9]{2})\b              # Apps Script, got
    | \breturned[ ]error:[ ](?P<curl>[45][0-9]{2})\b                # curl -f
    | \bERROR[ ](?P<wget>[45][0-9]{2}):                             # wget
    | \bawaiting[ ]response[.]{3}[ ](?P<waiting>[45][0-9]{2})\b       # wget, without the name
    | \b[Ee]rror:?[ ][(](?P<powershell>[45][0-9]{2})[)]             # PowerShell
    | \b[Ee]rror[ ](?P<go>[45][0-9]{2})[:,]                         # Go, Google's consent page
    | \bClientResponseError:[ ](?P<aiohttp>[45][0-9]{2}),           # aiohttp
    | \b(?:[A-Z]\w{2,40}(?:Error|Exception)|exceptions\.[A-Z]\w{2,40}):[ ]
      (?P<exception>[45][0-9]{2})\b                                 # many a library
    | <(?:Client)?Response[ ]?(?:\([^()\n]{1,200}\)[ ])?
      \[(?P<printed>[45][0-9]{2})\b                               # requests, httpx, aiohttp
    | \b[Ee]rror[ ]?[Cc]ode[ ]?[:=][ ]?(?P<number>[45][0-9]{2})\b     # fitbit-grafana
    | [(]code:[ ](?P<alamofire>[45][0-9]{2})[)]
    | ->[ ](?:HTTP[ ])?(?P<arrow>[45][0-9]{2})\b
    | <--[ ](?P<okhttp>[45][0-9]{2})[ ]
    | \b(?P<phrase>[45][0-9]{2})[ ](?:Bad[ ]Request|Unauthorized|Forbidden|Not[ ]Found|Gone
      |Conflict|Too[ ]Many[ ]Requests|Internal[ ]Server[ ]Error|Bad[ ]Gateway
      |Service[ ](?:Temporarily[ ])?Unavailable|Gateway[ ]Time-?out)\b
    | \bkind:[ ]Status\((?P<reqwest>[45][0-9]{2})\b                 # Rust
    | \b(?:GET|POST|PUT|DELETE)[ ]https?://\S{1,400}[ ](?P<chrome>[45][0-9]{2})[ ]\(
    | "(?:GET|POST)[ ][^"\n]{1,300}"[ ](?P<log>[45][0-9]{2})\b      # urllib3, access logs
    """,
    re.VERBOSE,
)
# A sign in every status: a long text without it is searched in a fraction of the time.
_NUMBER = LazyRegex(r"[45][0-9]{2}")
# The exceptions of python-fitbit, by their names, and of Fitbit.NET; what fitbit-grafana logs.
_NAMED = LazyRegex(
    r"(?:\b(?P<fitbit>fitbit\.exceptions\.)|(?<![\w.]))HTTP"
    r"(?P<name>BadRequest|Unauthorized|Forbidden|NotFound|Conflict|TooManyRequests|ServerError)\b"
    # https://github.com/jpstroop/fitbit-client-python
    r"|\bfitbit_client\.exceptions\.(?P<client>(?:RateLimitExceeded|ExpiredToken|InvalidToken"
    r"|InsufficientScope|InsufficientPermissions|NotFound|Validation|System))Exception\b"
    r"|\b(?P<own>FitbitRateLimitException|FitbitTokenException|Fitbit API limit reached)\b"
)
# Neither the response as Python shows it, nor a body, which is read elsewhere.
_DETAIL = LazyRegex(
    r"(?:Exception)?: {1,2}(?!Too Many Requests|Unauthorized|b?['\"]?[<{\[])(\S[^\n]{0,300})"
)
# Cloudflare's own limit, on its page or in its text: it limits an address, not a token.
_CLOUDFLARE = LazyRegex(r"(?i)\berror(?: code:)? 1015\b")
_NAMES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "Conflict": 409,
    "TooManyRequests": 429,
    "ServerError": 500,
    "RateLimitExceeded": 429,
    "ExpiredToken": 401,
    "InvalidToken": 401,
    "InsufficientScope": 403,
    "InsufficientPermissions": 403,
    "Validation": 400,
    "System": 500,
    "FitbitTokenException": 401,
    "FitbitRateLimitException": 429,
    "Fitbit API limit reached": 429,
}
# python-fitbit and fitbit-client-python raise these for other statuses of the class, too.
_OF_A_CLASS = frozenset({"BadRequest", "ServerError", "System"})
_HEADER = LazyRegex(r"(?m)^([A-Za-z][A-Za-z0-9-]{1,60}): ?([^\n]{0,300})$")
_RELEVANT = frozenset(
    {"content-type", "date", "fitbit-rate-limit-limit", "fitbit-rate-limit-remaining",
     "fitbit-rate-limit-reset", "retry-after", "server", "www-authenticate"}
)  # fmt: skip
# How many characters of headers follow a status line.
_HEADERS = 6000
_MOST_HEADERS = 60
_LONGEST_PAGE = 4000
_LONGEST_SECONDS = 10  # a number with more digits is a moment


class FoundStatus(NamedTuple):
    """A status of a text, and where it stands; ``headers`` are those of a response's head."""

    status: int
    at: int
    headers: Mapping[str, str]
    page: str = ""
    """The body, if it is a web page or another text that no provider writes."""
    is_fitbit: bool = False
    """Whether a client library of Fitbit's names it."""
    is_reported: bool = True
    """Whether the text has it; if not, it is the one that such an error usually comes with."""
    detail: str = ""
    """The message of the response, which some client libraries print without its other parts."""

    @property
    def response_headers(self) -> Mapping[str, str]:
        """The headers without the date: it is unknown when the text was printed."""
        return {name: value for name, value in self.headers.items() if name != "date"}


def find_statuses(text: str) -> list[FoundStatus]:
    """Return the last statuses of errors in a text, in order."""
    printed = PrintedHeaders(text)
    matches = list(_STATUS.compiled.finditer(text)) if _NUMBER.search(text) else []
    found = [_read(text, match, printed) for match in matches[-_MOST:]]
    found += [
        FoundStatus(
            _NAMES[name],
            match.start(),
            printed.near(match.start()),
            is_fitbit=bool(match["fitbit"] or match["own"] or match["client"]),
            is_reported=name not in _OF_A_CLASS,
            detail=_detail_behind(text, match),
        )
        for match in list(_NAMED.compiled.finditer(text))[-_MOST:]
        for name in (match["name"] or match["own"] or match["client"],)
    ]
    found += [
        FoundStatus(429, match.start(), {"server": "cloudflare"}, match.group())
        for match in list(_CLOUDFLARE.compiled.finditer(text))[-_MOST:]
    ]
    return sorted(found, key=lambda each: each.at)


def _detail_behind(text: str, match: "re.Match[str]") -> str:
    """Return the response's message behind the name of an exception; empty without one."""
    detail = _DETAIL.match(text, match.end())
    return redact(detail.group(1)) if detail is not None else ""


def _read(text: str, match: re.Match[str], printed: PrintedHeaders) -> FoundStatus:
    status = int(next(group for group in match.groups() if group))
    start = text.find("\n", match.end()) + 1
    if match["line"] is None or not start:
        return FoundStatus(status, match.start(), printed.near(match.start()))
    headers: dict[str, str] = {}
    at = start
    for each in _header_lines(text, start):
        name = each.group(1).lower()
        if name in _RELEVANT:
            headers.setdefault(name, each.group(2).strip())
        at = each.end() + 1
    body = text[at : at + _LONGEST_PAGE].strip()
    if not headers:
        headers.update(printed.near(match.start()))
    return FoundStatus(status, match.start(), headers, body if body.startswith("<") else "")


def _header_lines(text: str, start: int) -> Iterator[re.Match[str]]:
    end = min(len(text), start + _HEADERS)
    for _ in range(_MOST_HEADERS):
        match = _HEADER.match(text, start)
        if match is None or start >= end:
            return
        yield match
        start = match.end() + 1


def reset_notes(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return when the response allows the next request: counted from it, maybe long ago."""
    for name in ("fitbit-rate-limit-reset", "retry-after"):
        value = headers.get(name, "")
        if value.isascii() and value.isdigit() and len(value) < _LONGEST_SECONDS:
            is_far = int(value) > LONGEST_PAUSE.total_seconds()
            wait = "more than a day" if is_far else format_duration(int(value))
            return (f"According to the response, the limit resets {wait} after it arrived.",)
    return ()
