"""Read the fields of forms, decoded as forms are: every percent-encoding, and a plus sign. Pure.

RFC 6749, section 4.1.3: requests to a token endpoint are forms. A form is a line, a quoted text, an
argument of a command or the query of an address.
"""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_plus

from tokcheck.accounts.token_files.fields import MOST_FIELDS, group_pairs, our_name
from tokcheck.accounts.token_files.notations.whole_text import FormText
from tokcheck.core.lazy import LazyRegex

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,39}"
_BODY = LazyRegex(
    rf"(?<![\w.%-])(?P<fields>{_NAME}=[^\s&\"'<>`]{{0,4096}}+(?:&{_NAME}=[^\s&\"'<>`]{{0,4096}}+)++)"
)
# One field, as the argument of curl, wget and their like.
_ARGUMENT = LazyRegex(
    r"(?<!\S)(?:-d|--data(?:-raw|-binary|-ascii)?|--post-data|--body-data)[ =]?"
    rf"(?P<quote>[\"'])?(?P<fields>{_NAME}=(?(quote)[^&\"'`]|[^\s&\"'`]){{1,4096}}+)(?(quote)(?P=quote))(?=\s|\Z)"
)
# The name of the variable that a form is the value of.
_VARIABLE = LazyRegex(rf"\A{_NAME}=(?={_NAME}=)")
# What a whole form follows, and what follows it.
_BEFORE = LazyRegex(r"(?:\A|[\n\"'`?#]|(?:\A|\s)-d[ =]?|--[a-z-]{1,20}[ =])[ \t]*\Z")
_BEHIND = LazyRegex(r"[ \t]*(?:[\"'`\r\n]|\Z)")
_LONGEST_BEFORE = 32
_PARAMETERS = frozenset(
    {"grant_type", "redirect_uri", "code", "state", "token_type", "response_type", "code_verifier",
     "id_token", "access_type", "prompt", "nonce", "action", "audience", "resource", "format"}
)  # fmt: skip
_LEAST_FIELDS = 2


def read_bodies(text: str) -> Iterator[dict[str, str]]:
    """Yield the fields of the forms in a text, and those of its arguments together."""
    for match in islice(_BODY.compiled.finditer(text), MOST_FIELDS):
        fields = _VARIABLE.compiled.sub("", match["fields"])
        pairs = [field.partition("=") for field in fields.split("&")]
        if sum(is_parameter(name) for name, _, _ in pairs) >= _LEAST_FIELDS and _is_whole(
            text, *match.span()
        ):
            yield {name: _decode(value) for name, _, value in pairs}
    arguments = islice(_ARGUMENT.compiled.finditer(text), MOST_FIELDS)
    parted = (match["fields"].partition("=") for match in arguments)
    yield from group_pairs((name, _decode(value)) for name, _, value in parted)


def is_parameter(name: str) -> bool:
    """Return whether a name is that of a field of a grant, or of a parameter of OAuth."""
    return name.lower() in _PARAMETERS or our_name(name) is not None


def _is_whole(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _LONGEST_BEFORE) : start]
    return _BEFORE.search(before) is not None and _BEHIND.match(text, end) is not None


def _decode(value: str) -> str:
    if any(map(str.isspace, value)):  # it is broken
        return value
    try:
        return FormText(unquote_plus(value, errors="strict"))
    except UnicodeDecodeError:
        return value
