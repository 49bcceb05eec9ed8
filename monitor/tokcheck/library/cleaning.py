"""``tokcheck.clean``: the bare token of a paste."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokcheck.accounts.explanation import explain_message
from tokcheck.checks import without_token
from tokcheck.checks.bare_token import find_bare_token, with_explanation
from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.declarations.provider_choice import choose_providers
from tokcheck.library.call_arguments import hide_paste

if TYPE_CHECKING:
    from tokcheck.core.report import Verdict
    from tokcheck.core.secret import Secret


class NoTokenError(TokcheckError):
    """A paste contains no access token that could be sent.

    Attributes: verdict: The verdict that [`check`][tokcheck.check] has on the paste. message: Why
    there is none, in a sentence. hint: The next step.

    """

    exit_code = ExitCode.NOT_USABLE

    def __init__(self, verdict: "Verdict", message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.verdict = verdict


def clean(paste: str) -> str:
    """Return the access token that a paste contains, without everything around it.

    Nothing is sent, and whether the token works is not known.

    Args:
        paste: Any text that contains a token, such as a curl command, JSON or a wrapped line.

    Returns:
        The bare token.

    Raises:
        NoTokenError: If there is no access token, or more than one, or a damaged one.
        UsageError: If the declarations of `TOKCHECK_PROVIDERS` cannot be used.

    """
    text = hide_paste(paste)
    del paste  # a traceback with local variables would show it
    found = _find_token(text)
    if isinstance(found, NoTokenError):
        raise found
    return found.reveal()


def _find_token(text: "Secret") -> "Secret | NoTokenError":
    raw = text.reveal()
    known, _, more = choose_providers(None, None, os.environ)
    now = datetime.now(UTC)
    bare = find_bare_token(raw, known, now, more)
    bare = with_explanation(bare, raw, now, explain_message, more)
    refusal, explained, credential = bare.refusal, bare.explained, bare.paste.credential
    if without_token.is_empty(raw):
        refusal = without_token.conclude_empty("The paste", raw)
    if refusal is None:
        assert credential is not None  # noqa: S101 - or it is refused
        return credential.secret
    message, advice = refusal.summary, refusal.advice
    if explained is not None:
        message, advice = f"{message} {explained.summary}", explained.advice
    return NoTokenError(refusal.verdict, message, " ".join(advice))
