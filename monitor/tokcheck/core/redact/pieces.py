"""Redact known secrets and their pieces, however a text writes them."""

from collections.abc import Container, Iterable, Iterator

from tokcheck.core.redact.spellings import Span, spelled_spans
from tokcheck.core.secret import Secret

REDACTED = "[redacted]"
"""The text that replaces a secret."""

# So many characters of a secret, in one case and without separators, give it away. Any 16 of a
# token hold as many, and a masked token shows 6 at most in a row.
_PIECE = 12
# Shorter texts also occur in words that are no secret.
_SHORTEST = 4
# A text up to this length is compared without an index of the secrets, which takes longer to make.
_SHORT = 150


def redact_known(text: str, *secrets: Secret) -> str:
    """Return a text without the given secrets and their pieces; all else stays.

    For texts such as an id, which may look like a secret and is none.
    """
    return redact_pieces(text, [secret.reveal() for secret in secrets])


def redact_pieces(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets and any piece of them, however it is written.

    A piece is found in any case, backwards, in any spelling of its characters, and with blanks,
    line breaks or punctuation between them. The time is linear in the text.
    """
    whole = [secret for secret in secrets if len(secret) >= _SHORTEST]
    for secret in whole:
        text = text.replace(secret, REDACTED)
    # Most texts are names and ids with fewer characters.
    if len(text) < _PIECE or len(text.translate(_COMPACT)) < _PIECE:
        return text
    known = "\0".join(secret.translate(_COMPACT) for secret in whole)
    if len(known) < _PIECE:
        return text
    known = f"{known}\0{known[::-1]}"
    index: Container[str] = known
    if len(text) > _SHORT:
        index = {known[at : at + _PIECE] for at in range(len(known) - _PIECE + 1)}
    spans = list(_spans_in(text, index))
    return without_spans(
        text, [*spans, *spelled_spans(text, lambda inner: _spans_in(inner, index))]
    )


class _Compact(dict[int, str | None]):
    """A table for ``str.translate`` that keeps letters and digits, in lower case."""

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        low = letter.lower()
        # One character becomes one, so that its place is known.
        kept = self[code] = (low if len(low) == 1 else letter) if letter.isalnum() else None
        return kept


_COMPACT = _Compact()


def _spans_in(text: str, index: Container[str]) -> Iterator[Span]:
    """Yield where a text has pieces, with anything between their characters."""
    spans = _spans(text.translate(_COMPACT), index)
    if spans:
        places = [at for at, letter in enumerate(text) if _COMPACT[ord(letter)]]
        for start, end in spans:
            yield places[start], places[end - 1] + 1


def _spans(compact: str, index: Container[str]) -> list[Span]:
    """Return where a compact text has pieces, overlapping ones as one span."""
    spans: list[Span] = []
    for start in range(len(compact) - _PIECE + 1):
        if compact[start : start + _PIECE] in index:
            first = spans.pop()[0] if spans and start <= spans[-1][1] else start
            spans.append((first, start + _PIECE))
    return spans


def without_spans(text: str, spans: Iterable[Span]) -> str:
    """Return a text in which each of these parts is redacted, overlapping ones as one."""
    shown: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            shown += (text[done:start], REDACTED)
        done = max(done, end)
    return "".join((*shown, text[done:]))
