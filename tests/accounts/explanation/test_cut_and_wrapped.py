"""Messages that were cut off, or that a terminal or a mail program wrapped: no wrong cause."""

import textwrap
from collections.abc import Iterator

import pytest

from tests.accounts.explanation.test_declared_errors import PASTED
from tests.support.accounts.error_messages import ALL
from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.declarations.provider_choice import choose_providers

_MORE = choose_providers(None, None, {}).more
assert _MORE is not None
_KNOWN = _MORE()
# Of a bare 401 it says that the token is rejected, and of which causes; of a bare 429, the limit.
_OF_STATUS = frozenset({Verdict.REVOKED_OR_INVALID, Verdict.RATE_LIMITED})
_TEXTS = [row.text for row in ALL] + [row.text for row in PASTED if row.wanted is None]
_LINES = [text for text in _TEXTS if "\n" not in text and len(text) > 60]


def _explain(text: str) -> ErrorExplanation | None:
    return explain_message(text, _KNOWN, NOW)


def _verdict(text: str) -> Verdict | None:
    found = _explain(text)
    return None if found is None else found.verdict


def _wrap(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


@each_case("text", _LINES, ids=[text[:50] for text in _LINES])
def test_a_message_that_a_terminal_wrapped_means_the_same(text: str) -> None:
    expected = _verdict(text)
    for width in (33, 40, 57, 80, 100, 120):
        assert expected is _verdict(_wrap(text, width)), width


@each_case("text", _LINES, ids=[text[:50] for text in _LINES])
def test_a_message_wrapped_between_words_has_no_other_cause(text: str) -> None:
    expected = _verdict(text)
    for width in (40, 60, 72, 80):
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        assert _verdict("\n".join(lines)) in {expected, Verdict.UNDETERMINED, None}, width


def _cut(text: str) -> Iterator[str]:
    yield from (text[:end] for end in range(10, len(text), 3))
    yield from (text[start:] for start in range(5, len(text), 11))


@each_case("text", _TEXTS, ids=[text[:50] for text in _TEXTS])
def test_a_message_that_was_cut_has_no_other_cause(text: str) -> None:
    expected = {_verdict(text), Verdict.UNDETERMINED, None, *_OF_STATUS}
    found = {_verdict(part) for part in _cut(text)}
    assert set() == found - expected


_DENIED = (
    '{"error": {"code": 403, "message": "The caller does not have permission", "status": '
    '"PERMISSION_DENIED", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", '
)
_REJECTED = (
    '{"error": {"code": 401, "message": "Request had invalid authentication credentials. Expected '
    'OAuth 2 access token, login cookie or other valid authentication credential.", "status": '
    '"UNAUTHENTICATED", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", '
)
_STRAVA = 'https://www.strava.com/api/v3/athlete 401 {"message":"Authorization Error","errors":[{'


@pytest.mark.parametrize(
    "text",
    [
        _DENIED,
        _DENIED[:-60],
        _REJECTED,
        _REJECTED[:-70],
        _REJECTED[:90],
        _REJECTED + '"reason": "ACCESS_TOKEN_TY',
        _REJECTED + '"reason": "ACCESS_...',
        '{"errors": [{"errorType": "expired_to',
        f"HTTP 401: {_REJECTED}",
        f"https://health.googleapis.com/v4/users/me/identity 401 Unauthorized {_REJECTED[:120]}",
        _STRAVA,
        _STRAVA + '"resource":"AccessToken","fie',
        # As Node.js prints what lies too deep.
        "{ error: { code: 403, message: 'The caller does not have permission', status: "
        "'PERMISSION_DENIED', details: [ [Object] ] } }",
    ],
)
def test_a_body_without_the_part_that_names_the_cause_has_none(text: str) -> None:
    found = _explain(text)
    assert found is not None
    assert Verdict.UNDETERMINED is found.verdict
    assert "is cut" in found.summary
    assert "whole" in " ".join(found.advice)


def test_the_longest_line_of_another_text_changes_nothing() -> None:
    body = '{"errors":[{"errorType":"expired_token","message":"Token expired"}]}'
    for more in ("done", f"x{'y' * 100}\nz", "error: invalid_grant"):
        assert Verdict.EXPIRED is _verdict(f"{body}\n{more}")
