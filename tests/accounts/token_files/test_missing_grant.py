"""A file without a grant: the error names its content and the next command."""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from tests.accounts.token_files.conftest import FITBIT, GOOGLE_REFRESH, read_fields
from tests.support.tokens import (
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
)
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.errors import UsageError


@pytest.mark.parametrize(
    "error",
    [
        {"errors": [{"errorType": "invalid_grant", "message": f"Refresh token invalid: {FITBIT}"}]},
        {"error": "invalid_grant", "error_description": "The refresh token was revoked."},
        {"error": {"code": 401, "status": "UNAUTHENTICATED"}},
    ],
)
def test_an_error_message_is_called_one(error: Any) -> None:
    for text in (json.dumps(error), f"HTTP/1.1 400 Bad Request\n\n{json.dumps(error)}"):
        with pytest.raises(UsageError, match="contains an error message of a token endpoint"):
            read_fields(text)


@pytest.mark.parametrize(
    ("summary", "advice", "text"),
    [
        ("has expired", "Refresh it",
         '{"errors":[{"errorType":"expired_token","message":"Access token expired: x"}]}'),
        ("refused the refresh token", "Log in again: tokcheck login google-health",
         "google.auth.exceptions.RefreshError: ('invalid_grant: Bad Request', {})"),
        ("reached its rate limit", "Wait",
         "429 Client Error: Too Many Requests for url: https://api.fitbit.com/1/user/-/x.json"),
    ],
)  # fmt: skip
def test_an_error_message_is_explained(summary: str, advice: str, text: str) -> None:
    with pytest.raises(UsageError, match="contains an error message, and no tokens") as caught:
        read_fields(text, explain=explain_message)
    assert summary in caught.value.message
    assert advice in caught.value.hint


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"installed": {"client_id": GOOGLE_CLIENT}}, "--client-file 'my client.json'"),
        ({"web": {"client_id": GOOGLE_CLIENT}}, "tokcheck login google-health --client-file"),
        ({"type": "service_account", "private_key": "x"}, "tokcheck login google-health"),
    ],
)
def test_another_kind_of_file_gets_its_own_command(file: Any, words: str) -> None:
    with pytest.raises(UsageError, match=r"my client\.json") as caught:
        read_fields(file, name="my client.json")
    assert words in caught.value.hint


@pytest.mark.parametrize("write", [json.dumps, repr, lambda value: json.dumps(json.dumps(value))])
@pytest.mark.parametrize(
    "file",
    [
        {
            "type": "external_account_authorized_user",
            "audience": "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
            "token_url": "https://sts.googleapis.com/v1/oauthtoken",
            "refresh_token": GOOGLE_REFRESH,
            "client_id": GOOGLE_CLIENT,
            "client_secret": "GOCSPX-" + "s" * 28,
        },
        {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/a",
            "source_credentials": {
                "type": "authorized_user",
                "client_id": GOOGLE_CLIENT,
                "client_secret": "GOCSPX-" + "s" * 28,
                "refresh_token": GOOGLE_REFRESH,
            },
        },
    ],
)
def test_credentials_of_google_cloud_are_refused_with_the_reason(
    file: dict[str, Any], write: Callable[[Any], str]
) -> None:
    with pytest.raises(UsageError, match="not to the health data of a user") as caught:
        read_fields(write(file), name="adc.json")
    assert str(file["type"]) in str(caught.value)
    assert "tokcheck login google-health" in caught.value.hint


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("The refresh token in line 1 of The file is empty", '{"refresh_token": null, "a": 1}'),
        ("The refresh token in line 2 of The file is empty", "client_id=23TEST\nREFRESH_TOKEN=\n"),
        ("The refresh token in line 1 of The file is empty", f'{{"token": "{GOOGLE}", '
         '"refresh_token": ""}'),
        ("The file describes an application; it contains no", '{"client_id": "23TEST"}'),
        ("The file is an SQLite database", "SQLite format 3\0\x10refresh_token"),
        ("The file is a binary file", "\x80\x04\x95refresh_token\x94\x8c"),
        ("The file contains a client secret and no refresh token", FITBIT_SECRET),
        ("names a refresh token in line 1. Line 2 contains a word that may be one, but it is not",
         f"refresh token of Alex, see below; it was written down on paper\n{'a1' * 32}\n"),
    ],
)  # fmt: skip
def test_what_stands_in_the_place_of_a_grant_is_said(message: str, text: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_fields(text, "fitbit")


def test_google_needs_a_consent_for_a_refresh_token() -> None:
    with pytest.raises(UsageError) as caught:
        read_fields({"access_token": GOOGLE, "expires_in": 3599})
    assert "prompt=consent" in caught.value.hint


def test_a_compressed_file_that_was_cut_is_not_taken_for_the_whole() -> None:
    noise = "".join(sha256(bytes([n])).hexdigest() for n in range(40))
    text = json.dumps({"access_token": FITBIT, "note": noise, "refresh_token": "a1" * 32})
    packed = zlib.compress(text.encode())
    assert "a1" * 32 == read_fields(f"state: {b64encode(packed).decode()}")["refresh"]
    for missing in (8, 30, 300):
        with pytest.raises(UsageError, match="a compressed text that is cut or damaged") as caught:
            read_fields(f"state: {b64encode(packed[:-missing]).decode()}", name="state.yaml")
        assert caught.value.message.startswith("state.yaml contains")


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("{}", "only {}"),
        (" { }\n", "only {}"),
        ("\ufeff[]", "only []"),
        ("null\n", "only null"),
        ('""', 'only ""'),
        ("[{}]", "only empty lists and objects"),
        ('{"accounts": {"alex": []}}', "only empty lists and objects"),
        ('{"token": null}', "only empty lists and objects"),
        ("# FITBIT tokens\n\n; none yet\n", "only comments"),
    ],
)
def test_a_file_without_a_value_is_empty(text: str, content: str) -> None:
    for wanted in (None, "fitbit"):
        with pytest.raises(UsageError) as caught:
            read_fields(text, wanted, name="tokens.json")
        assert f"tokens.json is empty: it contains {content}." == caught.value.message


@pytest.mark.parametrize("text", ["0", "true", '[""," ", 1]', '"x"', "# a\nb"])
def test_a_file_with_a_value_is_not_empty(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_fields(text, name="tokens.json")
    assert "is empty" not in caught.value.message
