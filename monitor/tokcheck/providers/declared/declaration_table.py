"""Read a declaration from its table: checked before, or compiled with the package."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tokcheck.core.credential import Kind
from tokcheck.core.humanize import parse_duration
from tokcheck.core.report import Verdict
from tokcheck.providers.declared.declaration import (
    Check,
    ClaimSource,
    Declaration,
    OAuthDeclaration,
    RefusalRule,
    RevocationDeclaration,
    Success,
    TokenForm,
    TokenRefusalRule,
)
from tokcheck.providers.known_services.recognition import (
    ANY_TOKEN,
    Table,
    credential_header,
    names_of,
    title_of,
)
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm

_CHECK_KEYS = ("check", "credential", "identity")


def declaration_from_table(table: Table) -> Declaration:
    """Return the declaration that a table of valid values describes."""
    credential = table.get("credential", {})
    identity = table.get("identity", {})
    header, scheme = credential_header(table)
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
        _contained_scopes(table.get("scopes", {}).get("contains", {})),
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


def _contained_scopes(table: Mapping[str, Sequence[str]]) -> Mapping[str, frozenset[str]]:
    """Return all scopes that each scope contains; a circle contains itself."""
    direct = {
        scope.lower(): frozenset(map(str.lower, contained)) for scope, contained in table.items()
    }
    return {scope: _reach(scope, direct) for scope in direct}


def _reach(scope: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    reached, new = frozenset[str](), direct[scope]
    while new:
        reached |= new
        new = frozenset().union(*(direct.get(each, frozenset()) for each in new)) - reached
    return reached


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
