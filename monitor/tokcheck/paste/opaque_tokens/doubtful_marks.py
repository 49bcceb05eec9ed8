"""A sign at the end of a token that may be its own, or close a mark around the token."""

from tokcheck.core.credential import Flaw
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.flaws import Diagnosis

# The sign that opens, and a label behind it; a quotation mark or a bracket in between would close
# in front of the mark.
_OPENED = LazyRegex(
    r"(?<![A-Za-z0-9_-])(?P<mark>[_-]{1,4})(?P<label>[A-Za-z][^\r\n\"'`<>(){}\[\]]{0,40})?\Z"
)
_OPTION = LazyRegex(r"[a-z][a-z0-9-]*(?:=|\s+)")
_CLOSED = {sign: LazyRegex(rf"[A-Za-z0-9.!?]{sign}{{1,4}}(?![A-Za-z0-9_-])") for sign in "-_"}
_BEFORE = 64

_PERHAPS_A_MARK: Diagnosis = (
    Flaw.CUT_OFF,
    "the sign at its end may be its own, or that of a mark around it",
    "Paste only the token.",
)


def mark_flaw(text: str, start: int, raw: str) -> Diagnosis | None:
    """Return the flaw of a token that begins at a place behind a mark, and ends with its sign.

    Its callers load this module only for a token that ends with a hyphen or an underscore.
    """
    sign = raw[-1]
    opened = _OPENED.search(text[max(0, start - _BEFORE) : start])
    if opened is None or sign not in opened["mark"]:
        return None
    label = opened["label"] or ""
    is_option = opened["mark"] == "--" and _OPTION.compiled.fullmatch(label) is not None
    if (is_option and not raw.endswith("--")) or _CLOSED[sign].search(label) is not None:
        return None
    return _PERHAPS_A_MARK
