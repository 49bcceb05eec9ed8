"""Masks that programs print in the place of a secret, or of the rest of one."""

from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.secret import Secret

_WORDS = "redacted|masked|filtered|censored"
# The beginning of a token, by which its kind is known, may be left.
_BEGINNING = r"(?:[A-Za-z0-9_./-]{1,12})?"
MASK = (
    rf"{_BEGINNING}[*\u2022\u25cf]{{3,400}}(?!\w)"
    rf"|(?:eyJ|ya29\.)?[\[<({{*_-]{{0,3}}(?i:{_WORDS})[\])}}>*_-]{{0,3}}(?!\w)"
    rf"|(?:eyJ|ya29\.)?[\[<(](?i:[\w -]{{0,20}}(?:{_WORDS}|hidden|removed|secure))[\])>]"
    r"|(?:&lt;|%3[Cc])(?i:redacted|masked|hidden)(?:&gt;|%3[Ee])"
)
# Documentation writes it, and so do people who ask for help and hide their token.
ROW_OF_X = r"(?:eyJ|ya29\.|1//0|gh[opsu]_)?[xX]{3,400}(?:[-_.][xX]{1,400}){0,8}(?!\w)"
_ROW_OF_X = LazyRegex(ROW_OF_X)
ROW_OF_X_SENTENCE = (
    "The letter x stands in the place of the {what}: this is a sample of documentation, or "
    "somebody hid the real one"
)
ROW_OF_X_REMEDY = (
    "Put the real one in its place. If you do not have it, copy it from where it was issued or is "
    "stored."
)
SHORTENED = (
    r"(?=[A-Za-z_-]{0,12}[0-9]|[\w-]{2,12}(?:\.{3}|\u2026)[A-Za-z_-]{0,12}[0-9])"
    r"[\w-]{2,12}(?:\.{3}|\u2026)[\w-]{2,12}(?![\w.])"
)
MASKED_SENTENCE = "The {what} {was} masked by the program that printed {it}"
MASKED_REMEDY = (
    "A masked token cannot be restored. Copy the token from where it was issued or is stored, not "
    "from a log."
)
_ANYWHERE = LazyRegex(
    r"[*\u2022\u25cf]{3}|(?i:[\[<(][\w -]{0,20}(?:redacted|masked|filtered)[\])>])"
)
# A token of which a program printed the beginning.
_PARTLY_MASKED = LazyRegex(r"([\w.=-]{3,5000}+)[*\u2022\u25cf]{3}")
# So few characters do not distinguish one token from another.
_TELLS_NOTHING = 8


def explain_mask(text: str, credential: Credential, start: int) -> Credential:
    """Return the incomplete token at ``start`` as what it is if a program masked its end."""
    row = _ROW_OF_X.match(text, start)
    if row is not None and row.end() - start >= len(credential.secret):
        sentence = ROW_OF_X_SENTENCE.format(what="token")
        return Credential(
            Kind.PLACEHOLDER, credential.secret, reason=sentence, remedy=ROW_OF_X_REMEDY
        )
    match = _PARTLY_MASKED.match(text, start)
    if match is None or credential.flaw is not Flaw.CUT_OFF:
        return credential
    if len(match.group(1)) <= _TELLS_NOTHING:
        raw = Secret(match.group())
        sentence = MASKED_SENTENCE.format(what="token", was="was", it="it")
        return Credential(Kind.PLACEHOLDER, raw, reason=sentence, remedy=MASKED_REMEDY)
    reason = "the program that printed it masked the rest"
    return credential._replace(reason=reason, remedy=MASKED_REMEDY)


def contains_mask(text: str) -> bool:
    """Return whether a program masked something in the text that it printed."""
    return _ANYWHERE.search(text) is not None
