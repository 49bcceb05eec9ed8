"""The error bodies of the Fitbit Web API, as people have recorded them.

Two shapes exist: the old list, and since April 2026 at the latest Google's.
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
"""

from tokcheck.sandbox.http_messages import HttpRequest, encode_json

_VISIT = (
    "Visit https://dev.fitbit.com/docs/oauth2 for more information on the "
    "Fitbit Web API authorization process."
)


def problem(kind: str, message: str, **more: str) -> dict[str, str]:
    """Return one entry of an error list; ``more`` may hold a ``fieldName``."""
    return {"errorType": kind, **more, "message": message}


def body(*problems: dict[str, str]) -> bytes:
    """Return the old shape; the real service has left ``success`` out now and then."""
    return encode_json({"errors": problems, "success": False})


def expired_token(token: str) -> bytes:
    """401. The message repeats the whole token, and a full stop follows it.

    https://github.com/NickHeiner/decomissioned-fitbit-export/issues/18
    """
    return body(problem("expired_token", f"Access token expired: {token}. {_VISIT}"))


def invalid_token(token: str) -> bytes:
    """401, with the whole token: https://github.com/SVendittelli/MMM-fitbit/issues/24 ."""
    return body(problem("invalid_token", f"Access token invalid: {token}. {_VISIT}"))


def two_errors(token: str) -> bytes:
    """401 with a list of two; ``success`` is absent, as in some recorded bodies."""
    return encode_json(
        {
            "errors": [
                problem("invalid_token", f"Access token invalid: {token}. {_VISIT}"),
                problem("not_found", "The API you are requesting could not be found."),
            ]
        }
    )


def authorization_missing(_: HttpRequest) -> bytes:
    """401, or 400 by the error-handling page."""
    return body(problem("invalid_request", "Authorization header required."))


def authorization_format(request: HttpRequest) -> bytes:
    """401 for a header that is not ``Bearer <token>``: the header is repeated.

    https://github.com/SVendittelli/MMM-fitbit/issues/17
    """
    received = request.authorization or "undefined"
    message = f"Invalid authorization header format. Received header = {received}. {_VISIT}"
    return body(problem("invalid_client", message))


def authorization_format_plain(_: HttpRequest) -> bytes:
    """401, the variant that repeats nothing."""
    return body(problem("invalid_client", f"Invalid authorization header format. {_VISIT}"))


def authorization_basic(request: HttpRequest) -> bytes:
    """401, the variant that repeats a Basic header, client secret included.

    https://github.com/thegameofcode/passport-fitbit-oauth2/issues/7
    """
    received = request.authorization or "Basic MjNTQlgxOnNhbmRib3g="
    message = (
        f"Invalid authorization header format. Received authorization header = {received}, "
        f"received client encoded id = null. {_VISIT}"
    )
    return body(problem("invalid_client", message))


def client_secret(_: HttpRequest) -> bytes:
    """401: https://github.com/djchen/oauth2-fitbit/issues/12 ."""
    message = f"Invalid authorization header. Client secret invalid. {_VISIT}"
    return body(problem("invalid_client", message))


def client_unknown(client_id: str) -> bytes:
    """401 for an id that is not registered; worded after the others, for none was recorded."""
    return body(problem("invalid_client", f"Invalid client_id: {client_id}. {_VISIT}"))


def grant_type(_: HttpRequest) -> bytes:
    """400 for another grant than the two that users' tokens come from; not recorded either."""
    message = f"The authorization grant type is not supported. {_VISIT}"
    return body(problem("unsupported_grant_type", message))


def code_verifier(_: HttpRequest) -> bytes:
    """400 for a verifier that does not fit the challenge; not recorded either."""
    return body(problem("invalid_grant", f"Code verifier invalid. {_VISIT}"))


def refresh_token(request: HttpRequest) -> bytes:
    """400, with the refresh token: https://github.com/lukasolson/fitbit-node/issues/14 ."""
    token = request.fields.get("refresh_token", "0" * 64)
    return body(problem("invalid_grant", f"Refresh token invalid: {token}. {_VISIT}"))


def authorization_code(request: HttpRequest) -> bytes:
    """400, with the code and no full stop: https://github.com/djchen/oauth2-fitbit/issues/49 ."""
    code = request.fields.get("code", "0" * 40)
    return body(problem("invalid_grant", f"Authorization code invalid: {code} {_VISIT}"))


def parameter_missing(name: str) -> bytes:
    """400, no full stop: https://github.com/lukasolson/fitbit-node/issues/7 ."""
    return body(problem("invalid_request", f"Missing parameters: {name} {_VISIT}"))


def redirect_mismatch(request: HttpRequest) -> bytes:
    """400: https://github.com/aarondcoleman/Fitbit.NET/issues/193 ."""
    uri = request.fields.get("redirect_uri", "https://redirect.invalid/")
    return body(problem("invalid_request", f"Redirect_uri mismatch: {uri}. {_VISIT}"))


def body_unreadable(_: HttpRequest) -> bytes:
    """400, when the request body could not be read."""
    return body(problem("invalid_request", "Error reading the request body.", fieldName="n/a"))


def scope_missing(data: str, kind: str = "insufficient_scope") -> bytes:
    """403; until 2015 a 401 of the kind ``authorization``.

    https://github.com/NickHeiner/decomissioned-fitbit-export/issues/24
    """
    message = f"This application does not have permission to access {data} data. {_VISIT}"
    return body(problem(kind, message))


def not_permitted(_: HttpRequest | None = None) -> bytes:
    """403: https://github.com/lukasolson/fitbit-node/issues/16 ."""
    message = "API client is not authorized by Fitbit to access the resource requested."
    return body(problem("insufficient_permissions", f"{message} {_VISIT}"))


def read_only(_: HttpRequest) -> bytes:
    """403, for an application registered as read-only."""
    message = "Read-only API client is not authorized to update resources."
    return body(problem("insufficient_permissions", f"{message} {_VISIT}"))


def invalid_parameter(field: str, message: str) -> bytes:
    """400 for a date or a range that is none; the kind is documented, the text is not recorded."""
    return body(problem("validation", message, fieldName=field))


def not_found() -> bytes:
    """404, for a path that does not exist."""
    message = "The API you are requesting could not be found."
    return body(problem("not_found", message, fieldName="n/a"))


def too_many_requests() -> bytes:
    r"""429, with the escaped slash of ``n\/a`` that the real body has.

    https://github.com/yghokim/omnitrack_android/issues/104
    """
    plain = body(problem("system", "Too Many Requests", fieldName="n/a"))
    return plain.replace(b"n/a", rb"n\/a")


def too_many_for_user(_: HttpRequest) -> bytes:
    """429, the text of 2015: https://github.com/openmhealth/shimmer/issues/32 ."""
    message = (
        "Rate limit exceeded for this user. Please try again at the start of the hour. "
        "Visit https://dev.fitbit.com/docs/basics/#rate-limits for more information."
    )
    return body(problem("request", message, fieldName="n/a"))


def too_many_for_token(request: HttpRequest) -> bytes:
    """429, the variant that names the token."""
    message = (
        f"Rate limit exceeded for the token {request.bearer or ''}. Try again in the next hour."
    )
    return body(problem("request", message, fieldName="n/a"))


def server_error(_: HttpRequest) -> bytes:
    """500, with an ``Error id``.

    https://github.com/NickHeiner/decomissioned-fitbit-export/issues/19
    """
    message = "There was an error processing your request. Error id: 5a:0c:1d:9e:77:b3:42:f8"
    return body(problem("request", message, fieldName="500"))


def conflict(_: HttpRequest) -> bytes:
    """409, documented for conflicting refreshes of one token; the body is not."""
    return body(problem("request", "Conflicting requests for the same token.", fieldName="n/a"))


def service_gone(_: HttpRequest) -> bytes:
    """410, announced for the time after 2026-11-02; the real body is not known.

    https://developers.google.cn/health/about?hl=cs
    """
    message = "The Fitbit Web API has been turned off. Use the Google Health API instead."
    return body(problem("request", message, fieldName="n/a"))


FRONT_END_LIMIT = (
    b"<!DOCTYPE html>\n<html lang=en-US>\n"
    b"<title>Access denied | api.fitbit.com used Cloudflare to restrict access</title>\n"
    b"<h1>Error <span>1015</span></h1>\n<h2>You are being rate limited</h2>\n"
    b"<p>The owner of this website (api.fitbit.com) has banned you temporarily from accessing this "
    b"website.</p>\n"
)


def front_end_limit() -> bytes:
    """Return Cloudflare's error 1015 in the form of RFC 9457, with seconds to wait."""
    return encode_json(
        {
            "title": "Error 1015: You are being rate limited",
            "status": 429,
            "detail": "You are being rate-limited by the website owner's configuration.",
            "error_code": 1015,
            "error_name": "rate_limited",
            "cloudflare_error": True,
            "retryable": True,
            "retry_after": 30,
        }
    )
