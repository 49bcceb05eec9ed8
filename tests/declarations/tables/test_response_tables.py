"""The tables of a declaration that say what a response means."""

from typing import get_args

from tests.support.providers.verdicts import OF_A_RESPONSE
from tokcheck.core.report import Verdict
from tokcheck.declarations.tables.response_tables import Verdicts


def test_a_declared_refusal_may_have_every_verdict_of_a_response() -> None:
    assert OF_A_RESPONSE - {Verdict.VALID} == set(get_args(Verdicts))
