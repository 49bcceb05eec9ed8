"""Make text from outside fit to be shown: no secret, no control character, a bounded length."""

import re
import unicodedata
from collections.abc import Container, Iterable
from itertools import pairwise
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.secret import Secret

_REDACTED = "[redacted]"
# Anything that looks like a credential of these APIs. Too wide on purpose: a message that lacks a
# word is still readable, but a token that was shown is compromised.
_SECRET_LIKE = LazyRegex(
    r"""
    eyJ[\w.=-]*
    | ya29[.%][\w.%-]*
    | (?:1|4)(?:/|%2[Ff]){1,2}[\w-]{8,}
    | GOCSPX[\w-]*
    | AIza[\w-]*
    | (?i:basic|bearer)\s+[\w.~+/=-]{8,}
    | [0-9a-fA-F]{32,}
    | (?=[A-Za-z_-]*[0-9])[\w-]{20,}
    | [\w-]{40,}
    """,
    re.VERBOSE,
)
# What is left of a token around the parts of it that are redacted: the scraps glued to them, and
# the other parts of a signed token.
_PART = rf"(?:{re.escape(_REDACTED)}|[A-Za-z0-9_-]{{1,64}}+)++"
_DOTTED = LazyRegex(rf"{_PART}(?:\.{_PART})*+")
_LONGEST = 300
# So many characters of a secret, in one case and without separators, give it away. Any 16 of a
# token hold as many, and a masked token shows 6 at most in a row.
_PIECE = 12
# What is shorter stands in words that are no secret.
_SHORTEST = 4
_WRITTEN = LazyRegex(r"%(?:25){0,8}([0-9A-Fa-f]{2})|\\{1,8}(?:u00|x)([0-9A-Fa-f]{2})|.", re.DOTALL)
_RUN = LazyRegex(r"[A-Za-z0-9_-]{16,}")
# A random text changes between small letters, capitals and digits at six of ten characters, joined
# words at one or two.
_LEAST_CHANGES = 0.3
_CAMEL_CASE = LazyRegex(r"[A-Z]?[a-z]++(?:[A-Z][a-z]++)*+[0-9]{0,4}")
# Spelled with separators between them, a secret has at least as many; paths of short names that are
# as long change less often.
_LEAST_SPELLED = 32
_LEAST_SPELLED_CHANGES = 0.45
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
# So many letters and digits in a row are no word.
_LONGEST_WORD = 40
# A text up to this length is compared without an index of the secrets, which takes longer to make.
_SHORT = 150


def redact(text: str, *secrets: Secret) -> str:
    """Return a text without the given secrets and anything else that looks like one.

    An upstream error body repeats the token that was sent, so this runs before anything else
    sees one. The result is also :func:`plain`.
    """
    text = redact_known(plain(text, longest=10_000), *secrets)
    text = _SECRET_LIKE.compiled.sub(_REDACTED, text)
    if _REDACTED in text:
        text = _DOTTED.compiled.sub(
            lambda run: _REDACTED if _REDACTED in run.group() else run.group(), text
        )
    return plain(text)


def redact_known(text: str, *secrets: Secret) -> str:
    """Return a text without the given secrets and their pieces; all else stays.

    For texts such as an id, which may look like a secret and is none.
    """
    return redact_pieces(text, [secret.reveal() for secret in secrets])


def redact_pieces(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets and any piece of them, however it is written.

    A piece is found in any case, backwards, percent-encoded or as an escape of a string, and with
    blanks, line breaks or punctuation between its characters. The time is linear in the text.
    """
    whole = [secret for secret in secrets if len(secret) >= _SHORTEST]
    for secret in whole:
        text = text.replace(secret, _REDACTED)
    known = "\0".join(secret.translate(_COMPACT) for secret in whole)
    compact = text.translate(_COMPACT)
    if min(len(known), len(compact)) < _PIECE:
        return text
    known = f"{known}\0{known[::-1]}"
    index: Container[str] = known
    if len(text) > _SHORT:
        index = {known[at : at + _PIECE] for at in range(len(known) - _PIECE + 1)}
    spans = _spans(compact, index)
    if spans:
        places = [at for at, letter in enumerate(text) if _COMPACT[ord(letter)]]
        spans = [(places[start], places[end - 1] + 1) for start, end in spans]
    if "%" in text or "\\" in text:
        written = _unescape(text)
        spans += [
            (written[start].start, written[end - 1].end)
            for start, end in _spans("".join(letter.text for letter in written), index)
        ]
    return _without_spans(text, spans)


def mask_random(text: str) -> str:
    """Return a text with everything masked that looks random, as a token does that was cut.

    A commit id and the hash in a file's name look like that too: a few characters of each are left,
    so that a person recognizes it. Words that are joined stay, by hyphens or capitals.
    """
    return _RUN.compiled.sub(
        lambda run: Secret(run.group()).masked if _looks_random(run.group()) else run.group(), text
    )


def random_runs(text: str) -> list[str]:
    """Return the parts of a text that are 16 or more letters and digits in no order."""
    return [run for run in _RUN.compiled.findall(text) if _looks_random(run)]


def unescape(text: str) -> str:
    """Return a text whose percent signs and escapes of strings are undone."""

    def read(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        return chr(int(code, 16)) if code else match.group()

    return _WRITTEN.compiled.sub(read, text)


def spelled_secret(text: str) -> str | None:
    """Return the letters and digits of a text if together they look like a secret.

    Separators may stand between any of them.
    """
    letters = "".join(filter(str.isalnum, unescape(text)))
    if len(letters) < _LEAST_SPELLED:
        return None
    if _HEXADECIMAL.issuperset(letters):
        return letters
    return letters if _share_of_changes(letters) >= _LEAST_SPELLED_CHANGES else None


def _looks_random(run: str) -> bool:
    if len(run) >= _LONGEST_WORD and run.isalnum():
        return True
    letters = run.replace("-", "").replace("_", "")
    if _CAMEL_CASE.fullmatch(letters):
        return False
    return _share_of_changes(letters) >= _LEAST_CHANGES


def _share_of_changes(letters: str) -> float:
    changes = sum(_class(one) != _class(other) for one, other in pairwise(letters))
    return changes / len(letters) if letters else 1


def _class(letter: str) -> int:
    return 0 if letter.isdigit() else 1 if letter.islower() else 2


class _Compact(dict[int, str | None]):
    """A table for ``str.translate`` that keeps letters and digits, in lower case."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        low = letter.lower()
        # One character becomes one, so that its place is known.
        kept = self[code] = (low if len(low) == 1 else letter) if letter.isalnum() else None
        return kept


_COMPACT = _Compact()


class _Letter(NamedTuple):
    """A letter or digit of a text, and where it is written there."""

    text: str
    start: int
    end: int


def _unescape(text: str) -> list[_Letter]:
    """Return the letters and digits of a text whose percent signs and escapes are undone."""
    letters = []
    for match in _WRITTEN.compiled.finditer(text):
        code = match.group(1) or match.group(2)
        letter = _COMPACT[int(code, 16) if code else ord(match.group())]
        if letter:
            letters.append(_Letter(letter, *match.span()))
    return letters


def _spans(compact: str, index: Container[str]) -> list[tuple[int, int]]:
    """Return where a compact text has pieces, overlapping ones as one span."""
    spans: list[tuple[int, int]] = []
    for start in range(len(compact) - _PIECE + 1):
        if compact[start : start + _PIECE] in index:
            first = spans.pop()[0] if spans and start <= spans[-1][1] else start
            spans.append((first, start + _PIECE))
    return spans


def _without_spans(text: str, spans: list[tuple[int, int]]) -> str:
    shown: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            shown += (text[done:start], _REDACTED)
        done = max(done, end)
    return "".join((*shown, text[done:]))


# Letters, then at most one number: base64 and hexadecimal mix the two.
_JOINED_WORDS = LazyRegex(r"[^\W\d_]*[0-9]*(?:[-_.@ ][^\W\d_]*[0-9]*)*")


def looks_secret(text: str) -> bool:
    """Return whether a text looks like a token and not just like words that are joined."""
    clean = plain(text)
    if redact(clean) == clean:
        return False
    words = plain(clean.replace("-", " ").replace("_", " "))
    return _JOINED_WORDS.fullmatch(clean) is None or redact(words) != words


def plain(text: str, *, longest: int = _LONGEST) -> str:
    """Return a text on one line without control and invisible characters, cut to ``longest``."""
    if len(text) <= longest and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # by far the most
    kept = "".join(
        " " if character.isspace() else character
        for character in text[: longest * 4]
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"
