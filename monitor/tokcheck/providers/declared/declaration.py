"""A declaration, read from its table: checked before, or compiled with the package."""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from tokcheck.core.credential import Kind
from tokcheck.core.humanize import parse_duration
from tokcheck.core.report import Verdict
from tokcheck.providers.known_services.recognition import ANY_TOKEN, Table, names_of, title_of
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm

_CHECK_KEYS = ("check", "credential", "identity")


class TokenForm(NamedTuple):
    """How one kind of a provider's credentials looks."""

    kind: Kind
    prefix: str
    """The literal that every one begins with; empty if there is none."""
    pattern: str
    """A regular expression for what follows the prefix."""
    words: str
    """A noun with its article; empty for the words of its kind."""


class Success(NamedTuple):
    """The response to an accepted check request."""

    statuses: tuple[int, ...] = (200,)
    path: str = ""
    """A path of the JSON body that must be there; empty if the status is enough."""
    equals: object = None
    """The value that must stand there; ``None`` for any."""


class Check(NamedTuple):
    """The request that finds out whether a token works."""

    path: str
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Mapping[str, str] = {}
    form: Mapping[str, str] | None = None
    json: str = ""
    """The body as JSON; empty if there is none."""
    cost: int = 1
    """How many requests of a window it costs."""
    every: float = 0.0
    """The shortest pause between two probes in seconds; 0 for a usual one."""
    scope: str = ""
    """The scope that it needs."""
    success: Success = Success()


class ClaimSource(NamedTuple):
    """Where a response, or a signed token, holds an id, the scopes or an expiry."""

    field: FieldSource
    claim: str = ""
    """The token's claim, if it is that."""
    separator: str = ""
    """The separator of scopes; empty for spaces, or for a list of JSON."""
    form: ResetForm = ResetForm.RFC3339
    """The form of an expiry."""


class RefusalRule(NamedTuple):
    """A response that means a verdict."""

    verdict: Verdict
    statuses: tuple[int, ...] = ()
    path: str = ""
    header: str = ""
    equals: tuple[object, ...] = ()
    contains: str = ""
    reason: str = ""
    """A clause that completes the verdict."""
    advice: tuple[str, ...] = ()
    check_only: bool = False
    """Whether only a response to the check means this, not one to another request."""


class TokenRefusalRule(NamedTuple):
    """A response of the token endpoint that means an error of OAuth."""

    code: str
    """The error code of RFC 6749, section 5.2, or of this program's table of them."""
    statuses: tuple[int, ...] = ()
    path: str = ""
    header: str = ""
    equals: tuple[object, ...] = ()
    contains: str = ""


class RevocationDeclaration(NamedTuple):
    """How a grant is ended at the provider."""

    address: str
    is_standard: bool = True
    """Whether it is an endpoint of RFC 7009; another takes an access token alone."""
    method: Literal["POST", "DELETE"] = "POST"
    field: str = ""
    """The field of the form that holds the token; empty if it is sent as to the API."""


class OAuthDeclaration(NamedTuple):
    """How a user's consent is obtained and tokens are refreshed."""

    authorize: str
    token: str
    revoke: RevocationDeclaration | None = None
    registration: str = ""
    client_login: Literal["basic", "body"] = "body"
    needs_secret: bool = False
    pkce: bool = True
    single_use: bool = True
    scopes: tuple[str, ...] = ()
    default_scopes: tuple[str, ...] = ()
    separator: str = " "
    parameters: Mapping[str, str] = {}
    token_form: Mapping[str, str] = {}
    refresh_form: Mapping[str, str] = {}
    answer: str = ""
    user: str = ""
    pattern: str = ""
    """The form of its access tokens, if those are checked in another way than others."""
    refusals: tuple[TokenRefusalRule, ...] = ()
    """The refusals of the token endpoint that have a form of their own."""


class Declaration(NamedTuple):
    """One declared provider."""

    name: str
    title: str
    address: str
    check: Check
    names: tuple[str, ...] = ()
    """The words that name it in a host, a key or a label, in lower case."""
    scheme: str = "Bearer"
    """The word in front of the token in ``Authorization``; empty for none."""
    header: str = "Authorization"
    """The header that holds the token."""
    tokens: tuple[TokenForm, ...] = ()
    signed: bool = False
    """Whether its access tokens are signed ones (JWT)."""
    issuers: tuple[str, ...] = ()
    """The issuers of those; empty if they are not declared."""
    windows: tuple[WindowForm, ...] = ()
    dialect: str = ""
    """``ietf`` to read the standard rate-limit fields."""
    user: ClaimSource | None = None
    scopes: ClaimSource | None = None
    expires: ClaimSource | None = None
    refusals: tuple[RefusalRule, ...] = ()
    oauth: OAuthDeclaration | None = None
    of_logins: "Declaration | None" = None
    """The declaration of a login's tokens, if those are checked in another way."""
    sources: tuple[str, ...] = ()
    """The addresses of the documents that the declaration follows."""


def declaration_from_table(table: Table) -> Declaration:
    """Return the declaration that a table of valid values describes."""
    credential = table.get("credential", {})
    identity = table.get("identity", {})
    header = credential.get("header", "Authorization")
    scheme = credential.get("scheme", "Bearer" if header == "Authorization" else "")
    return Declaration(
        table["name"],
        title_of(table),
        table["address"].rstrip("/"),
        _check(table["check"]),
        names_of(table),
        scheme,
        header,
        tuple(_token(each) for each in table.get("tokens", ())),
        credential.get("signed", False),
        tuple(credential.get("issuers", ())),
        tuple(_window(each) for each in table.get("windows", ())),
        table.get("dialect", ""),
        _claim(identity.get("user")),
        _claim(identity.get("scopes")),
        _claim(identity.get("expires")),
        tuple(_refusal(each) for each in table.get("refusals", ())),
        _oauth(table.get("oauth")),
        _login_declaration(table),
        tuple(table.get("sources", ())),
    )


def _check(table: Any) -> Check:  # noqa: ANN401 - a path or a table
    if isinstance(table, str):
        return Check(table)
    success = table.get("success", {})
    return Check(
        table["path"],
        table.get("method", "GET"),
        table.get("headers", {}),
        table.get("form"),
        json.dumps(table["body"]) if "body" in table else "",
        table.get("cost", 1),
        parse_duration(table["every"]) if "every" in table else 0.0,
        table.get("scope", ""),
        Success(
            _statuses(success.get("status", 200)), success.get("path", ""), success.get("equals")
        ),
    )


def _token(table: Table) -> TokenForm:
    prefix = table.get("prefix", "")
    return TokenForm(
        Kind(table.get("kind", "access_token")),
        prefix,
        table.get("pattern") or ANY_TOKEN,
        table.get("words", ""),
    )


def _window(table: Table) -> WindowForm:
    length = table.get("length")
    reset = table.get("reset")
    form = reset.get("form", "seconds") if isinstance(reset, dict) else "aligned"
    is_aligned = reset is not None and form == "aligned"
    return WindowForm(
        table.get("name", ""),
        table.get("unit", "requests"),
        parse_duration(length) if isinstance(length, str) else None,
        _source(length) if isinstance(length, dict) else None,
        _source(table.get("limit")),
        _source(table.get("remaining")),
        _source(table.get("used")),
        None if is_aligned else _source(reset),
        ResetForm(form if reset is not None else "seconds"),
        _source(table.get("current")),
        documented=table.get("documented"),
        owner="project" if table.get("owner") == "application" else "user",
        cost=table.get("cost"),
        elsewhere=_elsewhere(table),
    )


def _elsewhere(table: Table) -> WindowForm | None:
    """Return how other responses than those of the check report a window."""
    other = table.get("elsewhere")
    if other is None:
        return None
    shared = {key: table[key] for key in ("name", "unit", "length", "owner") if key in table}
    when = other.get("when")
    return _window({**shared, **other})._replace(
        bucket=(when["header"].lower(), when["equals"]) if when else None
    )


def _source(value: Any) -> FieldSource | None:  # noqa: ANN401 - a header's name or a table
    if value is None:
        return None
    if isinstance(value, str):
        return FieldSource(value.lower())
    where = value.get("where")
    return FieldSource(
        value.get("header", "").lower(),
        value.get("path", ""),
        value.get("item"),
        next(iter(where.items())) if where else None,
        value.get("parameter", ""),
        value.get("pattern", ""),
    )


def _claim(value: Any) -> ClaimSource | None:  # noqa: ANN401 - a path or a table
    if value is None:
        return None
    if isinstance(value, str):
        return ClaimSource(FieldSource(path=value))
    source = _source(value) or FieldSource()
    claim = value.get("claim", "")
    # A moment of a signed token is a number (RFC 7519), one of a response is a text more often.
    form = ResetForm(value.get("form", "epoch" if claim else "rfc3339"))
    return ClaimSource(source, claim, value.get("separator", ""), form)


def _refusal(table: Table) -> RefusalRule:
    return RefusalRule(
        Verdict(table["verdict"]),
        *_conditions(table),
        table.get("reason", ""),
        tuple(table.get("advice", ())),
        table.get("check_only", False),
    )


def _conditions(table: Table) -> tuple[tuple[int, ...], str, str, tuple[object, ...], str]:
    """Return what a response must have: statuses, a path, a header, values there, and a text."""
    equals = table.get("equals", [])
    return (
        _statuses(table.get("status", ())),
        table.get("path", ""),
        table.get("header", "").lower(),
        tuple(equals) if isinstance(equals, list) else (equals,),
        table.get("contains", ""),
    )


def _oauth(table: Table | None) -> OAuthDeclaration | None:
    if table is None:
        return None
    lists = {name: tuple(table.get(name, ())) for name in ("scopes", "default_scopes")}
    own = {name: value for name, value in table.items() if name not in _CHECK_KEYS}
    refusals = (
        TokenRefusalRule(each["error"], *_conditions(each)) for each in table.get("refusals", ())
    )
    revoke = _revocation(table.get("revoke"))
    return OAuthDeclaration(**{**own, **lists, "refusals": tuple(refusals), "revoke": revoke})


def _revocation(value: Any) -> RevocationDeclaration | None:  # noqa: ANN401 - an address or a table
    if value is None:
        return None
    if isinstance(value, str):
        return RevocationDeclaration(value)
    method = value.get("method", "POST")
    return RevocationDeclaration(value["address"], False, method, value.get("field", ""))  # noqa: FBT003


def _login_declaration(table: Table) -> Declaration | None:
    """Return the declaration of a login's tokens, if they have a check of their own."""
    oauth = table.get("oauth", {})
    if "check" not in oauth:
        return None
    other = {name: value for name, value in table.items() if name not in {"oauth", *_CHECK_KEYS}}
    own = {name: oauth[name] for name in _CHECK_KEYS if name in oauth}
    return declaration_from_table({**other, **own})


def _statuses(value: Any) -> tuple[int, ...]:  # noqa: ANN401 - a status or a list
    return (value,) if isinstance(value, int) else tuple(value)
