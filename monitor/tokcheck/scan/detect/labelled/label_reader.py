"""Credentials that only words around them identify: 64 hexadecimal digits are a refresh token.

A label need not touch its value. Between them stand quotation marks, tags, the other names of a
pair, a call; or they are in one column of a table.
"""

from collections.abc import Iterator

from tokcheck.core.credential import CredentialForm, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.grammar import joint_at
from tokcheck.paste.notations.label_gap import (
    REFRESH_LABEL,
    REFRESH_NAME,
    REFRESH_OPENING,
    SECRET_OPENING,
    VALUE_WORDS,
)
from tokcheck.providers import FINDER
from tokcheck.scan.detect.hit import ATTEMPT, Budget, Hit
from tokcheck.scan.detect.labelled.basic_credentials import basic_credentials_in
from tokcheck.scan.detect.sample_tokens import is_sample

_REFRESH_OPENING = LazyRegex(REFRESH_OPENING)
_SECRET_OPENING = LazyRegex(SECRET_OPENING)
_BEGIN = LazyRegex(REFRESH_NAME)
# A value in front of the name of its pair.
_VALUE_FIRST = LazyRegex(
    r"(?<![0-9A-Za-z])(?:([0-9a-f]{64})[\"']|(?<=value: )([0-9a-f]{64})(?=\s))"
    rf"(?:[^A-Za-z0-9<>{{}}\[\]]|(?<![A-Za-z0-9])(?i:{VALUE_WORDS}|id)(?![A-Za-z0-9])){{1,60}}"
    r"(?<![A-Za-z0-9])(?i:name|(?:for)?key|id)[\"'\\]{0,4}\s{0,8}[:=]\s{0,8}@?[\"'\\]{0,4}[\w.-]{0,40}\Z"
)
_DIGITS = LazyRegex(r"[0-9]*[a-f][0-9a-f]*|[0-9A-F]+")
_ALPHANUMERIC = LazyRegex(r"[A-Za-z0-9]")
_BEFORE = 400
_AHEAD = 1_200
# Such digits in Base64, as in a Kubernetes secret.
_ENCODED = LazyRegex(r"[A-Za-z0-9+/_-]{43,96}={0,2}(?![A-Za-z0-9+/=_-])")
_LENGTHS = {Kind.REFRESH_TOKEN: 64, Kind.CLIENT_SECRET: 32}
# 64 digits over more lines than this are no wrapped value.
_MOST_JOINTS = 4

# A label with an expression as its value; the first name of it follows.
_NAMED_VALUE = LazyRegex(
    rf"{REFRESH_LABEL}[\"'\])]{{0,3}}\s{{0,20}}(?::?=>?|:|<-)\s{{0,20}}"
    r"(?=[fF$@\"'`{(%]{0,5}[A-Za-z_])"
)
_NAMES_BEFORE = 1_500
_EXPRESSION_COST = 8 * ATTEMPT

# The text behind a part of them: openings of lines, operators between literals, a page's number.
_BEHIND = LazyRegex(
    r"(?:[^0-9A-Za-z\r\n][^\r\n,;]{0,15}?)?(?:\r?\n|[\r\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9])"
    r"[^\r\n]{0,200}(?:\s+[^\r\n]{1,160}){0,2}"
    r"|\\?[\"'](?:[^\r\n,:;=\"']|::|[+.&|]=|&amp;){0,60}"
    r"(?:[\"'][^\r\n,:;=\"']{0,16}[\"'][^\r\n,:;=\"']{0,20})?\\?[\"'](?:[0-9a-f]+|[0-9A-F]+)"
)
_PART = LazyRegex(r"(?:(?<![0-9A-Za-z])|(?<=\x1b\[0m))(?:[0-9a-f]+|[0-9A-F]+)(?![0-9A-Za-z])")
_LEAST_PART = 16
_OTHER_LABEL = LazyRegex(r"(?i)secret|key|\bid\b|token|sha|md5|hash|digest|checksum|sum\b")

# The same name in a statement that appends to its value.
_APPENDED = LazyRegex(
    r"\\?[\"']?[)\s;]{0,20}[\w$.>-]{0,60}?(?i:token)\w{0,20}\s{0,4}"
    r"(?:[+.&|]=|\.(?:append|push|add|concat)\()\s{0,4}\\?[\"']?"
)

_HASH = LazyRegex(r"(?i:sha-?256|sha|hash|digest|checksum|integrity|etag|signature)[\W_]{0,4}\Z")
_LONE = LazyRegex(r"(?<![0-9A-Za-z])[0-9a-f]{64}(?![0-9A-Za-z])")
_BESIDE = 400


def labelled_forms() -> list[tuple[str, CredentialForm]]:
    """Return the forms that a label identifies, each with its provider."""
    return [
        (provider, form)
        for provider, forms in FINDER.forms.items()
        for form in forms
        if form.alone and form.kind is not Kind.CLIENT_ID
    ]


class LabelReader:
    """Reads what labels identify; places are in bytes."""

    def __init__(self) -> None:
        self._forms = labelled_forms()
        self._refresh = next(
            (provider, form) for provider, form in self._forms if form.kind is Kind.REFRESH_TOKEN
        )

    def find_at_label(self, data: bytes, at: int, budget: Budget) -> list[Hit]:
        """Return the refresh tokens of the label around ``at``."""
        first = max(0, at - _BEFORE)
        text = data[first : at + _AHEAD].decode("latin-1")
        label = _BEGIN.match(text, max(0, at - first - 1))
        if label is None:
            return []
        found = self._value(text, label.start(), first, _REFRESH_OPENING, Kind.REFRESH_TOKEN)
        if found is not None:
            return [found]
        named = self._value_of_names(data, first + label.start(), budget)
        if named is not None:
            return self._hits(*named)
        pair = _VALUE_FIRST.search(text[max(0, label.start() - 260) : label.start()])
        if pair is not None:
            raw = pair[1] or pair[2]
            begin = first + max(0, label.start() - 260) + pair.start(pair.lastindex or 1)
            return self._hits(raw, begin, begin + len(raw))
        from tokcheck.scan.detect.labelled.tables import values_of_column

        cells = values_of_column(data, first + label.start(), first + label.end(), budget.spend)
        return [hit for raw, at in cells for hit in self._hits(raw, at, at + len(raw))]

    def _value(self, text: str, start: int, first: int, label: LazyRegex, kind: Kind) -> Hit | None:
        """Return the value of a label that begins at ``start`` of a text, or of that place on."""
        match = label.match(text, start)
        if match is None:
            return None
        value = _digits_at(text, match.end(), _LENGTHS[kind]) or _encoded_digits_at(
            text, match.end(), _LENGTHS[kind]
        )
        if value is None or is_sample(value[0]):
            return None
        raw, end, apart = value
        provider = self._refresh[0]
        start = first + match.end()
        return Hit(start, first + end, raw, kind, provider, fragment=apart, decisive=False)

    def _value_of_names(self, data: bytes, at: int, budget: Budget) -> tuple[str, int, int] | None:
        """Return the value that an expression behind a label puts together, and its first piece."""
        first = max(0, at - _NAMES_BEFORE)
        text = data[first : at + _AHEAD].decode("latin-1")
        label = _NAMED_VALUE.match(text, at - first)
        if label is None or not budget.spend(_EXPRESSION_COST):
            return None
        from tokcheck.scan.detect.concatenation.expressions import read_expression

        value = read_expression(text, label.end())
        length = _LENGTHS[Kind.REFRESH_TOKEN]
        if value is None or len(value.raw) != length or not _DIGITS.fullmatch(value.raw):
            return None
        return value.raw, first + value.start, first + value.end

    def _hits(self, raw: str, start: int, end: int) -> list[Hit]:
        provider, form = self._refresh
        if is_sample(raw):
            return []
        return [Hit(start, end, raw, form.kind, provider, decisive=form.decisive)]

    def find_in_range(self, data: bytes, start: int, end: int) -> Iterator[Hit]:
        """Yield the labelled credentials in a range near a provider's name."""
        text = data[start:end].decode("latin-1")
        for provider, form in self._forms:
            for match in compile_cached(form.pattern).finditer(text):
                raw = match.group(1)
                if not is_sample(raw):
                    first, last = match.span(1)
                    yield Hit(
                        start + first, start + last, raw, form.kind, provider,
                        decisive=form.decisive,
                    )  # fmt: skip
        for match in _SECRET_OPENING.compiled.finditer(text):
            found = self._value(text, match.start(), start, _SECRET_OPENING, Kind.CLIENT_SECRET)
            if found is not None:
                yield found
        for first, last, raw, is_whole in basic_credentials_in(text):
            yield Hit(
                start + first, start + last, raw, Kind.BASIC_CREDENTIALS, self._refresh[0],
                fragment=not is_whole,
            )  # fmt: skip

    def find_beside(self, data: bytes, token: Hit) -> Iterator[Hit]:
        """Yield 64 digits beside an access token of the provider with such refresh tokens."""
        if token.provider != self._refresh[0] or token.kind is not Kind.ACCESS_TOKEN:
            return
        for first, last in (
            (max(0, token.start - _BESIDE), token.start),
            (token.end, min(len(data), token.end + _BESIDE)),
        ):
            text = data[first:last].decode("latin-1")
            for match in _LONE.compiled.finditer(text):
                if _HASH.search(text[max(0, match.start() - 24) : match.start()]) is None:
                    for hit in self._hits(match[0], first + match.start(), first + match.end()):
                        yield hit._replace(decisive=True)


def _digits_at(text: str, at: int, length: int) -> tuple[str, int, bool] | None:
    """Return so many digits, which may be wrapped, where they end, and whether in pieces."""
    digits, apart = "", False
    for _ in range(_MOST_JOINTS):
        match = _DIGITS.match(text, at)
        if match is None:
            return None
        digits += match[0]
        if len(digits) >= length:
            ends = len(digits) == length and not _ALPHANUMERIC.match(text, match.end())
            return (digits, match.end(), apart) if ends else None
        missing = length - len(digits)
        following = _part_behind_joint(text, match.end(), missing)
        if following is None:
            following, apart = _part_behind(text, match.end(), missing), True
        if following is None:
            return None
        at = following
    return None


def _encoded_digits_at(text: str, at: int, length: int) -> tuple[str, int, bool] | None:
    """Return so many digits that stand in Base64 alone, where that ends, and that it is whole."""
    match = _ENCODED.match(text, at)
    if match is None:
        return None
    from tokcheck.paste.encoding.base64_text import read_base64

    try:
        digits = read_base64(match[0].encode()).decode("ascii").strip()
    except ValueError:
        return None
    is_value = len(digits) == length and _DIGITS.fullmatch(digits) is not None
    return (digits, match.end(), False) if is_value else None


def _part_behind_joint(text: str, at: int, missing: int) -> int | None:
    joint = joint_at(text, at)
    part = None if joint is None else _DIGITS.match(text, joint.end())
    if joint is None or part is None or joint.lastgroup == "blank":
        return None
    if len(part[0]) == missing and not _ALPHANUMERIC.match(text, part.end()):
        return joint.end()
    following = joint_at(text, part.end()) if len(part[0]) < missing else None
    return joint.end() if following and following.lastgroup != "blank" else None


def _part_behind(text: str, at: int, missing: int) -> int | None:
    """Return where the next part of so many digits begins, whatever stands in front of it.

    Their number shows that they belong together.
    """
    appended = _APPENDED.match(text, at)
    if appended is not None:
        piece = _DIGITS.match(text, appended.end())
        return appended.end() if piece and len(piece[0]) <= missing else None
    behind = _BEHIND.match(text, at)
    if behind is None:
        return None
    for part in _PART.compiled.finditer(text, at, min(len(text), behind.end() + missing)):
        size = part.end() - part.start()
        if size == missing or _LEAST_PART <= size < missing:
            named = _OTHER_LABEL.search(text[at : part.start()]) is not None
            return None if named else part.start()
    return None
