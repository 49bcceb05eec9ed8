"""What is wrong with an opaque token, as far as its text and what stands around it show."""

from tokcheck.core.credential import CredentialForm, Flaw
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.flaws import (
    CAPITALS_LOST,
    COPY_AGAIN,
    DELETE_LEFTOVERS,
    Diagnosis,
    flaw_sentences,
    hyphen_became,
    odd_letter_at,
)
from tokcheck.paste.grammar import DASHES, TOKEN_CHARS, USUAL_ENDS, closing_mark
from tokcheck.paste.placeholders import NAMES

# Text behind a dash or the mark of a comment, or the end of that mark.
_COMMENT = LazyRegex(r"[ \t]++[^\s]|>")
_MARK_SIGNS = frozenset("-_")
# How a signed token begins; four characters less would also occur by chance.
_SIGNED = "eyJhbGci"
# The characters behind a prompt's first word, and the sign that ends it.
_PROMPT_SIGNS = frozenset("@:>$#%=([ .")
_PROMPT = LazyRegex(r"[^\r\n]{0,160}?[>$#%:\u276f]")


def diagnose_flaw(
    text: str, raw: str, span: tuple[int, int], form: CredentialForm, glue: str | None
) -> Diagnosis | None:
    """Return what is wrong with a token that is not shortened.

    ``span`` is its place in the text, and ``glue`` what stands in front of it without a gap.
    """
    # A declared form has no known length; its tokens may hold a signed one, or small letters alone.
    start, stop = span
    name = NAMES.search(raw) or (NAMES.search(glue) if glue else None)
    if name is not None:
        return (
            Flaw.DAMAGED,
            f"the placeholder {name.group()} is glued to it",
            "Delete the placeholder, or copy the token again.",
        )
    if glue is not None:
        return (Flaw.DAMAGED, "other characters are glued to its beginning", DELETE_LEFTOVERS)
    if _SIGNED in raw and form.shortest:
        return (Flaw.DAMAGED, "another token is glued to its end", DELETE_LEFTOVERS)
    if text[stop : stop + 1] in DASHES and text[stop + 1 : stop + 2] in TOKEN_CHARS:
        return hyphen_became(text[stop])
    if has_glued_hyphens(text, raw, stop):
        return (Flaw.DAMAGED, "two hyphens are glued to its end", DELETE_LEFTOVERS)
    odd = (
        odd_letter_at(text, stop)
        or _random_behind_sign(text, stop)
        or _foreign_at(text, start, stop)
        or mark_flaw(text, start, raw)
    )
    if odd is not None:
        return odd
    if form.shortest and len(raw) >= form.shortest and raw == raw.lower():
        return CAPITALS_LOST
    if len(raw) < form.shortest:
        return (
            Flaw.CUT_OFF,
            f"it has only {len(raw)} characters, far fewer than a complete one",
            COPY_AGAIN,
        )
    return None


def _foreign_at(text: str, start: int, stop: int) -> Diagnosis | None:
    """Return the flaw of a token that continues behind a character that no token has.

    One of the mark that closes around the token is none.
    """
    if text[stop : stop + 1] in USUAL_ENDS:
        return None
    mark = closing_mark(text, start).lstrip("_-")
    if mark and text.startswith(mark, stop):
        return None
    from tokcheck.paste.wrapping.foreign_character import foreign_at  # noqa: PLC0415 - seldom needed

    return foreign_at(text, stop)


def mark_flaw(text: str, start: int, raw: str) -> Diagnosis | None:
    """Return the flaw of a token with a sign at its end that may close a mark around it."""
    if raw[-1] not in _MARK_SIGNS:
        return None
    from tokcheck.paste.opaque_tokens import doubtful_marks  # noqa: PLC0415 - seldom needed

    return doubtful_marks.mark_flaw(text, start, raw)


def doubt_behind(text: str, end: int) -> str:
    """Return what is wrong with a credential that continues behind a character that none has."""
    if text[end : end + 1] in USUAL_ENDS:
        return ""
    from tokcheck.paste.wrapping.foreign_character import flaw_behind  # noqa: PLC0415 - seldom needed

    return flaw_sentences(flaw_behind(text, end))


def has_glued_hyphens(text: str, raw: str, stop: int) -> bool:
    """Return whether a credential ends in what may be the mark of a comment behind it."""
    return raw.endswith("--") and _COMMENT.match(text, stop) is not None


def _random_behind_sign(text: str, stop: int) -> Diagnosis | None:
    """Return the flaw of a token that continues behind a sign of plain Base64."""
    if text[stop : stop + 1] in USUAL_ENDS:
        return None
    from tokcheck.paste.wrapping import foreign_character  # noqa: PLC0415 - seldom needed

    return foreign_character.random_behind_sign(text, stop)


def prompt_at(text: str, start: int, stop: int) -> int | None:
    """Return where a prompt begins that is glued to a token, or its end if that is uncertain."""
    if text[stop : stop + 1] not in _PROMPT_SIGNS or _PROMPT.match(text, stop) is None:
        return None
    from tokcheck.paste.wrapping.openings.glued_prompt import (  # noqa: PLC0415 - seldom needed
        find_prompt,
    )

    return find_prompt(text, start, stop)
