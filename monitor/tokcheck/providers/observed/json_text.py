"""Find the responses in JSON: an archive of requests (HAR), headers, or a log of objects.

http://www.softwareishard.com/blog/har-12-spec/ describes the archive, which browsers save.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.providers.observed.http_text import MOST_RESPONSES
from tokcheck.providers.observed.printed_response import (
    PrintedResponse,
    join_headers,
    read_status,
)

_PAIR = 2


class JsonResponses(NamedTuple):
    """The responses of a JSON document."""

    responses: Sequence[PrintedResponse]
    unreadable: int = 0
    """The number of lines, or entries of a list, that are no response."""


def find_json_responses(text: str, hosts: frozenset[str]) -> JsonResponses | None:
    """Return the responses of a JSON document; ``None`` if the text is none.

    There are at most one more than :data:`MOST_RESPONSES`. Of an archive, only responses of
    ``hosts`` are returned that came over the network: a browser saves those of other sites, those
    of its cache, and the preflights that it sends by itself, as well.
    """
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        document = parse_json(text)
    except DocumentError:
        return _read_lines(text)
    if isinstance(document, list) and any(_is_response(each) for each in document):
        return _read_objects(document)
    log = document.get("log") if isinstance(document, dict) else None
    if isinstance(log, dict):
        entries = log.get("entries")
        found = _read_entries(entries if isinstance(entries, list) else [], hosts)
        return JsonResponses(list(islice(found, MOST_RESPONSES + 1)))
    if _is_response(document):
        return _read_objects([document])
    headers = _read_headers(document)
    return JsonResponses([PrintedResponse(None, headers)] if headers else [])


def _read_lines(text: str) -> JsonResponses | None:
    """Return the responses of a log with one object a line; ``None`` if no line is one."""
    objects, damaged = [], 0
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            objects.append(parse_json(line))
        except DocumentError:
            damaged += 1
        if len(objects) > MOST_RESPONSES:
            break
    if not any(map(_is_response, objects)):
        return None
    read = _read_objects(objects)
    return read._replace(unreadable=read.unreadable + damaged)


def _is_response(document: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(document, dict) and isinstance(document.get("headers"), dict | list)


def _read_objects(documents: Sequence[Any]) -> JsonResponses:
    """Return the responses of objects with headers and perhaps a status."""
    read = [_read_object(each) for each in documents[: MOST_RESPONSES + 1]]
    found = [each for each in read if each is not None]
    return JsonResponses(found, len(read) - len(found))


def _read_object(document: Any) -> PrintedResponse | None:  # noqa: ANN401 - any JSON value
    """Return the response of an object; ``None`` if it is none, or with an unreadable status."""
    if not _is_response(document):
        return None
    headers = _read_headers(document["headers"])
    written = document.get("status", document.get("statusCode", document.get("status_code")))
    status, account = read_status(written), document.get("account")
    if not (headers or status) or (written is not None and status is None):
        return None
    if account is not None and not (isinstance(account, str) and account):
        return None
    return PrintedResponse(status, headers, account=account)


def _read_entries(entries: Sequence[Any], hosts: frozenset[str]) -> Iterator[PrintedResponse]:
    for entry in entries:
        request = entry.get("request") if isinstance(entry, dict) else None
        response = entry.get("response") if isinstance(entry, dict) else None
        if not (isinstance(request, dict) and isinstance(response, dict)):
            continue
        status = read_status(response.get("status"))
        if status is None or entry.get("_fromCache") or _host(request.get("url")) not in hosts:
            continue
        if _is_preflight(request):
            continue
        content = response.get("content")
        body = content.get("text") if isinstance(content, dict) else None
        yield PrintedResponse(
            status,
            _read_headers(response.get("headers")),
            body if isinstance(body, str) else "",
            _read_moment(entry),
        )


def _is_preflight(request: Mapping[str, Any]) -> bool:
    """Return whether a browser sent a request to learn whether a page may send another one.

    https://fetch.spec.whatwg.org/#cors-preflight-request; it has no token, so no account's limit.
    """
    method = request.get("method")
    if not isinstance(method, str) or method.upper() != "OPTIONS":
        return False
    return "access-control-request-method" in _read_headers(request.get("headers"))


def _read_headers(value: Any) -> Mapping[str, str]:  # noqa: ANN401 - any JSON value
    """Return headers from an object, or from a list.

    It may be of objects with a name and a value, of pairs, or of names and values in turn, as
    Node's ``rawHeaders`` are.
    """
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        pairs = list(zip(value[::2], value[1::2], strict=False))
    elif isinstance(value, list) and all(isinstance(each, list) for each in value):
        pairs = [(each[0], each[1]) for each in value if len(each) == _PAIR]
    elif isinstance(value, list):
        pairs = [(each.get("name"), each.get("value")) for each in value if isinstance(each, dict)]
    read = ((name, _read_value(content)) for name, content in pairs if isinstance(name, str))
    return join_headers((name, text) for name, text in read if text is not None)


def _read_value(content: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if isinstance(content, list) and all(isinstance(each, str) for each in content):
        return ", ".join(content)  # Node and Go keep lists of values
    if isinstance(content, int | float) and not isinstance(content, bool):
        return str(content)  # some programs convert numbers
    return content if isinstance(content, str) else None


def _host(url: Any) -> str:  # noqa: ANN401 - any JSON value
    try:
        return urlsplit(url if isinstance(url, str) else "").netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _read_moment(entry: Mapping[str, Any]) -> datetime | None:
    """Return when an entry's response had come: its start and its duration in milliseconds."""
    started, took = entry.get("startedDateTime"), entry.get("time")
    try:
        moment = datetime.fromisoformat(started if isinstance(started, str) else "")
        seconds = took / 1000 if isinstance(took, int | float) and took > 0 else 0.0
        return moment + timedelta(seconds=seconds) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
