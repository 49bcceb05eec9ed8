"""Token files of other programs: what is read from them, what is refused, and never a leak."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.accounts.fake_token_endpoint import START
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    NOW,
)
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.token_file_export import FORMATS, token_file_text
from tokcheck.accounts.token_file_import import TokenFile, parse_token_file
from tokcheck.cli.commands.accounts.export import TokenFileFormat
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY

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


def _read(value: Any, wanted: str | None = None) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    fields = parse_token_file(text, REGISTRY, wanted)._asdict()
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
_OF_CLAIMS = ("settings", "sleep", "heartrate")


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
    assert expected == _read(file)


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
        ("", "not a token file"),
        ("[]", "not a token file"),
        ("[" * 100_000, "not a token file"),
        ("token =" + " " * 300_000 + "\N{NO-BREAK SPACE}x", "no refresh_token"),  # at once
        ({"access_token": FITBIT}, "no refresh_token.*only an access token"),
        ({"client_id": "x"}, "no refresh_token, so tokcheck could not refresh the account.$"),
        ({"refresh_token": 5}, "field refresh_token is not the text"),
        ({"refresh_token": "a b"}, "field refresh_token is not the text"),
        (RESPONSE | {"access_token": FITBIT_REFRESH}, "field access_token contains a refresh"),
        (RESPONSE | {"refresh_token": FITBIT}, "field refresh_token contains an access"),
        (RESPONSE | {"refresh_token": GOOGLE_REFRESH}, "more than one provider: fitbit and goog"),
        ({"refresh_token": "opaque"}, "does not say which provider's"),
        ({"refresh_token": "opaque", "provider": "withings"}, "does not say which provider's"),
        ({"refresh_token": "opaque", "provider": ["google"]}, "does not say which provider's"),
        ({"alex": RESPONSE, "kim": RESPONSE}, "contains the tokens of 2 accounts"),
        ([RESPONSE, RESPONSE, {}], "contains the tokens of 2 accounts"),
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
    file = json.loads(token_file_text(_grant(**_GOOGLES), "google-auth", START))
    assert AUTHORIZED_USER.keys() - {"account"} | {"type"} == file.keys()
    assert "2026-01-15T19:00:00Z" == file["expiry"]
    assert "scopes" not in json.loads(
        token_file_text(_grant(**_GOOGLES | {"scopes": ()}), "google-auth", START)
    )


@pytest.mark.parametrize(
    ("file_format", "changes", "words"),
    [
        ("google-auth", {}, "google-auth is for google-health"),
        ("python-fitbit", _GOOGLES, "python-fitbit is for fitbit"),
        ("python-fitbit", {"client": Client("fitbit", "x", None)}, "needs the application's"),
        ("token-response", {"access": Secret("")}, "no access token yet"),
        ("fitbit-grafana", {"refresh": None}, "no refresh token"),
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
