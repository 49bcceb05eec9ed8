"""Shards: stable by name, disjoint and complete; invalid ones are errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import Shard
from tokcheck.exporter.sources.selection import parse_shard

_NAMES = [f"participant-{number:04}" for number in range(4_000)]


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_every_name_belongs_to_exactly_one_shard(name: str, count: int) -> None:
    assert [True] == [
        has for index in range(1, count + 1) if (has := Shard(index, count).includes(name))
    ]


def test_the_shard_of_a_name_never_changes() -> None:
    # All releases must assign alike, or an account is watched twice or not at all.
    assert {"anna": 4, "ben": 7, "cleo": 8, "Zoë": 8, "": 6} == {
        name: next(index for index in range(1, 9) if Shard(index, 8).includes(name))
        for name in ("anna", "ben", "cleo", "Zoë", "")
    }


def test_the_shards_are_of_about_the_same_size() -> None:
    sizes = [sum(map(Shard(index, 8).includes, _NAMES)) for index in range(1, 9)]
    assert 4_000 == sum(sizes)
    assert 430 < min(sizes)
    assert max(sizes) < 570


def test_a_single_shard_includes_every_name() -> None:
    assert all(map(Shard(1, 1).includes, _NAMES))


@settings(deadline=None)
@given(st.integers(1, 999_999), st.integers(0, 999_999))
def test_a_shard_is_parsed(index: int, more: int) -> None:
    count = min(index + more, 999_999)
    assert Shard(index, count) == parse_shard(f"{index}/{count}")
    assert Shard(index, count) == parse_shard(f" {index}/{count}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", "'x' is not a shard."),
        ("", "'' is not a shard."),
        ("2", "'2' is not a shard."),
        ("2/", "'2/' is not a shard."),
        ("-1/8", "'-1/8' is not a shard."),
        ("1.0/8", "'1.0/8' is not a shard."),
        ("1/8/9", "'1/8/9' is not a shard."),
        ("\u0661/\u0668", "'\u0661/\u0668' is not a shard."),
        ("1/1000000", "'1/1000000' is not a shard."),
        ("x" * 100, f"'{'x' * 20}' is not a shard."),
        ("0/0", "0/0: there is at least one shard."),
        ("0/8", "0/8: shards are numbered from 1 to 8."),
        ("9/8", "9/8: shards are numbered from 1 to 8."),
    ],
)
def test_an_invalid_shard_is_an_error(text: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_shard(text)
    assert expected == caught.value.message
    assert "such as 2/8" in caught.value.hint


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_shard_or_a_usage_error(text: str) -> None:
    try:
        shard = parse_shard(text)
    except UsageError:
        return
    assert 1 <= shard.index <= shard.count
