"""The probe: requests to tokeninfo, identity and the paired devices."""

from collections.abc import Generator, Mapping
from typing import Any

from tokcheck.core.credential import Credential
from tokcheck.core.errors import NetError
from tokcheck.core.humanize import end_sentence
from tokcheck.core.report import Claims, Device, Outcome, Verdict
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import ProbeFlow, Request, Response
from tokcheck.providers.google_health.error_responses import read_error_response
from tokcheck.providers.google_health.quota import DOCUMENTED_QUOTA
from tokcheck.providers.google_health.scopes import PREFIX
from tokcheck.providers.google_health.tokeninfo import request_tokeninfo

# https://developers.google.com/health/reference/rest/v4/users/getIdentity
IDENTITY = "/v4/users/me/identity"
# https://developers.google.com/health/reference/rest/v4/users.pairedDevices ; 100 is the most
PAIRED_DEVICES = "/v4/users/me/pairedDevices?pageSize=100"

_IDS_IN_ORDER = ("healthUserId", "legacyUserId")
_IDS = frozenset({"name", *_IDS_IN_ORDER})


def probe(credential: Credential, claims: Claims | None) -> ProbeFlow:  # noqa: ARG001 - opaque tokens claim nothing
    """Request tokeninfo, then identity, then, if the scope allows it, the paired devices.

    tokeninfo spends nothing of the API's quota and returns expiry and scopes; identity shows
    whether the account and the project behind the token are in order.
    """
    token_info = yield from request_tokeninfo(credential)
    if token_info.refused is not None:
        return token_info.refused
    token_claims = token_info.claims
    response = yield Request("GET", "api", IDENTITY, bearer=credential.secret)
    identity = responses.parse_json(response)
    if response.status != 200 or not isinstance(identity, dict) or _IDS.isdisjoint(identity):
        return _with_claims(read_error_response(response, credential, token_claims), token_claims)
    ids = (responses.clean_text(identity.get(field), credential.secret) for field in _IDS_IN_ORDER)
    claims_now = (token_claims or Claims())._replace(user_id=next(filter(None, ids), None))
    outcome = Outcome(Verdict.VALID, status=200, quota=(DOCUMENTED_QUOTA,), claims=claims_now)
    if token_claims is None:
        return outcome._replace(
            advice=(token_info.failure,),
            retry_at=token_info.retry_at,
        )
    if token_claims.scopes is None:
        return outcome._replace(advice=("tokeninfo did not return the granted scopes.",))
    if PREFIX + "settings.readonly" not in token_claims.scopes:
        return outcome._replace(
            advice=("The list of devices needs the scope settings.readonly, which is not granted.",)
        )
    return (yield from _request_devices(credential, outcome))


def _request_devices(
    credential: Credential, outcome: Outcome
) -> Generator[Request, Response, Outcome]:
    """Add the devices; a failure to read them changes nothing about the token."""
    try:
        response = yield Request("GET", "api", PAIRED_DEVICES, bearer=credential.secret)
    except NetError as error:
        return outcome._replace(
            advice=(end_sentence(f"The devices could not be read: {error.message}"),),
            devices_failed=True,
        )
    value = responses.parse_json(response)
    devices = value.get("pairedDevices", []) if isinstance(value, dict) else None
    if response.status != 200 or not isinstance(devices, list) or "error" in value:
        refusal = read_error_response(response, credential, outcome.claims)
        if refusal.verdict is Verdict.RATE_LIMITED:  # the next request is refused as well
            return refusal._replace(claims=outcome.claims, devices_failed=True)
        return outcome._replace(
            retry_at=refusal.retry_at,
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


def _with_claims(outcome: Outcome, token_claims: Claims | None) -> Outcome:
    return outcome if token_claims is None else outcome._replace(claims=token_claims)


def _read_device(entry: Mapping[str, Any], credential: Credential) -> Device:
    return responses.read_device(
        entry, credential, kind="deviceType", battery="batteryStatus", zone="utc"
    )
