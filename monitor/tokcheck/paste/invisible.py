"""Characters that no screen shows, which clipboards and messengers leave in what is copied."""

from collections.abc import Iterator

from tokcheck.core.lazy import LazyRegex

# For a regular expression's character class: soft hyphen, joiners, direction marks, fillers,
# variation selectors, byte order mark.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_PERCENT = "%(?:25){0,2}"
# The codes with which a terminal changes its colours, or marks what was pasted, also as a string or
# an address writes them.
COLOUR = (
    rf"(?:\x1b|\\{{1,4}}(?:e|033|(?:u00|x)1[Bb])|{_PERCENT}1[Bb])(?:\[|{_PERCENT}5[Bb])"
    rf"(?:[0-9;]|{_PERCENT}3[Bb]){{0,12}}[A-Za-z~]"
)
# The same written in characters that do show: escapes, percent-encoding, HTML and colours.
WRITTEN_INVISIBLE = (
    r"(?:\\{1,4}u(?:200[B-Fb-f]|2060|[Ff][Ee][Ff]{2}|00[Aa][Dd])"
    r"|%(?:25){0,2}(?:E2%(?:25){0,2}80%(?:25){0,2}8[B-F]|EF%(?:25){0,2}BB%(?:25){0,2}BF)"
    r"|&(?:shy|zwn?j|[lr]rm|ZeroWidthSpace|\#(?:173|8203|65279|[Xx]200[Bb]));"
    rf"|{COLOUR})"
)
_ANY = LazyRegex(rf"[{INVISIBLE}]++|{WRITTEN_INVISIBLE}")


def strip_invisible(text: str) -> str:
    """Return a text without its invisible characters, however they are written."""
    return _ANY.compiled.sub("", text)


def invisible_spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where the invisible characters from a place on stand, however they are written."""
    return (match.span() for match in _ANY.compiled.finditer(text, start))
