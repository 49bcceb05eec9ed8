"""The meaning of an error message that was pasted without a token."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tokcheck.core.report import ErrorExplanation
    from tokcheck.providers.base import Provider


def explain_message(
    text: str, providers: "Mapping[str, Provider]", now: "datetime", wanted: str | None = None
) -> "ErrorExplanation | None":
    """Return what an error message means; ``None`` without one of a known provider.

    ``wanted`` is the name of the provider that the caller expects: a message that shows no other
    owner is its. The readers of messages are loaded at the first call: most pastes hold a token.
    """
    from tokcheck.accounts.explanation.text_readings import explain_readings

    return explain_readings(text, providers, now, wanted)
