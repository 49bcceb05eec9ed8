"""The probe: one request, to the devices endpoint or to introspect."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tokcheck.core.credential import Credential
from tokcheck.core.report import Claims, Device, Outcome, Verdict
from tokcheck.providers.api_responses import responses, unclear_responses
from tokcheck.providers.base import ProbeFlow, Request, Response
from tokcheck.providers.fitbit.advice import USED_UP
from tokcheck.providers.fitbit.error_responses import read_error_response
from tokcheck.providers.fitbit.quota import is_used_up, quota_or_documented, used_up_remedy
from tokcheck.providers.fitbit.scopes import scope

# https://dev.fitbit.com/build/reference/web-api/devices/get-devices/
DEVICES = "/1/user/-/devices.json"
# https://dev.fitbit.com/build/reference/web-api/authorization/introspect/
INTROSPECT = "/1.1/oauth2/introspect"


def probe(credential: Credential, claims: Claims | None) -> ProbeFlow:
    """Probe a token with one request of its hourly quota.

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


def _read_devices(response: Response, credential: Credential) -> Outcome:
    value = responses.parse_json(response)
    if response.status != 200 or not isinstance(value, list) or responses.has_error_form(response):
        return read_error_response(response, credential)
    devices = [entry for entry in value if isinstance(entry, dict)]
    if value and not devices:  # a list, but of something else
        return unclear_responses.undetermined_outcome(response)
    reading = quota_or_documented(response)
    return Outcome(
        Verdict.VALID,
        status=200,
        advice=reading.notes,
        quota=(reading.quota,) if reading.quota else (),
        devices=tuple(_read_device(entry, credential) for entry in devices),
        remedy=used_up_remedy(reading.quota),
    )


def _read_introspection(response: Response, credential: Credential) -> Outcome:
    value = responses.parse_json(response)
    # True and False equal 1 and 0, which version 1.0 wrote; anything else says nothing.
    active = value.get("active") if isinstance(value, dict) else None
    if response.status != 200 or active not in (True, False):
        return read_error_response(response, credential)
    reading = quota_or_documented(response)
    quota = (reading.quota,) if reading.quota else ()
    if not active:
        return Outcome(
            Verdict.REVOKED_OR_INVALID,
            "introspection reports it as inactive",
            (*reading.notes, USED_UP) if is_used_up(reading.quota) else reading.notes,
            status=200,
            quota=quota,
        )
    note = (
        "To list devices as well, request the scope settings. This token lacks it, so it was "
        "checked by introspection."
    )
    return Outcome(
        Verdict.VALID,
        status=200,
        advice=(note, *reading.notes),
        quota=quota,
        remedy=used_up_remedy(reading.quota),
    )


def _read_device(entry: Mapping[str, Any], credential: Credential) -> Device:
    # The last synchronization is written without a zone, in the account's own time:
    # https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/
    return responses.read_device(
        entry, credential, kind="type", battery="battery", zone="account-local"
    )
