"""Explain an error message by the reading of its text that shows a cause."""

from collections.abc import Mapping
from datetime import datetime

from tokcheck.accounts.explanation.error_messages.log_text import strip_log
from tokcheck.accounts.explanation.error_messages.unwrapped_text import unwrap
from tokcheck.accounts.explanation.explainer import explain
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers.base import Provider

# A long log ends with its result.
_LONGEST = 200_000


def explain_readings(
    text: str, providers: Mapping[str, Provider], now: datetime, wanted: str | None
) -> ErrorExplanation | None:
    """Return what a message means, as ``explain_message`` of the package describes.

    What a terminal or a mail program wrapped is joined where the text alone shows no cause, or
    where nothing else can have broken its lines.
    """
    text = strip_log(text[-_LONGEST:])
    found = explain(text, providers, now, wanted)
    for reading, is_certain in unwrap(text):
        if _is_definite(found) and not is_certain:
            break
        other = explain(reading, providers, now, wanted)
        if _is_definite(other):
            return other
        found = found or other
    return found


def _is_definite(explanation: ErrorExplanation | None) -> bool:
    return explanation is not None and explanation.verdict is not Verdict.UNDETERMINED
