"""A bounded run of every fuzzer. `python -m benchmarks.fuzz MINUTES` tries many more inputs."""

import pytest

from tests.support.accounts.authorization_requests import FITBIT as FITBIT_REQUEST
from tests.support.accounts.authorization_requests import FITBIT_BACK
from tests.support.attack.fuzzer import Failure, Fuzzer, make_input, run_fuzzer
from tests.support.attack.fuzzers import FUZZERS
from tests.support.attack.fuzzers.pastes import PlantedPaste
from tests.support.attack.fuzzers.redirects import PastedRedirect
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE

_SEED = 20_261


@pytest.mark.parametrize("name", FUZZERS)
def test_what_must_hold_does_for_generated_inputs(name: str) -> None:
    fuzzer = FUZZERS[name]
    count = inputs(fuzzer.inputs)
    run = run_fuzzer(fuzzer, _SEED, count)
    assert [] == run.failures
    assert count == run.inputs


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("paste", PlantedPaste(FITBIT, FITBIT + "x", FITBIT + "x")),
        ("scan", PlantedPaste(GOOGLE, GOOGLE + "x", GOOGLE + "x")),
        ("redirects", PastedRedirect(FITBIT_BACK, FITBIT_REQUEST, is_foreign=True)),
    ],
)
def test_a_fuzzer_notices_what_does_not_hold(name: str, broken: object) -> None:
    with pytest.raises(AssertionError):
        FUZZERS[name].check(broken)


def test_a_run_counts_what_it_tried_and_repeats_each_input() -> None:
    def reject_even(number: int) -> None:
        if number % 2 == 0:
            raise ValueError(number)

    fuzzer = Fuzzer("numbers", lambda random: random.randrange(100), reject_even)
    run = run_fuzzer(fuzzer, 7, 50)
    even = [number for number in range(50) if make_input(fuzzer, 7, number) % 2 == 0]
    assert even[:20] == [failure.number for failure in run.failures]
    assert (50, len(even)) == (run.inputs, run.failure_count)
    assert isinstance(run.failures[0], Failure)
    assert run == run_fuzzer(fuzzer, 7, 50)
