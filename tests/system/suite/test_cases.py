"""Every case of a table runs within one test, and every failure of one shows."""

import inspect
from pathlib import Path

import pytest

from tests.support.suite.cases import each_case


def test_every_combination_of_two_tables_runs() -> None:
    seen: list[tuple[int, str]] = []

    @each_case("number", [1, 2])
    @each_case(("first", "second"), [("a", "b"), pytest.param("c", "d")])
    def check(first: str, second: str, number: int) -> None:
        seen.append((number, first + second))

    check()
    assert [(1, "ab"), (1, "cd"), (2, "ab"), (2, "cd")] == seen


def test_the_other_parameters_are_fixtures() -> None:
    @each_case("number", [1])
    def check(number: int, tmp_path: Path) -> None:
        assert isinstance(tmp_path, Path), number

    assert ["tmp_path"] == list(inspect.signature(check).parameters)


def test_a_failure_names_its_case_and_ends_no_other() -> None:
    seen: list[int] = []

    @each_case("zero", [0])
    @each_case("number", [1, 2, 3])
    def check(number: int, zero: int) -> None:
        seen.append(number)
        if number == 2:
            pytest.fail("the second")
        assert number + zero < 3

    with pytest.raises(BaseExceptionGroup) as caught:
        check()
    (inner,) = caught.value.exceptions
    assert isinstance(inner, BaseExceptionGroup)
    assert [1, 2, 3] == seen
    assert "2 of 3 cases failed" in str(inner)
    assert [["case: {'number': 2}"], ["case: {'number': 3}"]] == [
        one.__notes__ for one in inner.exceptions
    ]
