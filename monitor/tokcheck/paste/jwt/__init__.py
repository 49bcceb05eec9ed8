"""Find signed tokens (JWT, RFC 7519) in any text by their structure.

A signed token is three base64url parts: a header that names the algorithm, a payload, and a
signature of a length that the algorithm fixes. So its end is known to the character, and a token
that was wrapped, cut off or glued to something can be distinguished from a whole one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tokcheck.core.credential import Flaw
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.flaws import (
    COPY_AGAIN,
    DELETE_LEFTOVERS,
    SHORTENED,
    Diagnosis,
    hyphen_became,
    odd_letter_at,
    plain_base64_at,
)
from tokcheck.paste.grammar import (
    DASHES,
    ELLIPSIS,
    SEAM,
    USUAL_ENDS,
    decode_segment,
    emphasis,
    glue_before,
    signature_length,
)
from tokcheck.paste.jwt.jwt_reader import PARTS, SHORTEST_SIGNATURE, Reader, Run

# Every header begins with `{"`, which base64 writes as eyJ; a wrap may fall between the three.
_HEADER_START = LazyRegex(f"e{SEAM}y{SEAM}J")
_PLAIN_START = "eyJ"
# A sign in each beginning that has a joint in it: most texts have none, and the large pattern takes
# as long to compile as all else that is done for a bare token.
_TORN = LazyRegex(r"ey?(?:[^A-Za-z0-9.\\%<&\x1b-]++[yJ.\\%<&\x1b]|[\\%<&\x1b])")

# How much text may be read twice, because a hopeless beginning went on over joints, for each
# character of the text and once; after that such text is passed over.
_AGAIN_SHARE = 4
_AGAIN_ONCE = 65_536

# The beginnings of the usual headers: {"alg":, {"typ":, {"kid": and {"enc":.
_HEADER_STARTS = ("eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi", "eyJlbmMiOi")
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "iat", "scopes", "scope"})

_LONGEST_HEADER = 400
_HEADER_BEFORE = LazyRegex(r"(?:\A|(?<=[\s\"'`=:(]))([^\s\"'`=:()<>{}\[\],;]{8,399})\.\Z")

# A payload that stands alone is recognized by at least this many of them.
_MIN_CLAIMS = 3


class SignedToken(NamedTuple):
    """A signed token in a text.

    ``raw`` is its text with the joints taken out; ``start`` and ``end`` bound it in the text;
    ``header`` and ``payload`` are ``None`` if they cannot be decoded. ``reason`` is a clause that
    completes "it is incomplete: …" or "it is damaged: …", ``remedy`` a sentence. ``unclear`` is
    whether a signature of open length may continue in the next line.
    """

    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    header: dict[str, Any] | None
    payload: dict[str, Any] | None
    flaw: Flaw | None
    reason: str
    remedy: str
    unclear: bool = False


def find(text: str) -> Iterator[SignedToken]:
    """Yield every signed token of the text, whole or flawed, in its order."""
    position = 0
    whole_until = -1
    credit = _AGAIN_ONCE + len(text) // _AGAIN_SHARE
    torn = _TORN.search(text) is not None
    while begin := _find_start(text, position, torn=torn):
        start, first_end = begin
        run = Reader(text, start).run()
        glue = None if start == whole_until else glue_before(text, start)
        found = _diagnose(text, start, run, glue)
        position = max(first_end, run.stretch)
        credit -= max(0, run.end - position)
        if credit < 0:
            position = max(position, run.end)
        if found is not None:
            if found.flaw is None:
                position = whole_until = found.end
            yield found


def _find_start(text: str, position: int, *, torn: bool) -> tuple[int, int] | None:
    """Return where the next header begins, and where its first characters end."""
    if torn:
        match = _HEADER_START.search(text, position)
        return match.span() if match else None
    start = text.find(_PLAIN_START, position)
    return None if start < 0 else (start, start + len(_PLAIN_START))


def _diagnose(text: str, start: int, run: Run, glue: str | None) -> SignedToken | None:
    """Decide what a run is: a signed token, whole or flawed, or ``None`` if it is none."""
    header = run.header
    payload = decode_segment(run.parts[1]) if len(run.parts) > 1 else None
    flaw: Diagnosis | None
    if header is None:
        flaw = None if glue else _diagnose_undecodable(text, run)
        if flaw is None:
            return None
    elif "alg" not in header:
        headless = run.dotted_on or len(run.parts) > 1 or bool(glue and glue.endswith("."))
        claims = _CLAIMS & header.keys()
        if not claims or (not headless and len(claims) < _MIN_CLAIMS):
            return None
        payload, header = header, None
        flaw = _foreign_before(text, start) or (
            Flaw.CUT_OFF,
            "its first part is missing or damaged",
            COPY_AGAIN,
        )
    else:
        flaw = None if "enc" in header else _diagnose_decoded(text, run, payload)
        if flaw is None and run.excess and not _is_harmless(text, start, run):
            flaw = (
                Flaw.DAMAGED,
                f"{_count_in_words(run.excess)} glued to its end",
                DELETE_LEFTOVERS,
            )
        if flaw is None and glue:
            flaw = (
                Flaw.DAMAGED,
                f"{_count_in_words(len(glue))} glued to its beginning",
                DELETE_LEFTOVERS,
            )
    raw = ".".join(run.parts) if flaw is None else text[start : run.stretch]
    kind, reason, remedy = flaw or (None, "", "")
    return SignedToken(
        raw, start, run.end, run.joints, header, payload, kind, reason, remedy, run.unclear
    )


def _diagnose_undecodable(text: str, run: Run) -> Diagnosis | None:
    odd = _foreign_at(text, run.end)
    if odd is not None and (len(run.parts) > 1 or run.parts[0].startswith(_HEADER_STARTS)):
        return odd
    if len(run.parts) > 1:
        return (Flaw.DAMAGED, "its first part cannot be decoded", COPY_AGAIN)
    if ELLIPSIS.match(text, run.end):
        return SHORTENED
    if run.parts[0].startswith(_HEADER_STARTS):
        return (Flaw.CUT_OFF, "it ends within its first part", COPY_AGAIN)
    return None


def _foreign_at(text: str, at: int) -> Diagnosis | None:
    """Return the flaw of a token that continues behind a character that no token has."""
    if at == len(text):
        return None
    from tokcheck.paste.wrapping.foreign_character import foreign_at  # noqa: PLC0415 - seldom needed

    return odd_letter_at(text, at) or plain_base64_at(text, at) or foreign_at(text, at, signed=True)


def _foreign_before(text: str, start: int) -> Diagnosis | None:
    """Return the flaw of a token of which the header in front of ``start`` has a foreign sign."""
    header = _HEADER_BEFORE.search(text, max(0, start - _LONGEST_HEADER), start)
    if header is None:
        return None
    from tokcheck.paste.wrapping.foreign_character import foreign_in_header  # noqa: PLC0415 - seldom needed

    return foreign_in_header(header[1])


def _foreign_behind(text: str, end: int) -> Diagnosis | None:
    """Return the flaw of a token with a signature of open length that continues behind a sign."""
    if text[end : end + 1] in USUAL_ENDS:
        return None
    from tokcheck.paste.wrapping.foreign_character import flaw_behind  # noqa: PLC0415 - seldom needed

    return flaw_behind(text, end)


def _diagnose_decoded(text: str, run: Run, payload: dict[str, Any] | None) -> Diagnosis | None:
    """Find the flaw of a token with a sound header."""
    signature = run.parts[2] if len(run.parts) == PARTS else ""
    length = signature_length(run.header)
    if payload is not None and len(signature) >= (length or SHORTEST_SIGNATURE):
        if run.dotted_on:
            return (
                Flaw.DAMAGED,
                "a full stop and more text are glued to its end",
                DELETE_LEFTOVERS,
            )
        return _foreign_behind(text, run.end) if length is None else None
    stop = text[run.end : run.end + 1]
    if stop in DASHES:
        return hyphen_became(stop)
    odd = _foreign_at(text, run.end)
    if odd is not None:
        return odd
    if ELLIPSIS.match(text, run.end):
        return SHORTENED
    if payload is None:
        if len(run.parts) < PARTS:
            where = "first" if len(run.parts) == 1 else "second"
            return (Flaw.CUT_OFF, f"it ends within its {where} part", COPY_AGAIN)
        return (
            Flaw.DAMAGED,
            "its second part cannot be decoded: characters are missing or were changed",
            COPY_AGAIN,
        )
    if not signature:
        return (Flaw.CUT_OFF, "its signature, the third part, is missing", COPY_AGAIN)
    of = f"{len(signature)} of {length}" if length else f"only {len(signature)}"
    return (Flaw.CUT_OFF, f"its signature has {of} characters", COPY_AGAIN)


def _is_harmless(text: str, start: int, run: Run) -> bool:
    """Return whether what follows directly is another token, a closing emphasis or a prompt."""
    last = run.end + run.excess
    behind = text[run.end : last]
    if behind.startswith("eyJ") or behind == emphasis(text, start):
        return True
    if last == len(text) or text[last] in "\r\n":
        return False
    from tokcheck.paste.wrapping.openings.glued_prompt import (  # noqa: PLC0415 - seldom needed
        is_prompt,
    )

    return is_prompt(text, run.end, last)


def _count_in_words(number: int) -> str:
    return "one character is" if number == 1 else f"{number} characters are"
