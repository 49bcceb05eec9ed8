"""Credentials that only words around them identify: 64 hexadecimal digits are a refresh token.

A label need not touch its value. Between them stand quotation marks, tags, the other names of a
pair, a call; or they are in one column of a table.
"""

import binascii
from collections.abc import Iterator

from tokcheck.core.credential import CredentialForm, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste import notation
from tokcheck.paste.grammar import joint_at
from tokcheck.providers import FINDER
from tokcheck.scan.detect.hit import Budget, Hit
from tokcheck.scan.detect.sample_tokens import is_sample

# Words between a name and its value: those of pairs, tags, types and sentences.
_WORDS = (
    "value|values|val|string|str|text|data|content|default|current|static|final|const|is|invalid|"
    "type|token|td|dd|dt|th|tr|span|strong|varchar|char|secret|hidden|password|the|to|as|of|new|"
    "key|name|var|private|public|readonly|required|enabled|true|false|sensitive|description"
)
_SIGN = (
    r"[^A-Za-z0-9<&%=\\]|\\(?:[nrt](?![A-Za-z])|u00[0-9A-Fa-f]{2}|x[0-9A-Fa-f]{2})?"
    r"|&(?:\#?\w{1,8};)?|%(?:(?:25){0,2}[0-9A-Fa-f]{2})?|=(?:3[Dd]|2[02])?"
)
_GAP = rf"(?:{_SIGN}|<(?:[^<>]{{0,120}}>)?|(?<![A-Za-z0-9])(?i:{_WORDS})(?![A-Za-z0-9])){{1,80}}+"
_UNDERSCORE = rf"(?:[_ .-]|{notation.spelling('_')})?"
_REFRESH_LABEL = LazyRegex(
    rf"(?i:refresh{_UNDERSCORE}token)(?:s|{_UNDERSCORE}(?i:value|hex|1))?{_GAP}"
)
_SECRET_LABEL = LazyRegex(rf"(?i:secret(?:{_UNDERSCORE}key)?){_GAP}")
_BEGIN = LazyRegex(rf"(?i:refresh{_UNDERSCORE}token)")
# A value in front of the name of its pair.
_VALUE_FIRST = LazyRegex(
    r"(?<![0-9A-Za-z])([0-9a-f]{64})[\"']"
    rf"(?:[^A-Za-z0-9<>{{}}\[\]]|(?<![A-Za-z0-9])(?i:{_WORDS}|id)(?![A-Za-z0-9])){{1,60}}"
    r"(?<![A-Za-z0-9])(?i:name|key|id)[\"'\\]{0,4}\s{0,8}[:=]\s{0,8}[\"'\\]{1,4}[\w.-]{0,40}\Z"
)
_DIGITS = LazyRegex(r"[0-9a-f]+")
_BEFORE = 400
_AHEAD = 1_200
_LENGTHS = {Kind.REFRESH_TOKEN: 64, Kind.CLIENT_SECRET: 32}
# 64 digits over more lines than this are no wrapped value.
_MOST_JOINTS = 4

# A delimited line, and how many lines of a table are read.
_DELIMITERS = ",;\t|"
_MOST_ROWS = 20_000
_LONGEST_ROW = 16_384
_CELL = LazyRegex(r"[\s\"'`]*([0-9a-f]{64})[\s\"'`]*")

_HASH = LazyRegex(r"(?i:sha-?256|sha|hash|digest|checksum|integrity|etag|signature)[\W_]{0,4}\Z")
_LONE = LazyRegex(r"(?<![0-9A-Za-z])[0-9a-f]{64}(?![0-9A-Za-z])")
_BESIDE = 400

_BASIC = LazyRegex(
    r"(?i:basic)(?:[\s:=+]|%20){1,6}([A-Za-z0-9+/_-]{48,60}={0,2})(?![A-Za-z0-9+/_-])"
)
_FITBIT_PAIR = LazyRegex(r"2[23][0-9A-Z]{4}:[0-9a-f]{32}")


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

    def at_label(self, data: bytes, at: int, budget: Budget) -> list[Hit]:
        """Return the refresh tokens of the label around ``at``."""
        first = max(0, at - _BEFORE)
        text = data[first : at + _AHEAD].decode("latin-1")
        label = _BEGIN.match(text, max(0, at - first - 1))
        if label is None:
            return []
        found = self._value(text, label.start(), first, _REFRESH_LABEL, Kind.REFRESH_TOKEN)
        if found is not None:
            return [found]
        pair = _VALUE_FIRST.search(text[max(0, label.start() - 260) : label.start()])
        if pair is not None:
            begin = first + max(0, label.start() - 260) + pair.start(1)
            return self._hits(pair[1], begin, begin + len(pair[1]))
        return list(self._column(data, first + label.start(), first + label.end(), budget))

    def _value(self, text: str, start: int, first: int, label: LazyRegex, kind: Kind) -> Hit | None:
        """Return the value of a label that begins at ``start`` of a text, or of that place on."""
        match = label.match(text, start)
        if match is None:
            return None
        value = _digits_at(text, match.end(), _LENGTHS[kind])
        if value is None or is_sample(value[0]):
            return None
        raw, end = value
        provider = self._refresh[0]
        return Hit(first + match.end(), first + end, raw, kind, provider, decisive=False)

    def _hits(self, raw: str, start: int, end: int) -> list[Hit]:
        provider, form = self._refresh
        if is_sample(raw):
            return []
        return [Hit(start, end, raw, form.kind, provider, decisive=form.decisive)]

    def _column(self, data: bytes, start: int, end: int, budget: Budget) -> Iterator[Hit]:
        """Yield the values below a label that is the name of a column."""
        begin = data.rfind(b"\n", max(0, start - _LONGEST_ROW), start) + 1
        last = data.find(b"\n", end, end + _LONGEST_ROW)
        header = data[begin:last].decode("latin-1") if last >= 0 else ""
        delimiter = next((each for each in _DELIMITERS if each in header), None)
        if delimiter is None or not budget.spend(len(header)):
            return
        column = header[: start - begin].count(delimiter)
        for _ in range(_MOST_ROWS):
            begin, last = last + 1, data.find(b"\n", last + 1, last + 1 + _LONGEST_ROW)
            row = data[begin : last if last >= 0 else begin + _LONGEST_ROW].decode("latin-1")
            cells = row.split(delimiter)
            if len(cells) <= column or not budget.spend(len(row)):
                return
            value = _CELL.fullmatch(cells[column])
            if value is not None:
                at = begin + sum(len(each) + 1 for each in cells[:column]) + value.start(1)
                yield from self._hits(value[1], at, at + len(value[1]))
            if last < 0:
                return

    def in_range(self, data: bytes, start: int, end: int) -> Iterator[Hit]:
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
        for match in _SECRET_LABEL.compiled.finditer(text):
            found = self._value(text, match.start(), start, _SECRET_LABEL, Kind.CLIENT_SECRET)
            if found is not None:
                yield found
        for match in _BASIC.compiled.finditer(text):
            if _is_pair(match[1]):
                first, last = match.span(1)
                yield Hit(
                    start + first, start + last, match[1], Kind.BASIC_CREDENTIALS, self._refresh[0]
                )

    def beside(self, data: bytes, token: Hit) -> Iterator[Hit]:
        """Yield 64 digits beside an access token of the provider whose refresh tokens they are."""
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


def _digits_at(text: str, at: int, length: int) -> tuple[str, int] | None:
    """Return so many digits, which may be wrapped, and where they end."""
    digits = ""
    for _ in range(_MOST_JOINTS):
        match = _DIGITS.match(text, at)
        if match is None:
            return None
        digits += match[0]
        if len(digits) >= length:
            ends = len(digits) == length and not text[match.end() : match.end() + 1].isalnum()
            return (digits, match.end()) if ends else None
        joint = joint_at(text, match.end())
        if joint is None or joint.lastgroup == "blank":
            return None
        at = joint.end()
    return None


def _is_pair(encoded: str) -> bool:
    """Return whether a text is the id and the secret of one of the provider's applications."""
    try:
        data = binascii.a2b_base64(encoded.replace("-", "+").replace("_", "/") + "==")
        return _FITBIT_PAIR.fullmatch(data.decode("ascii")) is not None
    except ValueError:
        return False
