"""Long tests start first, and no worker gets all of them."""

import pytest

from tests.support.paths import ROOT
from tests.support.suite.order import LONG, WAITING, spread


def _shares(items: list[str], workers: int) -> list[list[str]]:
    """Return the items of each worker, as xdist's ``worksteal`` divides them at first."""
    shares, left = [], list(items)
    for number in range(workers):
        size = len(left) // (workers - number)
        shares.append(left[:size])
        left = left[size:]
    return shares


def _files() -> list[str]:
    long = [entry if entry.endswith(".py") else f"{entry}/test_a.py" for entry in (*WAITING, *LONG)]
    return sorted([*long, *(f"core/test_{number}.py" for number in range(500))])


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 8])
def test_each_share_begins_with_its_part_of_the_long_tests(workers: int) -> None:
    items = _files()
    ordered = spread(items, str, workers)
    assert sorted(items) == sorted(ordered)
    shares = _shares(ordered, workers)
    assert list(WAITING) == shares[0][: len(WAITING)]
    for share in shares:
        is_long = [item in LONG or not item.startswith("core/test_") for item in share]
        assert sorted(is_long, reverse=True) == is_long


@pytest.mark.parametrize("workers", [1, 4])
def test_a_run_of_long_tests_alone_has_all_of_them(workers: int) -> None:
    items = [f"{LONG[0]}::{number}" for number in range(7)]
    assert items == spread(items, lambda item: item.partition("::")[0], workers)


def test_the_others_keep_their_order() -> None:
    items = _files()
    rest = [
        item for item in spread(items, str, 4) if item.startswith("core/test_") and item not in LONG
    ]
    assert [item for item in items if item in set(rest)] == rest


@pytest.mark.parametrize("entry", [*WAITING, *LONG])
def test_every_entry_is_a_file_or_a_folder(entry: str) -> None:
    assert (ROOT / "tests" / entry).exists()
