"""The expiry and the time of issue of tokens, in every form that programs write."""

import json
from typing import Any

import pytest

from tests.accounts.token_files.conftest import EXPIRES, GOOGLE_REFRESH, RESPONSE, read_fields
from tests.support.accounts.fake_token_endpoint import START
from tests.support.tokens import (
    GOOGLE,
    GOOGLE_CLIENT,
    NOW,
    fitbit,
)
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.providers import REGISTRY


def test_a_moment_of_an_opaque_token_is_taken_as_it_stands() -> None:
    file = {"access_token": "opaque", "refresh_token": "other"}
    assert START == read_fields(file | {"expires_at": str(START)}, "fitbit")["expires_at"]
    nonsense: dict[str, tuple[Any, ...]] = {
        "expires_at": ("soon", True, [], "nan", 1e300, -5, None),
        "expiry": (5, "tomorrow", "9999-12-31T23:59:59-23:00"),
        "saved_at_utc": (5, "tomorrow", "2026-01-15T12:00:00"),  # without a lifetime
    }
    for name, values in nonsense.items():
        for written in values:
            assert None is read_fields({**file, name: written}, "fitbit")["expires_at"]


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (START, {"expires_at": START}),
        (START, {"expires_at": str(START)}),
        (START, {"expiry_date": int(START * 1000)}),
        (START, {"expiryDate": str(int(START * 1000))}),
        (START, {"token_expiry": "2026-05-28T20:26:40Z"}),
        (START, {"TOKEN_EXPIRES_AT": "2026-05-28 22:26:40+02:00"}),
        (START, {"expires": "Thu, 28 May 2026 20:26:40 GMT"}),
        (START, {"expires": "Thu May 28 2026 22:26:40 GMT+0200 (Central European Summer Time)"}),
        (START, {"expires": "Thu May 28 2026 22:26:40 GMT+0200"}),
        (START, {"expires": "Thu, 28 May 2026 22:26:40 +0200"}),
        (None, {"expires": "Thu, 28 May 2026 22:26:40 CEST"}),
        (START, {"expiry": "2026-05-28T20:26:40"}),
        (START, {"created_at": START - 60, "expires_in": "60"}),
        (START, {"expires_in": 60, "obtained_at": int(START - 60) * 1000}),
        (None, {"expiry": "0001-01-01T00:00:00Z"}),
        (None, {"expires_in": 60}),
        (None, {"created_at": START, "expires_in": 0}),
        (None, {"created_at": START, "expires_in": "-1"}),
        (START, {"created_at": START - 60, "expires_at": START, "expires_in": 0}),
    ],
)
def test_when_an_access_token_ends(expected: float | None, fields: dict[str, Any]) -> None:
    found = read_fields({"access_token": "opaque", "refresh_token": "other"} | fields, "fitbit")
    assert expected == found["expires_at"]
    assert None is found["refresh_expires_at"]


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (START, {"refresh_token_expires_at": START}),
        (START, {"refreshTokenExpiresAt": int(START * 1000)}),
        (START, {"refresh_expires_at": "2026-05-28T20:26:40Z"}),
        (START, {"refresh_token_expires_in": 600, "saved_at": START - 600}),
        (START, {"refresh_token_expires_in": 600, "expires_in": 60, "expires_at": START - 540}),
        (START, {"refresh_token_expires_in": 600, "access_token": fitbit(iat=int(START) - 600)}),
        (START - 7 + 600, {"refresh_token_expires_in": 600}),
        (START - 7 + 600, {"refresh_token_expires_in": 600, "expires_in": 0, "expires_at": 0}),
        (None, {"refresh_token_expires_in": 0}),
        (None, {"refresh_token_expires_in": "soon"}),
    ],
)
def test_when_a_refresh_token_ends(expected: float | None, fields: dict[str, Any]) -> None:
    file = {"access_token": "opaque", "refresh_token": "other"} | fields
    found = read_fields(file, "fitbit", written_at=START - 7)
    assert expected == found["refresh_expires_at"]


@pytest.mark.parametrize(
    ("expires_at", "own", "life"),
    [
        (NOW.timestamp() + 60, 25_200, 60),
        (EXPIRES, 25_200, 90_000),
        (NOW.timestamp() + 60, None, 60),
    ],
)
def test_the_earlier_of_the_tokens_own_expiry_and_of_its_lifetime_is_read(
    expires_at: float, own: int | None, life: int
) -> None:
    access = fitbit(exp=None if own is None else int(NOW.timestamp()) + own)
    file = {**RESPONSE, "access_token": access, "expires_in": life}
    read = parse_token_file(json.dumps(file | {"saved_at_utc": "2026-01-15T12:00:00Z"}), REGISTRY)
    assert (expires_at, NOW.timestamp()) == (read.expires_at, read.saved_at)
    assert None is parse_token_file(json.dumps(file), REGISTRY).saved_at


def test_the_time_of_issue_of_googles_php_client_is_read() -> None:
    issued = int(NOW.timestamp())
    grant = {"access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH, "client_id": GOOGLE_CLIENT}
    found = read_fields(grant | {"created": issued, "expires_in": 3599})
    assert issued + 3599 == found["expires_at"]


@pytest.mark.parametrize(
    ("left", "differs", "fields"),
    [
        (100, True, {"expires_at": NOW.timestamp() + 100}),
        (100, True, {"expires_at": (NOW.timestamp() + 100) * 1000}),
        (100, True, {"expires_in": 100, "saved_at": NOW.timestamp()}),
        (107, True, {"expires_in": 100}),  # from when the file was written
        (100, True, {"expires_in": 28_800, "expires_at": NOW.timestamp() + 100}),
        (25_200, True, {"expires_at": NOW.timestamp() + 90_000}),
        (25_100, False, {"expires_at": NOW.timestamp() + 25_100}),
        (25_200, False, {"expires_in": 28_800}),
        (25_200, True, {"expires_at": NOW.timestamp() - 90_000}),
    ],
)
def test_expiries_that_contradict_each_other_are_noted(
    left: float, fields: dict[str, Any], *, differs: bool
) -> None:
    grant = {"access_token": RESPONSE["access_token"], "refresh_token": RESPONSE["refresh_token"]}
    found = read_fields(grant | fields, written_at=NOW.timestamp() + 7)
    assert NOW.timestamp() + left == found["expires_at"]
    assert differs == any("access token" in note and "claim exp" in note for note in found["notes"])


def test_the_earlier_expiry_of_a_refresh_token_counts() -> None:
    grant = {"access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH, "client_id": GOOGLE_CLIENT}
    ends = {"refresh_token_expires_at": START + 600, "saved_at": START}
    for life, end, differs in ((600, 600, False), (90, 90, True), (9_000, 600, True)):
        found = read_fields(grant | ends | {"refresh_token_expires_in": life})
        assert START + end == found["refresh_expires_at"]
        assert differs == any("expiries of the refresh token" in note for note in found["notes"])
