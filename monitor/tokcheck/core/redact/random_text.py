"""Recognize texts that look random, as tokens do of which no form is known."""

from collections.abc import Iterator, Sequence
from operator import ne

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact.pieces import REDACTED, without_spans
from tokcheck.core.redact.spellings import Span, readings, spelled_spans
from tokcheck.core.secret import Secret

_RUN = LazyRegex(r"[A-Za-z0-9_-]{16,}")
# A random text changes between small letters, capitals and digits at six of ten characters, joined
# words at one or two.
_LEAST_CHANGES = 0.3
_CAMEL_CASE = LazyRegex(r"[A-Z]?[a-z]++(?:[A-Z][a-z]++)*+[0-9]{0,4}")
# Spelled with separators between them, a secret has at least as many; paths of short names that are
# as long change less often.
_LEAST_SPELLED = 32
_LEAST_SPELLED_CHANGES = 0.45
# Letters and digits of which each stands alone, as in no path and no sentence.
_SINGLE = LazyRegex(r"(?<![A-Za-z0-9])(?:[A-Za-z0-9](?:[^A-Za-z0-9]{1,8}+|\Z)){16,}+")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
# So many letters and digits in a row are no word.
_LONGEST_WORD = 40


def mask_random(text: str) -> str:
    """Return a text with everything masked that looks random, as a token does that was cut.

    A commit id and the hash in a file's name look like that too: a few characters of each are left,
    so that a person recognizes it. Words that are joined stay, by hyphens or capitals. A
    spelled-out secret is redacted whole.
    """
    text = without_spans(text, spelled_spans(text, _random_spans))
    return _RUN.compiled.sub(
        lambda run: Secret(run.group()).masked if _looks_random(run.group()) else run.group(), text
    )


def random_runs(text: str) -> list[str]:
    """Return the parts of a text that are 16 or more letters and digits in no order."""
    return [run for run in _RUN.compiled.findall(text) if _looks_random(run)]


def mask_name(text: str) -> str:
    """Return the name of something that does not exist: a secret may stand in its place.

    All of it is redacted if the rest, or the value of an option, looks like one with separators
    between its characters.
    """
    masked = mask_random(text)
    for part in (masked, masked.partition("=")[2]):
        if spelled_secret(part) is not None:
            return REDACTED
    return masked


def spelled_secret(text: str) -> str | None:
    """Return the letters and digits of a text if together they look like a secret.

    Separators may stand between any of them, and each may be spelled in another way.
    """
    texts = [reading.text for reading in readings(text)] or [text]
    for each in reversed(texts):
        letters = "".join(filter(str.isalnum, each))
        if len(letters) >= _LEAST_SPELLED and (
            _HEXADECIMAL.issuperset(letters) or _share_of_changes(letters) >= _LEAST_SPELLED_CHANGES
        ):
            return letters
        for run in _SINGLE.compiled.finditer(each):
            letters = "".join(filter(str.isalnum, run.group()))
            if not (letters.isalpha() or letters.isdecimal()):
                return letters
    return None


def _random_spans(text: str) -> Iterator[Span]:
    for run in _RUN.compiled.finditer(text):
        if _looks_random(run.group()):
            yield run.span()


def _looks_random(run: str) -> bool:
    if len(run) >= _LONGEST_WORD and run.isalnum():
        return True
    letters = run.replace("-", "").replace("_", "")
    if _CAMEL_CASE.fullmatch(letters):
        return False
    return _share_of_changes(letters) >= _LEAST_CHANGES


def _class(letter: str) -> int:
    return 0 if letter.isdigit() else 1 if letter.islower() else 2


# Long outputs are read letter by letter: a table costs a tenth of the calls.
_ASCII_CLASSES = {code: _class(chr(code)) for code in range(128)}


def _share_of_changes(letters: str) -> float:
    classes: Sequence[object] = (
        letters.translate(_ASCII_CLASSES) if letters.isascii() else [*map(_class, letters)]
    )
    return sum(map(ne, classes, classes[1:])) / len(letters) if letters else 1
