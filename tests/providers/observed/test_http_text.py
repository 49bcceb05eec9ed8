"""Responses are found in what programs print of HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.providers.observed.http_text import find_responses
from tokcheck.providers.observed.printed_response import PrintedResponse

_HEADERS = {"date": "Sun, 29 Nov 2026 10:00:00 GMT", "x-rate": "7"}
_LINES = "Date: Sun, 29 Nov 2026 10:00:00 GMT\r\nX-Rate: 7\r\n"


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        ([200], f"HTTP/1.1 200 OK\r\n{_LINES}\r\n{{}}"),
        ([200], f"HTTP/2 200 \r\n{_LINES}\r\n"),
        ([200], f"HTTP/2 200\n{_LINES}\n".replace("\r", "")),
        ([200], f"HTTP/1.1 200 Connection established\r\n\r\nHTTP/2 200\r\n{_LINES}\r\n{{}}"),
        (
            [200],
            "HTTP/1.1 407 Proxy Authentication Required\r\nA: b\r\n\r\n"
            f"HTTP/1.1 200 OK\r\n{_LINES}\r\n",
        ),
        ([200], f"HTTP/1.1 200 OK\r\n{_LINES}\r\n".replace(" 29 Nov", "\r\n 29 Nov")),
        ([200], f"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n{_LINES}\r\n"),
        ([200], f"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\n{_LINES}\r\n"),
        ([301, 200], f"HTTP/1.1 301 Moved\r\n{_LINES}\r\nHTTP/1.1 200 OK\r\n{_LINES}\r\n{{}}\n"),
        ([429, 200], f"HTTP/1.1 429 X\r\n{_LINES}\r\n{{}}HTTP/1.1 200 OK\r\n{_LINES}\r\n{{}}"),
        ([None], _LINES),
        ([200], "".join(f"< {line}\n" for line in f"HTTP/2 200 \n{_LINES}".splitlines())),
        ([200], "".join(f"  {line}\n" for line in f"HTTP/1.1 200 OK\n{_LINES}".splitlines())),
    ],
)
def test_each_form_is_read(statuses: list[int | None], text: str) -> None:
    found = find_responses(text)
    assert statuses == [each.status for each in found]
    assert [_HEADERS] * len(found) == [dict(each.headers) for each in found]


@pytest.mark.parametrize("prefix", ["", "a log:\n", "< "])
@given(st.sampled_from(" \r\n\t\v\f\x1c\x85\u2028\u200b"), st.text(max_size=12))
def test_a_status_line_may_end_with_any_signs(prefix: str, sign: str, rest: str) -> None:
    found = find_responses(f"{prefix}HTTP/1.1 429\r{sign}{rest}\r\nA: b\r\n\r\n")
    assert [429] == [each.status for each in found][:1]


def test_a_body_that_looks_like_a_response_is_none() -> None:
    body = "a log:\nHTTP/1.1 500 Oops\nX-Rate: 0\n\n"
    text = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}HTTP/1.1 201 Y\r\nA: b\r\n"
    assert [200, 201] == [each.status for each in find_responses(text)]


# What may stand in a body: an example of a documentation, or a log.
_EXAMPLE = "HTTP/1.1 429 Too Many Requests\nRetry-After: 3600\nX-Rate: 0\n\n"
_SECOND = "HTTP/1.1 201 Y\r\nA: b\r\n\r\n"


def _chunks(*parts: str) -> str:
    return "".join(f"{len(part):x};name=value\r\n{part}\r\n" for part in (*parts, ""))


@pytest.mark.parametrize("later", ["", _SECOND, f"\r\n{_SECOND}", f"201 0.2s\n{_SECOND}"])
@pytest.mark.parametrize("example", [_EXAMPLE, _EXAMPLE.replace("\n", "\r\n"), f"see {_EXAMPLE}"])
def test_a_response_in_a_body_of_a_known_length_is_none(example: str, later: str) -> None:
    expected = [200, 201] if later else [200]
    for body in (f"# Limits\n\n{example}That is all.\n", f"a{example}"):
        text = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}{later}"
        assert expected == [each.status for each in find_responses(text)]
        chunked = (
            f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{_chunks('x', body)}{later}"
        )
        assert expected == [each.status for each in find_responses(chunked)]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", f"# Limits\n\n{_EXAMPLE}"),  # curl ends the lines of headers with CR and LF
        ("text/html", f"<html><pre>\r\n{_EXAMPLE}</pre></html>".replace("\n", "\r\n")),
        ("application/json", f'{{"example": "{_EXAMPLE}"}}'.replace("\n", "\\r\\n")),
    ],
)
@pytest.mark.parametrize("later", ["", _SECOND, f"\r\n{_SECOND}"])
def test_a_response_in_a_body_of_no_known_length_is_none(kind: str, body: str, later: str) -> None:
    for more in ("", "Content-Length: 40\r\nContent-Encoding: gzip\r\n"):
        text = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\n{more}\r\n{body}{later}"
        assert ([200, 201] if later else [200]) == [each.status for each in find_responses(text)]


@pytest.mark.parametrize("between", ["", "\r\n", "\n"])
@pytest.mark.parametrize(
    "length",
    ["", "Content-Length: 5000\r\n", "Content-Length: 60\r\n", "Transfer-Encoding: chunked\r\n"],
)
def test_responses_whose_bodies_were_not_printed_are_all_found(length: str, between: str) -> None:
    response = f"HTTP/1.1 200 OK\r\n{length}{_LINES}\r\n{between}"
    assert [200] * 4 == [each.status for each in find_responses(response * 4)]


@pytest.mark.parametrize("odd", ["\ud800", chr(0xDCFF), "é", "😀", "\udfff\udcff"])
def test_the_length_of_a_body_with_what_is_no_text_is_in_bytes(odd: str) -> None:
    body = f"{odd} log:\nHTTP/1.1 500 Oops\nX-Rate: 0\n\n"
    length = len(body.encode(errors="replace"))  # one byte each
    text = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}HTTP/1.1 201 Y\r\nA: b\r\n"
    assert [200, 201] == [each.status for each in find_responses(text)]


def test_the_request_and_its_secret_are_left_out() -> None:
    request = "* Connected\n> GET / HTTP/2\n> Authorization: Bearer secret-canary\n>\n"
    text = f"{request}< HTTP/2 200\n< A: b\n<\n{{}}"
    (found,) = find_responses(text)
    assert PrintedResponse(200, {"a": "b"}, "") == found._replace(body="")
    assert "canary" not in repr(found)


def test_repeated_headers_are_joined() -> None:
    (found,) = find_responses("HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\n\r\n")
    assert {"a": "1, 2"} == found.headers


_BODIES = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=40)


# A proxy's request for a password is none of the API's responses.
_STATUSES = st.integers(200, 599).filter(lambda status: status != 407)


@given(st.lists(st.tuples(_STATUSES, _BODIES), max_size=5))
def test_responses_with_a_length_are_all_found(parts: list[tuple[int, str]]) -> None:
    text = "".join(
        f"HTTP/1.1 {status} X\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
        for status, body in parts
    )
    found = find_responses(text)
    assert parts == [(each.status, each.body) for each in found]


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    find_responses(text)


@pytest.mark.parametrize("glued", ["\u00e9", "Connection", "{", "::error::OK", "0", "\u0662"])
def test_a_line_with_more_than_a_status_is_no_status_line(glued: str) -> None:
    text = f"HTTP/1.1 200{glued}\r\nX-A: 1\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nX-B: 2\r\n\r\n"
    assert [429] == [found.status for found in find_responses(text)]
