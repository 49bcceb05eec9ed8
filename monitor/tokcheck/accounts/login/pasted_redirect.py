"""A pasted redirect: the browser's address, or another text that holds the code. Pure."""

import re
from binascii import a2b_base64
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from tokcheck.accounts.errors import ConsentError
from tokcheck.accounts.oauth.authorization import (
    AuthorizationRequest,
    CodeResponse,
    check_code,
    code_from_response,
    state_mismatch_error,
)
from tokcheck.accounts.oauth.authorization_errors import error_from_page_text
from tokcheck.accounts.oauth.client_id import credential_in
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.secret import Secret
from tokcheck.paste.invisible import strip_invisible
from tokcheck.providers.base import Provider

_WHOLE = (
    "Copy the whole address from the browser's address bar, even if the page could not be "
    "loaded, and paste it."
)
_OTHER_TAB = f"It may be from an older tab, or only half of the address was copied. {_WHOLE}"
_KEEP = (
    " To keep tokens that you have: `tokcheck accounts import`. To check one: `tokcheck validate`."
)
_TOKENS = {Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN}
# The separators of an address and the text around it.
_GAP = LazyRegex(r"[\s\"'<>`\\]+")
# The end of a line before one that is a single word, with the marks of shells and of mail.
_WRAP = LazyRegex(r"([^\s\\^])[ \t]*+[\\^]?+\r?\n[ \t>]*+(?=\S++[ \t]*+[\\^]?+(?:\r?\n|\Z))")
_FIELD = LazyRegex(r"\b(?:code|error)=")
_END = ".,;:!)]}"
_STATE = LazyRegex(r"\bstate[\"']?\s*[=:]")
_ADDRESS = LazyRegex(r"://|[?&]code=")
# How JSON, HTML and shells write a character of an address.
_CODED = LazyRegex(r"\\u00([0-9A-Fa-f]{2})")
_AMPERSAND = LazyRegex(r"&(?:amp|#38|#[Xx]26);")
_ESCAPE = LazyRegex(r"[\\^](?=[!-/:-@\[-`{-~])")
# An address inside another one is percent-encoded, once for each level.
_ENCODED = LazyRegex(r"%(?:25)*+3[Dd]")
_MAX_READINGS = 12
_CONSENT_PAGE = LazyRegex(r"[?&]response_type=code\b")
_BLOB = LazyRegex(r"[?&]authError=([\w%+/-]{8,4096})", re.ASCII)


def code_from_paste(
    text: str, attempt: AuthorizationRequest, providers: Mapping[str, Provider]
) -> CodeResponse:
    """Return the authorization code in a paste.

    An address must carry the attempt's own state. A bare code has none: the verifier alone ties
    it to the attempt, and the provider checks that.

    :raises ConsentError: if the paste reports an error, belongs to another login, or holds no
        code.
    """
    text = _unescape(strip_invisible(text))
    readings = _readings(text)
    for query in _find_queries(readings):
        if _has_own_state(query, attempt):
            return code_from_response(query, attempt)
    if any(_CONSENT_PAGE.search(reading) for reading in readings):
        raise ConsentError(
            "no_code",
            "The pasted text is the address of the consent page itself.",
            "Open it in a browser, and give the consent there. Then the browser shows another "
            "address. " + _WHOLE,
        )
    if any(_STATE.search(reading) for reading in readings) and not any(
        _has_own_state(reading, attempt) for reading in readings
    ):
        other = state_mismatch_error(attempt)
        raise ConsentError(other.code, other.message, _OTHER_TAB)
    if not text.strip():
        raise ConsentError("no_code", "Nothing was pasted.", _WHOLE)
    found = credential_in(text, providers, attempt.provider.name)
    if found is not None and found.kind is Kind.AUTHORIZATION_CODE:
        return CodeResponse(_check_bare_code(text, found, attempt))
    error = error_from_page_text(
        f"{text} {decode_error_page(text)}", attempt.provider, attempt.login
    )
    if error is not None:
        raise error
    if found is None or found.kind is Kind.UNKNOWN:
        raise ConsentError("no_code", "The pasted text contains no authorization code.", _WHOLE)
    raise ConsentError(
        "no_code",
        f"The pasted text is {found.kind.words}, not an authorization code.",
        _WHOLE + _KEEP * (found.kind in _TOKENS),
    )


def _unescape(text: str) -> str:
    text = _CODED.compiled.sub(lambda match: chr(int(match[1], 16)), text)
    return _ESCAPE.compiled.sub("", _AMPERSAND.compiled.sub("&", text))


def _readings(text: str) -> list[str]:
    """Return the ways to read a text: terminals and mail wrap addresses, programs encode them."""
    readings = [_WRAP.compiled.sub(r"\1", text), text, "".join(text.split())]
    for reading in readings:
        if len(readings) < _MAX_READINGS and _ENCODED.search(reading):
            readings.append(unquote(reading))
    return readings


def decode_error_page(text: str) -> str:
    """Return the message that the address of Google's error page holds in Base64.

    The message is of an unknown binary format, in which the error's name can be read:
    https://support.google.com/accounts/answer/16668185 lists the names.
    """
    match = _BLOB.search(text)
    if match is None:
        return ""
    blob = unquote(match[1]).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return a2b_base64(blob + "=" * (-len(blob) % 4)).decode("ascii", "replace")
    except ValueError:
        return ""


def _find_queries(readings: Sequence[str]) -> Iterator[str]:
    """Yield the possible queries of a redirect."""
    for reading in readings:
        for word in _GAP.compiled.split(reading):
            if _FIELD.search(word):
                yield word.partition("#")[0].rpartition("?")[2].rstrip(_END)


def _has_own_state(text: str, attempt: AuthorizationRequest) -> bool:
    own = rf"\bstate[\"']?\s*[=:]\s*[\"']?{re.escape(attempt.state)}(?![\w-])"
    return re.search(own, text) is not None


def _check_bare_code(text: str, found: Credential, attempt: AuthorizationRequest) -> Secret:
    """Return the code that was found without a redirect's query."""
    if found.provider != attempt.provider.name:
        raise ConsentError(
            "no_code",
            f"The pasted code belongs to another provider, not to the {attempt.provider.title}.",
            _WHOLE,
        )
    if _ADDRESS.search(text) and not _has_own_state(text, attempt):
        raise ConsentError(
            "state_mismatch",
            "The address that was pasted has lost its state, so it was not used.",
            _WHOLE,
        )
    if found.flaw is not None:
        raise ConsentError(
            "no_code", f"The code that was pasted is incomplete: {found.reason}.", found.remedy
        )
    return check_code(
        unquote(unquote(found.secret.reveal())), attempt
    )  # no code holds a percent sign
