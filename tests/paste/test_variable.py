"""Reading a variable, and naming it without showing a token that was put in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_redact import survives
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.errors import UsageError
from tokcheck.paste.variable import describe_variable, read_variable


def test_a_variable_is_read_even_if_it_is_empty() -> None:
    assert FITBIT == read_variable("T", {"T": FITBIT})
    assert "" == read_variable("T", {"T": ""})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("T", "The variable T is not set."),
        ("STUDY_2024_PARTICIPANT_001_TOKEN", "The variable STUDY_2024_PARTICIPANT_001_TOKEN is "
         "not set."),
        (" T", "The variable ' T' is not set."),
        ("T ", "The variable 'T ' is not set."),
        ("A  B", "The variable 'A  B' is not set."),
        ("T\n", r"The variable 'T\n' is not set."),
        ("", "The variable '' is not set."),
    ],
)  # fmt: skip
def test_a_variable_that_is_not_set_is_named_with_its_spaces(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_variable(name, {})
    assert message == caught.value.message
    assert "Set and export it, then try again." == caught.value.hint


@given(st.sampled_from([FITBIT, GOOGLE]), st.sampled_from(["", " ", "\n", "x="]))
def test_a_token_in_place_of_a_name_is_not_shown(token: str, before: str) -> None:
    assert not survives(token, describe_variable(before + token))
