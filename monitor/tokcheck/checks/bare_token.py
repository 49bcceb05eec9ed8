"""The bare access token of a paste, or why there is none.

Only a paste without one needs the modules that explain what it holds instead.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.paste.finder.paste_content import Paste
from tokcheck.providers.base import Provider, finder_for

if TYPE_CHECKING:
    from tokcheck.checks.message_explanation import Explain
    from tokcheck.checks.verdict import Conclusion
    from tokcheck.core.report import ErrorExplanation


class BareToken(NamedTuple):
    """The access token of a paste, or the reason why there is none."""

    paste: Paste
    refusal: "Conclusion | None"
    """Why there is no access token to return; ``None`` if there is one."""
    providers: Mapping[str, Provider]
    """The providers of which there may be a token."""
    explained: "ErrorExplanation | None" = None
    """The meaning of the paste, if it is an error message."""


def find_bare_token(
    text: str,
    providers: Mapping[str, Provider],
    now: datetime,
    more: Callable[[], Mapping[str, Provider]] | None,
) -> BareToken:
    """Return the access token of a text in its paste, or why there is none.

    ``more`` returns further providers as well; it is called for a token of another service.
    """
    paste = finder_for(providers).find(text)
    if more is not None and paste.may_be_declared:
        providers = more()
        paste = finder_for(providers).find(text)
    credential = paste.credential
    if credential is not None and (credential.is_sent_elsewhere or credential.sharing):
        # Nothing is sent here: the form is enough.
        provider = credential.provider or next(iter(credential.sharing), None)
        credential = credential._replace(provider=provider, is_sent_elsewhere=False, sharing=())
        paste = paste._replace(credential=credential)
    if paste.has_access_token:
        return BareToken(paste, None, providers)
    from tokcheck.checks.without_token import conclude_from_text  # noqa: PLC0415 - as above

    owner = providers.get((credential and credential.provider) or "")
    instead = owner.instead if owner else {}
    words = owner.form_words(credential) if owner and credential else ""
    refusal = conclude_from_text(text, paste, instead, now, words)
    return BareToken(paste, refusal, providers)


def with_explanation(
    bare: BareToken,
    text: str,
    now: datetime,
    explain: "Explain",
    more: Callable[[], Mapping[str, Provider]] | None,
) -> BareToken:
    """Return the reason with the meaning of the text, if that is an error message."""
    if bare.refusal is None or not text.strip():
        return bare
    from tokcheck.checks import without_token  # noqa: PLC0415 - as above
    from tokcheck.checks.message_explanation import explain_error_message  # noqa: PLC0415

    if not without_token.may_be_message(bare.paste):
        return bare
    explained = explain_error_message(text, explain, bare.providers, more, now, None)
    if explained is None:
        return bare
    refusal = without_token.conclude_error_message(explained.title, text)
    return bare._replace(refusal=refusal, explained=explained.explanation)
