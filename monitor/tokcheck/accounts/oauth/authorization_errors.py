"""Why a consent page gave no code: one sentence and one hint for each cause.

Some errors come back with the redirect, others are shown by the page and nothing comes back at
all; those are recognised where somebody pastes what the page says.
"""

from tokcheck.accounts.errors import ConsentError
from tokcheck.accounts.oauth.authorization_error_table import CAUSES, LIMITED, Cause
from tokcheck.core.errors import ExitCode
from tokcheck.core.humanize import duration
from tokcheck.core.lazy_regex import Lazy
from tokcheck.core.redact import redact
from tokcheck.providers.base import Provider

# As the manual of Fitbit prints it.
_SPELLINGS = {"unauthorize_client": "unauthorized_client"}
_EXIT_CODES = {
    "server_error": ExitCode.COULD_NOT_TELL,
    "temporarily_unavailable": ExitCode.COULD_NOT_TELL,
    LIMITED: ExitCode.RATE_LIMITED,
}
# As Google's page writes it.
_ERROR = Lazy(r"\berror \d{3}: ([a-z_]{3,40})\b")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"


def denied(code: str, description: str, provider: Provider) -> ConsentError:
    """Return the error that came back with a redirect."""
    name = _SPELLINGS.get(code, code)
    told = f"{description} {name}".lower()
    for cause in _of(provider):
        if cause.code == name and all(word in told for word in cause.words):
            return _explained(cause, provider)
    shown = redact(": ".join(filter(None, (code, description)))) or "an error without a name"
    return ConsentError(
        "unknown",
        f"{provider.title} refused the consent. It says: {shown}",
        "Check the application's registration, then begin again.",
    )


def described(text: str, provider: Provider) -> ConsentError | None:
    """Return the error that a pasted text of the consent page tells of, if it tells of one."""
    told = text.lower().replace(_APOSTROPHE, "'")
    for spelling, code in _SPELLINGS.items():
        told = told.replace(spelling, code)
    causes = _of(provider)
    for cause in causes:
        if cause.code in told and all(word in told for word in cause.words):
            return _explained(cause, provider)
    for cause in causes:
        if any(sign in told for sign in cause.signs):
            return _explained(cause, provider)
    named = _ERROR.search(told)
    return None if named is None else denied(named[1], "", provider)


def unanswered(seconds: float, provider: Provider) -> ConsentError:
    """Return the error of a consent page from which nothing came back in time.

    What such a page may have shown stands in the hint.
    """
    named = [
        f"  {cause.label}: {_filled(cause.sentence, provider)}"
        for cause in _of(provider)
        if cause.shown
    ]
    return ConsentError(
        "timeout",
        f"Nothing came back from the consent page within {duration(seconds)}.",
        "\n".join(
            (
                f"Begin again with: tokcheck login {provider.name}, with --timeout for more time. "
                "If the browser runs on another computer, add --no-browser and paste the address "
                "that it ends at. If the page shows an error, paste that there; it may be:",
                *named,
            )
        ),
        exit_code=ExitCode.COULD_NOT_TELL,
    )


def _of(provider: Provider) -> list[Cause]:
    return [cause for cause in CAUSES if cause.provider in {None, provider.name}]


def _explained(cause: Cause, provider: Provider) -> ConsentError:
    return ConsentError(
        cause.code,
        _filled(cause.sentence, provider),
        _filled(cause.hint, provider),
        exit_code=_EXIT_CODES.get(cause.code, ExitCode.NOT_USABLE),
    )


def _filled(text: str, provider: Provider) -> str:
    return text.format_map({"title": provider.title, "name": provider.name})
