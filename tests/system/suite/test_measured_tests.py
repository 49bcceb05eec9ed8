"""Coverage measures a test and the processes that it starts, or neither of them."""

import os

import coverage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cli.coverage_hook import COVERAGE_HOOK


def _measurement() -> tuple[bool, bool]:
    """Return whether this process is measured, and whether those are that it starts."""
    return coverage.Coverage.current() is not None, COVERAGE_HOOK in os.environ


@pytest.mark.untraced
def test_an_untraced_test_is_not_measurement() -> None:
    assert (False, False) == _measurement()


@settings(max_examples=1)
@given(st.none())
def test_a_property_test_is_not_measured(example: None) -> None:
    del example
    assert (False, False) == _measurement()


def test_any_other_test_is_measured_if_the_run_is(pytestconfig: pytest.Config) -> None:
    options = pytestconfig.option
    is_run = bool(options.cov_source) and not options.no_cov
    assert (is_run, is_run) == _measurement()
