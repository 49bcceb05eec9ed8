"""An opaque credential in a text: followed over the lines that it is wrapped in, and its doubts."""

from typing import NamedTuple

from tokcheck.core.credential import CredentialForm, Flaw, Kind
from tokcheck.core.lazy import compile_cached
from tokcheck.paste.flaws import describe_damage
from tokcheck.paste.grammar import PIECE, mark_at_end
from tokcheck.paste.opaque_tokens.token_flaws import has_glued_hyphens, mark_flaw, prompt_at

QUOTED_EQUALS = "=3D"
"""A sign of equality in quoted-printable, which ends as a word may."""


class OpaqueCredential(NamedTuple):
    """An opaque credential in a text; the fields are those of a signed one.

    ``unclear`` is whether it may continue in the next line.
    """

    raw: str
    start: int
    end: int
    joints: tuple[str, ...]
    kind: Kind
    provider: str | None
    flaw: Flaw | None = None
    reason: str = ""
    remedy: str = ""
    unclear: bool = False
    service: str = ""
    doubt: str = ""


def follow_on(text: str, found: OpaqueCredential) -> OpaqueCredential:
    """Return a credential of open length with the lines that follow its first piece."""
    from tokcheck.paste.wrapping.continuation import follow  # noqa: PLC0415 - few pastes need it

    pieces, joints, end, unclear = follow(text, found.start, found.end, found.raw, PIECE)
    raw = "".join(pieces)
    prompt = prompt_at(text, found.start, end)
    if prompt is not None:
        # Text behind a prompt is no part of the token.
        unclear = prompt == end or bool(joints)
        raw, end = raw[: len(raw) - (end - prompt)], prompt
    marks = mark_at_end(text, found.start, end)
    if marks:
        # At the end of a wrapped one, an underscore may also be its own.
        unclear = unclear or bool(joints)
        raw, end = raw[:-marks], end - marks
    unclear = unclear or has_glued_hyphens(text, raw, end)
    flaw = mark_flaw(text, found.start, raw)
    doubt = "" if flaw is None else describe_damage(flaw)
    unclear = unclear or flaw is not None
    return found._replace(raw=raw, end=end, joints=joints, unclear=unclear, doubt=doubt)


def follow_form(text: str, found: OpaqueCredential, form: CredentialForm) -> OpaqueCredential:
    """Return a credential with the lines that follow, if its form has no fixed length."""
    open_length = compile_cached(form.pattern).fullmatch(f"{found.raw}0")
    return follow_on(text, found) if open_length else found


def doubt_of(raw: str, form: CredentialForm) -> str:
    """Return a sentence about a credential that is shorter than usual."""
    if len(raw) >= form.usual:
        return ""
    return (
        f"It has only {len(raw)} characters; most have more than {form.usual}. It may be cut off: "
        "compare it with where it was issued."
    )


def with_damage(item: OpaqueCredential, damage: str) -> OpaqueCredential:
    """Return a credential as damaged if a sentence says how, so that nothing sends the part."""
    return item._replace(flaw=Flaw.DAMAGED, doubt=damage) if damage else item
