"""The Fitbit Web API: JWT access tokens, the devices endpoint, 150 requests an hour for each user.

Announced as switched off on 2026-11-02 (HTTP 410,
https://developers.google.com/health/migration); everything here works with any server that
still implements it.
"""

from types import MappingProxyType

from tokcheck.core.credential import Credential, CredentialForm, Kind
from tokcheck.core.report import Claims, Outcome, Quota
from tokcheck.paste.finder import Issuer
from tokcheck.paste.notations.label_gap import LABEL_GAP, REFRESH_OPENING, SECRET_OPENING
from tokcheck.providers.base import OAuth, Pace, ProbeFlow, Provider, Response, ServiceAddress
from tokcheck.providers.fitbit.advice import INSTEAD, LEAKED, MIGRATION, REMEDIES
from tokcheck.providers.fitbit.documented_quota import DOCUMENTED_LIMIT, WINDOW
from tokcheck.providers.fitbit.scopes import SCOPES, same_access, scope


def _probe(credential: Credential, claims: Claims | None) -> ProbeFlow:
    # Half of what a provider is; commands that send nothing start without it.
    from tokcheck.providers.fitbit.probe_flow import probe  # noqa: PLC0415

    return probe(credential, claims)


def _read_error(response: Response) -> Outcome:
    from tokcheck.providers.fitbit.error_responses import read_error  # noqa: PLC0415 - the same

    return read_error(response)


def _read_quota(response: Response) -> tuple[Quota, ...]:
    from tokcheck.providers.fitbit.quota import quota_from_headers  # noqa: PLC0415 - the same

    quota = quota_from_headers(response).quota
    return () if quota is None else (quota,)


PROVIDER = Provider(
    name="fitbit",
    title="Fitbit Web API",
    services=MappingProxyType(
        {"api": ServiceAddress("https://api.fitbit.com", "TOKCHECK_FITBIT_URL")}
    ),
    pace=Pace(WINDOW, 3600, DOCUMENTED_LIMIT, requests=1, every=1200, reports_remaining=True),
    forms=(
        # Hexadecimal digits have no owner until the text around them names Fitbit.
        CredentialForm(
            Kind.REFRESH_TOKEN,
            anchors=("refresh", "Refresh", "REFRESH"),
            pattern=rf"{REFRESH_OPENING}([0-9a-f]{{64}})(?![0-9A-Za-z])",
            alone=r"([0-9a-f]{64})",
            decisive=False,
        ),
        # Fitbit's redirect ends so.
        CredentialForm(
            Kind.AUTHORIZATION_CODE,
            anchors=("code=", "code%3D", "code%3d"),
            pattern=r"code(?:=|%3[Dd])([0-9a-f]{40})(?:&state(?:=|%3[Dd])[\w.~%-]{1,200})?"
            r"(?:#|%23)_(?:=|%3[Dd])_",
            alone=r"([0-9a-f]{40})#_=_",
        ),
        CredentialForm(
            Kind.AUTHORIZATION_CODE,
            anchors=("code", "Code", "CODE"),
            pattern=r"(?i:code)(?: invalid| is)?(?:[\"'\\\s:=>]|%3[AaDd]|%22){1,12}"
            r"([0-9a-f]{40})(?![0-9A-Za-z])",
            alone=r"([0-9a-f]{40})#?",
            decisive=False,
        ),
        CredentialForm(
            Kind.CLIENT_SECRET,
            anchors=("secret", "Secret", "SECRET"),
            pattern=rf"{SECRET_OPENING}([0-9a-f]{{32}})(?![0-9A-Za-z])",
            alone=r"([0-9a-f]{32})",
            decisive=False,
        ),
        CredentialForm(
            Kind.CLIENT_ID,
            anchors=("client", "Client", "CLIENT"),
            pattern=rf"(?i:client[_ -]?id){LABEL_GAP}"
            r"(2[23](?=\d{0,3}[A-Z])[0-9A-Z]{4})(?![0-9A-Za-z])",
            alone=r"(2[23](?=\d{0,3}[A-Z])[0-9A-Z]{4})",
        ),
        CredentialForm(
            Kind.CLIENT_ID,
            anchors=("client", "Client", "CLIENT"),
            pattern=rf"(?i:client[_ -]?id){LABEL_GAP}"
            r"(2[23][0-9]{4})(?![0-9A-Za-z])",
            alone=r"(2[23][0-9]{4})",
            decisive=False,
        ),
        CredentialForm(
            Kind.BASIC_CREDENTIALS,
            anchors=("-u", "--user", "://"),
            pattern=r"(?:(?:-u|--user)[ =]?[\"']?|://)(2[23][0-9A-Z]{4}:[0-9a-f]{32})(?![0-9A-Za-z])",
            alone=r"(2[23][0-9A-Z]{4}:[0-9a-f]{32})",
        ),
    ),
    issuers=MappingProxyType({"Fitbit": Issuer("fitbit", Kind.ACCESS_TOKEN)}),
    probe=_probe,
    scope=scope,
    scopes=tuple(name for name, _ in SCOPES.values()),
    remedies=REMEDIES,
    instead=INSTEAD,
    same_access=same_access,
    leaked=LEAKED,
    endpoints=OAuth(
        # https://dev.fitbit.com/build/reference/web-api/authorization/authorize
        authorize=ServiceAddress(
            "https://www.fitbit.com/oauth2/authorize", "TOKCHECK_FITBIT_AUTHORIZE_URL"
        ),
        service="api",
        # https://dev.fitbit.com/build/reference/web-api/authorization/oauth2-token/
        token="/oauth2/token",  # noqa: S106 - a path
        # https://dev.fitbit.com/build/reference/web-api/authorization/revoke-token
        revoke="/oauth2/revoke",
        scopes=MappingProxyType({name: name for name, _ in SCOPES.values()}),
        default_scopes=("activity", "heartrate", "profile", "settings", "sleep"),
        extra=MappingProxyType({}),
        client_login="basic",
        registration="https://dev.fitbit.com/apps",
        # https://dev.fitbit.com/build/reference/web-api/developer-guide/best-practices/
        single_use=True,
        grace=120,
        successor="google-health",
        migration=MIGRATION,
    ),
    read_error=_read_error,
    read_quota=_read_quota,
    error_signs=(
        "api.fitbit.com",
        "www.fitbit.com/oauth2",
        "dev.fitbit.com",
        "fitbit-rate-limit-",
        "fitbit.exceptions",
        "fitbit_client.exceptions",
        "/fitbit/api.py",
    ),
    error_name="fitbit",
)
