"""How many responses of an input are read, and which texts are none."""

import json
from collections.abc import Callable

import pytest

from tests.support.tokens import NOW
from tokcheck.providers.observed import http_text, json_text, observed_input
from tokcheck.providers.observed.observed_input import read_responses

_HOSTS = frozenset({"api.example.com"})
_HEADERS = [{"name": "X-Rate", "value": "7"}]


def _print(count: int) -> str:
    return "HTTP/1.1 200 OK\nX-Rate: 7\n\n" * count


def _log(count: int) -> str:
    return '{"status":200,"headers":{"X-Rate":"7"}}\n' * count


def _list(count: int) -> str:
    return json.dumps([{"status": 200, "headers": _HEADERS}] * count)


def _archive(count: int) -> str:
    response = {"status": 200, "headers": _HEADERS}
    own, other = (
        {"request": {"url": f"https://{host}/"}, "response": response}
        for host in (*_HOSTS, "other.example.com")
    )
    return json.dumps({"log": {"entries": [*[other] * 9, *[own] * count]}})


@pytest.mark.parametrize("write", [_print, _log, _list, _archive])
@pytest.mark.parametrize(("count", "is_cut"), [(5, False), (6, True), (9, True)])
def test_an_input_with_too_many_responses_is_cut(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[int], str], count: int, *, is_cut: bool
) -> None:
    for module in (http_text, json_text, observed_input):
        monkeypatch.setattr(module, "MOST_RESPONSES", 5)
    found = read_responses(write(count), _HOSTS, NOW)
    assert (5, is_cut) == (len(found.responses), found.is_cut)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"a": 1}', 0),
        ("a: 1\n", 0),
        ('{"X-Own": "1"}', 1),
        ("x-own: 1\n", 1),
        ('{"content-type": "text/html"}', 1),
        ('["RateLimit-Limit", "5"]', 1),
        ('{"retry-after": 5}', 1),
        ('{"status": 200, "headers": {"a": "1"}}', 1),
        ("HTTP/1.1 200 OK\na: 1\n", 1),
    ],
)
def test_without_a_status_names_are_those_of_headers(text: str, count: int) -> None:
    found = read_responses(text, _HOSTS, NOW, frozenset({"x-own"}))
    assert count == len(found.responses)
