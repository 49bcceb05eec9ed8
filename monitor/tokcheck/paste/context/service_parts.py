"""Tokens with a service's prefix of which only a part is there, or to which a word is glued.

Nothing else in the text is a credential, so that a part is named rather than overlooked.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from tokcheck.core.credential import Flaw, Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.context.services import (
    ServiceToken,
    ends_with_sign,
    has_long_prefix,
    is_row_of_x,
)
from tokcheck.paste.flaws import (
    COPY_AGAIN,
    DELETE_LEFTOVERS,
    SHORTENED,
    Diagnosis,
    describe_damage,
    plus_at,
)
from tokcheck.paste.grammar import ELLIPSIS
from tokcheck.paste.placeholders.masks import ROW_OF_X_REMEDY, ROW_OF_X_SENTENCE
from tokcheck.paste.wrapping.foreign_character import flaw_behind
from tokcheck.paste.wrapping.word_shapes import NO_WORD_BEFORE, is_random_line, looks_random

# A part of so many characters is shown to be one by them; a name such as "v2" may stand there.
_LEAST_PART = 6
# The letters of a word, which a name of a setting or a package has behind such a prefix.
_WORD = LazyRegex(r"[a-z]{3,}+(?:[_-].*)?|[A-Z]{3,}+(?:[_-].*)?")
_ROW_OF_X = ROW_OF_X_SENTENCE.format(what="token")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_KEY_IDS = frozenset({"AKIA", "ASIA"})
_KEY_ID_LABEL = LazyRegex(r"(?i)access.?key.?(?:id)?[\"']?\s{0,3}[:=]\s{0,3}[\"']?\Z")
_LONGEST_LABEL = 22
# https://core.telegram.org/bots/features#botfather
_TELEGRAM = LazyRegex(
    r"(?<![A-Za-z0-9:_-])(?:bot)?([0-9]{8,10}:(AA[A-Za-z0-9_-]{4,40}))(?![A-Za-z0-9_-])"
)
_TELEGRAM_WORDS, _TELEGRAM_LENGTH = "a Telegram bot token", 35
_QUOTES = " \t\r\n\"'`"
_MOST = 64


def find_parts(text: str, services: Sequence[KnownService]) -> Iterator[ServiceToken]:
    """Yield the parts of tokens with a prefix, and tokens with a word glued to their beginning."""
    for service in services:
        for form in service.forms:
            if form.prefix not in text:
                continue
            if form.prefix in _KEY_IDS:
                yield from islice(_key_ids_of(text, form), _MOST)
            elif ends_with_sign(form):
                yield from islice(_parts_of(text, form, service.provider), _MOST)
    yield from islice(_telegram_tokens(text), _MOST)


def _key_ids_of(text: str, form: ServiceForm) -> Iterator[ServiceToken]:
    """Yield the parts of ids of AWS's keys: capitals and digits behind a prefix of capitals."""
    pattern = compile_cached(rf"(?<![\w-]){form.prefix}([A-Z0-9]{{1,15}}+)(?![\w-])")
    for match in pattern.finditer(text):
        has_digit = any(letter.isdigit() for letter in match.group(1))
        is_part = has_digit and len(match.group(1)) >= _LEAST_PART
        label = text[max(0, match.start() - _LONGEST_LABEL) : match.start()]
        is_named = _KEY_ID_LABEL.search(label) is not None
        is_no_word = form.prefix != "ASIA"
        if is_part or is_named or (is_no_word and _is_alone(text, match)):
            yield _refuse(match, form, "", _flaw_of(text, match))


def _telegram_tokens(text: str) -> Iterator[ServiceToken]:
    """Yield tokens of Telegram's bots, and parts of them: they begin with the number of the bot."""
    for match in _TELEGRAM.compiled.finditer(text):
        token = ServiceToken(match.group(1), *match.span(1), _TELEGRAM_WORDS, Kind.API_KEY)
        if len(match.group(2)) < _TELEGRAM_LENGTH:
            token = token._replace(doubt=describe_damage(_flaw_of(text, match)))
        yield token


def _parts_of(text: str, form: ServiceForm, provider: str) -> Iterator[ServiceToken]:
    prefix = re.escape(form.prefix)
    pattern = compile_cached(rf"{NO_WORD_BEFORE}{prefix}([A-Za-z0-9_-]*+)")
    is_long = has_long_prefix(form)
    for match in pattern.finditer(text):
        if is_row_of_x(match.group(1)):
            row = ServiceToken(match.group(), *match.span(), "", Kind.PLACEHOLDER)
            yield row._replace(reason=_ROW_OF_X, remedy=ROW_OF_X_REMEDY)
        elif _is_part(match.group(1)) or (is_long and _stands_alone(text, match)):
            yield _refuse(match, form, provider, _flaw_of(text, match))
    if not is_long:
        return
    glued = compile_cached(rf"(?!{NO_WORD_BEFORE}){prefix}([A-Za-z0-9_-]++)")
    for match in glued.finditer(text):
        if is_random_line(match.group(1)):
            flaw = (Flaw.DAMAGED, "other characters are glued to its beginning", DELETE_LEFTOVERS)
            yield _refuse(match, form, provider, flaw)


def _is_part(body: str) -> bool:
    """Return whether what stands behind a prefix is a token's, and not the rest of a name."""
    return len(body) >= _LEAST_PART and looks_random(body) and not _WORD.fullmatch(body)


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Return whether a part is all of a text, and its characters are no word."""
    return _WORD.fullmatch(match.group(1)) is None and _is_alone(text, match)


def _is_alone(text: str, match: re.Match[str]) -> bool:
    """Return whether a part is all of a text, but for quotation marks or an ellipsis behind it."""
    if text[: match.start()].strip(_QUOTES):
        return False
    behind = text[match.end() :].strip(_QUOTES)
    return not behind or ELLIPSIS.fullmatch(behind) is not None


def _flaw_of(text: str, match: re.Match[str]) -> Diagnosis:
    if ELLIPSIS.match(text, match.end()) is not None:
        return SHORTENED
    count = f"it has only {len(match.group())} characters, far fewer than a complete one"
    foreign = flaw_behind(text, match.end()) or plus_at(text, match.end())
    return foreign or (Flaw.CUT_OFF, count, COPY_AGAIN)


def _refuse(
    match: re.Match[str], form: ServiceForm, provider: str, flaw: Diagnosis
) -> ServiceToken:
    part = ServiceToken(match.group(), *match.span(), form.words, form.kind, provider)
    if form.kind is Kind.ACCESS_TOKEN:
        return part._replace(flaw=flaw[0], reason=flaw[1], remedy=flaw[2])
    # It is refused for its kind or its service.
    return part._replace(doubt=describe_damage(flaw))
