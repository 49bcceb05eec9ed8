"""``tokcheck accounts import`` as people run it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_terminal import talk
from tests.support.cli.account_store import (
    FITBIT,
    GOOGLE,
    AccountStore,
    make_grant,
    reveal,
    secrets_shown,
)
from tests.support.tokens import FITBIT as TOKEN
from tests.support.tokens import FITBIT_REFRESH
from tokcheck.accounts.token_files.export import token_file_text
from tokcheck.sandbox import FITBIT_SECRET


def _response(account_store: AccountStore) -> str:
    return token_file_text(make_grant(account_store.sandbox_state, "x"), "token-response", 0)


def test_a_token_response_is_taken_in_and_kept_alive(account_store: AccountStore) -> None:
    text = _response(account_store)
    result = account_store(
        "accounts", "import", "-", "--name", "alex",
        stdin=text, TOKCHECK_CLIENT_SECRET=FITBIT_SECRET,
    )  # fmt: skip
    assert (0, "alex: imported, an account of the Fitbit Web API\n") == result[:2]
    assert "works once" in result.err
    grant = account_store.grant("alex")
    assert [] == secrets_shown(result, grant)
    assert FITBIT.client_id == grant.client.client_id
    assert 0 == account_store("accounts", "refresh", "alex").code
    assert 0 == account_store("validate", "--account", "alex").code


def test_another_account_of_the_same_person_is_noted(account_store: AccountStore) -> None:
    text = _response(account_store)
    # The user of the access token, which counts more than the one that the file names.
    account_store.put(account_store.add("old one")._replace(user_id="7ALEX2"))
    result = account_store(
        "accounts", "import", "-", stdin=text, TOKCHECK_CLIENT_SECRET=FITBIT_SECRET
    )
    assert 0 == result.code
    assert "note: The account old one has the same user and application" in result.err
    assert "tokcheck accounts remove 'old one' --forget" in result.err


def test_googles_application_default_file_gets_its_token_at_first_use(
    account_store: AccountStore, tmp_path: Path
) -> None:
    grant = account_store.add("x", GOOGLE)
    file = tmp_path / "adc.json"
    account_store("accounts", "export", "x", "--format", "google-auth", "--output", str(file))
    fields = json.loads(file.read_text())
    del fields["token"], fields["expiry"]
    file.write_text(json.dumps(fields))
    twin = account_store("accounts", "import", str(file))
    assert 2 == twin.code
    assert "The account x has this refresh token already" in twin.err
    assert 0 == account_store("accounts", "import", str(file), "--name", "x", "--replace").code
    assert "none yet" in account_store("accounts", "show", "x").out
    assert 3 == account_store("validate", "--account", "x", "--offline").code
    assert reveal(grant.access) != account_store("token", "x").out.strip()
    assert 0 == account_store("validate", "--account", "x").code


def test_an_account_is_overwritten_only_on_request(account_store: AccountStore) -> None:
    text = _response(account_store)
    old = account_store.add("fitbit", GOOGLE)
    result = account_store("accounts", "import", "-", stdin=text)
    assert (2, "") == result[:2]
    assert "The account fitbit exists already" in result.err
    assert reveal(old.access) == reveal(account_store.grant("fitbit").access)
    assert 0 == account_store("accounts", "import", "-", "--replace", stdin=text).code
    assert reveal(old.access) != reveal(account_store.grant("fitbit").access)


def test_a_missing_client_id_is_prompted_for(account_store: AccountStore, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"access_token": "opaque", "refresh_token": FITBIT_REFRESH}))
    words = ["accounts", "import", str(file), "--provider", "fitbit"]
    result = account_store(*words)
    assert (2, "") == result[:2]
    assert "--client-id" in result.err
    assert "TOKCHECK_CLIENT_ID" in result.err
    assert 0 == account_store(*words, "--client-id", "23ONE").code
    assert 0 == account_store(*words, "--replace", TOKCHECK_CLIENT_ID="23TWO").code
    assert ("23TWO", None) == account_store.grant("fitbit").client[1:]
    code, screen = talk(
        [*words, "--replace", "--client-id", "23SIX"],
        "made-up-secret\r",
        cue="Enter",
        **account_store.env,
    )
    assert 0 == code
    assert "made-up-secret" not in screen
    assert "made-up-secret" == reveal(account_store.grant("fitbit").client.secret)


def test_the_variables_of_a_login_are_known_here_too(account_store: AccountStore) -> None:
    text = json.dumps({"access_token": "opaque", "refresh_token": FITBIT_REFRESH})
    words = ["accounts", "import", "-", "--provider", "fitbit"]
    of_login = {
        "TOKCHECK_FITBIT_CLIENT_ID": "23ONE",
        "TOKCHECK_FITBIT_CLIENT_SECRET": "made-up-1",
        "TOKCHECK_GOOGLE_CLIENT_ID": GOOGLE.client_id,
    }
    assert 0 == account_store(*words, stdin=text, **of_login).code
    client = account_store.grant("fitbit").client
    assert ("23ONE", "made-up-1") == (client.client_id, reveal(client.secret))
    own = {"TOKCHECK_CLIENT_ID": "23TWO", "TOKCHECK_CLIENT_SECRET": "made-up-2"}
    assert 0 == account_store(*words, "--replace", stdin=text, **of_login, **own).code
    client = account_store.grant("fitbit").client
    assert ("23TWO", "made-up-2") == (client.client_id, reveal(client.secret))


@pytest.mark.parametrize("channel", ["variable", "prompt", "file"])
def test_a_client_secret_in_quotes_is_cleaned_on_every_channel(
    account_store: AccountStore, tmp_path: Path, channel: str
) -> None:
    fields = json.loads(_response(account_store))
    file = tmp_path / "tokens.json"
    words = ["accounts", "import", str(file), "--name", "alex"]
    quoted = f'"{FITBIT_SECRET}"'
    if channel == "file":
        fields["client_secret"] = quoted
    file.write_text(json.dumps(fields))
    if channel == "prompt":
        code, output = talk(words, f"{quoted}\r", cue="Enter", **account_store.env)
    else:
        variable = {"TOKCHECK_CLIENT_SECRET": f"{quoted}\n"} if channel == "variable" else {}
        code, _, output = account_store(*words, **variable)
    assert 0 == code
    assert "was read without the" in output
    assert "quotes around it." in output
    assert FITBIT_SECRET not in output
    assert 0 == account_store("accounts", "refresh", "alex").code


@pytest.mark.parametrize(
    "words", [("accounts", "refresh", "alex"), ("token", "alex", "--min-ttl", "20h")]
)
def test_a_secret_of_the_environment_is_cleaned_for_a_refresh(
    account_store: AccountStore, words: tuple[str, ...]
) -> None:
    grant = account_store.add("alex")
    account_store.put(grant._replace(client=grant.client._replace(secret=None)))
    variable = {"TOKCHECK_FITBIT_CLIENT_SECRET": f"'{FITBIT_SECRET}'\n"}
    result = account_store(*words, **variable)
    assert 0 == result.code
    assert (
        "note: The client secret from TOKCHECK_FITBIT_CLIENT_SECRET was read without the line "
        "break and quotes around it.\n"
    ) in result.err
    assert FITBIT_SECRET == reveal(account_store.grant("alex").client.secret)


def test_an_account_of_home_assistant_is_taken_in_with_its_application(
    account_store: AccountStore, tmp_path: Path
) -> None:
    token = json.loads(_response(account_store))
    data = {"auth_implementation": "fitbit_one", "token": token}
    entries = [{"domain": "sun", "data": {}}, {"domain": "fitbit", "data": data}]
    application = {
        "id": "fitbit_one", "domain": "fitbit", "client_id": FITBIT.client_id,
        "client_secret": FITBIT_SECRET,
    }  # fmt: skip
    file, credentials = tmp_path / "core.config_entries", tmp_path / "application_credentials"
    file.write_text(json.dumps({"version": 1, "data": {"entries": entries}}))
    credentials.write_text(json.dumps({"data": {"items": [application]}}))
    words = ["accounts", "import", str(file), str(credentials), "--name", "alex"]
    assert (0, "alex: imported, an account of the Fitbit Web API\n") == account_store(*words)[:2]
    assert 0 == account_store("accounts", "refresh", "alex").code


def _lines(fields: dict[str, str], template: str) -> str:
    return "".join(template.format(name=name, value=value) for name, value in fields.items())


@pytest.mark.parametrize(
    "write",
    [
        lambda fields: "HTTP/2 200\r\ncontent-type: application/json\r\n\r\n" + json.dumps(fields),
        lambda fields: f"token = {fields!r}",
        lambda fields: _lines(
            {k.upper(): v for k, v in fields.items()}, "FITBIT_{name}='{value}'\n"
        ),
        lambda fields: "fitbit:\n" + _lines(fields, "  {name}: {value}\n"),
        lambda fields: "[fitbit]\n" + _lines(fields, '{name} = "{value}"\n'),
        lambda fields: "[fitbit]\n" + _lines(fields, "{name} = {value}\n"),
        lambda fields: fields["refresh_token"],
    ],
    ids=["curl -i", "Python", "variables", "YAML", "TOML", "ini", "bare"],
)
def test_an_account_of_any_form_is_kept_alive(
    account_store: AccountStore, write: Callable[[dict[str, str]], str]
) -> None:
    fields = json.loads(_response(account_store)) | {"client_secret": FITBIT_SECRET}
    text = write({name: str(value) for name, value in fields.items()})
    result = account_store(
        "accounts", "import", "-", "--provider", "fitbit", "--client-id", FITBIT.client_id,
        stdin=text, TOKCHECK_CLIENT_SECRET=FITBIT_SECRET,
    )  # fmt: skip
    assert (0, "fitbit: imported, an account of the Fitbit Web API\n") == result[:2]
    assert "removed" not in result.err
    assert 0 == account_store("accounts", "refresh", "fitbit").code


def test_one_grant_of_several_is_named(account_store: AccountStore) -> None:
    grants = {name: json.loads(_response(account_store)) for name in ("alex", "kim")}
    words = ["accounts", "import", "-"]
    result = account_store(*words, stdin=json.dumps(grants))
    assert (2, "") == result[:2]
    about = r"\(Fitbit Web API, user 7ALEX2, until [-:0-9 ]+ UTC\)"
    assert re.search(rf"contains 2 grants: alex {about}, kim {about}\.\n", result.err)
    assert "--entry alex or --entry kim" in result.err
    result = account_store(*words, "--entry", "kim", stdin=json.dumps(grants))
    assert 0 == result.code
    assert grants["kim"]["refresh_token"] == reveal(account_store.grant("fitbit").refresh)


def test_an_application_that_the_token_contradicts_is_refused(account_store: AccountStore) -> None:
    text = _response(account_store)
    result = account_store("accounts", "import", "-", "--client-id", "23ELSE", stdin=text)
    assert (2, "") == result[:2]
    assert "--client-id names the application 23ELSE, but the access token was issued to " in (
        result.err
    )
    assert FITBIT.client_id in result.err
    assert [] == account_store.names()


def test_the_end_of_a_refresh_token_is_kept(account_store: AccountStore, tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(_response(account_store)[:-3] + ', "refresh_token_expires_in": 604800}')
    assert 0 == account_store("accounts", "import", str(file), "--name", "alex").code
    end = account_store.grant("alex").refresh_expires_at
    assert end is not None
    issued = account_store.grant("alex").expires_at
    assert issued is not None
    assert 604_800 - 28_800 - 5 < end - issued < 604_800


def test_a_refresh_token_that_has_expired_is_noted(
    account_store: AccountStore, tmp_path: Path
) -> None:
    grant = account_store.add("x", GOOGLE)
    file = tmp_path / "adc.json"
    account_store("accounts", "export", "x", "--format", "google-auth", "--output", str(file))
    for ends, is_noted in ((1_700_000_000, True), (4_000_000_000, False)):
        file.write_text(
            json.dumps(json.loads(file.read_text()) | {"refresh_token_expires_at": ends})
        )
        result = account_store("accounts", "import", str(file), "--name", "x", "--replace")
        assert 0 == result.code
        note = "note: The refresh token expired at 2023-11-14 22:13 UTC, by the file."
        assert is_noted == (note in result.err)
        assert is_noted == ("log in again: tokcheck login google-health --name x" in result.err)
    assert [] == secrets_shown(result, grant)


def test_a_name_that_cannot_be_one_is_refused(account_store: AccountStore) -> None:
    text = _response(account_store)
    for name in (" ", "a\x1bb", "--all", TOKEN):
        result = account_store("accounts", "import", "-", "--name", name, stdin=text)
        assert (2, "") == result[:2]
        assert "This cannot be the name of an account" in result.err
        assert TOKEN not in result.err
    assert [] == account_store.names()


def test_an_invalid_client_id_is_refused_and_not_repeated(account_store: AccountStore) -> None:
    text = _response(account_store)
    for given in ("two words", "2\x1b]31m", FITBIT_SECRET, GOOGLE.client_id, " "):
        result = account_store("accounts", "import", "-", "--client-id", given, stdin=text)
        assert (2, "") == result[:2]
        assert "client id" in result.err
        assert FITBIT_SECRET not in result.err
        assert "\x1b" not in result.err
    assert [] == account_store.names()


def test_a_secret_that_no_request_can_carry_is_refused(account_store: AccountStore) -> None:
    text = _response(account_store)
    result = account_store("accounts", "import", "-", stdin=text, TOKCHECK_CLIENT_SECRET="made up")
    assert (2, "") == result[:2]
    assert "TOKCHECK_CLIENT_SECRET" in result.err
    assert "made up" not in result.err
    assert [] == account_store.names()


def test_a_file_that_is_not_there_or_no_token_file(
    account_store: AccountStore, tmp_path: Path
) -> None:
    assert 2 == account_store("accounts", "import", str(tmp_path / "none")).code
    result = account_store("accounts", "import", "-", stdin=f"what is this {TOKEN}")
    assert 2 == result.code
    assert TOKEN not in result.err


def test_a_variable_of_another_application_is_not_passed_over(account_store: AccountStore) -> None:
    words = ["accounts", "import", "-"]
    text = _response(account_store)
    result = account_store(*words, stdin=text, TOKCHECK_CLIENT_ID="22ZZZZ")
    assert 2 == result.code
    assert "TOKCHECK_CLIENT_ID names the application 22ZZZZ, but the tokens" in result.err
    result = account_store(*words, stdin=text, TOKCHECK_FITBIT_CLIENT_ID="22ZZZZ")
    assert 0 == result.code
    assert "TOKCHECK_FITBIT_CLIENT_ID names another application than" in result.err


def test_a_damaged_client_id_is_not_called_missing(account_store: AccountStore) -> None:
    fields = {"refresh_token": FITBIT_REFRESH, "provider": "fitbit", "client_id": "YOUR_CLIENT_ID"}
    words = ["accounts", "import", "-"]
    result = account_store(*words, stdin=json.dumps(fields))
    assert (2, "") == result[:2]
    assert "its client id is incomplete, damaged or a placeholder" in result.err
    assert 0 == account_store(*words, "--client-id", "23ONE", stdin=json.dumps(fields)).code


@pytest.mark.parametrize("key", ["name", "service", "provider"])
def test_the_objects_of_a_list_belong_to_the_services_that_they_name(
    tmp_path: Path, run: Run, key: str
) -> None:
    file = tmp_path / "tokens.json"
    raw = "f00dfeedf00dfeed1122334455667788aabbcc"
    entries = [
        {key: name, "access_token": f"{raw}0{at}", "refresh_token": f"{raw}1{at}", "client_id": "5"}
        for at, name in enumerate(("strava", "whoop", "gitea"))
    ]
    file.write_text(json.dumps(entries))
    file.chmod(0o600)
    env = {"TOKCHECK_HOME": str(tmp_path / "home")}
    for name in ("whoop", "strava"):
        words = ("accounts", "import", str(file), "--name", name, "--provider", name)
        assert 0 == run(*words, env=env).code
        store = run("accounts", "show", name, "--json", env=env).out
        assert name == json.loads(store)["provider"]
    refused = run("accounts", "import", str(file), "--name", "g", "--entry", "3", env=env)
    assert "does not say which provider's tokens these are" in refused.err
