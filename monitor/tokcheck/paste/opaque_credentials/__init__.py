"""Opaque credentials in a text: those that a prefix, a label or their own shape gives away."""

import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from tokcheck.core.credential import CredentialForm, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste import opaque_tokens
from tokcheck.paste.grammar import BASIC_GAP, glue_before
from tokcheck.paste.opaque_credentials.found_credential import (
    QUOTED_EQUALS,
    OpaqueCredential,
    doubt_of,
    follow_form,
    with_damage,
)
from tokcheck.paste.opaque_credentials.short_lines import (
    torn_credentials,
    with_short_lines,
    wrapped_at,
)
from tokcheck.paste.opaque_tokens.token_flaws import doubt_behind

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

# A paste holds hardly more of one form that are wrapped; each takes long to read.
_MOST_FOLLOWED = 256

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
                    doubt = doubt_of(item.raw, form) if item.flaw is None else ""
                    yield OpaqueCredential(*item[:4], form.kind, provider, *item[4:], doubt=doubt)
                continue
            for number, match in enumerate(_form_matches(text, form)):
                is_followed = number < _MOST_FOLLOWED
                for found in _credentials_of_match(
                    text, match, form, provider, is_followed=is_followed
                ):
                    doubt = found.doubt if found.unclear else doubt_of(found.raw, form)
                    diagnosed = with_damage(
                        found._replace(doubt=doubt), doubt_behind(text, found.end)
                    )
                    yield diagnosed if form.decisive else _with_owner(diagnosed, owner_at, forms)
            if form.decisive and not form.reach:
                yield from with_short_lines(text, form, provider)
                if alone:
                    yield from torn_credentials(text, form, provider)
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
    if glue_before(text, start) is not None and not text.endswith(QUOTED_EQUALS, 0, start):
        return None
    match = compile_cached(form.pattern).match(text, start)
    if match is None:
        return wrapped_at(text, start, form, provider)
    found = next(_credentials_of_match(text, match, form, provider), None)
    if found is not None and doubt_behind(text, found.end):
        return found._replace(unclear=True)
    return found


def _form_matches(text: str, form: CredentialForm) -> Iterator[re.Match[str]]:
    for anchor in form.anchors:
        credential_at = text.find(anchor)
        while credential_at >= 0:
            pattern = compile_cached(form.pattern)
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
    text: str,
    match: re.Match[str],
    form: CredentialForm,
    provider: str | None,
    *,
    is_followed: bool = True,
) -> Iterator[OpaqueCredential]:
    start, end = match.span(1)
    raw = match.group(1)
    if form.kind is Kind.BASIC_CREDENTIALS and not _is_pair(raw):
        return
    if start != match.start() or form.reach:
        yield OpaqueCredential(raw, start, end, (), form.kind, provider)
    elif glue_before(text, start) is None or text.endswith(QUOTED_EQUALS, 0, start):
        found = OpaqueCredential(raw, start, end, (), form.kind, provider)
        yield follow_form(text, found, form) if is_followed else found


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
