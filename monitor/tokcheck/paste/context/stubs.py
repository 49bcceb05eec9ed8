"""Credentials of which only a part is there: a prefix alone, an empty half, an empty label."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from tokcheck.core.credential import CredentialForm, Flaw, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.core.redact import looks_secret
from tokcheck.paste.context.basic_pairs import (
    RUN,
    damage_at,
    decode_pair,
    doubt_of_pair,
    find_plain,
    without_foreign,
)
from tokcheck.paste.context.line_breaks import LENGTHS, rest_of_digits
from tokcheck.paste.flaws import COPY_AGAIN, flaw_sentences, plain_base64_at
from tokcheck.paste.grammar import BASIC_GAP
from tokcheck.paste.opaque_credentials import OwnerAt
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential, with_damage
from tokcheck.paste.opaque_tokens.token_flaws import doubt_behind
from tokcheck.paste.wrapping.word_shapes import looks_random

_BASIC = LazyRegex(rf"(?i:\bbasic){BASIC_GAP}([A-Za-z0-9+/_-]{{2,512}}={{0,2}})")
_BASIC_RUN = LazyRegex(rf"(?i:\bbasic){BASIC_GAP}({RUN})")
_LEAST_BASIC = 12
_PLAIN_PAIR = LazyRegex(
    r"(?i:\bbasic)[ \t]{1,4}[\"'\\]{0,4}([\w.@-]{4,100}:[\w.~+/=-]{8,200})(?=[\s\"'\\]|\Z)"
)
_USER = LazyRegex(r"(?:\s-u|--user)[ =]?[\"']?((?:[\w.-]{3,80}:|:[\w.-]{3,80}|:))(?=[\"'\s]|\Z)")
_LABELLED = LazyRegex(
    r"(?i:(refresh_?-?token)|(client_?-?secret)|(?<![A-Za-z])(?P<code>code)(?==)"
    r"|(?P<key>api_?-?key))(?: invalid| is)?(?:[\"'\\\s:=>]|%3[AaDd]|%22){1,12}"
    r"(?P<raw>[A-Za-z0-9._~+/=-]{8,4096})(?!\()"
)
# Where a value may stand: a paste of its own, behind a label, in quotation marks.
_PLACE = r"(?:\A\s*[\"'`]?|(?i:bearer)\s+|[:=]\s*[\"'`\\]{0,4})"
_END = LazyRegex(r"\Z|[\s\"'`,;&}\])\\]")
# A part with a prefix of its own also ends at any other sign, but for those of a sum or a call.
_PART_END = LazyRegex(r"\Z|[^A-Za-z0-9_./=(-]|=\s*+(?:[\r\n]|\Z)")
_SIGNED_START = LazyRegex(rf"{_PLACE}(eyJ[A-Za-z0-9_-]{{0,24}}+)(?={_END.pattern})")
_MOST_PLACES = 64
_SIGN_AMONG_DIGITS = LazyRegex(r"[0-9a-f]{8,}?([+/=][0-9a-f]{4,})+")
_SHORTEST_WORD = 8

_EMPTY = r"(?:[\"'\\^]{1,4}(?=[\s,;)\]}]|\Z)|(?=[\r\n]|\Z|--?[A-Za-z]))"
_EMPTY_LABELS = (
    (LazyRegex(rf"(?i:\bbasic)[ \t:]*+={{0,2}}{_EMPTY}"), "the word Basic"),
    (LazyRegex(rf"(?i:\bauthorization)[\"'\\]{{0,4}}[ \t]*+:[ \t]*+[\"'\\]{{0,2}}{_EMPTY}"),
     "the header Authorization"),
    (LazyRegex(rf"(?i:\baccess_?token)[\"'\\]{{0,4}}[ \t]*+[:=][ \t]*+[\"'\\]?{_EMPTY}"),
     "the label access_token"),
    (LazyRegex(rf"(?i:\brefresh_?token)[\"'\\]{{0,4}}[ \t]*+[:=][ \t]*+[\"'\\]?{_EMPTY}"),
     "the label refresh_token"),
    (LazyRegex(r"[?&#]code=(?=[&#\s\"']|\Z)"), "the parameter code"),
    (LazyRegex(r"[?&#]access_token=(?=[&#\s\"']|\Z)"), "the parameter access_token"),
)  # fmt: skip
_EMPTY_NAME = LazyRegex(
    r"(?<![\w-])(?=[\w-]{1,60}[\"'\\:= \t])([A-Za-z_][\w-]{0,50}?|)"
    r"((?i:token|secret|api[_-]?key|client_?id))[\"'\\]{0,2}[ \t]?[:=][ \t]{0,4}"
    r"(?:\\?\"\\?\"|'')?(?=[\r\n,;&)\]}]|\s*\Z)"
)


def empty_label(text: str) -> str:
    """Return in words the header or label of a credential that nothing follows."""
    words = next((words for sign, words in _EMPTY_LABELS if sign.search(text)), "")
    if words or (name := _EMPTY_NAME.search(text)) is None:
        return words
    shown = name.group(1) + name.group(2)
    return "a label" if looks_secret(shown) else f"the label {shown}"


def find(
    text: str,
    forms: Mapping[str, Sequence[CredentialForm]],
    owner_at: OwnerAt,
    *,
    labelled: bool,
) -> Iterator[OpaqueCredential]:
    """Yield the credentials of which only a part is there.

    With ``labelled``, also those of no known form with a label that shows their kind.
    """
    yield from _basic_halves(text)
    yield from _prefixes(text, forms)
    if labelled:
        yield from _words_behind_labels(text, forms, owner_at)


def _basic_halves(text: str) -> Iterator[OpaqueCredential]:
    for match in _BASIC.compiled.finditer(text):
        pair = decode_pair(match.group(1))
        if pair is None:
            continue
        # A short word may be Base64 by chance.
        sure = ":" in pair or len(match.group(1)) >= _SHORTEST_WORD or match.group(1)[-1] == "="
        if pair.strip().isprintable() and pair.strip() and sure:
            yield _basic(match, damage_at(text, match.start(1)) or doubt_of_pair(pair))
    for match in _PLAIN_PAIR.compiled.finditer(text):
        kind = Kind.BASIC_CREDENTIALS
        doubt = "They are not encoded: behind the word Basic belongs the Base64 of the id and the "
        doubt += "secret, with a colon between them."
        yield OpaqueCredential(match.group(1), *match.span(1), (), kind, None, doubt=doubt)
    for match in _USER.compiled.finditer(text):
        yield _basic(match, doubt_of_pair(match.group(1)))
    for match in _BASIC_RUN.compiled.finditer(text):
        body = without_foreign(match.group(1))
        if len(body) >= _LEAST_BASIC and looks_random(body):
            yield _basic(match, damage_at(text, match.start(1)) or _UNDECODABLE)

    for raw, start, end, doubt in find_plain(text):
        kind = Kind.BASIC_CREDENTIALS
        yield OpaqueCredential(raw, start, end, (), kind, None, Flaw.CUT_OFF, doubt=doubt)


_UNDECODABLE = (
    "They are not the Base64 of an id, a colon and a secret: characters are missing or were "
    "changed. Copy them again, or encode the id and the secret again."
)


def _basic(match: "re.Match[str]", doubt: str) -> OpaqueCredential:
    start, end = match.span(1)
    kind = Kind.BASIC_CREDENTIALS
    return OpaqueCredential(match.group(1), start, end, (), kind, None, Flaw.CUT_OFF, doubt=doubt)


def _prefixes(
    text: str, forms: Mapping[str, Sequence[CredentialForm]]
) -> Iterator[OpaqueCredential]:
    match = _SIGNED_START.search(text) if "eyJ" in text else None
    if match is not None:
        reason = "it ends within its first part"
        found = OpaqueCredential(match.group(1), *match.span(1), (), Kind.UNKNOWN, None)
        yield found._replace(flaw=Flaw.CUT_OFF, reason=reason, remedy=COPY_AGAIN)
    for provider, members in forms.items():
        for form in members:
            if form.alone or form.reach:
                continue
            for anchor in form.anchors:
                if anchor not in text:
                    continue
                match = _first_part(text, anchor)
                # A fraction or a date is no code.
                is_code = form.kind is not Kind.AUTHORIZATION_CODE or (
                    match is not None and match.group(1)[len(anchor) :][:1].isalpha()
                )
                if match is not None and is_code:
                    yield _prefix(match, form, provider)


def _first_part(text: str, anchor: str) -> "re.Match[str] | None":
    """Return the first part with a prefix, which ends or continues behind another character."""
    pattern = compile_cached(rf"{_PLACE}({re.escape(anchor)}[A-Za-z0-9_-]*+\.?)")
    for match in islice(pattern.finditer(text), _MOST_PLACES):
        if _PART_END.match(text, match.end()) or doubt_behind(text, match.end()):
            return match
    return None


def _prefix(match: "re.Match[str]", form: CredentialForm, provider: str) -> OpaqueCredential:
    raw = match.group(1)
    damage = doubt_behind(match.string, match.end())
    if damage and form.kind is not Kind.ACCESS_TOKEN:
        found = OpaqueCredential(raw, *match.span(1), (), form.kind, provider)
        return with_damage(found, damage)
    count = f"it has only {len(raw)} characters, far fewer than a complete one"
    found = OpaqueCredential(raw, *match.span(1), (), form.kind, provider)
    if form.kind is Kind.ACCESS_TOKEN:
        return found._replace(flaw=Flaw.CUT_OFF, reason=count, remedy=COPY_AGAIN)
    return found._replace(flaw=Flaw.CUT_OFF, doubt=f"A part of it is missing: {count}.")


def _doubt_of_length(raw: str, kind: Kind, forms: Sequence[CredentialForm]) -> str:
    """Return a sentence about hexadecimal digits that are fewer or more than the form's."""
    usual = _usual_length(kind, forms)
    if usual is None or len(raw) == usual:
        return ""
    if len(raw) < usual:
        return f"It has only {len(raw)} of {usual} characters: a part of it may be missing."
    return f"It has {len(raw)} characters in the place of {usual}: others may be glued to it."


def _usual_length(kind: Kind, forms: Iterable[CredentialForm]) -> int | None:
    """Return how many digits credentials of a kind have by one of the forms; ``None`` for any."""
    alone = [form.alone for form in forms if form.kind is kind and form.alone]
    for size in LENGTHS:
        if any(compile_cached(pattern).fullmatch("a" * size) for pattern in alone):
            return size
    return None


def _doubt_of_anybodys(raw: str, kind: Kind, forms: Iterable[CredentialForm]) -> str:
    """Return a sentence about few digits of a credential that no text calls a provider's."""
    usual = _usual_length(kind, forms)
    if usual is None or len(raw) >= usual:
        return ""
    return f"It has {len(raw)} hexadecimal digits: if it should have {usual}, a part is missing."


def _sign_among_digits(raw: str) -> str:
    """Return a sentence about a sign of plain Base64 among many hexadecimal digits."""
    match = _SIGN_AMONG_DIGITS.fullmatch(raw)
    flaw = plain_base64_at(match.group(1), 0) if match is not None else None
    return flaw_sentences(flaw)


def _words_behind_labels(
    text: str, forms: Mapping[str, Sequence[CredentialForm]], owner_at: OwnerAt
) -> Iterator[OpaqueCredential]:
    for match in _LABELLED.compiled.finditer(text):
        raw = match["raw"].rstrip(".")
        # Behind digits, quoted-printable writes it where a line continues.
        if raw.endswith("=") and not raw.rstrip("=").strip("0123456789abcdefABCDEF"):
            raw = raw.rstrip("=")
        digits = all(letter in "0123456789abcdef" for letter in raw)
        if len(raw) < _SHORTEST_WORD or not (digits or looks_random(raw)):
            continue
        start, end = match.start("raw"), match.start("raw") + len(raw)
        rest = rest_of_digits(text, raw, end) if digits else None
        if rest is not None:
            raw, end = raw + rest.group(2), rest.end()
        kind = Kind.REFRESH_TOKEN if match.group(1) else Kind.CLIENT_SECRET
        if match["code"] or match["key"]:
            kind = Kind.AUTHORIZATION_CODE if match["code"] else Kind.API_KEY
        joints = (rest.group(1),) if rest is not None else ()
        found = OpaqueCredential(raw, start, end, joints, kind, None)
        owner = owner_at(start, end)
        damage = _sign_among_digits(raw) or doubt_behind(text, end)
        if damage:
            known = owner if owner in forms and kind is not Kind.API_KEY else None
            yield with_damage(found._replace(provider=known), damage)
        elif owner is not None and owner in forms:
            doubt = _doubt_of_length(raw, kind, forms[owner]) if digits else ""
            yield found._replace(provider=None if kind is Kind.API_KEY else owner, doubt=doubt)
        elif owner is not None:
            yield found._replace(service=f"{kind.words} of {owner}")
        else:
            every = (form for members in forms.values() for form in members)
            yield found._replace(doubt=_doubt_of_anybodys(raw, kind, every) if digits else "")
