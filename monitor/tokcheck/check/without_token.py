"""Conclude for a paste that holds no token to probe: an error message, nothing at all, a key."""

from collections.abc import Mapping
from datetime import datetime

from tokcheck.check.verdict import Conclusion, conclude_from_paste
from tokcheck.core.credential import Flaw, Kind
from tokcheck.core.report import Verdict
from tokcheck.paste.finder import Paste
from tokcheck.paste.invisible import strip_invisible

# A token that was cut off after fewer characters is nobody's to try.
_TELLS_LITTLE = 40
_NO_QUOTES = dict.fromkeys(map(ord, "\"'`"))


def may_be_message(paste: Paste, wanted: str | None = None) -> bool:
    """Return whether a paste without a token may be an error message.

    ``wanted`` is the provider that the caller expects: then a text of unknown kind is its token.
    """
    credential = paste.credential
    if credential is None:
        return not paste.candidates
    if credential.flaw is Flaw.CUT_OFF:  # as where a log shortens what it prints
        return len(credential.secret) < _TELLS_LITTLE
    if credential.kind is Kind.UNKNOWN:
        return credential.flaw is None and wanted is None
    return credential.kind in {Kind.PLACEHOLDER, Kind.CLIENT_ID}


def is_echoed(paste: Paste) -> bool:
    """Return whether an error message may repeat the credential that was found, as Fitbit's do."""
    credential = paste.credential
    return credential is not None and credential.kind in {
        Kind.REFRESH_TOKEN,
        Kind.AUTHORIZATION_CODE,
    }


def conclude_from_text(
    text: str, paste: Paste, instead: Mapping[Kind, str], now: datetime
) -> Conclusion | None:
    """Conclude from a text and what was found in it; ``None`` if it holds a token to probe."""
    credential = paste.credential
    if not paste.candidates and (credential is None or credential.kind is not Kind.ACCESS_TOKEN):
        from tokcheck.check.other_credentials import find_other  # noqa: PLC0415 - seldom needed

        other = find_other(text)
        if other is not None:
            return _conclude(Verdict.WRONG_KIND, other.summary, other.advice)
    return conclude_from_paste(paste, instead, now)


def conclude_error_message(title: str | None, *, is_masked: bool) -> Conclusion:
    """Conclude for a paste that is an error message; ``title`` is that of its provider."""
    of_owner = f" of the {title}" if title else ""
    masked = ", in which the program that printed it masked the token" if is_masked else ""
    return _conclude(
        Verdict.NO_TOKEN,
        f"No token found in the input: it is an error message{of_owner}{masked}.",
        ("To check a token itself, paste the token, or the command that contains it.",),
    )


def is_empty(text: str) -> bool:
    """Return whether a text has nothing to see, or only the quotation marks of an empty value."""
    return not strip_invisible(text).translate(_NO_QUOTES).strip()


def conclude_empty(source: str, text: str = "") -> Conclusion:
    """Conclude for a paste without any text; ``source`` names where it came from."""
    quotes = " except for quotation marks" if strip_invisible(text).strip() else ""
    kept = "docker --env-file and some other readers of such files keep quotation marks."
    return _conclude(
        Verdict.NO_TOKEN,
        f"{source} is empty{quotes}, so it contains no token.",
        ("Check that it has the token where the command runs.", *((kept,) if quotes else ())),
    )


def _conclude(verdict: Verdict, summary: str, advice: tuple[str, ...]) -> Conclusion:
    return Conclusion(verdict, usable=False, summary=summary, advice=advice)
