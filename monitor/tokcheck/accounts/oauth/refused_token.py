"""Explain why a provider refused a refresh token, from the text that came with the refusal."""

from typing import NamedTuple

from tokcheck.accounts.oauth.cause import find_cause
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.accounts.oauth.token_errors import sentence_of_cause


class RefusedToken(NamedTuple):
    """Why a provider refused a refresh token (``invalid_grant``)."""

    sentence: str
    """What happened."""
    hint: str
    """What to do; ``{login}`` stands for the command that logs in again."""
    names_reason: bool
    """Whether the provider's text says why, so that a usual reason says nothing."""
    is_final: bool
    """Whether the refresh token never works again."""


def explain_refused_refresh(
    provider: str, title: str, detail: str, *, sign_in: bool = False
) -> RefusedToken:
    """Return what to say about a refresh token that a provider refused.

    ``detail`` is its text; ``sign_in`` is whether the user has to sign in again.
    """
    causes = [
        cause
        for cause in TOKEN_CAUSES
        if "refresh" in cause.requests
        and cause.provider in {None, provider}
        and cause.sign_in == sign_in
    ]
    cause = find_cause(causes, detail, "invalid_grant") or next(
        cause for cause in causes if cause.code == "invalid_grant"
    )
    sentence = sentence_of_cause(cause, cause.sentence.format_map({"title": title}), detail)
    return RefusedToken(sentence, cause.hint, bool(cause.words), "deleted" in cause.words)
