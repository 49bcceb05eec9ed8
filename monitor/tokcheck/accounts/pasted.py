"""A redirect that somebody pastes: the browser's address, or what else holds the code. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from tokcheck.accounts.consent import Attempt, checked_code, mismatch, received
from tokcheck.accounts.denial import ConsentError, described
from tokcheck.accounts.found import credential_in
from tokcheck.credential import Credential, Kind
from tokcheck.lazy import Lazy
from tokcheck.providers.base import Provider
from tokcheck.secret import Secret

_WHOLE = (
    "Copy the whole address out of the browser's address bar, also if the page there could not "
    "be loaded, and paste it."
)
# What stands between an address and what is around it.
_GAP = Lazy(r"[\s\"'<>`\\]+")
# The end of a line before one that is a single word.
_WRAP = Lazy(r"(\S)[ \t]*+\r?\n[ \t]*+(?=\S++[ \t]*+(?:\r?\n|\Z))")
_FIELD = Lazy(r"\b(?:code|error)=")
_END = ".,;:!)]}"
_STATE = Lazy(r"\bstate[\"']?\s*[=:]")
_ADDRESS = Lazy(r"://|[?&]code=")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def pasted(text: str, attempt: Attempt, providers: Mapping[str, Provider]) -> Secret:
    """Return the code that a paste brings.

    An address has to carry the attempt's own state. A bare code has none: the verifier alone
    ties it to the attempt, and the provider checks that.

    :raises ConsentError: if it tells of an error, answers another request, or holds no code.
    """
    text = text.translate(_INVISIBLE).replace("&amp;", "&")
    readings = _readings(text)
    for query in _queries(readings):
        if _has_own_state(query, attempt):
            return received(query, attempt)
    if any(_STATE.search(reading) for reading in readings) and not any(
        _has_own_state(reading, attempt) for reading in readings
    ):
        raise mismatch(attempt)
    if not text.strip():
        raise ConsentError("no_code", "Nothing was pasted.", _WHOLE)
    found = credential_in(text, providers, attempt.provider.name)
    if found is not None and found.kind is Kind.AUTHORIZATION_CODE and found.flaw is None:
        return _bare(text, found, attempt)
    error = described(text, attempt.provider)
    if error is not None:
        raise error
    if found is None or found.kind is Kind.UNKNOWN:
        raise ConsentError("no_code", "There is no authorization code in what was pasted.", _WHOLE)
    raise ConsentError(
        "no_code", f"What was pasted is {found.kind.words} and no authorization code.", _WHOLE
    )


def _readings(text: str) -> list[str]:
    """Return how a text may be meant: terminals and mail wrap an address, programs encode one."""
    readings = [_WRAP.compiled.sub(r"\1", text), text, "".join(text.split())]
    return readings + [unquote(one) for one in readings if "%3d" in one.lower()]


def _queries(readings: Sequence[str]) -> Iterator[str]:
    for reading in readings:
        for word in _GAP.compiled.split(reading):
            if _FIELD.search(word):
                yield word.partition("#")[0].rpartition("?")[2].rstrip(_END)


def _has_own_state(text: str, attempt: Attempt) -> bool:
    own = rf"\bstate[\"']?\s*[=:]\s*[\"']?{re.escape(attempt.state)}(?![\w-])"
    return re.search(own, text) is not None


def _bare(text: str, found: Credential, attempt: Attempt) -> Secret:
    if found.provider not in {None, attempt.provider.name}:
        raise ConsentError(
            "no_code",
            f"What was pasted is another provider's code and none of {attempt.provider.title}.",
            _WHOLE,
        )
    if _ADDRESS.search(text) and not _has_own_state(text, attempt):
        raise ConsentError(
            "state_mismatch",
            "The address that was pasted has lost its state, so its code was not used.",
            _WHOLE,
        )
    return checked_code(unquote(unquote(found.secret.reveal())))  # no code holds a percent sign
