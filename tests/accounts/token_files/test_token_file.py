"""Token files of other programs: what is read from them, what is refused, and never a leak."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.accounts.fake_token_endpoint import START
from tests.support.tokens import (
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    NOW,
    fitbit,
)
from tests.support.tokens import GOOGLE_REFRESH as SHORT_GOOGLE_REFRESH
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.token_files.export import FORMATS, token_file_text
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.cli.commands.accounts.export import TokenFileFormat
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY

FITBIT = fitbit("rsle rset")
GOOGLE_REFRESH = SHORT_GOOGLE_REFRESH + "t" * 49  # 103 characters, as most have
SLEEP = "https://www.googleapis.com/auth/googlehealth.sleep.readonly"
EXPIRES = NOW.timestamp() + 25_200  # as the made-up token itself says

RESPONSE = {
    "access_token": FITBIT, "expires_in": 28800, "refresh_token": FITBIT_REFRESH,
    "scope": "sleep settings", "token_type": "Bearer", "user_id": "7TESTS",
}  # fmt: skip
AUTHORIZED_USER = {
    "token": GOOGLE, "refresh_token": GOOGLE_REFRESH, "client_id": GOOGLE_CLIENT,
    "token_uri": "https://oauth2.googleapis.com/token", "client_secret": GOOGLE_SECRET,
    "scopes": [SLEEP], "universe_domain": "googleapis.com", "account": "",
    "expiry": "2026-01-15T12:59:59.123456Z",
}  # fmt: skip
INI = (
    "[Login Parameters]\nclient_id = 23TEST\n"
    f"CLIENT_SECRET = {FITBIT_SECRET}\naccess_token = {FITBIT}\n"
    f"refresh_token = {FITBIT_REFRESH}\nexpires_at = 1.5\n"
)
PRINTED = (
    "You are authorized to access data for the user: Alex\nTOKEN\n=====\n\n"
    f"access_token = {FITBIT}\nexpires_in = 28800\nrefresh_token = {FITBIT_REFRESH}\n"
    "scope = ['sleep', 'settings']\ntoken_type = Bearer\nuser_id = 7TESTS\n"
    "expires_at = 1768492800.0\n"
)
GRAFANA = {
    "provider": "google", "access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH,
    "saved_at_utc": "2026-01-15T12:00:00.500000+00:00", "expires_in": 3599,
}  # fmt: skip
SECRETS = (FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET)


def _read(value: Any, wanted: str | None = None, **options: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    fields = parse_token_file(text, REGISTRY, wanted, **options)._asdict()
    del fields["saved_at"], fields["has_damaged_client_id"]
    return {k: v.reveal() if isinstance(v, Secret) else v for k, v in fields.items()}


_FITBIT_FOUND = {
    "provider": "fitbit", "refresh": FITBIT_REFRESH, "access": FITBIT, "client_id": "23TEST",
    "client_secret": None, "expires_at": EXPIRES, "scopes": ("sleep", "settings"),
    "user_id": "7TESTS",
}  # fmt: skip
_GOOGLE_FOUND = {
    "provider": "google-health", "refresh": GOOGLE_REFRESH, "access": GOOGLE,
    "client_id": GOOGLE_CLIENT, "client_secret": GOOGLE_SECRET,
    "expires_at": NOW.timestamp() + 3599.123456, "scopes": (SLEEP,), "user_id": None,
}  # fmt: skip
_OF_CLAIMS = ("sleep", "settings")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(RESPONSE, _FITBIT_FOUND, id="token response"),
        pytest.param({"data": RESPONSE}, _FITBIT_FOUND, id="token response within"),
        pytest.param("\ufeff" + json.dumps(RESPONSE), _FITBIT_FOUND, id="with a mark"),
        pytest.param(PRINTED, _FITBIT_FOUND, id="gather_keys_oauth2.py"),
        pytest.param(
            INI,
            _FITBIT_FOUND | {"client_secret": FITBIT_SECRET, "scopes": _OF_CLAIMS},
            id="fitbit.ini",
        ),
        pytest.param(
            {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH},
            _FITBIT_FOUND | {"scopes": _OF_CLAIMS},
            id="fitbit-grafana",
        ),
        pytest.param(
            {"access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH},
            _GOOGLE_FOUND
            | {"client_id": None, "client_secret": None, "expires_at": None, "scopes": ()},
            id="fitbit-grafana, Google",
        ),
        pytest.param(
            GRAFANA,
            _GOOGLE_FOUND
            | {
                "client_id": None, "client_secret": None, "scopes": (),
                "expires_at": NOW.timestamp() + 3599.5,
            },
            id="fitbit-grafana of 2026, Google",
        ),
        pytest.param(
            GRAFANA | {"access_token": "opaque", "refresh_token": "other"},
            _GOOGLE_FOUND
            | {
                "client_id": None, "client_secret": None, "scopes": (), "access": "opaque",
                "refresh": "other", "expires_at": NOW.timestamp() + 3599.5,
            },
            id="fitbit-grafana of 2026, by its provider alone",
        ),
        pytest.param(
            {"provider": "fitbit", "refresh_token": "other"},
            _FITBIT_FOUND
            | {
                "client_id": None, "scopes": (), "access": None, "refresh": "other",
                "expires_at": None, "user_id": None,
            },
            id="fitbit-grafana, a refresh token alone",
        ),
        pytest.param(
            f"# of a shell\nexport CLIENT_ID='23TEST'\nACCESS_TOKEN=\"{FITBIT}\"\n"
            f"export REFRESH_TOKEN={FITBIT_REFRESH}\n",
            _FITBIT_FOUND | {"scopes": _OF_CLAIMS},
            id="variables of a shell",
        ),
        pytest.param([RESPONSE], _FITBIT_FOUND, id="a list of one"),
        pytest.param(AUTHORIZED_USER, _GOOGLE_FOUND, id="google-auth"),
        pytest.param(
            AUTHORIZED_USER | {"scopes": f"{SLEEP} {SLEEP}", "expiry": "2026-01-15T13:00:00"},
            _GOOGLE_FOUND | {"expires_at": NOW.timestamp() + 3600},
            id="google-auth, older",
        ),
        pytest.param(
            {
                "type": "authorized_user", "client_id": GOOGLE_CLIENT,
                "client_secret": GOOGLE_SECRET, "refresh_token": "opaque",
            },
            _GOOGLE_FOUND
            | {"access": None, "refresh": "opaque", "expires_at": None, "scopes": ()},
            id="google-auth, application default",
        ),
    ],
)  # fmt: skip
def test_what_is_read(file: Any, expected: dict[str, Any]) -> None:
    expected = {"refresh_expires_at": None, "notes": ()} | expected
    found = _read(file)
    assert (FITBIT_CLIENT if expected["access"] == FITBIT else None) == found.pop("issued_to")
    assert expected == found


def test_a_moment_of_an_opaque_token_is_taken_as_it_stands() -> None:
    file = {"access_token": "opaque", "refresh_token": "other"}
    assert START == _read(file | {"expires_at": str(START)}, "fitbit")["expires_at"]
    nonsense: dict[str, tuple[Any, ...]] = {
        "expires_at": ("soon", True, [], "nan", 1e300, -5, None),
        "expiry": (5, "tomorrow", "9999-12-31T23:59:59-23:00"),
        "saved_at_utc": (5, "tomorrow", "2026-01-15T12:00:00"),  # without a lifetime
    }
    for name, values in nonsense.items():
        for written in values:
            assert None is _read({**file, name: written}, "fitbit")["expires_at"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("", "The file is empty"),
        ("\ufeff \r\n", "The file is empty"),
        ("[]", "not a token file"),
        ("[" * 100_000, "The file: not valid JSON. A value is too large or nested too deeply"),
        ("token =" + " " * 300_000 + "\N{NO-BREAK SPACE}x", "no refresh_token"),  # at once
        ({"access_token": FITBIT}, "no refresh_token.*only an access token"),
        ({"client_id": "x"}, "describes an application; it contains no tokens"),
        ({"refresh_token": 5}, "field refresh_token is not the text"),
        ({"refresh_token": "a b"}, "field refresh_token is not the text"),
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
        _read(file)
    assert caught.value.hint
    assert [] == [raw for raw in SECRETS if raw in caught.value.message + caught.value.hint]


def test_the_caller_cannot_overrule_what_is_certain() -> None:
    for beside in ({}, {"provider": "google"}):
        assert "fitbit" == _read({"refresh_token": "opaque"} | beside, "fitbit")["provider"]
    assert "fitbit" == _read(RESPONSE | {"provider": "google"})["provider"]
    with pytest.raises(UsageError, match="belong to fitbit, not to google-health"):
        _read(RESPONSE, "google-health")


_OPAQUE = {"refresh_token": FITBIT_REFRESH, "client_id": "23TEST"}
_RCLONE = (
    "[health]\ntype = http\n"
    f"client_id = {GOOGLE_CLIENT}\nclient_secret = {GOOGLE_SECRET}\n"
    f'token = {{"access_token":"{GOOGLE}","token_type":"Bearer","refresh_token":'
    f'"{GOOGLE_REFRESH}","expiry":"2026-01-15T13:00:00.1234567+01:00"}}\nteam_drive = \n\n'
)
_CURL = (
    "HTTP/2 200 \r\ndate: Thu, 15 Jan 2026 12:00:00 GMT\r\ncontent-type: application/json\r\n\r\n"
)
_HOME_ASSISTANT = {
    "version": 1,
    "data": {
        "entries": [
            {"domain": "sun", "data": {}, "title": "Sun"},
            {
                "domain": "fitbit", "title": "Alex", "unique_id": "7TESTS",
                "data": {"auth_implementation": "fitbit_23test", "token": RESPONSE},
            },
        ]
    },
}  # fmt: skip
_APPLICATIONS = {
    "data": {
        "items": [
            {"id": "spotify_1", "domain": "spotify", "client_id": "abc", "client_secret": "def"},
            {
                "id": "fitbit_23test", "domain": "fitbit", "client_id": "23TEST",
                "client_secret": FITBIT_SECRET,
            },
        ]
    }
}  # fmt: skip


def _camel(fields: dict[str, Any]) -> dict[str, Any]:
    return {"".join(part.capitalize() for part in name.split("_")): v for name, v in fields.items()}


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        pytest.param(json.dumps({"a": [{"b": {"c": RESPONSE}}]}), None, id="deep JSON"),
        pytest.param(json.dumps({"token": json.dumps(RESPONSE)}), None, id="JSON in JSON"),
        pytest.param(json.dumps(json.dumps(RESPONSE)), None, id="JSON in a text"),
        pytest.param(json.dumps(_camel(RESPONSE)), None, id="camel case"),
        pytest.param(f"{_CURL}{json.dumps(RESPONSE)}\n", None, id="curl -i"),
        pytest.param(f"{_CURL}{json.dumps(RESPONSE, indent=2)}\n", None, id="curl -i, indented"),
        pytest.param(f"log: got {RESPONSE} at last", None, id="a dictionary in a log"),
        pytest.param(repr(RESPONSE), None, id="a dictionary"),
        pytest.param(repr([RESPONSE | {"scope": ["sleep", "settings"]}]), None, id="a list"),
        pytest.param(f"FITBIT_TOKEN='{json.dumps(RESPONSE)}'\n", None, id="JSON in a variable"),
        pytest.param(
            "".join(f"FITBIT_{name.upper()}={value}\n" for name, value in RESPONSE.items()),
            None,
            id="variables with a prefix",
        ),
        pytest.param(
            "".join(f"set {name.upper()}={value}\r\n" for name, value in RESPONSE.items()),
            None,
            id="variables of Windows",
        ),
        pytest.param(
            "".join(f'const {name} = "{value}";\n' for name, value in RESPONSE.items()),
            None,
            id="a program",
        ),
        pytest.param(
            "fitbit:\n  accounts:\n    - user: alex\n"
            + "".join(f"      {name}: {value}\n" for name, value in RESPONSE.items()),
            None,
            id="YAML",
        ),
        pytest.param(
            "[fitbit.alex]\n"
            + "".join(f"{name} = {json.dumps(value)} # x\n" for name, value in RESPONSE.items()),
            None,
            id="TOML",
        ),
        pytest.param(
            "&".join(f"{name}={str(value).replace(' ', '+')}" for name, value in RESPONSE.items()),
            None,
            id="a form",
        ),
        pytest.param(json.dumps(_HOME_ASSISTANT), None, id="Home Assistant"),
        pytest.param(
            "services:\n  sync:\n    environment:\n"
            + "".join(f"      - FITBIT_{name.upper()}={v}\n" for name, v in RESPONSE.items()),
            None,
            id="docker compose",
        ),
        pytest.param(
            json.dumps(
                {"env": [{"name": k.upper(), "value": str(v)} for k, v in RESPONSE.items()]}
            ),
            None,
            id="variables of a container",
        ),
        pytest.param(
            "{" + ", ".join(f"{name}: '{value}'" for name, value in RESPONSE.items()) + "}",
            None,
            id="an object of JavaScript",
        ),
        pytest.param(f"{json.dumps({'a': 1})}\n{json.dumps(RESPONSE)}\n", None, id="JSON lines"),
    ],
)
def test_a_grant_is_found_in_any_form(text: str, provider: str | None) -> None:
    found = _read(text, provider)
    assert (FITBIT, FITBIT_REFRESH, "7TESTS") == (
        found["access"], found["refresh"], found["user_id"],
    )  # fmt: skip
    assert ("sleep", "settings") == found["scopes"]
    assert () == found["notes"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(
            {"client": {"client_id": "23TEST"}, "tokens": {"refresh_token": FITBIT_REFRESH}}
        ),
        json.dumps({"clientId": "23TEST", "token": {"refreshToken": FITBIT_REFRESH}}),
        f"CLIENT_ID=23TEST\nALEX_FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}\n",
        f"FITBIT_CLIENT_ID=23TEST\nFITBIT_REFRESH_TOKEN_ALEX={FITBIT_REFRESH}\n",
        f"curl -d refresh_token={FITBIT_REFRESH} -d client_id=23TEST https://api.fitbit.com/",
        f"client_id = 23TEST\nrefresh token: \nrefresh_token => '{FITBIT_REFRESH}',",
    ],
)
def test_a_refresh_token_and_its_application_are_found(text: str) -> None:
    found = _read(text, "fitbit")
    assert (FITBIT_REFRESH, "23TEST") == (found["refresh"], found["client_id"])


def test_a_bare_refresh_token_needs_its_provider() -> None:
    assert FITBIT_REFRESH == _read(f" {FITBIT_REFRESH}\n", "fitbit")["refresh"]
    google = _read(f'"{GOOGLE_REFRESH}"')
    assert (GOOGLE_REFRESH, "google-health") == (google["refresh"], google["provider"])


def test_rclone_keeps_its_token_as_json_in_a_setting() -> None:
    found = _read(_RCLONE)
    assert _GOOGLE_FOUND | {
        "scopes": (), "expires_at": NOW.timestamp() + 0.123456, "issued_to": None, "notes": (),
        "refresh_expires_at": None,
    } == found  # fmt: skip


@pytest.mark.parametrize("clients", [_APPLICATIONS, {"x": _APPLICATIONS["data"]["items"][1]}])
@pytest.mark.parametrize("signed", [True, False])
def test_a_second_file_has_the_application(clients: Any, signed: bool) -> None:  # noqa: FBT001
    text = json.dumps(_HOME_ASSISTANT)
    if not signed:
        text = text.replace(FITBIT, "opaque")
    found = parse_token_file(text, REGISTRY, "fitbit", others=[json.dumps(clients)])
    assert found.client_secret is not None
    assert ("23TEST", FITBIT_SECRET) == (found.client_id, found.client_secret.reveal())
    swapped = parse_token_file(json.dumps(clients), REGISTRY, "fitbit", others=[text])
    assert (found.client_id, FITBIT_REFRESH) == (swapped.client_id, swapped.refresh.reveal())


_TWO = {"alex": RESPONSE, "kim": AUTHORIZED_USER}
_THREE = _TWO | {"sam": RESPONSE | {"refresh_token": FITBIT_REFRESH[::-1]}}


def test_one_of_several_grants_is_chosen() -> None:
    with pytest.raises(UsageError, match="The file contains 2 grants") as caught:
        _read(_TWO)
    alex = "alex (Fitbit Web API, user 7TESTS, until 2026-01-15 19:00 UTC)"
    assert f"{alex}, kim (Google Health API)" in caught.value.message
    assert "--entry NAME" in caught.value.hint
    found = _read(_TWO, "fitbit")
    assert "fitbit" == found["provider"]
    assert ("The file has another grant, which was left aside.",) == found["notes"]
    with pytest.raises(UsageError, match="contains 3 grants: alex"):
        _read(_THREE, "fitbit")
    for label in ("sam", "3"):
        assert FITBIT_REFRESH[::-1] == _read(_THREE, entry=label)["refresh"]
    with pytest.raises(UsageError, match="no grant of the name") as caught:
        _read(_THREE, entry="eve")
    assert "It has: alex (Fitbit Web API, user" in caught.value.hint


def test_a_grant_of_another_service_is_left_aside() -> None:
    spotify = {"refresh_token": "AQC" + "x" * 40, "access_token": "BQD" + "y" * 40}
    found = _read(
        {"spotify": spotify, "fitbit": RESPONSE, "strava": spotify | {"refresh_token": "b"}}
    )
    assert "fitbit" == found["provider"]
    assert ("The file has 2 other grants, which were left aside.",) == found["notes"]


def test_a_label_is_no_secret() -> None:
    with pytest.raises(UsageError, match=r"contains 2 grants: 1 .*, 2 ") as caught:
        _read({FITBIT_SECRET * 2: {"refresh_token": "a"}, FITBIT: {"refresh_token": "b"}})
    assert [] == [raw for raw in SECRETS if raw in caught.value.message + caught.value.hint]


def test_the_same_grant_twice_is_one() -> None:
    found = _read([RESPONSE, RESPONSE | {"clientSecret": FITBIT_SECRET}, {}])
    assert (FITBIT_REFRESH, FITBIT_SECRET) == (found["refresh"], found["client_secret"])


def test_an_application_that_the_token_contradicts_is_refused_with_both() -> None:
    with pytest.raises(UsageError, match="23ELSE, but the access token was issued to 23TEST"):
        _read(RESPONSE | {"client_id": "23ELSE"})
    found = _read(RESPONSE | {"user_id": "7OTHER"})
    assert "7TESTS" == found["user_id"]
    assert "the user 7OTHER, but the access token names 7TESTS" in found["notes"][0]


@pytest.mark.parametrize("length", [20, 32, 40, 63, 65, 128])
def test_a_refresh_token_of_a_wrong_length_is_refused(length: int) -> None:
    token = (FITBIT_REFRESH * 2)[:length]
    words = rf"is (incomplete|too long): it has {length} hexadecimal"
    with pytest.raises(UsageError, match=words) as caught:
        _read(RESPONSE | {"refresh_token": token})
    assert token not in caught.value.message
    with pytest.raises(UsageError, match=words):
        _read({"refresh_token": token}, "fitbit")


@pytest.mark.parametrize("mark", [";", ","])
@pytest.mark.parametrize("word", ["", "const "])
def test_several_assignments_in_one_line_are_read(mark: str, word: str) -> None:
    fields = {"client_id": "23TEST", "client_secret": FITBIT_SECRET, "refresh_token": "x"}
    fields["refresh_token"] = FITBIT_REFRESH
    line = f"{mark} ".join(f'{word}{name} = "{value}"' for name, value in fields.items())
    for text in (f"{line}{mark}\n", f"Fitbit(\n    {line}{mark}\n)\n"):
        found = _read(text, "fitbit")
        assert tuple(fields.values()) == (
            found["client_id"], found["client_secret"], found["refresh"],
        )  # fmt: skip


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
            _read(text)


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
        _read(text, explain=explain_message)
    assert summary in caught.value.message
    assert advice in caught.value.hint


def _base64_of(fields: dict[str, Any]) -> dict[str, str]:
    return {k: base64.b64encode(str(v).encode()).decode() for k, v in fields.items()}


@pytest.mark.parametrize(
    "fields",
    [
        RESPONSE | {"client_id": "23TEST", "client_secret": FITBIT_SECRET},
        {"refresh_token": f"{FITBIT_REFRESH}\n", "client_id": "23TEST"},
        {"token.json": json.dumps(RESPONSE)},
    ],
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_data_of_a_kubernetes_secret_is_decoded(fields: dict[str, Any], form: str) -> None:
    data = _base64_of(fields)
    lines = "".join(f"  {name}: {value}\n" for name, value in data.items())
    text = {
        "json": json.dumps({"kind": "Secret", "data": data}),
        "yaml": f"apiVersion: v1\nkind: Secret\ndata:\n{lines}",
    }[form]
    found = _read(text, "fitbit")
    assert FITBIT_REFRESH == found["refresh"]
    assert found["client_id"] == "23TEST"


@pytest.mark.parametrize("what", ["refresh_token", "access_token", "client_secret"])
def test_a_secret_in_a_file_is_cleaned_and_that_is_noted(what: str) -> None:
    fields = RESPONSE | {"client_secret": FITBIT_SECRET}
    found = _read(fields | {what: f'"{fields[what]}"\n'})
    name = {"access_token": "access", "refresh_token": "refresh"}.get(what, what)
    assert fields[what] == found[name]
    assert (f"The field {what} was read without the line break and quotes around it.",) == found[
        "notes"
    ]


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
        (START, {"expiry": "2026-05-28T20:26:40"}),
        (START, {"created_at": START - 60, "expires_in": "60"}),
        (START, {"expires_in": 60, "obtained_at": int(START - 60) * 1000}),
        (None, {"expiry": "0001-01-01T00:00:00Z"}),
        (None, {"expires_in": 60}),
    ],
)
def test_when_an_access_token_ends(expected: float | None, fields: dict[str, Any]) -> None:
    found = _read({"access_token": "opaque", "refresh_token": "other"} | fields, "fitbit")
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
        (None, {"refresh_token_expires_in": 0}),
        (None, {"refresh_token_expires_in": "soon"}),
    ],
)
def test_when_a_refresh_token_ends(expected: float | None, fields: dict[str, Any]) -> None:
    file = {"access_token": "opaque", "refresh_token": "other"} | fields
    found = _read(file, "fitbit", written_at=START - 7)
    assert expected == found["refresh_expires_at"]


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
        _read(file, name="my client.json")
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
    with pytest.raises(UsageError, match="not the health data of a user") as caught:
        _read(write(file), name="adc.json")
    assert str(file["type"]) in str(caught.value)
    assert "tokcheck login google-health" in caught.value.hint


_LARGE = 150_000


@pytest.mark.untraced
@pytest.mark.parametrize(
    "text",
    [
        "{" * _LARGE,
        "[{" * _LARGE,
        '{"a":' * _LARGE,
        "{'a':" * _LARGE,
        "(" * _LARGE,
        "{'a': " + "-" * _LARGE,
        "{1" + "+1" * _LARGE + "}",
        "['" + "\\x" * _LARGE,
        "{'" * _LARGE,
        '{"' * _LARGE,
        "refresh_token=" * (_LARGE // 10),
        "refresh_token " * (_LARGE // 10),
        "a" * _LARGE + "=b",
        "export " * (_LARGE // 7),
        "-" * _LARGE,
        "- " * 15_000,
        "&a: [" + "*a," * 10_000 + "]",
        "a: &a [x,x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a]\n" for n in range(1000)),
        "? " * 10_000,
        "a: " * 10_000,
        "&" * _LARGE + "=",
        "a=b&" * (_LARGE // 4),
        "[a]\n" * (_LARGE // 4),
        "a.b." * (_LARGE // 4) + "=1",
        json.dumps({f"p{n}_refresh_token": "x" for n in range(10_000)}),
        json.dumps([{"refresh_token": str(n)} for n in range(10_000)]),
        json.dumps({f"k{n}": f"{{'refresh_token': '{n}'" for n in range(5_000)}),
        json.dumps({"client_id": "x"} | {f"k{n}": {"client_id": str(n)} for n in range(10_000)}),
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_text_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(UsageError):
        parse_token_file(text, REGISTRY)
    assert time.process_time() - began < 10  # some take 4 s on a slow computer


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text()
    | st.sampled_from((*SECRETS, "authorized_user", "23TEST", "sleep settings")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)  # fmt: skip
_NAMES = st.sampled_from(sorted({*RESPONSE, *AUTHORIZED_USER, "expires_at", "type", "data"}))


@given(
    st.dictionaries(_NAMES | st.text(max_size=8), _VALUES).map(json.dumps)
    | _VALUES.map(json.dumps)
    | st.text()
    | st.lists(st.tuples(_NAMES, st.text() | st.sampled_from(SECRETS))).map(
        lambda pairs: "\n".join(f"{name} = {value}" for name, value in pairs)
    )
)
def test_any_text_gives_tokens_or_a_usage_error_and_never_leaks(text: str) -> None:
    try:
        read = parse_token_file(text, REGISTRY)
    except UsageError as error:
        said = error.message + error.hint
    else:
        assert isinstance(read, TokenFile)
        assert read.provider in REGISTRY
        assert read.expires_at is None or 0 < read.expires_at < 1e12
        said = repr(read)
    assert [] == [raw for raw in SECRETS if raw in said]


def _grant(**changes: Any) -> Grant:
    return Grant(
        "alex", Client("fitbit", "23TEST", Secret(FITBIT_SECRET)), Secret(FITBIT),
        Secret(FITBIT_REFRESH), EXPIRES, None, ("sleep", "settings"), "7TESTS", EXPIRES - 28_800,
    )._replace(**changes)  # fmt: skip


_GOOGLES = {
    "client": Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET)),
    "access": Secret(GOOGLE),
    "refresh": Secret(GOOGLE_REFRESH),
    "scopes": (SLEEP,),
}


@pytest.mark.parametrize(
    ("file_format", "grant"),
    [
        ("token-response", _grant()),
        ("token-response", _grant(**_GOOGLES)),
        ("python-fitbit", _grant()),
        ("fitbit-grafana", _grant()),
        ("fitbit-grafana", _grant(**_GOOGLES)),
        ("google-auth", _grant(**_GOOGLES)),
        ("google-auth", _grant(**_GOOGLES, expires_at=None)),
    ],
)
def test_what_is_exported_can_be_taken_in_again(file_format: str, grant: Grant) -> None:
    read = parse_token_file(token_file_text(grant, file_format, EXPIRES - 60), REGISTRY)
    assert grant.refresh is not None
    assert read.access is not None
    assert grant.client.provider == read.provider
    assert grant.access.reveal() == read.access.reveal()
    assert grant.refresh.reveal() == read.refresh.reveal()
    said = {"token-response": None} if grant.client.provider == "google-health" else {}
    assert said.get(file_format, grant.expires_at) == read.expires_at


def test_a_file_for_fitbit_grafana_names_the_provider() -> None:
    assert {
        "provider": "google",
        "access_token": GOOGLE,
        "refresh_token": GOOGLE_REFRESH,
        "saved_at_utc": "2026-05-28T20:26:40+00:00",
        "expires_in": 60,
    } == json.loads(
        token_file_text(_grant(**_GOOGLES, expires_at=START + 60.9), "fitbit-grafana", START + 0.5)
    )
    assert "fitbit" == json.loads(token_file_text(_grant(), "fitbit-grafana", START))["provider"]


def test_a_file_for_google_auth_has_the_fields_that_its_reader_wants() -> None:
    file = json.loads(
        token_file_text(
            _grant(**_GOOGLES), "google-auth", START, "https://oauth2.googleapis.com/token"
        )
    )
    assert AUTHORIZED_USER.keys() - {"account"} | {"type"} == file.keys()
    assert "2026-01-15T19:00:00Z" == file["expiry"]
    assert "scopes" not in json.loads(
        token_file_text(
            _grant(**_GOOGLES | {"scopes": ()}),
            "google-auth",
            START,
            "https://oauth2.googleapis.com/token",
        )
    )


@pytest.mark.parametrize(
    ("file_format", "changes", "words"),
    [
        ("google-auth", {}, "google-auth is for google-health"),
        ("python-fitbit", _GOOGLES, "python-fitbit is for fitbit"),
        ("python-fitbit", {"client": Client("fitbit", "x", None)}, "needs the application's"),
        ("token-response", {"access": Secret("")}, "no access token yet"),
        ("fitbit-grafana", {"refresh": None}, "no refresh token"),
        (
            "fitbit-grafana",
            {"client": Client("strava", "x", None)},
            "fitbit-grafana is for fitbit and google-health, but .* is an account of strava",
        ),
    ],
)
def test_a_file_that_would_lack_something_is_refused(
    file_format: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        token_file_text(_grant(**changes), file_format, START)
    assert "NAME" not in caught.value.hint


def test_the_option_names_every_format() -> None:
    assert list(FORMATS) == [member.value for member in TokenFileFormat]


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


def _log(*lifetimes: tuple[int, int]) -> str:
    """Return a log of refreshes; each token is issued and ends so many hours after the start."""
    start = int(NOW.timestamp())
    return "".join(
        f"2026-01-15 1{number}:00:00 INFO response: "
        + json.dumps(
            {
                "access_token": fitbit(iat=start + issued * 3600, exp=start + end * 3600),
                "refresh_token": str(number) * 64,
            }
        )
        + "\n"
        for number, (issued, end) in enumerate(lifetimes, 1)
    )


def test_the_newest_grant_of_a_log_is_taken_and_said() -> None:
    found = _read(_log((0, 8), (16, 24), (8, 16)))
    assert "2" * 64 == found["refresh"]
    assert (
        "The file has 3 grants, and the one in use was taken. Left aside: an older token of the "
        "same user and application.",
    ) == found["notes"]


def test_grants_of_two_users_are_listed_with_user_and_expiry() -> None:
    other = {"access_token": fitbit(sub="9OTHER"), "refresh_token": "9" * 64}
    with pytest.raises(UsageError, match=r"user 7TESTS, until .* user 9OTHER, until "):
        _read(_log((0, 8)) + f"x response: {json.dumps(other)}\n")


def test_a_removed_line_of_a_diff_is_left_aside() -> None:
    text = (
        f" FITBIT_CLIENT_ID=23TEST\n-FITBIT_REFRESH_TOKEN={'1' * 64}\n"
        f"+FITBIT_REFRESH_TOKEN={'2' * 64}\n"
    )
    found = _read(text)
    assert ("2" * 64, 1) == (found["refresh"], len(found["notes"]))


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
        ("names a refresh token in line 1 and contains what may be one in line 2, but not",
         f"refresh token of Alex, see below; it was written down on paper\n{'a1' * 32}\n"),
    ],
)  # fmt: skip
def test_what_stands_in_the_place_of_a_grant_is_said(message: str, text: str) -> None:
    with pytest.raises(UsageError, match=message):
        _read(text, "fitbit")


def test_google_needs_a_consent_for_a_refresh_token() -> None:
    with pytest.raises(UsageError) as caught:
        _read({"access_token": GOOGLE, "expires_in": 3599})
    assert "prompt=consent" in caught.value.hint


def test_the_time_of_issue_of_googles_php_client_is_read() -> None:
    issued = int(NOW.timestamp())
    grant = {"access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH, "client_id": GOOGLE_CLIENT}
    found = _read(grant | {"created": issued, "expires_in": 3599})
    assert issued + 3599 == found["expires_at"]
