"""How many of the generated inputs and of the cases of a long table a run of the tests tries."""

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

IS_THOROUGH = os.environ.get("TEST_THOROUGH", "") not in {"", "0"}
"""Whether all are tried, as in CI; a run beside one's work tries a part of each."""

_SHARE = 5
_LEAST = 20


def inputs(count: int) -> int:
    """Return how many generated inputs a test tries: all in a thorough run, else a fifth."""
    return count if IS_THOROUGH else max(min(count, _LEAST), count // _SHARE)


def some_of(cases: Sequence[Case], turn: int = 0) -> Sequence[Case]:
    """Return the cases that a test tries: all in a thorough run, else every fifth.

    ``turn`` says which, so that tables within a table leave out others each time.
    """
    return cases if IS_THOROUGH else cases[turn % _SHARE :: _SHARE]
