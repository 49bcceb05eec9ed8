"""Find the responses in what curl, wget and other programs print of HTTP.

``curl -i``, ``curl -sD -``, ``curl -v`` (its lines begin with ``< ``) and ``wget -S`` (with blanks)
print a status line, headers and an empty line; several responses may follow each other, with bodies
between. A dump of headers has no status line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from tokcheck.providers.observed.printed_bodies import STATUS_LINE, find_body
from tokcheck.providers.observed.printed_response import PrintedResponse, join_headers

MOST_RESPONSES = 100_000
_MOST_HEADERS = 200
_LONGEST_LINE = 16_384
_FIRST_FINAL = 200  # what is below is an interim response
_OF_A_PROXY = 407  # its request for a password
_STATUS_LINE = re.compile(STATUS_LINE)
_LATER_STATUS_LINE = re.compile(r"^" + STATUS_LINE, re.MULTILINE)
_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^`|~\w-]{1,128}):[ \t]*(?P<value>.*)", re.ASCII)
_MARK = re.compile(r"^(?:< |  )(?=HTTP/|[\w-]+:)|^<(?=\r?$)", re.MULTILINE)
# The lines of curl -v about the connection, the request and itself.
_OTHER_LINES = re.compile(r"^(?:[>*}{] ?|[>*}{]$)[^\n]*\n?", re.MULTILINE)


def find_responses(text: str) -> Sequence[PrintedResponse]:
    """Return the responses of a text in their order, at most one more than :data:`MOST_RESPONSES`.

    Interim responses (RFC 9110, section 15.2) and a proxy's answers to CONNECT are left out: they
    are none of the API's.
    """
    if re.search(r"^< HTTP/", text, re.MULTILINE):
        text = _OTHER_LINES.sub("", text)
    text = _MARK.sub("", text)
    found = list(islice(_split(text), MOST_RESPONSES + 1))
    return found or _read_dump(text)


def _split(text: str) -> Iterator[PrintedResponse]:
    lines = _LineReader(text)
    while (status := lines.seek_status_line()) is not None:
        has_cr, line = lines.ends_with_cr(), lines.read()
        headers = lines.read_headers()
        is_connect = "onnection established" in line
        body = lines.read_body(headers, has_cr=has_cr)
        if status >= _FIRST_FINAL and status != _OF_A_PROXY and not is_connect:
            yield PrintedResponse(status, headers, body)


def _read_dump(text: str) -> Sequence[PrintedResponse]:
    """Return the headers of a text without any status line as one response."""
    headers = _LineReader(text.lstrip()).read_headers()
    return [PrintedResponse(None, headers)] if headers else []


class _LineReader:
    """A text that is read line by line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def seek_status_line(self) -> int | None:
        """Go to the next status line, and return its status; ``None`` if there is none."""
        match = _STATUS_LINE.match(self._text, self._at)
        match = match or _LATER_STATUS_LINE.search(self._text, self._at)
        if match is None:
            return None
        self._at = match.start()
        return int(match["status"])

    def ends_with_cr(self) -> bool:
        """Return whether the present line ends with CR and LF."""
        end = self._text.find("\n", self._at)
        return end > self._at and self._text[end - 1] == "\r"

    def read(self) -> str:
        end = self._text.find("\n", self._at)
        end = len(self._text) if end < 0 else end
        line, self._at = self._text[self._at : end], end + 1
        return line.removesuffix("\r")

    def read_headers(self) -> Mapping[str, str]:
        pairs: list[tuple[str, str]] = []
        while self._at < len(self._text):
            before = self._at
            line = self.read()
            if not line.strip():
                break
            if pairs and line.startswith((" ", "\t")):  # a line of the old form, RFC 9112, 5.2
                name, value = pairs[-1]
                pairs[-1] = (name, f"{value} {line.strip()}"[:_LONGEST_LINE])
                continue
            match = _HEADER.fullmatch(line[:_LONGEST_LINE])
            if match is None:
                self._at = before
                break
            pairs.append((match["name"], match["value"].strip()))
        return dict(islice(join_headers(pairs).items(), _MOST_HEADERS))

    def read_body(self, headers: Mapping[str, str], *, has_cr: bool) -> str:
        """Return the body, and go to the next response; ``has_cr`` as in :func:`find_body`."""
        start = self._at
        body = find_body(self._text, start, headers, has_cr=has_cr)
        self._at = body.next_start
        return self._text[start : body.end]
