"""The same text in the same surroundings is read once, and found as often as it stands there."""

import sys
from collections.abc import Iterable
from types import FrameType

import pytest

from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    NOW,
    google,
)
from tokcheck.core.credential import Kind
from tokcheck.scan import Chunk, Finding, Searcher
from tokcheck.scan.detect.hit import Budget

# Coverage's tracer would be measured with what it traces.
pytestmark = pytest.mark.untraced

_COPIES = 200
_WRAPPED = f"{GOOGLE[:60]}\n{GOOGLE[60:]}\n"
_UNITS = {
    "lines": f"{GOOGLE_SECRET}\n",
    "refresh tokens": f"{GOOGLE_REFRESH}\n",
    "two in turns": f"{GOOGLE_SECRET}\n{GOOGLE_REFRESH} ",
    "many in turns": "".join(f"{google(str(number))}\n" for number in range(20)),
    "wrapped": f"{_WRAPPED}\n",
    "assigned": f'A="{GOOGLE}"\n',
    "signed": f"{FITBIT} ",
    "labelled": f"refresh_token={FITBIT_REFRESH}\n",
}


def _search(text: str) -> list[Finding]:
    return list(Searcher(NOW.timestamp())(Chunk("x.txt", text.encode())))


def _facts(findings: Iterable[Finding]) -> list[tuple[object, ...]]:
    return [(one.kind, one.digest, one.fragment, one.provider) for one in findings]


def _count_calls(text: str) -> tuple[int, int]:
    """Return how many functions are called to search a text, and how much is found."""
    number = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal number
        number += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        found = _search(text)
    finally:
        sys.setprofile(None)
    return number, len(found)


@pytest.mark.parametrize("name", _UNITS)
def test_every_copy_is_found_as_the_first_ones_are(name: str) -> None:
    unit = _UNITS[name]
    few = _search(unit * 4)
    found = _search(unit * _COPIES)
    each = len(few) // 4
    # The last ones have nothing behind them.
    assert _facts(few[:each]) * (_COPIES - 1) == _facts(found[: each * (_COPIES - 1)])
    assert len({(one.line, one.column) for one in found}) == len(found)


def test_the_places_are_those_of_each_copy() -> None:
    found = _search(f"# é\n{GOOGLE_SECRET}\n" * _COPIES)
    assert [2 * number + 2 for number in range(_COPIES)] == [one.line for one in found]
    assert {1} == {one.column for one in found}


def test_what_stands_around_a_copy_counts() -> None:
    line = f"{GOOGLE_SECRET}\n"
    found = _search(line * 100 + GOOGLE_SECRET + '" + "aB3dE5gH7jK9mN1pQ3s"\n' + line * 100)
    whole = _search(f'{GOOGLE_SECRET}" + "aB3dE5gH7jK9mN1pQ3s"\n')
    assert [whole[0].digest] == [one.digest for one in found if one.digest != found[0].digest]


@pytest.mark.parametrize("unit", [f"ya29.{'aB3x' * 9}=\n", f"ya29.{'d6c0' * 16}\n", "ya29.a\\n"])
def test_what_is_no_credential_is_read_once_as_well(unit: str) -> None:
    copies = 40_000 // len(unit)
    _search(unit * 2)
    few, _ = _count_calls(unit * copies)
    many, _ = _count_calls(unit * copies * 2)
    assert many - few <= 90 * copies


@pytest.mark.parametrize("name", ["lines", "refresh tokens", "two in turns", "many in turns"])
def test_a_copy_costs_few_calls(name: str) -> None:
    unit = _UNITS[name]
    copies = 600 // unit.count("\n")
    _search(unit * 2)  # loads and compiles what is loaded and compiled once
    few, found_in_few = _count_calls(unit * copies)
    many, found_in_many = _count_calls(unit * copies * 2)
    assert many - few <= 90 * (found_in_many - found_in_few)


@pytest.mark.parametrize("unit", [GOOGLE_SECRET, GOOGLE_REFRESH])
def test_what_stands_in_front_of_a_copy_counts(unit: str) -> None:
    rest = "\n" + "." * 8_000 + "\n"
    found = _search(f"{unit}{rest}x{unit}{rest}1{unit}{rest}_{unit}{rest}")
    assert [1, 7] == [one.line for one in found]


def test_what_a_spent_budget_left_unread_is_read_in_the_next_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    escaped = GOOGLE_SECRET.replace("-", r"\x2d").encode()
    searcher = Searcher(NOW.timestamp())
    with monkeypatch.context() as patched:
        patched.setattr(Budget, "spend", lambda *_: False)
        assert [] == list(searcher(Chunk("x.txt", escaped)))
    assert [Kind.CLIENT_SECRET] == [one.kind for one in searcher(Chunk("x.txt", escaped))]
