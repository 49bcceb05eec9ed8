"""Texts made safe to print: the tokens of a path or a message redacted."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import partial

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact.pieces import without_spans
from tokcheck.core.redact.spellings import Span, spelled_spans
from tokcheck.scan.detect.first_pass.known_prefixes import DECLARED, SERVICES
from tokcheck.scan.finding import sha256

# A prefix of few letters begins ordinary words, too.
_LEAST_PREFIX = 4


def _long(prefixes: Iterable[str]) -> Iterator[str]:
    return (prefix for prefix in prefixes if len(prefix) >= _LEAST_PREFIX and not prefix.isalpha())


# Forms that no ordinary file name has; narrower than redact(), which would also redact the hash in
# "chunk-5f2a….js", so that the file could not be found. Words that begin as a JWT does; it is one
# if the second part follows. A word without one is matched as well, since the search would continue
# inside it and take quadratic time.
_JWT = LazyRegex(r"eyJ[\w-]{8,}+([.%][\w.%=-]*+)?")
_NAMED = LazyRegex(
    r"ya29[.%][\w.%-]{8,}"
    r"|GOCSPX-[\w-]{8,}"
    r"|1(?:/|%2[Ff]){2}0[\w-]{16,}"
    r"|4(?:/|%2[Ff])0A[\w-]{16,}"
    r"|AIza[\w-]{30,}"
)
# The tokens of other services.
_PREFIXED = LazyRegex(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, _long(DECLARED + SERVICES)))})([\w.-]{{16,}})"
)
_DIGITS = frozenset("0123456789abcdef")
_WORDS = (LazyRegex(r"[\w.~%+=-]{20,}"), LazyRegex(r"[0-9a-fA-F]{32,}"))
_SHORTEST = 12
# Behind a blank inside a token; a blank is any space that a name may have.
_NEXT = LazyRegex(r"(?:[^\S\r\n]|%20){1,3}(?!eyJ|ya29|GOCSPX|AIza)([\w.%=-]+)")
_NEXT_PIECE = LazyRegex(r"[\w-]{6,}")
_MOST_PIECES = 4
_DOTS = 2
_EXTENSION = LazyRegex(r"\.[A-Za-z][A-Za-z0-9]{0,4}\Z")
# The characters of signatures: HMAC and elliptic curves, RSA.
_SIGNATURES = frozenset({43, 64, 86, 342, 683})
# A refresh token that was written as a path or made a file's name: 1//0 became 1/0 or 1__0.
_AS_PATH = LazyRegex(r"(?<![A-Za-z0-9])1(?:/|\\|__?|--?|::?|%2[Ff])0([\w-]{48,})")
# In random characters, the next one is mostly of another kind; in names and hashes it is not.
_KINDS = LazyRegex(r"[A-Z]?[a-z]++|[A-Z]++|[0-9]++")
_MOST_ALIKE = 3


def redact_tokens(text: str, digests: Collection[bytes] = ()) -> str:
    """Redact the tokens in a path or a message, in any spelling of their characters.

    ``digests`` are the SHA-256 digests of the credentials that were found: a word of the text with
    such a digest is redacted in any form.
    """
    if len(text) < _SHORTEST:
        return text
    find = partial(_token_spans, digests=digests)
    return without_spans(text, [*find(text), *spelled_spans(text, find)])


def _token_spans(text: str, digests: Collection[bytes]) -> Iterator[Span]:
    for word in _JWT.compiled.finditer(text):
        if word[1]:
            yield word.start(), _end_behind_blanks(text, word.group(), word.end())
    for word in _NAMED.compiled.finditer(text):
        yield word.start(), _end_behind_blanks(text, word.group(), word.end())
    for form in (_AS_PATH, _PREFIXED):
        for word in form.compiled.finditer(text):
            if _is_drawn(word[1]) or (form is _PREFIXED and _has_digits(word[1])):
                yield word.start(), _end_behind_blanks(text, word.group(), word.end())
    if digests:
        yield from _known_spans(text, digests)


def _known_spans(text: str, digests: Collection[bytes]) -> Iterator[Span]:
    for pattern in _WORDS:
        for word in pattern.compiled.finditer(text):
            if sha256(word.group().encode("utf-8", "surrogatepass")) in digests:
                yield word.span()


def _end_behind_blanks(text: str, raw: str, end: int) -> int:
    """Return where a token ends that begins with ``raw`` and may have blanks inside."""
    for _ in range(_MOST_PIECES):
        following = _NEXT.compiled.match(text, end)
        if following is None:
            break
        word = following[1]
        is_torn = raw.startswith("eyJ") and raw.count(".") < _DOTS  # its own full stops follow
        extension = None if is_torn else _EXTENSION.compiled.search(word)
        bare = word if extension is None else word[: extension.start()]
        signature = f"{raw}{bare}".rpartition(".")[2]
        completes = raw.startswith("eyJ") and len(signature) in _SIGNATURES
        if not completes and not any(map(_is_drawn, _NEXT_PIECE.compiled.findall(bare))):
            break
        raw, end = raw + bare, following.start(1) + len(bare)
    return end


def _has_digits(word: str) -> bool:
    """Return whether a word is of hexadecimal digits, and neither a number nor a word."""
    return _DIGITS.issuperset(word) and not (word.isdecimal() or word.isalpha())


def _is_drawn(word: str) -> bool:
    kinds = len(_KINDS.compiled.findall(word))
    return word not in {word.lower(), word.upper()} and kinds * _MOST_ALIKE >= len(word)
