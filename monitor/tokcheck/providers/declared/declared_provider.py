"""The provider that a declaration describes."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tokcheck.core.credential import Credential, Kind
from tokcheck.core.report import Claims, Outcome, Quota, Scope, Verdict, window_of
from tokcheck.core.secret import Secret
from tokcheck.providers.base import (
    Pace,
    PaceWindow,
    ProbeFlow,
    Provider,
    Request,
    Response,
)
from tokcheck.providers.declared.declaration import Declaration, RefusalRule
from tokcheck.providers.declared.declaration_table import declaration_from_table
from tokcheck.providers.declared.error_signs import error_marks, error_signs
from tokcheck.providers.declared.oauth_endpoints import oauth_of, services_of
from tokcheck.providers.known_services.recognition import Table, service_of_table
from tokcheck.providers.rate_limits.windows import FieldSource, WindowForm, label_of

# A window of an API that says nothing about its limits, and how often it is probed.
_UNKNOWN_SECONDS = 3600.0
_UNKNOWN_LIMIT = 60
_EVERY = 1200.0
_FIRST_ERROR = 400
_KINDS = {
    Kind.REFRESH_TOKEN: (
        "Exchange it at the service's token endpoint, and check the access_token of the response."
    ),
    Kind.API_KEY: "This API takes no such key as an access token: paste an access token.",
    Kind.AUTHORIZATION_CODE: (
        "Exchange it at the service's token endpoint, and check the access_token of the response."
    ),
    Kind.CLIENT_SECRET: (
        "It belongs in the application's configuration and nowhere else: reset it if others have "
        "seen it. Paste an access token."
    ),
    Kind.CLIENT_ID: "It identifies an application. Paste an access token.",
}


def provider_of(table: Table) -> Provider:
    """Return the provider of a declaration's table."""
    declaration = declaration_from_table(table)
    forms = [
        form for each in declaration.windows for form in (each, each.elsewhere) if form is not None
    ]
    sources = [source for form in forms for source in form if isinstance(source, FieldSource)]
    buckets = frozenset(form.bucket for form in forms if form.bucket is not None)
    login = declaration.of_logins or declaration
    variable = declaration.name.upper().replace("-", "_")

    def declaration_of(secret: Secret) -> Declaration:
        of_logins, oauth = declaration.of_logins, declaration.oauth
        is_of_login = of_logins and oauth and secret.has_form(oauth.pattern)
        return of_logins if of_logins and is_of_login else declaration

    def probe(credential: Credential, claims: Claims | None) -> ProbeFlow:
        return _probe(declaration_of(credential.secret), credential, claims)

    def read_signed(secret: Secret) -> Claims | None:
        from tokcheck.providers.declared.token_claims import read_claims  # noqa: PLC0415 - the same

        return read_claims(secret, declaration_of(secret))

    def read_error(response: Response) -> Outcome:
        from tokcheck.core.credential import NO_CREDENTIAL  # noqa: PLC0415 - seldom needed
        from tokcheck.providers.declared.outcomes import read_response  # noqa: PLC0415 - the same

        others = tuple(each for each in declaration.refusals if not each.check_only)
        other = declaration._replace(refusals=others)
        return read_response(response, other, NO_CREDENTIAL, None, is_check=False)

    def read_quota(response: Response) -> tuple[Quota, ...]:
        # Seldom needed, too.
        from tokcheck.providers.declared.response_quotas import read_quotas  # noqa: PLC0415

        return read_quotas(response, declaration)

    return Provider(
        name=declaration.name,
        title=declaration.title,
        services=MappingProxyType(services_of(declaration, variable)),
        pace=_pace(declaration),
        forms=(),
        issuers=MappingProxyType({}),
        probe=probe,
        scope=_scope,
        scopes=(),
        remedies=declared_remedies(
            declaration.title,
            declaration.check.scope,
            login="" if declaration.oauth is None else declaration.name,
        ),
        instead=MappingProxyType(_KINDS),
        same_access=_no_successor,
        reports_scopes=declaration.scopes is not None,
        leaked=MappingProxyType({}),
        endpoints=oauth_of(declaration, variable),
        read_error=read_error,
        read_quota=read_quota,
        error_signs=error_signs(declaration),
        error_marks=error_marks(declaration),
        error_name=declaration.name,
        recognition=service_of_table(table),
        credential_header=login.header,
        credential_scheme=login.scheme,
        quota_headers=frozenset(source.header for source in sources)
        | {header for header, _ in buckets},
        quota_buckets=buckets,
        quota_in_body=any(source.path for source in sources),
        refuses_in_success=any(map(_is_of_success, declaration.refusals)),
        accepts_signed=declaration.signed or not declaration.tokens,
        check_scope=declaration.check.scope,
        contained_scopes=declaration.contained_scopes,
        read_claims=read_signed,
    )


def _probe(declaration: Declaration, credential: Credential, claims: Claims | None) -> ProbeFlow:
    check = declaration.check
    own = (declaration.header, declaration.scheme) != ("Authorization", "Bearer")
    response = yield Request(
        check.method,
        "api",
        check.path,
        bearer=None if own else credential.secret,
        key=(declaration.header, declaration.scheme, credential.secret) if own else None,
        headers=check.headers or None,
        fields=check.form,
        json=check.json,
    )
    # Half of what a declared provider is; commands that send nothing start without it.
    from tokcheck.providers.declared.outcomes import read_response  # noqa: PLC0415

    response = response._replace(is_to_head=check.method == "HEAD")
    return read_response(response, declaration, credential, claims)


def _pace(declaration: Declaration) -> Pace:
    """Return the windows that the check request counts in, and the pause between two of them.

    The windows that count all requests of an application come first.
    """
    check = declaration.check
    known = [form for form in declaration.windows if form.seconds]
    counted = [form for form in known if _cost(declaration, form) > 0]
    is_free = not counted and check.cost == 0
    shared = [form for form in counted if form.owner == "project"]
    own = [form for form in counted if form.owner != "project"]
    windows = [
        PaceWindow(
            label_of(form.name, form.seconds),
            form.seconds or _UNKNOWN_SECONDS,
            form.documented or _UNKNOWN_LIMIT,
            _cost(declaration, form),
            form.owner,
        )
        for form in [*shared, *own] or known[:1]
    ]
    if not windows:
        unknown = window_of(_UNKNOWN_SECONDS)
        windows = [PaceWindow(unknown, _UNKNOWN_SECONDS, _UNKNOWN_LIMIT, 0 if is_free else 1)]
    first, *further = windows
    return Pace(
        first.window,
        first.seconds,
        first.limit,
        requests=1,
        every=check.every or _EVERY,
        reports_remaining=bool(declaration.dialect)
        or any(form.remaining or form.used for form in declaration.windows),
        cost=first.cost,
        owner="project" if shared else "user",
        shortest=check.every,
        further=tuple(further),
    )


def _is_of_success(refusal: RefusalRule) -> bool:
    """Return whether a refusal may have a status of success."""
    is_in_body = bool(refusal.path or refusal.contains) and not refusal.check_only
    return is_in_body and (not refusal.statuses or min(refusal.statuses) < _FIRST_ERROR)


def _cost(declaration: Declaration, form: WindowForm) -> int:
    return declaration.check.cost if form.cost is None else form.cost


def _scope(code: str) -> Scope:
    return Scope(code, code, None, "")


def _no_successor(scopes: Sequence[Scope]) -> Mapping[str, tuple[str, ...]]:
    del scopes
    return {}


def declared_remedies(
    title: str, scope: str = "", *, login: str = ""
) -> Mapping[Verdict, tuple[str, ...]]:
    """Return the advice after a verdict; ``scope`` is the one that the check request needs.

    ``login`` is the provider's name if one can log in to it.
    """
    needs = f" The check needs the scope {scope}." if scope else ""
    again = f": `tokcheck login {login} --scope NAME,NAME`." if login else "."
    return MappingProxyType(
        {
            Verdict.EXPIRED: (
                (
                    "Log in again, and tokcheck refreshes the tokens from then on: `tokcheck login "
                    f"{login}`.",
                    "Refresh it with its refresh token: `tokcheck accounts import FILE` stores "
                    "both tokens and refreshes them.",
                )
                if login
                else (
                    "Refresh it with its refresh token, or have the user authorize the application "
                    "again. With a table [oauth] in the declaration, tokcheck does both.",
                )
            ),
            Verdict.REVOKED_OR_INVALID: (
                f"Get a new token from the {title}: this one was revoked, has expired, "
                "or was never issued.",
            ),
            Verdict.INSUFFICIENT_SCOPE: (
                "Have the user authorize the application again, with the missing scope beside the "
                f"others{again}{needs}",
            ),
            Verdict.RATE_LIMITED: ("Wait until a minute after the reset, because clocks differ.",),
            Verdict.SERVICE_GONE: (
                f"Check whether the {title} has a new version or address, and the declaration's "
                "check with it.",
            ),
            Verdict.NOT_PERMITTED: (
                "Other endpoints of the API may still work. Check the account, and the "
                "application's settings.",
            ),
        }
    )
