"""The Google Health API: opaque Google access tokens, probed at tokeninfo and identity.

No header holds the remaining quota; the documented limit is 300 calls a minute for each user
(https://developers.google.com/health/rate-limits).
"""

from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from tokcheck.core.credential import Credential, CredentialForm, Kind
from tokcheck.core.errors import NetError
from tokcheck.core.json_numbers import parse_seconds
from tokcheck.core.lazy_regex import LazyRegex
from tokcheck.core.report import Claims, Device, Outcome, Quota, Scope, Verdict
from tokcheck.paste.finder import Issuer
from tokcheck.providers import responses
from tokcheck.providers.base import (
    OAuth,
    Pace,
    ProbeFlow,
    Provider,
    Request,
    Response,
    ServiceAddress,
)
from tokcheck.providers.rate_limit_headers import delay_end, retry_after

TOKENINFO = "/tokeninfo"
# https://developers.google.com/health/reference/rest/v4/users/getIdentity
IDENTITY = "/v4/users/me/identity"
# https://developers.google.com/health/reference/rest/v4/users.pairedDevices ; 100 is the most
PAIRED_DEVICES = "/v4/users/me/pairedDevices?pageSize=100"

_PREFIX = "https://www.googleapis.com/auth/googlehealth."
_LIMIT_A_MINUTE = 300
_QUOTA = Quota("minute", _LIMIT_A_MINUTE, None, None, "documented")

# https://developers.google.com/health/scopes
_SCOPES = {
    "activity_and_fitness": "steps, distance, calories, exercise, cardio fitness",
    "ecg": "ECG readings taken on the device",
    "health_metrics_and_measurements": "heart rate, oxygen, breathing, weight, glucose and more",
    "irn": "irregular-rhythm alerts",
    "location": "GPS data",
    "nutrition": "food and water",
    "profile": "basic information about the user",
    "settings": "units and time zone, the list of paired devices",
    "sleep": "sleep logs",
}
_WRITABLE = (
    "activity_and_fitness",
    "health_metrics_and_measurements",
    "nutrition",
    "profile",
    "settings",
    "sleep",
)
_ACCESS: dict[str, Literal["read", "write"]] = {"readonly": "read", "writeonly": "write"}

_CONSENT_AGAIN = (
    "Have the user authorize again with this scope in the request, and ticked on the consent "
    "page: users can untick any scope."
)
_BAD_TOKEN = "expired, revoked or never issued; Google does not say which"  # noqa: S105 - a clause
_SCOPE_REASONS = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "MISSING_OAUTH_SCOPE",
    "insufficientPermissions",
}
_QUOTA_REASONS = {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded"}
_IDS_IN_ORDER = ("healthUserId", "legacyUserId")
_IDS = frozenset({"name", *_IDS_IN_ORDER})
_PROJECT = LazyRegex(r"\bproject(?:s/|_number:| )(\d{1,20})\b")


def probe(credential: Credential, claims: Claims | None) -> ProbeFlow:  # noqa: ARG001 - opaque tokens claim nothing
    """Request tokeninfo, then identity, then, if the scope allows it, the paired devices.

    tokeninfo spends nothing of the API's quota and returns expiry and scopes; identity shows
    whether the account and the project behind the token are in order.
    """
    token_claims, refused = yield from _request_tokeninfo(credential)
    if refused is not None:
        return refused
    response = yield Request("GET", "api", IDENTITY, bearer=credential.secret)
    identity = responses.parse_json(response)
    if response.status != 200 or not isinstance(identity, dict) or _IDS.isdisjoint(identity):
        return _with_claims(_read_refusal(response, credential, token_claims), token_claims)
    ids = (responses.clean_text(identity.get(field), credential.secret) for field in _IDS_IN_ORDER)
    claims_now = (token_claims or Claims())._replace(user_id=next(filter(None, ids), None))
    outcome = Outcome(Verdict.VALID, status=200, quota=(_QUOTA,), claims=claims_now)
    if token_claims is None:
        return outcome._replace(
            advice=("Expiry and scopes are not known: tokeninfo returned no usable response.",)
        )
    if token_claims.scopes is None:
        return outcome._replace(advice=("tokeninfo did not return the granted scopes.",))
    if _PREFIX + "settings.readonly" not in token_claims.scopes:
        return outcome._replace(
            advice=("The list of devices needs the scope settings.readonly, which is not granted.",)
        )
    return (yield from _request_devices(credential, outcome))


def _request_tokeninfo(
    credential: Credential,
) -> Generator[Request, Response, tuple[Claims | None, Outcome | None]]:
    """Request tokeninfo, with the token in the body and never in an address.

    Only a clear refusal ends the probe: without tokeninfo's response the API can still be
    requested.
    """
    form = MappingProxyType({"access_token": credential.secret})
    try:
        response = yield Request("POST", "oauth", TOKENINFO, form=form)
    except NetError:
        return None, None
    value = responses.parse_json(response)
    if response.status == 200 and isinstance(value, dict) and "error" not in value:
        claims = _read_tokeninfo(value, response, credential)
        return (None if claims == Claims() else claims), None
    errors = responses.parse_errors(response, credential.secret)
    is_refused = response.status in (400, 401) and not responses.has_foreign_challenge(response)
    if is_refused and errors and errors[0].type == "invalid_token":
        return None, Outcome(
            Verdict.REVOKED_OR_INVALID,
            _BAD_TOKEN,
            status=response.status,
            error=errors[0].probe_error,
        )
    return None, None


def _request_devices(
    credential: Credential, outcome: Outcome
) -> Generator[Request, Response, Outcome]:
    """Add the devices; a failure to read them changes nothing about the token."""
    try:
        response = yield Request("GET", "api", PAIRED_DEVICES, bearer=credential.secret)
    except NetError as error:
        return outcome._replace(
            advice=(f"The devices could not be read: {error.message}.",), devices_failed=True
        )
    value = responses.parse_json(response)
    devices = value.get("pairedDevices", []) if isinstance(value, dict) else None
    if response.status != 200 or not isinstance(devices, list) or "error" in value:
        return outcome._replace(
            advice=(f"The devices could not be read (HTTP {response.status}).",),
            devices_failed=True,
        )
    more = ("There are more than 100 devices; the first 100 are shown.",)
    return outcome._replace(
        devices=tuple(
            _read_device(entry, credential) for entry in devices if isinstance(entry, dict)
        ),
        advice=more if value.get("nextPageToken") else (),
    )


def _read_refusal(
    response: Response, credential: Credential, token_claims: Claims | None
) -> Outcome:
    """Return the outcome of any response of the API but the expected one."""
    errors = responses.parse_errors(response, credential.secret)
    error = errors[0] if errors else responses.ApiError(None, None, {})
    outcome = _outcome_by_reason(response, error, token_claims)
    shown = error.probe_error if errors else None
    return outcome._replace(status=response.status, error=outcome.error or shown)


def _outcome_by_reason(  # noqa: C901 - a table of cases
    response: Response, error: responses.ApiError, token_claims: Claims | None
) -> Outcome:
    status, reason, message = response.status, error.type, error.message or ""
    if not 400 <= status < 500:  # not a refusal, so its body does not count
        return responses.undetermined_outcome(response, error if error.type else None)
    if status == 429 or (status == 403 and reason in _QUOTA_REASONS):
        return _rate_limited(response, error)
    if status == 410:
        return Outcome(Verdict.SERVICE_GONE, "the server returns HTTP 410 Gone")
    if reason == "CREDENTIALS_MISSING":
        return Outcome(
            Verdict.UNDETERMINED,
            "the token did not reach the server",
            ("A proxy may have removed the Authorization header. Check the proxies on the way.",),
        )
    if status == 401 and not responses.is_api_refusal(response):
        return responses.undetermined_outcome(response, error if error.type else None)
    if status == 401:
        return Outcome(Verdict.REVOKED_OR_INVALID, _BAD_TOKEN)
    if reason in _SCOPE_REASONS:
        return _scope_missing(token_claims)
    if status == 403 and (
        reason in {"SERVICE_DISABLED", "accessNotConfigured"}
        or "has not been used in project" in message
    ):
        return _api_disabled(error, token_claims)
    if reason == "ACCOUNT_NOT_LINKED":
        return Outcome(Verdict.ACCOUNT_NOT_LINKED)
    if status == 412 and responses.has_error_form(response):
        return Outcome(Verdict.PROFILE_MISSING)
    if reason == "RESOURCE_PERMISSION_DENIED":
        return Outcome(Verdict.GRANT_BROKEN)
    if status == 403 and reason == "PERMISSION_DENIED":
        return Outcome(Verdict.NOT_PERMITTED, "it returns PERMISSION_DENIED without a reason")
    return responses.undetermined_outcome(response, error if error.type else None)


def _rate_limited(response: Response, error: responses.ApiError) -> Outcome:
    delay = error.details.get("retryDelay", "")
    reset_at = delay_end(delay, response.headers, response.received_at) or retry_after(
        response.headers, response.received_at
    )
    name = error.details.get("quota_limit", "")
    notes: tuple[str, ...] = (f"The exceeded limit is {name}.",) if name else ()
    if reset_at is None:
        notes += ("The response does not say when to try again; the window is a minute.",)
    return Outcome(
        Verdict.RATE_LIMITED, advice=notes, quota=(_QUOTA._replace(remaining=0, reset_at=reset_at),)
    )


def _scope_missing(token_claims: Claims | None) -> Outcome:
    """Conclude for a token that identity rejects; its other granted scopes may still work."""
    granted = [
        name for name in (token_claims and token_claims.scopes) or () if name.startswith(_PREFIX)
    ]
    if not granted or _PREFIX + "profile.readonly" in granted:
        return Outcome(
            Verdict.INSUFFICIENT_SCOPE,
            "the API requires a Google Health read scope, such as profile.readonly",
        )
    reads = any(name.endswith(".readonly") for name in granted)
    # By its description any read scope will do; one client's list requires profile.readonly.
    wanted = "the scope profile.readonly" if reads else "a read scope"
    note = (
        f"The identity endpoint needs {wanted}, which this token lacks; tokeninfo reports that "
        "the token itself is valid."
    )
    return Outcome(Verdict.VALID, advice=(note,), quota=(_QUOTA,))


def _api_disabled(error: responses.ApiError, token_claims: Claims | None) -> Outcome:
    match = _PROJECT.search(error.details.get("consumer", "")) or _PROJECT.search(
        error.message or ""
    )
    number = match.group(1) if match else None
    if number is None and token_claims is not None and token_claims.client_id:
        # By convention a client id begins with the number of its project.
        head = token_claims.client_id.partition("-")[0]
        number = head if head.isdigit() else None
    where = f"?project={number}" if number else ""
    return Outcome(
        Verdict.API_DISABLED,
        f"project number {number}" if number else "",
        (
            "Enable it at https://console.cloud.google.com/apis/library/health.googleapis.com"
            f"{where} and try again in a few minutes. It must be enabled in the project of the "
            "OAuth client that requested the token.",
        ),
    )


def _with_claims(outcome: Outcome, token_claims: Claims | None) -> Outcome:
    return outcome if token_claims is None else outcome._replace(claims=token_claims)


def _read_tokeninfo(value: Mapping[str, Any], response: Response, credential: Credential) -> Claims:
    """Read tokeninfo's response, in which every value is a string.

    https://docs.cloud.google.com/nodejs/docs/reference/google-auth-library/latest/google-auth-library/tokeninfo
    """
    secret = credential.secret
    client = responses.clean_text(value.get("azp"), secret) or responses.clean_text(
        value.get("aud"), secret
    )
    scopes = value.get("scope")
    expires_at = _read_expiry(value.get("exp"))
    if expires_at is None:
        expires_at = delay_end(
            f"{value.get('expires_in', '')}s", response.headers, response.received_at
        )
    granted = None
    if isinstance(scopes, str):
        names = (responses.clean_text(name, secret, longest=200) for name in scopes.split())
        granted = tuple(dict.fromkeys(filter(None, names)))
    return Claims(client_id=client, expires_at=expires_at, scopes=granted)


def _read_expiry(value: object) -> datetime | None:
    seconds = parse_seconds(value)
    if seconds is None or seconds < 1:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read_device(entry: Mapping[str, Any], credential: Credential) -> Device:
    def text(field: str) -> str | None:
        return responses.clean_text(entry.get(field), credential.secret)

    synced = text("lastSyncTime")
    return Device(
        name=text("deviceVersion") or "unnamed device",
        type=text("deviceType"),
        battery=text("batteryStatus"),
        battery_percent=responses.parse_percent(entry.get("batteryLevel")),
        last_sync=synced,
        last_sync_zone="utc" if synced else None,
    )


def scope(code: str) -> Scope:
    """Explain a scope's address; one that is not of the API is shown by its last part."""
    if not code.startswith(_PREFIX):
        return Scope(code.removeprefix("https://www.googleapis.com/auth/"), code, None, None)
    name, _, mode = code.removeprefix(_PREFIX).partition(".")
    return Scope(name, code, _ACCESS.get(mode), _SCOPES.get(name))


def same_access(scopes: Sequence[Scope]) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001 - has no successor
    """Return nothing: this API has no successor."""
    return {}


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
    pace=Pace("minute", 60, _LIMIT_A_MINUTE, requests=3, every=300, reports_remaining=False),
    forms=(
        CredentialForm(Kind.ACCESS_TOKEN, ("ya29.",), r"(ya29\.[A-Za-z0-9_.-]+)", shortest=40),
        CredentialForm(
            Kind.REFRESH_TOKEN,
            ("1//0", "1%2F%2F0", "1%252F%252F0", "1\\/\\/0"),
            r"(1(?://|%(?:25)?2F%(?:25)?2F|\\/\\/)0[A-Za-z0-9_-]{20,})",
        ),
        CredentialForm(
            Kind.AUTHORIZATION_CODE,
            ("4/0", "4%2F0", "4%252F0", "4\\/0"),
            r"(4(?:/|%(?:25)?2F|\\/)0[A-Za-z0-9_-]{16,})",
        ),
        CredentialForm(Kind.CLIENT_SECRET, ("GOCSPX-",), r"(GOCSPX-[A-Za-z0-9_-]{20,})"),
        CredentialForm(Kind.API_KEY, ("AIza",), r"(AIza[A-Za-z0-9_-]{35})"),
        CredentialForm(
            Kind.CLIENT_ID,
            (".apps.googleusercontent.com",),
            r"(\d{6,20}-[a-z0-9]{20,40}\.apps\.googleusercontent\.com)",
            reach=64,
        ),
    ),
    issuers=MappingProxyType(
        {
            "https://accounts.google.com": Issuer("google-health", Kind.ID_TOKEN),
            "accounts.google.com": Issuer("google-health", Kind.ID_TOKEN),
        }
    ),
    probe=probe,
    scope=scope,
    scopes=tuple(_SCOPES),
    remedies=MappingProxyType(
        {
            Verdict.EXPIRED: ("Refresh it: a Google access token is valid for one hour.",),
            Verdict.REVOKED_OR_INVALID: (
                "Refresh it first: a Google access token is valid for one hour, so it has most "
                "likely expired.",
                "If the refresh fails with invalid_grant, the user has to consent again. While "
                "the OAuth consent screen is in Testing, consent expires after 7 days.",
            ),
            Verdict.INSUFFICIENT_SCOPE: (_CONSENT_AGAIN,),
            Verdict.RATE_LIMITED: (
                "Wait, then retry with exponential backoff. The limit is 300 calls a minute for "
                "each user; 150 while the application is unverified.",
            ),
            Verdict.ACCOUNT_NOT_LINKED: (
                "The token itself is valid. Most often the user consented with the wrong Google "
                "account: sign in with the one that the Google Health app uses, or link this one "
                "at "
                "https://fitbit.google.com/auth/signup.",
            ),
            Verdict.PROFILE_MISSING: (
                "The token itself is valid. Set up the Google Health app with this account, then "
                "try again.",
            ),
            Verdict.GRANT_BROKEN: (
                "Remove the application at https://myaccount.google.com/connections and have the "
                "user consent again. Refreshing does not fix it.",
            ),
            Verdict.NOT_PERMITTED: (
                "Most often the user's Fitbit account has not been moved to Google. Move it, then "
                "have the user consent again.",
            ),
            Verdict.SERVICE_GONE: ("Check the API's address.",),
        }
    ),
    instead=MappingProxyType(
        {
            Kind.REFRESH_TOKEN: (
                "Exchange it at https://oauth2.googleapis.com/token (grant_type=refresh_token) "
                "and check the access_token in the response, which begins with ya29."
            ),
            Kind.AUTHORIZATION_CODE: (
                "Exchange it at https://oauth2.googleapis.com/token within minutes and check the "
                "access_token in the response. It works once."
            ),
            Kind.CLIENT_ID: (
                "It identifies an application. Have a user authorize that application, and paste "
                "the access token that results."
            ),
            Kind.CLIENT_SECRET: (
                "It belongs in the application's configuration and nowhere else: reset it if "
                "others have seen it. Paste the access token, which begins with ya29."
            ),
            Kind.API_KEY: (
                "The Google Health API accepts no API keys. Paste an OAuth access token, which "
                "begins with ya29."
            ),
            Kind.ID_TOKEN: (
                "An ID token identifies the user who signed in and gives no access to an API. "
                "Paste the access_token from the same response; it begins with ya29."
            ),
        }
    ),
    same_access=same_access,
    # https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    leaked=MappingProxyType(
        {
            Kind.ACCESS_TOKEN: (
                "Revoke it: POST https://oauth2.googleapis.com/revoke with token=… ends the grant."
            ),
            Kind.REFRESH_TOKEN: (
                "Revoke it: POST https://oauth2.googleapis.com/revoke with token=… ends the "
                "grant. Until then it yields new access tokens."
            ),
            Kind.AUTHORIZATION_CODE: "It works once, within minutes. Authorize again.",
            Kind.CLIENT_SECRET: "Create a new one in the Google Cloud console and delete this one.",
            Kind.API_KEY: "Delete it in the Google Cloud console.",
            Kind.ID_TOKEN: "It identifies its user and is valid for an hour; do not store it.",
        }
    ),
    oauth=OAuth(
        # https://developers.google.com/identity/protocols/oauth2/web-server
        authorize=ServiceAddress(
            "https://accounts.google.com/o/oauth2/v2/auth", "TOKCHECK_GOOGLE_AUTHORIZE_URL"
        ),
        service="oauth",
        token="/token",  # noqa: S106 - a path
        revoke="/revoke",
        scopes=MappingProxyType(
            {name: f"{_PREFIX}{name}.readonly" for name in _SCOPES}
            | {f"{name}.writeonly": f"{_PREFIX}{name}.writeonly" for name in _WRITABLE}
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
        single_use=False,
        grace=0,
        # https://developers.google.com/identity/protocols/oauth2/native-app
        any_port=True,
    ),
)
