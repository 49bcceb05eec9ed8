"""The Google Health API: opaque Google access tokens, probed at tokeninfo and identity.

No header holds the remaining quota; the documented limit is 300 requests a minute for each user
(https://developers.google.com/health/rate-limits).
"""

from types import MappingProxyType

from tokcheck.core.credential import Credential, CredentialForm, Kind
from tokcheck.core.report import Claims, Outcome, Quota
from tokcheck.paste.finder import Issuer
from tokcheck.providers.base import OAuth, Pace, ProbeFlow, Provider, Response, ServiceAddress
from tokcheck.providers.google_health.advice import INSTEAD, LEAKED, REMEDIES, TESTING_DAYS
from tokcheck.providers.google_health.documented_quota import DOCUMENTED_LIMIT, WINDOW
from tokcheck.providers.google_health.scopes import (
    PREFIX,
    SCOPES,
    WRITABLE,
    same_access,
    scope,
    token_title,
)


def _probe(credential: Credential, claims: Claims | None) -> ProbeFlow:
    # Half of what a provider is; commands that send nothing start without it.
    from tokcheck.providers.google_health.probe_flow import probe  # noqa: PLC0415

    return probe(credential, claims)


def _read_error(response: Response) -> Outcome:
    from tokcheck.providers.google_health.error_responses import read_error  # noqa: PLC0415 - the same

    return read_error(response)


def _read_quota(response: Response) -> tuple[Quota, ...]:
    del response  # no header of this API reports what is left
    return ()


PROVIDER = Provider(
    name="google-health",
    title="Google Health API",
    services=MappingProxyType(
        {
            "api": ServiceAddress("https://health.googleapis.com", "TOKCHECK_GOOGLE_HEALTH_URL"),
            "oauth": ServiceAddress("https://oauth2.googleapis.com", "TOKCHECK_GOOGLE_OAUTH_URL"),
        }
    ),
    # Lengths and prefixes: https://developers.google.com/identity/protocols/oauth2#size
    # https://developers.google.com/health/rate-limits ; tokeninfo counts towards no limit of these,
    # and is counted all the same.
    pace=Pace(WINDOW, 60, DOCUMENTED_LIMIT, requests=3, every=300, reports_remaining=False),
    token_seconds=3_600,
    forms=(
        CredentialForm(
            Kind.ACCESS_TOKEN, ("ya29.",), r"(ya29\.[A-Za-z0-9_.-]+)", shortest=40, usual=100
        ),
        CredentialForm(
            Kind.REFRESH_TOKEN,
            ("1//0", "1%2F%2F0", "1%252F%252F0", "1\\/\\/0"),
            r"(1(?://|%(?:25)?2F%(?:25)?2F|\\/\\/)0[A-Za-z0-9_-]{20,})",
            usual=100,
        ),
        CredentialForm(
            Kind.AUTHORIZATION_CODE,
            ("4/0", "4%2F0", "4%252F0", "4\\/0"),
            r"(4(?:/|%(?:25)?2F|\\/)0[A-Za-z0-9_-]{16,})",
            usual=50,
        ),
        CredentialForm(Kind.CLIENT_SECRET, ("GOCSPX-",), r"(GOCSPX-[A-Za-z0-9_-]{20,})"),
        CredentialForm(Kind.API_KEY, ("AIza",), r"(AIza[A-Za-z0-9_-]{35})"),
        CredentialForm(
            Kind.CLIENT_ID,
            (".apps.googleusercontent.com",),
            r"(\d{6,20}(?:-[a-z0-9]{3,40})?\.apps\.googleusercontent\.com)",
            reach=64,
        ),
    ),
    issuers=MappingProxyType(
        {
            "https://accounts.google.com": Issuer("google-health", Kind.ID_TOKEN),
            "accounts.google.com": Issuer("google-health", Kind.ID_TOKEN),
        }
    ),
    probe=_probe,
    scope=scope,
    scopes=tuple(SCOPES),
    remedies=REMEDIES,
    instead=INSTEAD,
    same_access=same_access,
    leaked=LEAKED,
    endpoints=OAuth(
        # https://developers.google.com/identity/protocols/oauth2/web-server
        authorize=ServiceAddress(
            "https://accounts.google.com/o/oauth2/v2/auth", "TOKCHECK_GOOGLE_AUTHORIZE_URL"
        ),
        service="oauth",
        token="/token",  # noqa: S106 - a path
        revoke="/revoke",
        scopes=MappingProxyType(
            {name: f"{PREFIX}{name}.readonly" for name in SCOPES}
            | {f"{name}.writeonly": f"{PREFIX}{name}.writeonly" for name in WRITABLE}
        ),
        default_scopes=(
            "activity_and_fitness",
            "health_metrics_and_measurements",
            "profile",
            "settings",
            "sleep",
        ),
        # Without the first no refresh token comes at all, without the second only the first time.
        extra=MappingProxyType({"access_type": "offline", "prompt": "consent"}),
        client_login="body",
        registration="https://console.cloud.google.com/auth/clients",
        needs_secret=True,
        single_use=False,
        testing_days=TESTING_DAYS,
        grace=0,
        # https://developers.google.com/identity/protocols/oauth2/native-app
        any_port=True,
    ),
    read_error=_read_error,
    read_quota=_read_quota,
    error_signs=(
        "health.googleapis.com",
        "oauth2.googleapis.com",
        "accounts.google.com",
        "www.googleapis.com/oauth2",
        "googlehealth",
        "google health",
        "fitbit.google.com",
        "google.auth.",
        "google/auth/",
        "google/oauth2/",
        "oauth2client",
    ),
    error_name="google",
    token_title=token_title,
    issuer_title="Google",
)
