"""The description of a provider for people, as understood from its declaration."""

import json
from collections.abc import Iterable, Iterator, Sequence

from tokcheck.core.humanize import format_duration, list_names
from tokcheck.providers.base import Provider
from tokcheck.providers.declared.declaration import (
    ClaimSource,
    Declaration,
    OAuthDeclaration,
    RefusalRule,
    RevocationDeclaration,
    TokenRefusalRule,
)
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm

Row = tuple[str, Sequence[str]]
_RESETS = {
    ResetForm.SECONDS: "seconds from the response on",
    ResetForm.MILLISECONDS: "milliseconds from the response on",
    ResetForm.EPOCH: "Unix seconds",
    ResetForm.EPOCH_MS: "Unix milliseconds",
    ResetForm.RFC3339: "a date and time (RFC 3339)",
    ResetForm.DATE: "a date, at midnight in UTC",
    ResetForm.HTTP_DATE: "an HTTP date",
    ResetForm.DURATION: "a duration, such as 6m0s",
    ResetForm.ALIGNED: "",
    ResetForm.MAGNITUDE: "a number, read by its size",
}


def describe_declaration(declaration: Declaration) -> Iterator[Row]:
    """Yield the rows of a declaration: a label and its lines."""
    check = declaration.check
    cost = "1 request" if check.cost == 1 else f"{check.cost} requests"
    yield "Address", [declaration.address]
    lines = [f"{check.method} {check.path}, which costs {cost}"]
    if check.form:
        lines.append(f"form: {', '.join(f'{key}={value}' for key, value in check.form.items())}")
    if check.json:
        lines.append(f"body: {check.json}")
    lines += [f"header {name}: {value}" for name, value in check.headers.items()]
    if check.scope:
        lines.append(f"needs the scope {check.scope}")
    if check.every:
        lines.append(f"at most every {format_duration(check.every)}")
    yield "Check", lines
    yield "Success", [_success(declaration)]
    word = f"{declaration.scheme} " if declaration.scheme else ""
    yield "Credential", [f"{declaration.header}: {word}TOKEN"]
    yield "Tokens", [*_tokens(declaration)]
    identity = (
        ("user id", declaration.user),
        ("scopes", declaration.scopes),
        ("expiry", declaration.expires),
    )
    yield "Identity", [f"{what}: {_claim(source)}" for what, source in identity if source]
    contained = [
        f"{scope} contains {', '.join(sorted(others))}"
        for scope, others in declaration.contained_scopes.items()
    ]
    if contained:
        yield "Scopes", contained
    windows = [*_windows(declaration.windows)]
    if declaration.dialect:
        windows.append("the standard rate-limit fields of the IETF, in all forms")
    yield "Windows", windows or ["none: how much is left is not known"]
    yield "Refusals", [_refusal(each) for each in declaration.refusals]
    if declaration.oauth is not None:
        yield "OAuth", [*_oauth(declaration.oauth, declaration.of_logins)]
    yield "Sources", declaration.sources


def describe_builtin(provider: Provider) -> Iterator[Row]:
    """Yield the rows of a built-in provider."""
    yield "Address", [service.address for service in provider.services.values()]
    pace = provider.pace
    yield "Windows", [f"{pace.limit} requests in {format_duration(pace.seconds)} (documented)"]
    yield "Scopes", [", ".join(provider.scopes)]


def _success(declaration: Declaration) -> str:
    success = declaration.check.success
    statuses = list_names(map(str, success.statuses), "or")
    if not success.path:
        return f"HTTP {statuses}"
    value = "a value" if success.equals is None else json.dumps(success.equals)
    return f"HTTP {statuses} with {value} at {success.path}"


def _tokens(declaration: Declaration) -> Iterator[str]:
    for form in declaration.tokens:
        words = form.kind.value.replace("_", " ")
        if form.prefix:
            yield f"{words}: {form.prefix}, then {form.pattern}"
        else:
            yield f"{words}: {form.pattern}, where the text around it names the API"
    if declaration.signed:
        issuers = list_names(declaration.issuers, "or")
        yield f"access tokens are signed (JWT){f', issued by {issuers}' if issuers else ''}"
    if not declaration.tokens and not declaration.signed:
        yield f"no form is known: use `tokcheck validate --provider {declaration.name}`"
    if declaration.names:
        yield f"named by: {', '.join(declaration.names)}"


def _oauth(oauth: OAuthDeclaration, other: Declaration | None) -> Iterator[str]:
    yield f"consent at {oauth.authorize}"
    place = "HTTP Basic authentication" if oauth.client_login == "basic" else "the body"
    yield f"tokens from {oauth.token}; the client secret goes in {place}"
    if oauth.revoke is not None:
        yield _revocation(oauth.revoke)
    yield f"a refresh token works {'once' if oauth.single_use else 'more than once'}"
    if oauth.lasting_tokens:
        yield "a login may return a token without an expiry and without a refresh token"
    if not oauth.pkce:
        yield "no code challenge (PKCE) is sent"
    if oauth.scopes:
        yield f"scopes: {', '.join(oauth.scopes)}"
    for each in oauth.refusals:
        yield f"{each.code} at {_conditions(each)}"
    if other is not None:
        word = f"{other.scheme} " if other.scheme else ""
        request = f"{other.check.method} {other.check.path}"
        yield f"its tokens are checked by {request}, with {other.header}: {word}TOKEN"


def _revocation(revoke: RevocationDeclaration) -> str:
    if revoke.is_standard:
        return f"revocation at {revoke.address}"
    place = f"in the field {revoke.field}" if revoke.field else "sent as to the API"
    return f"an access token is revoked by {revoke.method} {revoke.address}, {place}"


def _windows(forms: Iterable[WindowForm]) -> Iterator[str]:
    for form in forms:
        yield _window(form)
        if form.elsewhere is not None:
            yield _elsewhere(form.elsewhere)


def _elsewhere(form: WindowForm) -> str:
    bucket = ""
    if form.bucket is not None:
        bucket = f" with {form.bucket[1]} in header {form.bucket[0]}"
    parts = [*_numbers(form), *([_reset(form, form.reset)] if form.reset else [])]
    return f"the same in other responses{bucket}: {'; '.join(parts)}"


def _window(form: WindowForm) -> str:
    length = "of unknown length"
    if form.seconds:
        length = f"of {format_duration(form.seconds)}"
    elif form.length:
        length = f"with its length from {_source(form.length)}"
    name = f"{form.name} " if form.name else ""
    owner = ", for the whole application" if form.owner == "project" else ""
    parts = [f"{name}{form.unit} in a window {length}{owner}"]
    parts += _numbers(form)
    if form.current:
        parts.append(f"remaining is that of the window with the limit from {_source(form.current)}")
    if form.documented:
        parts.append(f"{form.documented} (documented)")
    if form.cost is not None:
        parts.append(f"the check costs {form.cost}")
    if form.reset_form is ResetForm.ALIGNED:
        parts.append("reset at multiples of its length since midnight in UTC")
    elif form.reset:
        parts.append(_reset(form, form.reset))
    return "; ".join(parts)


def _numbers(form: WindowForm) -> Iterator[str]:
    numbers = (("limit", form.limit), ("remaining", form.remaining), ("used", form.used))
    for what, source in numbers:
        if source:
            yield f"{what} from {_source(source)}"


def _reset(form: WindowForm, source: FieldSource) -> str:
    return f"reset from {_source(source)}, {_RESETS[form.reset_form]}"


def _source(source: FieldSource) -> str:
    parts = [source.words]
    if source.where:
        parts.append(f"the item with {source.where[0]}={source.where[1]}")
    elif source.item is not None:
        parts.append(f"item {source.item}")
    if source.parameter:
        parts.append(f"parameter {source.parameter}")
    if source.pattern:
        parts.append(f"by {source.pattern}")
    return ", ".join(parts)


def _claim(source: ClaimSource) -> str:
    place = f"claim {source.claim} of the token" if source.claim else _source(source.field)
    is_usual = source.form is (ResetForm.EPOCH if source.claim else ResetForm.RFC3339)
    return place if is_usual else f"{place}, {_RESETS[source.form]}"


def _refusal(refusal: RefusalRule) -> str:
    reason = f": {refusal.reason}" if refusal.reason else ""
    return f"{refusal.verdict.value} at {_conditions(refusal)}{reason}"


def _conditions(refusal: RefusalRule | TokenRefusalRule) -> str:
    conditions = []
    if refusal.statuses:
        conditions.append(f"HTTP {list_names(map(str, refusal.statuses), 'or')}")
    place = refusal.path or (f"header {refusal.header}" if refusal.header else "")
    shown = (each if isinstance(each, str) else json.dumps(each) for each in refusal.equals)
    values = list_names(shown, "or")
    if place and not refusal.contains:
        conditions.append(f"{place} {f'is {values}' if values else 'is there'}".strip())
    if refusal.contains:
        conditions.append(f"{place or 'a text'} with {refusal.contains!r}")
    return ", ".join(conditions)
