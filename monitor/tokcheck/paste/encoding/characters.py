"""Text of which every character is in a notation: one table, for pastes and for files.

Percent-encoding, escapes with hexadecimal or octal digits, entities of HTML, quoted-printable, and
pairs of hexadecimal digits. Such a text continues over the joints that wrap or split any token.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import joint_at

LEAST = 20
"""So many encoded characters in a row begin such a text."""
# The most characters that are decoded of one text.
_LONGEST = 16_384
# So many of them are read by one search.
_AT_ONCE = 512
# Other texts have pairs of digits, too.
_LEAST_PAIRS = 32
_HEXADECIMAL = "([0-7][0-9A-Fa-f])"
_GROUP = LazyRegex(r"\((?!\?)")
_CONTROL = LazyRegex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Notation(NamedTuple):
    """A notation of characters of ASCII.

    ``code`` is a regular expression for one character, with a group for the digits in each of the
    ``bases``; ``codes`` are many of them with nothing between, and ``run`` begins a text. ``note``
    says what was decoded.
    """

    code: LazyRegex
    each: LazyRegex
    codes: LazyRegex
    run: LazyRegex
    bases: tuple[int, ...]
    note: str


def _notation(
    code: str, bases: tuple[int, ...], note: str, front: str = "", least: int = LEAST
) -> Notation:
    plain = _GROUP.compiled.sub("(?:", code)
    run = LazyRegex(rf"{front}(?:{plain}(?:\\{{0,3}}[._-]){{0,2}}){{{least}}}")
    after_signs = LazyRegex(rf"(?:\\{{0,3}}[._-]){{0,2}}(?P<code>{code})")
    codes = LazyRegex(rf"(?:{plain}){{2,{_AT_ONCE}}}")
    return Notation(after_signs, LazyRegex(f"({code})"), codes, run, bases, note)


NOTATIONS = (
    _notation(rf"%(?:25){{0,2}}{_HEXADECIMAL}", (16,), "percent-encoding around it"),
    _notation(
        rf"\\{{1,4}}(?:(?:u00|x|U000000){_HEXADECIMAL}|[ux]\{{0{{0,4}}{_HEXADECIMAL}\}})",
        (16, 16),
        "escapes around it",
    ),
    _notation(r"\\{1,4}0?([01]?[0-7]{2})(?![0-7])", (8,), "escapes around it"),
    _notation(
        rf"&(?:amp;)?\#(?:[xX]0{{0,6}}{_HEXADECIMAL}|0{{0,5}}([1-9][0-9]|1[01][0-9]|12[0-6]));",
        (16, 10),
        "entities of HTML around it",
    ),
    _notation(rf"={_HEXADECIMAL}", (16,), "quoted-printable around it"),
    _notation(
        rf"(?:(?<![0-9A-Za-z])0x)?{_HEXADECIMAL}[ :]?",
        (16,),
        "hexadecimal encoding around it",
        r"(?<![0-9A-Za-z])",
        _LEAST_PAIRS,
    ),
)


class CharacterText(NamedTuple):
    """A text that is decoded, with its joints, and the place of each of its characters.

    It stands at ``start`` to ``end``; ``is_cut`` is whether it goes on behind that.
    """

    text: str
    start: int
    end: int
    places: list[int]
    is_cut: bool


def decode_runs(text: str, notation: Notation, most: int | None = None) -> Iterator[CharacterText]:
    """Yield the texts in a notation, each with what follows behind joints.

    With ``most``, those of which so much of the text shows the beginning.
    """
    at = 0
    most = len(text) if most is None else most
    while (run := notation.run.compiled.search(text, at, most)) is not None:
        decoded = _decode(text, run.start(), notation)
        at = decoded.end
        if _CONTROL.search(decoded.text) is None:
            yield decoded


def _decode(text: str, start: int, notation: Notation) -> CharacterText:
    characters: list[str] = []
    places: list[int] = []
    at = start
    while len(characters) < _LONGEST:
        codes = notation.codes.match(text, at)
        if codes is not None:
            read = notation.each.compiled.findall(text, at, codes.end())
            characters += _characters([each[1:] for each in read], notation.bases)
            places += accumulate([len(each[0]) for each in read[:-1]], initial=at)
            at = codes.end()
            continue
        code = notation.code.match(text, at)
        joint = joint_at(text, at) if code is None else None
        if joint is not None and joint.lastgroup != "blank":
            code = notation.code.match(text, joint.end())
        if code is None:
            break
        # The joint, or the signs that need no notation; another layer may have escaped these.
        last = code.start("code")
        plain = [each for each in range(at, last) if joint is not None or text[each] != "\\"]
        characters += (
            *(text[each] for each in plain),
            *_characters([code.groups("")[1:]], notation.bases),
        )
        places += (*plain, last)
        at = code.end()
    return CharacterText("".join(characters), start, at, places, len(characters) >= _LONGEST)


def _characters(found: Sequence[Sequence[str]], bases: tuple[int, ...]) -> list[str]:
    """Return the characters, of each of which one group has the digits; the others are empty."""
    base = bases[0]
    if bases.count(base) == len(bases):
        return [chr(int("".join(groups), base)) for groups in found]
    return [
        next(chr(int(each, base)) for each, base in zip(groups, bases, strict=True) if each)
        for groups in found
    ]
