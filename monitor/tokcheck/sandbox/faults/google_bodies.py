"""The error bodies of the Google Health API: ``google.rpc.Status`` in an ``error`` envelope.

https://google.aip.dev/193 and https://developers.google.com/health/reference/rest/v4/errors
"""

from collections.abc import Mapping
from typing import Any

from tokcheck.sandbox.http_messages import HttpRequest, encode_json

SERVICE = "health.googleapis.com"
PROJECT = "100000000001"
REALM = 'Bearer realm="https://accounts.google.com/"'

_METHODS = {
    "identity": "GetIdentity",
    "profile": "GetProfile",
    "settings": "GetSettings",
    "pairedDevices": "ListPairedDevices",
    "irnProfile": "GetIrnProfile",
}
_DATA_METHODS = {
    "dataPoints": "ListDataPoints",
    "dataPoints:reconcile": "ReconcileDataPoints",
    "dataPoints:rollUp": "RollUpDataPoints",
    "dataPoints:dailyRollUp": "DailyRollUpDataPoints",
}
_SEE = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def status(code: int, word: str, message: str, *details: Mapping[str, Any], **more: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return an error envelope; ``details`` is left out when empty, as the real one does."""
    error: dict[str, Any] = {"code": code, "message": message, **more, "status": word}
    if details:
        error["details"] = details
    return encode_json({"error": error}, indent=2)


def info(reason: str, domain: str, **metadata: str) -> dict[str, Any]:
    """Return an ErrorInfo entry; its ``reason`` is what a program should read."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def method_of(path: str) -> str:
    """Return the full name of the method that ``path`` calls."""
    last = path.rstrip("/").rpartition("/")[2]
    if "/dataTypes/" in path:
        name = f"DataPointsService.{_DATA_METHODS.get(last, 'GetDataPoint')}"
    else:
        name = f"HealthProfileService.{_METHODS.get(last, 'GetPairedDevice')}"
    return f"google.devicesandservices.health.v4.{name}"


def bad_bearer() -> bytes:
    """401 for an expired, a revoked and an invented token alike: no details distinguish them."""
    message = f"Request had invalid authentication credentials. {_SEE}"
    return status(401, "UNAUTHENTICATED", message)


def credentials_missing(request: HttpRequest) -> bytes:
    """401 without a token."""
    message = f"Request is missing required authentication credential. {_SEE}"
    where = {"service": SERVICE, "method": method_of(request.path)}
    detail = info("CREDENTIALS_MISSING", "googleapis.com", **where)
    return status(401, "UNAUTHENTICATED", message, detail)


def api_key(request: HttpRequest) -> bytes:
    """401 for a request with an API key in place of a token."""
    message = f"API keys are not supported by this API. {_SEE}"
    where = {"service": SERVICE, "method": method_of(request.path)}
    detail = info("CREDENTIALS_MISSING", "googleapis.com", **where)
    return status(401, "UNAUTHENTICATED", message, detail)


def scope_missing(request: HttpRequest, reason: str = "ACCESS_TOKEN_SCOPE_INSUFFICIENT") -> bytes:
    """403 in the Google-wide form: https://github.com/analogdotnow/Analog/issues/296 ."""
    where = {"service": SERVICE, "method": method_of(request.path)}
    detail = info(reason, "googleapis.com", **where)
    message = "Request had insufficient authentication scopes."
    return status(403, "PERMISSION_DENIED", message, detail)


def legacy(message: str, reason: str) -> bytes:
    """403 in the form of older Google services, with the verdict in ``errors[].reason``."""
    entry = {"message": message, "domain": "global", "reason": reason}
    return status(403, "PERMISSION_DENIED", message, errors=[entry])


def api_disabled(project: str = PROJECT) -> bytes:
    """403, because the API is off in the client's own Cloud project."""
    url = f"https://console.developers.google.com/apis/api/{SERVICE}/overview?project={project}"
    message = (
        f"Google Health API has not been used in project {project} before or it is disabled. "
        f"Enable it by visiting {url} then retry. If you enabled this API recently, wait a few "
        "minutes for the action to propagate to our systems and retry."
    )
    where = {"service": SERVICE, "consumer": f"projects/{project}", "activationUrl": url}
    detail = info("SERVICE_DISABLED", "googleapis.com", **where)
    return status(403, "PERMISSION_DENIED", message, detail)


def project_fault(reason: str, message: str, project: str = PROJECT) -> bytes:
    """403 about the Cloud project that the request counts for.

    https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
    """
    detail = info(reason, "googleapis.com", service=SERVICE, consumer=f"projects/{project}")
    return status(403, "PERMISSION_DENIED", message, detail)


def not_linked() -> bytes:
    """400: the token is fine, its Google account has no Google Health. Recorded by a client."""
    where = {"redirect_uri": "https://fitbit.google.com/auth/signup"}
    detail = info("ACCOUNT_NOT_LINKED", SERVICE, **where)
    message = "The account is not linked to Google Health."
    return status(400, "FAILED_PRECONDITION", message, detail)


def profile_missing() -> bytes:
    """412: https://developers.google.com/health/troubleshooting ."""
    return status(412, "FAILED_PRECONDITION", "Precondition check failed.")


def not_permitted() -> bytes:
    """403, among others when the consent is from a legacy Fitbit account."""
    return status(403, "PERMISSION_DENIED", "The caller does not have permission")


def grant_broken() -> bytes:
    """403 on every endpoint although scopes and refresh are fine.

    https://github.com/arpanghosh8453/fitbit-grafana/issues/79
    """
    detail = info("RESOURCE_PERMISSION_DENIED", SERVICE)
    return status(403, "PERMISSION_DENIED", "The caller does not have permission", detail)


def invalid_argument(what: str = "Request contains an invalid argument.") -> bytes:
    """400: the request itself is wrong."""
    return status(400, "INVALID_ARGUMENT", what)


def quota(*details: Mapping[str, Any], project: str = PROJECT) -> bytes:
    """429; which details come along varies, and no header is promised.

    https://developers.google.com/health/rate-limits
    """
    message = (
        f"Quota exceeded for quota metric 'Requests' and limit 'Requests per minute per user' of "
        f"service '{SERVICE}' for consumer 'project_number:{project}'."
    )
    return status(429, "RESOURCE_EXHAUSTED", message, *details)


def quota_info(
    project: str = PROJECT,
    *,
    limit: str = "RequestsPerMinutePerUser",
    value: str = "",
    unit: str = "",
) -> dict[str, Any]:
    """Return the ErrorInfo entry of a quota error; ``value`` and ``unit`` are those of the limit.

    https://docs.cloud.google.com/service-infrastructure/docs/service-control/reference/rpc/google.api#errorreason
    """
    numbers = {"quota_limit_value": value, "quota_unit": unit} if value else {}
    return info(
        "RATE_LIMIT_EXCEEDED",
        "googleapis.com",
        service=SERVICE,
        quota_metric=f"{SERVICE}/requests",
        quota_limit=limit,
        consumer=f"projects/{project}",
        **numbers,
    )


def retry_info(delay: str) -> dict[str, Any]:
    """Return a RetryInfo entry; ``delay`` is a text such as ``32s``."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def oauth(error: str, description: str | None = None, **more: str) -> bytes:
    """Return a body of Google's OAuth endpoints, which have a shape of their own."""
    described = {} if description is None else {"error_description": description}
    return encode_json({"error": error, **described, **more}, indent=2)


HTML_NOT_FOUND = (
    b"<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
    b"  <title>Error 404 (Not Found)!!1</title>\n"
    b"  <p><b>404.</b> <ins>That's an error.</ins>\n"
    b"  <p>The requested URL was not found on this server. <ins>That's all we know.</ins>\n"
)
