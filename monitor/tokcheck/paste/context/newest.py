"""Which of several access tokens is in use: the newer one of one user and application.

A log of refreshes holds a token and its successor. A comment or a removed line of a diff holds one
that is no longer in use.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.wrapping.text_behind import line_before

_NEVER = float("-inf")
_LINE = 400
_MARK = LazyRegex(r"\A\s*(?:#|//|--|;|-|\+)\s*")
_UNUSED = LazyRegex(r"\s*(?:#|//|--|;|-)")


class Claimant(NamedTuple):
    """An access token: where it stands, whether it is whole, its provider and its claims."""

    start: int
    whole: bool
    provider: str | None
    payload: Mapping[str, Any] | None


_Owner: TypeAlias = tuple[str | None, str, str]


def choose(text: str, tokens: Sequence[Claimant]) -> dict[int, str]:
    """Return the numbers of the tokens that are not in use, each with the reason in words."""
    newest: dict[_Owner, Claimant] = {}
    for token in tokens:
        owner = _owner(token)
        if owner is not None and token.whole:
            newest[owner] = max(newest.get(owner, token), token, key=_times)
    aside = {
        number: "an older token of the same user and application"
        for number, token in enumerate(tokens)
        if (owner := _owner(token)) is not None
        and owner in newest
        and _replaces(newest[owner], token)
    }
    left = {number: token for number, token in enumerate(tokens) if number not in aside}
    if len(left) > 1:
        aside |= _on_unused_lines(text, left)
    return aside if len(aside) < len(tokens) else {}


def _owner(token: Claimant) -> _Owner | None:
    payload = token.payload or {}
    user, application = payload.get("sub"), payload.get("aud")
    if not isinstance(user, str) or not isinstance(application, str) or token.provider is None:
        return None
    return token.provider, user, application


def _times(token: Claimant) -> tuple[float, float]:
    """Return when a token was issued and when it expires; a claim that is missing comes first."""
    issued, expires = (
        value if isinstance(value, int | float) and not isinstance(value, bool) else _NEVER
        for value in map((token.payload or {}).get, ("iat", "exp"))
    )
    return issued, expires


def _replaces(newer: Claimant, older: Claimant) -> bool:
    """Return whether a token was issued later than another, and does not expire before it."""
    pairs = list(zip(_times(newer), _times(older), strict=True))
    alike = all((one == _NEVER) == (other == _NEVER) for one, other in pairs)
    return (
        alike
        and all(one >= other for one, other in pairs)
        and any(one > other for one, other in pairs)
    )


def _on_unused_lines(text: str, tokens: Mapping[int, Claimant]) -> dict[int, str]:
    """Return the tokens on lines that are commented out or removed.

    The same line, but for its mark, has to stand in the text with another, whole token.
    """
    fronts = {number: line_before(text, token.start, _LINE) for number, token in tokens.items()}
    used = {
        _MARK.compiled.sub("", front, count=1).strip()
        for number, front in fronts.items()
        if not _UNUSED.match(front) and tokens[number].whole
    }
    aside: dict[int, str] = {}
    for number, front in fronts.items():
        mark = _UNUSED.match(front)
        rest = _MARK.compiled.sub("", front, count=1).strip()
        if mark is not None and rest and rest in used:
            is_removed = mark.group().strip() == "-"
            aside[number] = f"a token in a line that is {'removed' if is_removed else 'a comment'}"
    return aside
