"""Tokens of which the beginning and the rest are values of their own, which a program joins.

No joint leads from one to the other, so the token is not put together, but named as incomplete.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from tokcheck.core.credential import CredentialForm, Flaw, Kind, KnownService, ServiceForm
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.context.services import ServiceToken
from tokcheck.paste.flaws import Diagnosis, describe_damage
from tokcheck.paste.wrapping.word_shapes import NAME, looks_random

# The whole of a literal, but for a word in front of the token.
_HEAD = LazyRegex(r"[\"'`](?:[Bb]earer )?([A-Za-z0-9_./-]{1,24})(?=\\{0,3}[\"'`])")
_LITERAL = LazyRegex(r"[\"'`]([A-Za-z0-9_./+=-]{12,1024})(?=\\{0,3}[\"'`])")
_DIGITS = LazyRegex(r"[0-9a-f]+")
_OTHER_LETTERS = str.maketrans("abcdef", "ghijkl")
# More of either in a paste add nothing but work.
_MOST_HEADS, _MOST_RESTS = 32, 32
_LEAST_PREFIX = 3
_IN_PIECES: Diagnosis = (
    Flaw.CUT_OFF,
    "it is in pieces, which a program joins",
    "Paste the whole token, as the program prints it.",
)


def find(
    text: str, forms: Mapping[str, Sequence[CredentialForm]], services: Sequence[KnownService]
) -> Iterator[ServiceToken]:
    """Yield the tokens of which one literal has the beginning, and another one the rest."""
    rests = [*islice(_rests(text), _MOST_RESTS)]
    if not rests:
        return
    known = [*_known_forms(forms, services)]
    for head in islice(_HEAD.compiled.finditer(text), _MOST_HEADS):
        for form, provider in known:
            if not _may_begin(head[1], form.prefix):
                continue
            rest = next((rest for rest in rests if _completes(head[1], rest, form)), None)
            if rest is not None:
                yield _in_pieces(head[1] + rest, head, form, provider)
                return


def _completes(head: str, rest: str, form: ServiceForm) -> bool:
    """Return whether two literals together have a form.

    Behind a whole prefix, hexadecimal digits are a checksum if the form has other letters as well.
    """
    whole = head + rest
    pattern = compile_cached(f"(?:{re.escape(form.prefix)}(?:{form.rest}))")
    if not whole.startswith(form.prefix) or pattern.fullmatch(whole) is None:
        return False
    if len(head) < len(form.prefix) or _DIGITS.fullmatch(rest) is None:
        return True
    return pattern.fullmatch(head + rest.translate(_OTHER_LETTERS)) is None


def _rests(text: str) -> Iterator[str]:
    """Yield the literals that may be the rest of a token."""
    for match in _LITERAL.compiled.finditer(text):
        body = match[1]
        if looks_random(body) and NAME.fullmatch(body) is None:
            yield body


def _may_begin(head: str, prefix: str) -> bool:
    """Return whether a literal is the beginning of a prefix, or little more than one."""
    return prefix.startswith(head) or head.startswith(prefix)


def _known_forms(
    forms: Mapping[str, Sequence[CredentialForm]], services: Sequence[KnownService]
) -> Iterator[tuple[ServiceForm, str]]:
    for provider, members in forms.items():
        for form in members:
            if form.decisive and not form.reach and not form.alone:
                for anchor in form.anchors:
                    # The pattern has the prefix as well.
                    rest = rf"(?<={re.escape(anchor)})[A-Za-z0-9_.-]{{16,}}"
                    yield ServiceForm("", anchor, rest, form.kind), provider
    for service in services:
        for known in service.forms:
            if len(known.prefix) >= _LEAST_PREFIX:
                yield known, service.provider


def _in_pieces(whole: str, head: re.Match[str], form: ServiceForm, provider: str) -> ServiceToken:
    token = ServiceToken(whole, *head.span(1), form.words, form.kind, provider)
    if form.kind is Kind.ACCESS_TOKEN:
        flaw, reason, remedy = _IN_PIECES
        return token._replace(flaw=flaw, reason=reason, remedy=remedy)
    # It is refused for its kind or its service.
    return token._replace(doubt=describe_damage(_IN_PIECES))
