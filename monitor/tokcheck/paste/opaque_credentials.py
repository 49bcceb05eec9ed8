"""Opaque credentials in a text: those that a prefix, a label or their own shape gives away."""

import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from tokcheck.core.credential import CredentialForm, Flaw, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste import opaque_tokens
from tokcheck.paste.grammar import BASIC_GAP, PIECE, emphasis, glue_before
from tokcheck.paste.wrapping.word_shapes import is_drawn, looks_random

# Credentials that belong to no provider in particular.
_COMMON_FORMS = (
    CredentialForm(
        Kind.BASIC_CREDENTIALS,
        anchors=("Basic", "basic", "BASIC"),
        pattern=rf"(?i:basic){BASIC_GAP}([A-Za-z0-9+/_-]{{8,512}}={{0,2}})",
        alone=r"([A-Za-z0-9+/]{24,512}={0,2})",
    ),
)
_ID_AND_SECRET = LazyRegex(r"[!-9;-~]{4,200}:[!-~]{4,200}")

# The value in the place of a token, in a header or a token response.
_LABEL = (
    r"(?:(?i:bearer)[\s:=]{1,4}|(?i:access[_-]?token)[\"'\\\s:=>]{1,8}"
    r"|(?i:authorization)[\"'\\]{0,2}\s?[:=]\s?[\"'\\]{0,2}(?i:token)\s{1,4}(?:token=)?)"
    r"[\"'\\]{0,4}"
)
LABELLED = LazyRegex(_LABEL + r"([A-Za-z0-9._~+/=-]{16,4096})")
_EXPECTED = LazyRegex(_LABEL + r"([A-Za-z0-9+/:#=_-]{4,512})")
# A label alone, or with less behind it than any credential has; it also has the form of Base64.
BARE_LABEL = LazyRegex(
    r"[A-Za-z_][\w-]{0,60}?(?i:token|secret|key|code|id|bearer|password)=[^=]{0,15}"
)
ASSIGNED = LazyRegex(
    r"(?:(?:export|set|setx|local|declare|readonly|const|let|var)\s{1,4})?"
    r"(?:\$(?:env:)?)?([A-Za-z_]\w{0,60})\s?=\s?[\"'`]?"
    r"([A-Za-z0-9._~+/-][A-Za-z0-9._~+/=-]{15,4096})[\"'`]?;?"
)
# The kind that the end of an assignment's name says.
_KINDS_OF_NAMES = (
    (LazyRegex(r"(?i)refresh_?token\Z"), Kind.REFRESH_TOKEN),
    (LazyRegex(r"(?i)secret\Z"), Kind.CLIENT_SECRET),
    (LazyRegex(r"(?i)code\Z"), Kind.AUTHORIZATION_CODE),
    (LazyRegex(r"(?i)client_?id\Z"), Kind.CLIENT_ID),
    (LazyRegex(r"(?i)api_?key\Z"), Kind.API_KEY),
)
# The names that version control and builds give to hexadecimal digits.
_CHECKSUM = LazyRegex(
    r"(?i)(?:\A|[_.-])(?:(?:git_?)?(?:sha|commit|rev|revision)(?:_?(?:1|256|id|hash|sha))?|hash|digest"
    r"|checksum|md5|etag)\Z"
)


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


# No form of fixed length matches so many characters.
_LONG = 200
# The least of a wrapped credential in its first line.
_LEAST_PART = 14
_CONTINUES = "A part of it is missing: it may continue behind the characters that follow it."
# More of them in a paste add nothing but work.
_MOST_SHORT = 64
# So much in the next line shows that the first one is a part, however short.
_NEXT_PART = LazyRegex(r"[^A-Za-z0-9_-]{1,12}([A-Za-z0-9_-]{6,})")

OwnerAt: TypeAlias = Callable[[int, int], str | None]


def find(
    text: str,
    forms: Mapping[str, Sequence[CredentialForm]],
    owner_at: OwnerAt,
    *,
    alone: bool,
) -> Iterator[OpaqueCredential]:
    """Yield the Basic credentials, and what the forms, by provider name, match.

    ``owner_at`` returns the owner of the text between two places, if its form does not decide. With
    ``alone``, the paste may also be one bare credential that no label explains.
    """
    spans = tuple(_bare_texts(text)) if alone else ()
    for provider, members in (*forms.items(), (None, _COMMON_FORMS)):
        for form in members:
            if form.kind is Kind.ACCESS_TOKEN:
                for item in opaque_tokens.find(text, form, torn=alone):
                    doubt = _doubt_of(item.raw, form) if item.flaw is None else ""
                    yield OpaqueCredential(*item[:4], form.kind, provider, *item[4:], doubt=doubt)
                continue
            for match in _form_matches(text, form):
                for found in _credentials_of_match(text, match, form, provider):
                    doubt = "" if found.unclear else _doubt_of(found.raw, form)
                    judged = with_damage(
                        found._replace(doubt=doubt), opaque_tokens.doubt_behind(text, found.end)
                    )
                    yield judged if form.decisive else _with_owner(judged, owner_at, forms)
            if form.decisive and not form.reach:
                yield from islice(_with_short_lines(text, form, provider), _MOST_SHORT)
            yield from _bare_credentials(spans, form, provider, owner_at)


def _bare_credentials(
    spans: Sequence[tuple[int, str, Kind | None]],
    form: CredentialForm,
    provider: str | None,
    owner_at: OwnerAt,
) -> Iterator[OpaqueCredential]:
    """Yield what has the form and stands alone; a label of another kind decides against it."""
    for start, bare, expected in spans:
        whole = compile_cached(form.alone).fullmatch(bare) if form.alone else None
        if whole is None or expected not in {None, form.kind}:
            continue
        if form.kind is Kind.BASIC_CREDENTIALS and not _is_pair(whole.group(1)):
            continue
        first, last = start + whole.start(1), start + whole.end(1)
        if form.decisive or owner_at(first, last) == provider:
            yield OpaqueCredential(whole.group(1), first, last, (), form.kind, provider)


def _doubt_of(raw: str, form: CredentialForm) -> str:
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


def _with_owner(
    item: OpaqueCredential, owner_at: OwnerAt, forms: Mapping[str, Sequence[CredentialForm]]
) -> OpaqueCredential:
    """Return a labelled credential as that of the owner that the text names, or as that of none."""
    owner = owner_at(item.start, item.end)
    if owner == item.provider:
        return item
    service = f"{item.kind.words} of {owner}" if owner and owner not in forms else ""
    return item._replace(provider=None, service=service)


def kind_of_name(name: str) -> Kind | None:
    """Return the kind of credential that a variable's or a key's name says."""
    return next((kind for sign, kind in _KINDS_OF_NAMES if sign.search(name)), None)


def is_checksum(name: str) -> bool:
    """Return whether a variable of this name has the id of a commit, or another checksum."""
    return _CHECKSUM.search(name) is not None


def _bare_texts(text: str) -> Iterator[tuple[int, str, Kind | None]]:
    """Yield the whole paste, and what stands where a token is expected.

    Each with its place, and with the kind that its label says.
    """
    bare = text.strip().strip("\"'`")
    start = text.index(bare)
    yield start, bare, None
    value = ASSIGNED.fullmatch(bare)
    if value is not None and not is_checksum(value.group(1)):
        yield start + value.start(2), value.group(2), kind_of_name(value.group(1))
    match = _EXPECTED.search(text)
    if match is not None:
        yield match.start(1), match.group(1), None


def is_labelled(text: str) -> bool:
    """Return whether a word stands where an access token is expected."""
    return LABELLED.search(text) is not None


def credential_at(
    text: str, start: int, form: CredentialForm, provider: str
) -> OpaqueCredential | None:
    """Return the credential of this form that begins at ``start``."""
    if form.kind is Kind.ACCESS_TOKEN:
        token = opaque_tokens.token_at(text, start, form)
        return (
            None if token is None else OpaqueCredential(*token[:4], form.kind, provider, *token[4:])
        )
    if glue_before(text, start) is not None:
        return None
    match = compile_cached(form.pattern).match(text, start)
    if match is None:
        return _wrapped_at(text, start, form, provider)
    found = next(_credentials_of_match(text, match, form, provider), None)
    if found is not None and opaque_tokens.doubt_behind(text, found.end):
        return found._replace(unclear=True)
    return found


def _wrapped_at(
    text: str, start: int, form: CredentialForm, provider: str
) -> OpaqueCredential | None:
    """Return the credential of open length that begins at ``start`` with a short first line."""
    anchor = next(anchor for anchor in form.anchors if text.startswith(anchor, start))
    piece = PIECE.match(text, start + len(anchor))
    pattern = compile_cached(form.pattern)
    if piece is None or form.reach or not pattern.fullmatch(anchor + "0" * _LONG):
        return None
    first = text[start : piece.end()]
    begun = OpaqueCredential(first, start, piece.end(), (), form.kind, provider)
    found = _follow_on(text, begun)
    begun_body = found.raw[len(anchor) :]
    drawn = len(found.raw) >= _LEAST_PART and is_drawn(begun_body)
    together = with_next_part(text, begun_body, found.end)
    part = found.unclear and (drawn or (len(together) > _LEAST_PART and looks_random(together)))
    return found if part or pattern.fullmatch(found.raw) else None


def with_next_part(text: str, begun: str, end: int) -> str:
    """Return the first line of a credential, and behind it what may be the next one."""
    behind = _NEXT_PART.match(text, end)
    return begun + behind[1] if behind else begun


def _with_short_lines(
    text: str, form: CredentialForm, provider: str | None
) -> Iterator[OpaqueCredential]:
    """Yield the credentials of open length that have too little in their first line to match."""
    if provider is None:
        return
    pattern = compile_cached(form.pattern)
    for anchor in form.anchors:
        for begun in islice(compile_cached(re.escape(anchor)).finditer(text), _MOST_SHORT):
            start = begun.start()
            if pattern.match(text, start) is None and glue_before(text, start) is None:
                found = _wrapped_at(text, start, form, provider)
                if found is not None and found.unclear:
                    yield found._replace(flaw=Flaw.CUT_OFF, doubt=_CONTINUES)
                elif found is not None:
                    yield found._replace(doubt=_doubt_of(found.raw, form))


def _form_matches(text: str, form: CredentialForm) -> Iterator[re.Match[str]]:
    pattern = compile_cached(form.pattern)
    for anchor in form.anchors:
        credential_at = text.find(anchor)
        while credential_at >= 0:
            end = credential_at + len(anchor)
            match = (
                pattern.search(text, max(0, credential_at - form.reach), end)
                if form.reach
                else pattern.match(text, credential_at)
            )
            if match is not None:
                yield match
                end = max(end, match.end())
            credential_at = text.find(anchor, end)


def _credentials_of_match(
    text: str, match: re.Match[str], form: CredentialForm, provider: str | None
) -> Iterator[OpaqueCredential]:
    start, end = match.span(1)
    raw = match.group(1)
    if form.kind is Kind.BASIC_CREDENTIALS and not _is_pair(raw):
        return
    if start != match.start() or form.reach:
        yield OpaqueCredential(raw, start, end, (), form.kind, provider)
    elif glue_before(text, start) is None:
        found = OpaqueCredential(raw, start, end, (), form.kind, provider)
        # A form of fixed length has no rest.
        if compile_cached(form.pattern).fullmatch(raw + "0"):
            found = _follow_on(text, found)
        yield found


def _follow_on(text: str, found: OpaqueCredential) -> OpaqueCredential:
    """Return a credential of open length with the lines that follow its first piece."""
    from tokcheck.paste.wrapping.continuation import follow  # noqa: PLC0415 - few pastes need it

    pieces, joints, end, unclear = follow(text, found.start, found.end, found.raw, PIECE)
    raw = "".join(pieces)
    prompt = opaque_tokens.prompt_at(text, found.start, end)
    if prompt is not None:
        # Text behind a prompt is no part of the token.
        unclear = prompt == end or bool(joints)
        raw, end = raw[: len(raw) - (end - prompt)], prompt
    mark = emphasis(text, found.start)
    if mark and raw.endswith(mark):
        # At the end of a wrapped one, an underscore may also be its own.
        unclear = unclear or bool(joints)
        raw, end = raw.removesuffix(mark), end - len(mark)
    unclear = unclear or opaque_tokens.has_glued_hyphens(text, raw, end)
    return found._replace(raw=raw, end=end, joints=joints, unclear=unclear)


def _is_pair(encoded: str) -> bool:
    """Return whether a text, in Base64 or plain, is an id and a secret with a colon between."""
    if ":" in encoded:
        return True
    try:
        padded = encoded.replace("-", "+").replace("_", "/").rstrip("=")
        data = binascii.a2b_base64(padded + "=" * (-len(padded) % 4)).decode("ascii")
    except ValueError:
        return False
    return _ID_AND_SECRET.fullmatch(data) is not None
