"""Tokens of known services in a text, which their prefixes give away."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from tokcheck.core.credential import Flaw, Kind, KnownService, ServiceForm
from tokcheck.core.lazy import compile_cached

NO_WORD_BEFORE = r"(?<![A-Za-z0-9_-])"
# More of one form in a text add nothing to what is reported.
_MOST = 64


class ServiceToken(NamedTuple):
    """A token of a known service: its text, where it stands, and what it is in words.

    ``unclear`` is whether it may continue behind its end.
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


def find(text: str, services: Sequence[KnownService]) -> Iterator[ServiceToken]:
    """Yield the tokens of known services, without those that are a part of one before."""
    spans: list[tuple[int, int]] = []
    for service in services:
        for form in service.forms:
            if form.prefix not in text:
                continue
            for token in islice(_tokens_of(text, form, service.provider), _MOST):
                if not any(start <= token.start < end for start, end in spans):
                    spans.append((token.start, token.end))
                    yield token


def _tokens_of(text: str, form: ServiceForm, provider: str) -> Iterator[ServiceToken]:
    if provider:
        from tokcheck.paste.context import declared_tokens  # noqa: PLC0415 - the others are not sent

        for found in declared_tokens.find(text, form):
            yield ServiceToken(
                found.raw, found.start, found.end, form.words, form.kind, provider, *found[3:]
            )
        return
    pattern = rf"{NO_WORD_BEFORE}{re.escape(form.prefix)}{form.rest}"
    until = -1
    for match in compile_cached(pattern).finditer(text):
        raw = match.group().rstrip(".")
        until = match.start() + len(raw)
        yield ServiceToken(raw, match.start(), until, form.words, form.kind)
    # A prefix of letters alone also begins words, and a name stands in front of an equals sign.
    if until < 0 and form.prefix[-1] in "-_.":
        yield from _part_before_sign(text, form)


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
