"""Token files of other programs: the fields that are read, and the errors that name a wrong one."""

import json
from typing import Any

import pytest

from tests.accounts.token_files.conftest import (
    AUTHORIZED_USER,
    FITBIT,
    FITBIT_FIELDS,
    GOOGLE_FIELDS,
    GOOGLE_REFRESH,
    RESPONSE,
    SECRETS,
    SLEEP,
    read_fields,
)
from tests.support.tokens import (
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    NOW,
    random_characters,
)
from tokcheck.core.errors import UsageError

INI = (
    "[Login Parameters]\nclient_id = 23TEST\n"
    f"CLIENT_SECRET = {FITBIT_SECRET}\naccess_token = {FITBIT}\n"
    f"refresh_token = {FITBIT_REFRESH}\nexpires_at = 1.5\n"
)
PRINTED = (
    "You are authorized to access data for the user: Alex\nTOKEN\n=====\n\n"
    f"access_token = {FITBIT}\nexpires_in = 28800\nrefresh_token = {FITBIT_REFRESH}\n"
    "scope = ['sleep', 'settings']\ntoken_type = Bearer\nuser_id = 7TESTS\n"
    "expires_at = 1768503600.0\n"
)
GRAFANA = {
    "provider": "google", "access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH,
    "saved_at_utc": "2026-01-15T12:00:00.500000+00:00", "expires_in": 3599,
}  # fmt: skip
_LONG_REFRESH = "1//05tests-" + random_characters(92, 12)
_OF_CLAIMS = ("sleep", "settings")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(RESPONSE, FITBIT_FIELDS, id="token response"),
        pytest.param({"data": RESPONSE}, FITBIT_FIELDS, id="token response within"),
        pytest.param("\ufeff" + json.dumps(RESPONSE), FITBIT_FIELDS, id="with a mark"),
        pytest.param(PRINTED, FITBIT_FIELDS, id="gather_keys_oauth2.py"),
        pytest.param(
            INI,
            FITBIT_FIELDS | {"client_secret": FITBIT_SECRET, "scopes": _OF_CLAIMS},
            id="fitbit.ini",
        ),
        pytest.param(
            {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH},
            FITBIT_FIELDS | {"scopes": _OF_CLAIMS},
            id="fitbit-grafana",
        ),
        pytest.param(
            {"access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH},
            GOOGLE_FIELDS
            | {"client_id": None, "client_secret": None, "expires_at": None, "scopes": ()},
            id="fitbit-grafana, Google",
        ),
        pytest.param(
            GRAFANA,
            GOOGLE_FIELDS
            | {
                "client_id": None, "client_secret": None, "scopes": (),
                "expires_at": NOW.timestamp() + 3599.5,
            },
            id="fitbit-grafana of 2026, Google",
        ),
        pytest.param(
            GRAFANA | {"access_token": "opaque", "refresh_token": "other"},
            GOOGLE_FIELDS
            | {
                "client_id": None, "client_secret": None, "scopes": (), "access": "opaque",
                "refresh": "other", "expires_at": NOW.timestamp() + 3599.5,
            },
            id="fitbit-grafana of 2026, by its provider alone",
        ),
        pytest.param(
            {"provider": "fitbit", "refresh_token": "other"},
            FITBIT_FIELDS
            | {
                "client_id": None, "scopes": (), "access": None, "refresh": "other",
                "expires_at": None, "user_id": None,
            },
            id="fitbit-grafana, a refresh token alone",
        ),
        pytest.param(
            f"# of a shell\nexport CLIENT_ID='23TEST'\nACCESS_TOKEN=\"{FITBIT}\"\n"
            f"export REFRESH_TOKEN={FITBIT_REFRESH}\n",
            FITBIT_FIELDS | {"scopes": _OF_CLAIMS},
            id="variables of a shell",
        ),
        pytest.param([RESPONSE], FITBIT_FIELDS, id="a list of one"),
        pytest.param(AUTHORIZED_USER, GOOGLE_FIELDS, id="google-auth"),
        pytest.param(
            AUTHORIZED_USER | {"scopes": f"{SLEEP} {SLEEP}", "expiry": "2026-01-15T13:00:00"},
            GOOGLE_FIELDS | {"expires_at": NOW.timestamp() + 3600},
            id="google-auth, older",
        ),
        pytest.param(
            {
                "type": "authorized_user", "client_id": GOOGLE_CLIENT,
                "client_secret": GOOGLE_SECRET, "refresh_token": "opaque",
            },
            GOOGLE_FIELDS
            | {"access": None, "refresh": "opaque", "expires_at": None, "scopes": ()},
            id="google-auth, application default",
        ),
    ],
)  # fmt: skip
def test_what_is_read(file: Any, expected: dict[str, Any]) -> None:
    expected = {"refresh_expires_at": None, "notes": ()} | expected
    found = read_fields(file)
    assert (FITBIT_CLIENT if expected["access"] == FITBIT else None) == found.pop("issued_to")
    assert expected == found


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("", "The file is empty"),
        ("\ufeff \r\n", "The file is empty"),
        ("[]", "contains only \\[\\]"),
        ("[" * 100_000, "The file: not valid JSON. A value is too large or nested too deeply"),
        ("token =" + " " * 300_000 + "\N{NO-BREAK SPACE}x", "no refresh_token"),  # at once
        ({"access_token": FITBIT}, "no refresh_token.*only an access token"),
        ({"client_id": "x"}, "describes an application; it contains no tokens"),
        ({"refresh_token": 5}, "field refresh_token is not a text"),
        ({"refresh_token": "a b"}, "field refresh_token has a space in its middle"),
        (RESPONSE | {"access_token": FITBIT_REFRESH}, "field access_token contains a refresh"),
        (RESPONSE | {"refresh_token": FITBIT}, "field refresh_token contains an access"),
        (RESPONSE | {"refresh_token": GOOGLE_REFRESH}, "more than one provider: fitbit and goog"),
        ({"refresh_token": "opaque"}, "does not say which provider's"),
        ({"refresh_token": "opaque", "provider": "withings"}, "tokens belong to Withings, which"),
        ({"refresh_token": "opaque", "provider": ["google"]}, "does not say which provider's"),
        ({"refresh_token": None}, "The refresh token in line 1 of The file is empty"),
        ({"refresh_token": "<your refresh token>"}, "contains a placeholder"),
        ("here is the\nrefresh token:\n", "The refresh token in line 2 of The file is empty"),
        ("here is no\nrefresh token", "names a refresh token in line 2, but no token"),
        ('{"access_token": "x",\n "refresh_token": "y"', "line 2, column 22: not valid JSON"),
        ('{"alex": {"refresh_token": "opaque"}, "kim": {"refr', "line 1, column 47: not valid"),
        ('{"refresh_token": "abc",\n "x": }', "line 2, column 7: not valid JSON"),
        (FITBIT_CODE, "not a token file"),
        (FITBIT, "only an access token"),
    ],
)
def test_a_missing_or_wrong_field_is_named(file: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        read_fields(file)
    assert caught.value.hint
    assert [] == [raw for raw in SECRETS if raw in caught.value.message + caught.value.hint]


def test_the_caller_cannot_overrule_what_is_certain() -> None:
    for beside in ({}, {"provider": "google"}):
        assert "fitbit" == read_fields({"refresh_token": "opaque"} | beside, "fitbit")["provider"]
    assert "fitbit" == read_fields(RESPONSE | {"provider": "google"})["provider"]
    with pytest.raises(UsageError, match="belong to fitbit, not to google-health"):
        read_fields(RESPONSE, "google-health")


_OPAQUE = {"refresh_token": FITBIT_REFRESH, "client_id": "23TEST"}


@pytest.mark.parametrize("length", [20, 32, 40, 63, 65, 128])
def test_a_refresh_token_of_a_wrong_length_is_refused(length: int) -> None:
    token = (FITBIT_REFRESH * 2)[:length]
    words = rf"is (incomplete|too long): it has {length} hexadecimal"
    with pytest.raises(UsageError, match=words) as caught:
        read_fields(RESPONSE | {"refresh_token": token})
    assert token not in caught.value.message
    with pytest.raises(UsageError, match=words):
        read_fields({"refresh_token": token}, "fitbit")


@pytest.mark.parametrize("what", ["refresh_token", "access_token", "client_secret"])
def test_a_secret_in_a_file_is_cleaned_and_that_is_noted(what: str) -> None:
    fields = RESPONSE | {"client_secret": FITBIT_SECRET}
    found = read_fields(fields | {what: f'"{fields[what]}"\n'})
    name = {"access_token": "access", "refresh_token": "refresh"}.get(what, what)
    assert fields[what] == found[name]
    assert (f"The field {what} was read without the line break and quotes around it.",) == found[
        "notes"
    ]


@pytest.mark.parametrize("foreign", ["\u0430", "\u2013", "\ufb01", "\uff11", "+", "/", "%C3%A9"])
@pytest.mark.parametrize("whole", [_LONG_REFRESH, FITBIT_REFRESH], ids=["google", "fitbit"])
def test_a_refresh_token_is_never_cut_at_a_foreign_character(whole: str, foreign: str) -> None:
    client = GOOGLE_CLIENT if whole is _LONG_REFRESH else FITBIT_CLIENT
    secret = GOOGLE_SECRET if whole is _LONG_REFRESH else FITBIT_SECRET
    access = GOOGLE if whole is _LONG_REFRESH else FITBIT
    for at in (30, len(whole) - 12):
        damaged = whole[:at] + foreign + whole[at + 1 :]
        fields = {"refresh_token": damaged, "access_token": access}
        fields |= {"client_id": client, "client_secret": secret}
        for file in (
            json.dumps(fields, ensure_ascii=False),
            json.dumps(fields),
            "".join(f"{name.upper()}={value}\n" for name, value in fields.items()),
            f"The refresh_token is {damaged} and the access_token {access}.",
        ):
            with pytest.raises(UsageError) as raised:
                read_fields(file)
            assert damaged[:20] not in str(raised.value)
            assert "incomplete" not in str(raised.value), file


def test_a_percent_encoded_refresh_token_is_decoded() -> None:
    encoded = GOOGLE_REFRESH.replace("/", "%2F")
    assert encoded != GOOGLE_REFRESH
    for file in (
        {"access_token": GOOGLE, "refresh_token": encoded},
        {"access_token": GOOGLE, "refresh_token": encoded.replace("%2F", "%2f")},
        f"GOOGLE_REFRESH_TOKEN={encoded}\nGOOGLE_ACCESS_TOKEN={GOOGLE}\n",
    ):
        assert GOOGLE_REFRESH == read_fields(file)["refresh"]


def test_a_client_id_of_googles_older_form_is_read() -> None:
    # Such ids consist of the project's number alone, and are still in use.
    older = "123456789012.apps.googleusercontent.com"
    fields = {"refresh_token": GOOGLE_REFRESH, "client_id": older, "client_secret": GOOGLE_SECRET}
    for file in (
        json.dumps(fields),
        "".join(f"GOOGLE_{name.upper()}={value}\n" for name, value in fields.items()),
        "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()),
        f'Credentials("{GOOGLE_REFRESH}", app=("{older}", "{GOOGLE_SECRET}"))',
    ):
        found = read_fields(file, "google-health")
        assert (older, GOOGLE_SECRET) == (found["client_id"], found["client_secret"]), file
