"""Responses are found in archives of requests, and in headers that a program wrote as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.providers.observed.json_text import JsonResponses, find_json_responses
from tokcheck.providers.observed.printed_response import PrintedResponse

_HOSTS = frozenset({"api.example.com", "127.0.0.1:8080"})


def _find(document: object) -> Sequence[PrintedResponse]:
    found = find_json_responses(json.dumps(document), _HOSTS)
    assert found is not None
    return found.responses


def _entry(url: str, status: object = 200, **more: object) -> dict[str, object]:
    headers = [{"name": "X-Rate", "value": "7"}, {"name": "x-rate", "value": "9"}]
    response = {"status": status, "headers": headers, "content": {"text": "{}"}}
    return {
        "startedDateTime": "2026-11-29T10:00:00.500+01:00",
        "time": 1500,
        "request": {"url": url, "headers": [{"name": "Authorization", "value": "canary"}]},
        "response": response,
        **more,
    }


def test_only_what_the_api_sent_is_read_of_an_archive() -> None:
    entries = [
        _entry("https://api.example.com/1/user"),
        _entry("http://user@127.0.0.1:8080/x", status=429),
        _entry("https://other.example.com/1/user"),
        _entry("https://api.example.com.other.org/"),
        _entry("https://api.example.com/1/user", _fromCache="disk"),
        _entry("https://api.example.com/1/user", status=0),
        {"request": None},
        "odd",
    ]
    found = _find({"log": {"entries": entries}})
    moment = datetime(2026, 11, 29, 9, 0, 2, tzinfo=UTC)
    headers = {"x-rate": "7, 9"}
    assert [
        PrintedResponse(200, headers, "{}", moment),
        PrintedResponse(429, headers, "{}", moment),
    ] == found


@pytest.mark.parametrize(
    ("method", "name", "is_kept"),
    [
        ("OPTIONS", "Access-Control-Request-Method", False),
        ("OPTIONS", "Accept", True),
        ("GET", "Access-Control-Request-Method", True),
    ],
)
def test_a_preflight_is_no_request_of_the_account(method: str, name: str, *, is_kept: bool) -> None:
    entry = _entry("https://api.example.com/1/user", status=204)
    entry["request"] = {
        "method": method,
        "url": "https://api.example.com/1/user",
        "headers": [{"name": name, "value": "GET"}],
    }
    found = _find({"log": {"entries": [entry]}})
    assert is_kept == bool(found)


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (None, {"X-Rate": "7"}),
        (None, {"X-Rate": 7, "other": None}),
        (None, {"X-Rate": ["7"]}),
        (None, [{"name": "X-Rate", "value": "7"}]),
        (None, [["X-Rate", "7"], ["odd"]]),
        (None, ["X-Rate", "7"]),
        (200, [{"status": 200, "headers": ["X-Rate", "7"]}]),
        (200, {"status": 200, "headers": {"X-Rate": "7"}}),
        (429, {"statusCode": 429, "headers": {"x-rate": "7"}}),
        (None, {"status": None, "headers": {"x-rate": "7"}}),
        (200, {"status": "200", "headers": {"x-rate": "7"}}),
        (200, {"status": "502, 200", "headers": {"x-rate": "7"}}),
        (429, {"status": "502, 200 : 429", "headers": {"x-rate": "7"}}),
        (502, {"status": "200, 502 ", "headers": {"x-rate": "7"}}),
    ],
)
def test_headers_are_read_in_each_form(status: int | None, document: object) -> None:
    assert [PrintedResponse(status, {"x-rate": "7"})] == _find(document)


def test_a_log_has_an_object_on_each_line() -> None:
    line = '{"status":%d,"headers":{"X-Rate":"7"}}'
    text = "\n".join((line % 200, '{"status":429,"head', "odd", "{}", line % 429, ""))
    headers = {"x-rate": "7"}
    found = [PrintedResponse(200, headers), PrintedResponse(429, headers)]
    assert JsonResponses(found, unreadable=3) == find_json_responses(text, _HOSTS)


_UNREADABLE = ["", "-", "502, -", "2000", "\u0662\u0660\u0660", "x", 0, 100, 600, True, [200], 2.5]


@pytest.mark.parametrize("field", [*(("status", each) for each in _UNREADABLE), ("account", 1)])
def test_an_entry_of_a_log_with_an_unreadable_status_is_no_response(
    field: tuple[str, object],
) -> None:
    entry: dict[str, object] = {"status": 200, "headers": {"X-Rate": "7"}}
    found = find_json_responses(json.dumps([entry, entry | dict([field])]), _HOSTS)
    assert JsonResponses([PrintedResponse(200, {"x-rate": "7"})], unreadable=1) == found


@pytest.mark.parametrize("text", ["HTTP/1.1 200 OK", "", "{", "[1", "x-rate: 7"])
def test_other_texts_are_no_json(text: str) -> None:
    assert find_json_responses(text, _HOSTS) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["log", "entries", "request", "response", "headers", "status", "url"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_document_is_read_without_an_error(document: object) -> None:
    find_json_responses(json.dumps(document), _HOSTS)
