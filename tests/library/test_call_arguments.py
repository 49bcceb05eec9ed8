"""A wrong argument of a function of the package is an error that names it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

import tokcheck
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT

_TEXT = {"provider": "str", "api_url": "str"}
_SHARED = {"environment": "a mapping", "now": "a function"}
_CHECK = {**_TEXT, "providers": "str or a path", **_SHARED}


def _check(**options: Any) -> object:
    return tokcheck.check(FITBIT, offline=True, **options)


def _check_async(**options: Any) -> object:
    return asyncio.run(tokcheck.check_async(FITBIT, offline=True, **options))


def _scan(**options: Any) -> object:
    return tokcheck.scan_text("x", **options)


def _auth(**options: Any) -> object:
    return tokcheck.auth("alex", **options)


def _observe(**options: Any) -> object:
    return tokcheck.observe("alex", **options)


_FUNCTIONS: list[tuple[Callable[..., object], dict[str, str]]] = [
    (_check, _CHECK),
    (_check_async, _CHECK),
    (_scan, {"path": "str", "providers": "str or a path", **_SHARED}),
    (_auth, {"api_url": "str", **_SHARED}),
    (_observe, {**_TEXT, **_SHARED}),
]


@each_case(
    ("call", "name", "words", "value"),
    [
        (call, name, words, value)
        for call, names in _FUNCTIONS
        for name, words in names.items()
        for value in (7, b"fitbit", object())
    ],
)
def test_an_argument_of_another_type_is_named(
    call: Callable[..., object], name: str, words: str, value: object
) -> None:
    with pytest.raises(TypeError) as caught:
        call(**{name: value})
    assert f"{name} is {words}, not {type(value).__name__}" == str(caught.value)


@each_case(
    ("value", "end"),
    [
        (7, ", not int"),
        (None, ", not NoneType"),
        ([7], ", and contains int"),
        ([b"sleep"], ", and contains bytes"),
    ],
)
def test_scopes_of_another_type_are_named(value: Any, end: str) -> None:
    for call in (_check, _check_async):
        with pytest.raises(TypeError) as caught:
            call(require_scopes=value)
        assert f"require_scopes is a list of str{end}" == str(caught.value)


def test_a_clock_returns_moments_with_a_zone() -> None:
    for call in (_check, _check_async, _scan):
        with pytest.raises(tokcheck.UsageError, match="now returned a moment without a time zone"):
            call(now=lambda: datetime(2026, 11, 28))  # noqa: DTZ001 - the error
        with pytest.raises(TypeError, match="now returns a datetime, not float"):
            call(now=lambda: 1.5)


def test_what_is_no_text_has_no_token() -> None:
    calls: list[tuple[str, Callable[[Any], object]]] = [
        ("a paste", tokcheck.clean),
        ("a paste", tokcheck.check),
        ("text", tokcheck.scan_text),
    ]
    for name, call in calls:
        for value in (None, 7, b"x", ["x"]):
            with pytest.raises(TypeError, match=f"^{name} is str, not {type(value).__name__}"):
                call(value)
