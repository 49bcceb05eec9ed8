"""The Fitbit Web API: JWT access tokens, the devices endpoint, 150 calls an hour for each user.

Announced as switched off on 2026-11-02 (HTTP 410,
https://developers.google.com/health/migration); everything here works with any server that
still implements it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from tokcheck.core.credential import Credential, CredentialForm, Kind
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
from tokcheck.providers.rate_limit_headers import HeaderNames, QuotaReading, read_quota

# https://dev.fitbit.com/build/reference/web-api/devices/get-devices/
DEVICES = "/1/user/-/devices.json"
# https://dev.fitbit.com/build/reference/web-api/authorization/introspect/
INTROSPECT = "/1.1/oauth2/introspect"

_HEADERS = HeaderNames(
    "fitbit-rate-limit-limit", "fitbit-rate-limit-remaining", "fitbit-rate-limit-reset"
)
_WINDOW: Literal["hour"] = "hour"
_DOCUMENTED_LIMIT = 150

# A code is the access mode of the application, r or w, and one of these. Fitbit publishes no
# table of the codes; the names and meanings are those of its API explorer
# (https://dev.fitbit.com/build/reference/web-api/explore/fitbit-web-api-swagger.json).
_SCOPES = {
    "act": ("activity", "steps, distance, calories, active minutes, exercise logs"),
    "cf": ("cardio_fitness", "maximum oxygen uptake (VO2 max)"),
    "ecg": ("electrocardiogram", "ECG readings taken on the device"),
    "hr": ("heartrate", "heart rate and its variability"),
    "irn": ("irregular_rhythm_notifications", "irregular-rhythm alerts"),
    "loc": ("location", "GPS data"),
    "nut": ("nutrition", "food, water and their goals"),
    "oxy": ("oxygen_saturation", "blood oxygen (SpO2)"),
    "pro": ("profile", "basic information about the user"),
    "res": ("respiratory_rate", "breathing rate at night"),
    "set": ("settings", "account and device settings, alarms, the list of devices"),
    "sle": ("sleep", "sleep logs"),
    "soc": ("social", "friends and leaderboard"),
    "tem": ("temperature", "core and skin temperature"),
    "wei": ("weight", "weight, BMI, body fat"),
}
_ACCESS: dict[str, Literal["read", "read-write"]] = {"r": "read", "w": "read-write"}

# https://developers.google.com/health/migration/api-specifications
_GOOGLE_PREFIX = "https://www.googleapis.com/auth/googlehealth."
_GOOGLE_SCOPES = {
    "activity": "activity_and_fitness",
    # Named by the guide alone: no token with a code for it is known.
    "blood_glucose": "health_metrics_and_measurements",
    "cardio_fitness": "activity_and_fitness",
    "electrocardiogram": "ecg",
    "heartrate": "health_metrics_and_measurements",
    "irregular_rhythm_notifications": "irn",
    "location": "location",
    "nutrition": "nutrition",
    "oxygen_saturation": "health_metrics_and_measurements",
    "profile": "profile",
    "respiratory_rate": "health_metrics_and_measurements",
    "settings": "settings",
    "sleep": "sleep",
    "temperature": "health_metrics_and_measurements",
    "weight": "health_metrics_and_measurements",
}
_GOOGLE_READ_ONLY = {"ecg", "irn", "location"}

_MIGRATE = (
    "Move to the Google Health API. Every user has to consent again, because tokens cannot be "
    "migrated. See https://developers.google.com/health/migration."
)
_RENEW = "Refresh it with its refresh token, or have the user authorize the application again."

# The meaning of each error type, the most specific first: a response may name several.
_BY_TYPE = {
    "expired_token": (Verdict.EXPIRED, "the server reports expired_token"),
    "invalid_token": (
        Verdict.REVOKED_OR_INVALID,
        "it was revoked, or the application's settings changed, or it was never issued",
    ),
    "UNAUTHENTICATED": (
        Verdict.REVOKED_OR_INVALID,
        "expired, revoked or never issued; the response does not say which",
    ),
    "insufficient_scope": (Verdict.INSUFFICIENT_SCOPE, ""),
    "insufficient_permissions": (
        Verdict.NOT_PERMITTED,
        "the application may not use this part of the API",
    ),
    "PERMISSION_DENIED": (
        Verdict.NOT_PERMITTED,
        "it returns PERMISSION_DENIED without a reason",
    ),
}


def probe(credential: Credential, claims: Claims | None) -> ProbeFlow:
    """Probe a token with one call of its hourly quota.

    The devices endpoint returns most, but needs the settings scope; a token without it is sent to
    introspect, which needs none.
    """
    codes = claims.scopes if claims else None
    if codes is None or any(scope(code).name == "settings" for code in codes):
        response = yield Request("GET", "api", DEVICES, bearer=credential.secret)
        return _read_devices(response, credential)
    response = yield Request(
        "POST",
        "api",
        INTROSPECT,
        bearer=credential.secret,
        form=MappingProxyType({"token": credential.secret}),
    )
    return _read_introspection(response, credential)


@lru_cache(maxsize=256)
def scope(code: str) -> Scope:
    """Explain a scope code such as ``rset``; an unknown one is its own name."""
    name, description = _SCOPES.get(code[1:], (None, None))
    access = _ACCESS.get(code[:1])
    if name is None or access is None:
        known = next((text for word, text in _SCOPES.values() if word == code), None)
        return Scope(code, code, None, known)
    return Scope(name, code, access, description)


def same_access(scopes: Sequence[Scope]) -> Mapping[str, tuple[str, ...]]:
    """Return the Google Health scopes that give the access that these give."""
    wanted: dict[str, None] = {}
    for granted in scopes:
        name = _GOOGLE_SCOPES.get(granted.name)
        if name is None:
            continue
        wanted[f"{_GOOGLE_PREFIX}{name}.readonly"] = None
        if granted.access == "read-write" and name not in _GOOGLE_READ_ONLY:
            wanted[f"{_GOOGLE_PREFIX}{name}.writeonly"] = None
    return {"Google Health API": tuple(sorted(wanted))} if wanted else {}


def _read_devices(response: Response, credential: Credential) -> Outcome:
    value = responses.parse_json(response)
    if response.status != 200 or not isinstance(value, list):
        return _read_refusal(response, credential)
    devices = [entry for entry in value if isinstance(entry, dict)]
    if value and not devices:  # a list, but of something else
        return responses.undetermined_outcome(response)
    reading = _read_quota(response)
    return Outcome(
        Verdict.VALID,
        status=200,
        advice=reading.notes,
        quota=(reading.quota,) if reading.quota else (),
        devices=tuple(_read_device(entry, credential) for entry in devices),
    )


def _read_introspection(response: Response, credential: Credential) -> Outcome:
    value = responses.parse_json(response)
    # True and False equal 1 and 0, which version 1.0 wrote; anything else says nothing.
    active = value.get("active") if isinstance(value, dict) else None
    if response.status != 200 or active not in (True, False):
        return _read_refusal(response, credential)
    reading = _read_quota(response)
    quota = (reading.quota,) if reading.quota else ()
    if not active:
        return Outcome(
            Verdict.REVOKED_OR_INVALID,
            "introspection reports it as inactive",
            reading.notes,
            status=200,
            quota=quota,
        )
    note = (
        "The list of devices needs the scope settings, which this token lacks, so it was checked "
        "by introspection instead."
    )
    return Outcome(Verdict.VALID, status=200, advice=(note, *reading.notes), quota=quota)


def _read_quota(response: Response) -> QuotaReading:
    """Return the quota of a successful response, or the documented limit if it has none."""
    reading = read_quota(response.headers, _HEADERS, _WINDOW, response.received_at)
    if reading.quota is not None:
        return reading
    documented = Quota(_WINDOW, _DOCUMENTED_LIMIT, None, None, "documented")
    note = "The response has no rate-limit headers; the number of calls left is not known."
    return QuotaReading(documented, (*reading.notes, note))


def _read_refusal(response: Response, credential: Credential) -> Outcome:
    """Return the outcome of any response but the expected one."""
    errors = responses.parse_errors(response, credential.secret)
    first = errors[0] if errors else None
    reading = read_quota(response.headers, _HEADERS, _WINDOW, response.received_at)
    if response.status == 429:
        known = reading.quota or Quota(_WINDOW, _DOCUMENTED_LIMIT, None, None, "documented")
        notes = reading.notes
        if known.reset_at is None:
            notes += ("The response does not say when the limit resets; the window is an hour.",)
        outcome = Outcome(Verdict.RATE_LIMITED, advice=notes, quota=(known._replace(remaining=0),))
    elif response.status == 410:
        return Outcome(
            Verdict.SERVICE_GONE,
            "the server returns HTTP 410 Gone; the shutdown was announced for 2026-11-02",
            status=410,
            error=first.probe_error if first else None,
        )
    else:
        outcome = _outcome_by_type(response, errors)
        outcome = outcome._replace(
            advice=(*outcome.advice, *reading.notes),
            quota=(reading.quota,) if reading.quota else (),
        )
    return outcome._replace(
        status=response.status, error=outcome.error or (first.probe_error if first else None)
    )


def _outcome_by_type(response: Response, errors: Sequence[responses.ApiError]) -> Outcome:
    if response.status == 401 and not responses.is_api_refusal(response):
        return responses.undetermined_outcome(response, errors[0] if errors else None)
    if 400 <= response.status < 500 and (named := _most_specific(errors)) is not None:
        return named
    if any(_is_about_header(error, response.status) for error in errors):
        return Outcome(
            Verdict.UNDETERMINED,
            "the server did not understand the Authorization header",
            ("A proxy may have removed or changed it. Check the proxies on the way to the API.",),
        )
    if response.status == 401:
        message = errors[0].message if errors else None
        reason = f"HTTP 401: {message}" if message else "HTTP 401 without a reason"
        return Outcome(Verdict.REVOKED_OR_INVALID, reason)
    return responses.undetermined_outcome(response, errors[0] if errors else None)


def _is_about_header(error: responses.ApiError, status: int) -> bool:
    if error.type not in {"invalid_request", "invalid_client"}:
        return False
    # Seen with 401; the page on error handling says 400, which other faults have as well:
    # https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
    named = "authorization header" in (error.message or "").lower()
    return status == 401 or (status == 400 and named)


def _most_specific(errors: Sequence[responses.ApiError]) -> Outcome | None:
    """Return the outcome of the most specific error that is known by its type."""
    by_type = {error.type: error for error in reversed(errors)}
    for kind, (verdict, detail) in _BY_TYPE.items():
        if (error := by_type.get(kind)) is not None:
            return Outcome(verdict, detail or _missing_scope(error), error=error.probe_error)
    for error in errors:  # as this came in 2015: status 401, type authorization
        if "does not have permission to access" in (error.message or ""):
            return Outcome(
                Verdict.INSUFFICIENT_SCOPE, _missing_scope(error), error=error.probe_error
            )
    return None


def _missing_scope(error: responses.ApiError) -> str:
    words = (error.message or "").partition("permission to access ")[2].split(" data")[0].split()
    name = words[0] if len(words) == 1 else "settings"
    return f"the server requires {name}"


def _read_device(entry: dict[str, Any], credential: Credential) -> Device:
    """Read one device; any field may be missing or of another type."""

    def text(field: str) -> str | None:
        return responses.clean_text(entry.get(field), credential.secret)

    synced = text("lastSyncTime")
    return Device(
        name=text("deviceVersion") or "unnamed device",
        type=text("type"),
        battery=text("battery"),
        battery_percent=responses.parse_percent(entry.get("batteryLevel")),
        last_sync=synced,
        # Written without a zone, in the account's own time:
        # https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/
        last_sync_zone="account-local" if synced else None,
    )


PROVIDER = Provider(
    name="fitbit",
    title="Fitbit Web API",
    services=MappingProxyType(
        {"api": ServiceAddress("https://api.fitbit.com", "TOKCHECK_FITBIT_URL")}
    ),
    # https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/
    pace=Pace(_WINDOW, 3600, _DOCUMENTED_LIMIT, requests=1, every=1200, reports_remaining=True),
    forms=(
        CredentialForm(
            Kind.REFRESH_TOKEN,
            anchors=("refresh", "Refresh", "REFRESH"),
            pattern=r"(?i:refresh[_ -]?token)(?: invalid)?"
            r"(?:[\"'\\\s:=>]|%3[AaDd]|%22){1,12}([0-9a-f]{64})(?![0-9A-Za-z])",
            alone=r"([0-9a-f]{64})",
        ),
        CredentialForm(
            Kind.AUTHORIZATION_CODE,
            anchors=("code", "Code", "CODE"),
            pattern=r"(?i:code)(?: invalid)?(?:[\"'\\\s:=>]|%3[AaDd]|%22){1,12}"
            r"([0-9a-f]{40})(?![0-9A-Za-z])",
            alone=r"([0-9a-f]{40})(?:#_=_|#)?",
        ),
        CredentialForm(
            Kind.CLIENT_SECRET,
            anchors=("secret", "Secret", "SECRET"),
            pattern=r"(?i:secret)(?:[\"'\\\s:=>]|%3[AaDd]|%22){1,12}([0-9a-f]{32})(?![0-9A-Za-z])",
            alone=r"([0-9a-f]{32})",
        ),
        CredentialForm(
            Kind.CLIENT_ID,
            anchors=("client", "Client", "CLIENT"),
            pattern=r"(?i:client[_ -]?id)(?:[\"'\\\s:=>]|%3[AaDd]|%22){1,12}"
            r"(2[23][0-9A-Z]{4})(?![0-9A-Za-z])",
            alone=r"(2[23][0-9A-Z]{4})",
        ),
        CredentialForm(
            Kind.BASIC_CREDENTIALS,
            anchors=("-u", "--user"),
            pattern=r"(?:-u|--user)[ =]?[\"']?(2[23][0-9A-Z]{4}:[0-9a-f]{32})(?![0-9A-Za-z])",
            alone=r"(2[23][0-9A-Z]{4}:[0-9a-f]{32})",
        ),
    ),
    issuers=MappingProxyType({"Fitbit": Issuer("fitbit", Kind.ACCESS_TOKEN)}),
    probe=probe,
    scope=scope,
    scopes=tuple(name for name, _ in _SCOPES.values()),
    remedies=MappingProxyType(
        {
            Verdict.EXPIRED: (_RENEW,),
            Verdict.REVOKED_OR_INVALID: (
                "Have the user authorize the application again. Tokens become invalid when the "
                "user revokes the consent or the application's access mode is changed.",
            ),
            Verdict.INSUFFICIENT_SCOPE: (
                "Have the user authorize again with this scope in the request, and ticked on the "
                "consent page: users can untick any scope.",
            ),
            Verdict.RATE_LIMITED: (
                "Wait until a minute after the reset, because clocks differ. The limit is "
                "150 calls an hour for each user and application.",
            ),
            Verdict.SERVICE_GONE: (
                _MIGRATE,
                "If you use another server that implements this API, set its address with "
                "--api-url or TOKCHECK_FITBIT_URL.",
            ),
            Verdict.NOT_PERMITTED: (
                "Other endpoints may still work. Check the application's type and settings; "
                "since April 2026 some endpoints deny every caller.",
                _MIGRATE,
            ),
        }
    ),
    instead=MappingProxyType(
        {
            Kind.REFRESH_TOKEN: (
                "Exchange it at /oauth2/token (grant_type=refresh_token) and check the "
                "access_token in the response. It works once: keep the new refresh token."
            ),
            Kind.AUTHORIZATION_CODE: (
                "Exchange it at /oauth2/token within 10 minutes and check the access_token in "
                "the response. It works once."
            ),
            Kind.BASIC_CREDENTIALS: (
                "They authenticate an application at /oauth2/token. Paste the access token that "
                "the endpoint returns, and reset the secret if others have seen it."
            ),
            Kind.CLIENT_ID: (
                "It identifies an application. Have a user authorize that application, and paste "
                "the access token that results."
            ),
            Kind.CLIENT_SECRET: (
                "It belongs in the application's configuration and nowhere else: reset it if "
                "others have seen it. Paste the access token, which begins with eyJ."
            ),
        }
    ),
    same_access=same_access,
    leaked=MappingProxyType(
        {
            Kind.ACCESS_TOKEN: (
                "Revoke it: POST /oauth2/revoke with token=… ends the user's consent and all its "
                "tokens."
            ),
            Kind.REFRESH_TOKEN: (
                "Revoke it: POST /oauth2/revoke with token=… ends the user's consent and all its "
                "tokens. Until then it yields new access tokens."
            ),
            Kind.AUTHORIZATION_CODE: "It works once, within 10 minutes. Authorize again.",
            Kind.CLIENT_SECRET: "Reset it in the application's settings.",
        }
    ),
    oauth=OAuth(
        # https://dev.fitbit.com/build/reference/web-api/authorization/authorize
        authorize=ServiceAddress(
            "https://www.fitbit.com/oauth2/authorize", "TOKCHECK_FITBIT_AUTHORIZE_URL"
        ),
        service="api",
        # https://dev.fitbit.com/build/reference/web-api/authorization/oauth2-token/
        token="/oauth2/token",  # noqa: S106 - a path
        # https://dev.fitbit.com/build/reference/web-api/authorization/revoke-token
        revoke="/oauth2/revoke",
        scopes=MappingProxyType({name: name for name, _ in _SCOPES.values()}),
        default_scopes=("activity", "heartrate", "profile", "settings", "sleep"),
        extra=MappingProxyType({}),
        client_login="basic",
        # https://dev.fitbit.com/build/reference/web-api/developer-guide/best-practices/
        single_use=True,
        grace=120,
        successor="google-health",
    ),
)
