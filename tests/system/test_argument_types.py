"""Each argument of each public function: one of another type is a TypeError that names it."""

import asyncio
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import httpx
import pytest

import tokcheck

_FUNCTIONS: list[Callable[..., Any]] = [
    value for name in tokcheck.__all__ if inspect.isfunction(value := getattr(tokcheck, name))
]
_USUAL = {"paste": "x", "text": "x", "account": "alex"}
_MOMENT = datetime(2026, 11, 29, tzinfo=UTC)
_ODD: list[object] = [
    None, 5, -1, 2.5, True, b"x", bytearray(b"x"), [], [5], [None], (), {}, {5: 6}, {"A": None},
    {"A": 1}, {b"A": b"x"}, {1}, object(), object, len, lambda: None, _MOMENT,
    timedelta(1), Path("x"), Ellipsis, NotImplemented, ValueError("x"), 1j, range(3),
    memoryview(b"x"), "",
]  # fmt: skip


def _is_of(value: object, annotation: Any) -> bool:
    """Return whether a value is of a parameter's type, with the types of its items."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in (None, NoneType):
        return value is None
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if origin is None:
        return isinstance(value, annotation)
    if origin is os.PathLike or not isinstance(origin, type):
        return isinstance(value, os.PathLike)
    if origin.__name__ in {"Union", "UnionType"}:
        return any(_is_of(value, each) for each in arguments)
    if not isinstance(value, origin):
        return False
    if origin is Mapping:
        assert isinstance(value, Mapping)
        return all(isinstance(each, str) for pair in value.items() for each in pair)
    if origin is Iterable:
        assert isinstance(value, Iterable)
        return isinstance(value, str) or all(isinstance(each, str) for each in value)
    return True


def _call(function: Callable[..., Any], arguments: Mapping[str, object]) -> None:
    result = function(**arguments)
    if inspect.iscoroutine(result):
        asyncio.run(result)


_CASES = [
    (function, parameter)
    for function in _FUNCTIONS
    for parameter in inspect.signature(function).parameters.values()
]


def test_all_public_functions_have_cases() -> None:
    assert {"auth", "check", "check_async", "clean", "observe", "scan_text"} == {
        function.__name__ for function, _ in _CASES
    }


@pytest.mark.parametrize(
    ("function", "parameter"),
    [pytest.param(*case, id=f"{case[0].__name__}-{case[1].name}") for case in _CASES],
)
def test_an_argument_of_another_type_is_named(
    function: Callable[..., Any],
    parameter: inspect.Parameter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOKCHECK_HOME", str(tmp_path))
    parameters = inspect.signature(function).parameters
    usual = {name: value for name, value in _USUAL.items() if name in parameters}
    wrong = [value for value in _ODD if not _is_of(value, parameter.annotation)]
    assert len(wrong) > 10
    for value in wrong:
        arguments = {**usual, parameter.name: value}
        if "offline" in parameters:
            arguments.setdefault("offline", True)
        with pytest.raises(TypeError) as caught:
            _call(function, arguments)
        sentence = str(caught.value)
        assert sentence.startswith((f"{parameter.name} ", f"a {parameter.name} ")), repr(value)
        assert " object at 0x" not in sentence


def test_a_path_in_bytes_is_no_path(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("")
    with os.scandir(os.fsencode(tmp_path)) as entries:
        (entry,) = entries
    for function in (tokcheck.check, tokcheck.scan_text):
        with pytest.raises(TypeError, match="providers is str or a path, not bytes"):
            function("x", providers=entry)  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [None, 5, 2.5, "now"])
def test_a_clock_of_auth_returns_moments(moment: object, tmp_path: Path) -> None:
    auth = tokcheck.auth(
        "alex",
        environment={"TOKCHECK_HOME": str(tmp_path)},
        now=lambda: moment,  # type: ignore[arg-type, return-value]
    )
    request = httpx.Request("GET", "https://api.fitbit.com/")
    with pytest.raises(TypeError, match="now returns a datetime, not "):
        next(auth.sync_auth_flow(request))
