"""Tokens of known services in a text, which their prefixes give away."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tokcheck.core.credential import Flaw, Kind, KnownService, ServiceForm
from tokcheck.core.lazy import compile_cached
from tokcheck.paste.flaws import GLUED_BEHIND
from tokcheck.paste.wrapping.word_shapes import NO_WORD_BEFORE

_LEAST_PREFIX = 4
_SIGNS = "-_."
_MARK_SIGNS = frozenset("-_")
_LEAST_ROW = 3
# More of one form in a text add nothing to what is reported.
_MOST = 64


class ServiceToken(NamedTuple):
    """A token of a known service: its text, where it stands, and what it is in words.

    ``unclear`` is whether it may continue behind its end; ``doubt`` is a sentence about what is
    wrong with one that is refused for its kind or its service.
    """

    raw: str
    start: int
    end: int
    words: str
    kind: Kind
    provider: str = ""
    joints: tuple[str, ...] = ()
    flaw: Flaw | None = None
    reason: str = ""
    remedy: str = ""
    unclear: bool = False
    doubt: str = ""


def find(text: str, services: Sequence[KnownService]) -> Iterator[ServiceToken]:
    """Yield the tokens of known services, without those that are a part of one before."""
    return (readings[0] for readings in find_readings(text, services))


def find_readings(text: str, services: Sequence[KnownService]) -> list[list[ServiceToken]]:
    """Return the tokens of known services, without those that are a part of one before.

    Of one with a prefix that several providers share, there is a reading by each of them.
    """
    found: dict[int, list[ServiceToken]] = {}
    for service in services:
        for form in service.forms:
            if form.prefix not in text:
                continue
            for token in islice(_tokens_of(text, form, service.provider), _MOST):
                if is_row_of_x(token.raw.removeprefix(form.prefix)):
                    continue
                readings = found.get(token.start)
                if readings is not None:
                    found[token.start] = _with_reading(readings, token)
                elif not any(each[0].start <= token.start < each[0].end for each in found.values()):
                    found[token.start] = [token]
    return [*found.values()]


def _with_reading(readings: list[ServiceToken], token: ServiceToken) -> list[ServiceToken]:
    """Return the readings of a token with another one, unless that is no other's or less."""
    if _is_glued(readings[0]) and token.flaw is None:
        return [*(each for each in readings if not _is_glued(each)), token]
    if _is_glued(token) and readings[0].flaw is None:
        return readings
    is_other = token.provider and all(_is_of_other(each, token) for each in readings)
    return [*readings, token] if is_other else readings


def _is_glued(token: ServiceToken) -> bool:
    """Return whether a token only begins with what its form describes."""
    return (token.flaw, token.reason, token.remedy) == GLUED_BEHIND


def _is_of_other(token: ServiceToken, other: ServiceToken) -> bool:
    """Return whether two tokens are of two providers, of which there are declarations."""
    return bool(token.provider) and token.provider != other.provider


def ends_with_sign(form: ServiceForm) -> bool:
    """Return whether a prefix ends with a sign that no word has.

    One of letters alone also begins words, and a name stands in front of an equals sign.
    """
    return form.prefix[-1] in _SIGNS


def has_long_prefix(form: ServiceForm) -> bool:
    """Return whether a prefix is long enough: shorter ones also begin names of one's own."""
    return len(form.prefix) >= _LEAST_PREFIX


def is_row_of_x(body: str) -> bool:
    """Return whether the letter x stands in the place of the characters behind a prefix."""
    return len(body) >= _LEAST_ROW and not body.strip("xX-_")


def _tokens_of(text: str, form: ServiceForm, provider: str) -> Iterator[ServiceToken]:
    if provider or (ends_with_sign(form) and has_long_prefix(form)):
        from tokcheck.paste.context import declared_tokens  # noqa: PLC0415 - most texts have none

        for found in declared_tokens.find(text, form):
            token = ServiceToken(
                found.raw, found.start, found.end, form.words, form.kind, provider, *found[3:]
            )
            yield token if token.flaw is not None else _with_doubtful_mark(text, token)
        return
    pattern = rf"{NO_WORD_BEFORE}{re.escape(form.prefix)}{form.rest}"
    until = -1
    for match in compile_cached(pattern).finditer(text):
        raw = match.group().rstrip(".")
        until = match.start() + len(raw)
        yield _with_doubtful_mark(
            text, ServiceToken(raw, match.start(), until, form.words, form.kind)
        )
    # A prefix of letters alone also begins words, and a name stands in front of an equals sign.
    if until < 0 and form.prefix[-1] in "-_.":
        yield from _part_before_sign(text, form)


def _with_doubtful_mark(text: str, token: ServiceToken) -> ServiceToken:
    """Return a token with its doubt if the sign at its end may close a mark around it."""
    if token.raw[-1] not in _MARK_SIGNS:
        return token
    from tokcheck.paste.flaws import describe_damage  # noqa: PLC0415 - seldom needed
    from tokcheck.paste.opaque_tokens.doubtful_marks import mark_flaw  # noqa: PLC0415 - the same

    flaw = mark_flaw(text, token.start, token.raw)
    return token if flaw is None else token._replace(doubt=describe_damage(flaw))


def _part_before_sign(text: str, form: ServiceForm) -> Iterator[ServiceToken]:
    """Yield the first part of a token that a character ends which no token has."""
    from tokcheck.paste.flaws import plus_at  # noqa: PLC0415 - seldom needed
    from tokcheck.paste.wrapping.foreign_character import flaw_behind  # noqa: PLC0415 - the same

    pattern = rf"{NO_WORD_BEFORE}{re.escape(form.prefix)}[A-Za-z0-9_-]*+"
    for match in compile_cached(pattern).finditer(text):
        end = match.end()
        if text.startswith("=", end):
            continue
        if flaw_behind(text, end) is not None or plus_at(text, end) is not None:
            yield ServiceToken(match.group(), *match.span(), form.words, form.kind)
            return


def bare_kind(raw: str, owner: str, services: Sequence[KnownService]) -> Kind | None:
    """Return the kind of a text without a prefix as a declared provider's credential.

    ``owner`` is the provider that the text around it names; ``None`` if it has no such form.
    """
    forms = next((each.bare for each in services if each.provider == owner), ())
    matching = (form for form in forms if compile_cached(form.rest).fullmatch(raw))
    return next((form.kind for form in matching), None)


def token_around(text: str, start: int, services: Sequence[KnownService]) -> ServiceToken | None:
    """Return the token of a known service that has begun before ``start`` and continues there."""
    first = start
    while first > 0 and start - first < _LONGEST_FRONT and text[first - 1] in _FRONT:
        first -= 1
    around = find(text[first : start + 1024], services) if first < start else iter(())
    for token in around:
        if first + token.start < start < first + token.end:
            return token._replace(start=first + token.start, end=first + token.end)
    return None


_LONGEST_FRONT = 64
_FRONT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")
