"""Explain an error message of a built-in provider, or else of a declared one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias

from tokcheck.core.report import ErrorExplanation
from tokcheck.providers.base import Provider

Explain: TypeAlias = Callable[
    [str, Mapping[str, Provider], datetime, str | None], ErrorExplanation | None
]
More: TypeAlias = Callable[[], Mapping[str, Provider]]


class ExplainedMessage(NamedTuple):
    """The meaning of an error message, and the title of its provider, if known."""

    explanation: ErrorExplanation
    title: str | None


def explain_error_message(
    text: str,
    explain: Explain,
    providers: Mapping[str, Provider],
    more: More | None,
    now: datetime,
    wanted: str | None,
) -> ExplainedMessage | None:
    """Return the meaning of an error message; ``None`` without one of a known provider.

    ``more`` returns these and the ready-made providers; it is called for a text that may be
    about one of them. ``wanted`` is the name of the provider that the caller expects.
    """
    builtin = {name: one for name, one in providers.items() if not one.is_declared}
    found = None
    if wanted is None or wanted in builtin:
        found = explain(text, builtin, now, wanted)
    if found is None or found.provider is None:
        if more is not None and _may_be_ready_made(text):
            providers = more()
        if len(providers) > len(builtin):
            found = explain(text, providers, now, wanted) or found
    if found is None:
        return None
    return ExplainedMessage(found, providers[found.provider].title if found.provider else None)


def _may_be_ready_made(text: str) -> bool:
    # Most pastes hold a token.
    from tokcheck.providers.known_services.mentions import may_be_ready_made  # noqa: PLC0415

    return may_be_ready_made(text)
