"""Which columns fit into a terminal."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tokcheck.exporter.display.terminal.column_widths import (
    GAP,
    NAMES,
    SMALL_BAR,
    QuotaWidths,
    fit_columns,
    shorten_name,
)

_QUOTA = QuotaWidths(10, 8)
_NATURAL = {
    "account": 30, "verdict": 37, "quota": _QUOTA.with_bar(12), "resets": 14, "runs out": 14,
    "expires": 14, "next probe": 16,
}  # fmt: skip
_STAY = ["account", "verdict", "quota"]


def _fit(width: int, *empty: str) -> dict[str, int]:
    return fit_columns(_NATURAL, width, quota=_QUOTA, empty=frozenset(empty))


@pytest.mark.parametrize(
    ("width", "others"),
    [
        (127, ["resets", "runs out", "expires", "next probe"]),
        (126, ["resets", "runs out", "expires"]),
        (109, ["resets", "runs out", "expires"]),
        (108, ["runs out", "expires"]),
        (93, ["runs out", "expires"]),
        (92, ["runs out"]),
        (80, ["runs out"]),
        (76, []),
        (60, []),
    ],
)
def test_the_columns_go_one_by_one(width: int, others: list[str]) -> None:
    assert [*_STAY, *others] == list(_fit(width))


def test_a_column_without_values_goes_first() -> None:
    assert [*_STAY, "expires"] == list(_fit(92, "runs out"))
    assert "runs out" in _fit(200, "runs out")


def test_a_column_without_values_goes_before_a_name_is_shortened() -> None:
    others = [name for name in NAMES if name not in _STAY]
    enough = sum(_NATURAL.values()) + GAP * (len(NAMES) - 1)
    assert [*_STAY, *others] == list(_fit(enough, "runs out"))
    sizes = _fit(enough - 10, "runs out")
    assert "runs out" not in sizes
    assert _NATURAL["account"] == sizes["account"]


def test_where_there_is_room_nothing_is_shortened() -> None:
    assert _NATURAL == _fit(161)


def test_the_bar_goes_before_the_words_are_cut() -> None:
    assert _QUOTA.with_bar(SMALL_BAR) == _fit(61)["quota"]
    assert {"account": 20, "verdict": 20, "quota": 10} == _fit(54)


@given(
    st.fixed_dictionaries({name: st.integers(5, 60) for name in NAMES}),
    st.integers(16, 250),
    st.integers(0, 30),
    st.integers(0, 30),
)
@example(natural=dict.fromkeys(NAMES, 5), width=25, beside_bar=0, alone=12)
def test_a_table_is_never_wider_than_its_terminal(
    natural: dict[str, int], width: int, beside_bar: int, alone: int
) -> None:
    quota = QuotaWidths(beside_bar, alone)
    natural["quota"] = quota.with_bar(12)
    sizes = fit_columns(natural, width, quota=quota, empty=frozenset())
    assert set(_STAY) <= set(sizes)
    assert list(sizes) == [name for name in NAMES if name in sizes]
    assert sum(sizes.values()) + GAP * (len(sizes) - 1) <= width
    assert all(0 < size <= natural[name] for name, size in sizes.items())


@given(
    name=st.text(st.sampled_from("ab界é"), min_size=1),
    cells=st.integers(0, 50),
    blocks=st.booleans(),
)
def test_a_shortened_name_has_both_ends_and_no_more_cells(
    name: str, cells: int, *, blocks: bool
) -> None:
    shown = shorten_name(name, cells, blocks=blocks)
    assert cell_len(shown) <= cells
    if cells >= 6 and shown != name:
        assert (name[0], name[-1]) == (shown[0], shown[-1])
        assert cells == cell_len(shown)
