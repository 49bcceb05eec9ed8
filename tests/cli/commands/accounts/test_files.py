"""``tokcheck accounts import`` and ``export``, and ``validate --account``, as people run them."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

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
from tokcheck.accounts.grant import Broken, BrokenReason, Intent
from tokcheck.accounts.store import Store
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
    assert "--entry NAME" in result.err
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


def test_a_name_that_cannot_be_one_is_refused(account_store: AccountStore) -> None:
    text = _response(account_store)
    for name in ("", "a\x1bb", "--all", TOKEN):
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


@pytest.mark.parametrize("form", ["token-response", "python-fitbit", "fitbit-grafana"])
def test_an_exported_file_is_its_owners_alone_and_warned_about(
    account_store: AccountStore, tmp_path: Path, form: str
) -> None:
    grant = account_store.add("alex")
    file = tmp_path / "out" / "tokens"
    file.parent.mkdir()
    result = account_store("accounts", "export", "alex", "--format", form, "--output", str(file))
    assert (0, "") == result[:2]
    assert 1 == result.err.count("\n")
    assert "breaks the stored account" in result.err
    assert [] == secrets_shown(result, grant)
    assert reveal(grant.refresh) in file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777
    assert [file] == list(file.parent.iterdir())


def test_an_existing_file_is_replaced_only_on_request(
    account_store: AccountStore, tmp_path: Path
) -> None:
    grant = account_store.add("alex")
    file = tmp_path / "tokens"
    file.write_text("before")
    file.chmod(0o644)
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--output", str(file)]
    result = account_store(*words)
    assert (2, "") == result[:2]
    assert f"{file} exists already and was not changed." in result.err
    assert "--replace" in result.err
    assert ("before", 0o644) == (file.read_text(), file.stat().st_mode & 0o777)
    assert 0 == account_store(*words, "--replace").code
    assert reveal(grant.refresh) in file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777


def test_what_is_no_ordinary_file_is_never_replaced(
    account_store: AccountStore, tmp_path: Path
) -> None:
    account_store.add("alex")
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    target.write_text("before")
    link.symlink_to(target)
    os.mkfifo(pipe)
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--replace", "--output"]
    for place in (str(link), str(pipe), str(account_store.folder), "", ".", ".."):
        result = account_store(*words, place)
        assert (2, "") == result[:2]
        assert "is not a regular file" in result.err
    assert ("before", True, True) == (target.read_text(), link.is_symlink(), pipe.is_fifo())


def test_an_export_that_cannot_be_written_leaves_nothing_behind(
    account_store: AccountStore, tmp_path: Path
) -> None:
    account_store.add("alex")
    words = ["accounts", "export", "alex", "--format", "fitbit-grafana", "--output"]
    result = account_store(*words, str(tmp_path / "none" / "tokens"))
    assert (2, "") == result[:2]
    assert f"The folder {tmp_path / 'none'} does not exist." in result.err
    assert [account_store.folder] == list(tmp_path.iterdir())


def test_tokens_that_may_be_used_up_are_not_exported(account_store: AccountStore) -> None:
    grant = account_store.add("alex o")
    assert grant.refresh is not None
    with Store(account_store.folder) as store:
        store.begin("alex o", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    result = account_store("accounts", "export", "alex o", "--format", "fitbit-grafana")
    assert (2, "") == result[:2]
    assert "A refresh of the account alex o is not finished" in result.err
    assert "tokcheck accounts refresh 'alex o'" in result.err


def test_an_export_into_a_repository_is_warned_about(
    account_store: AccountStore, tmp_path: Path
) -> None:
    account_store.add("alex", GOOGLE)
    (tmp_path / "work" / ".git").mkdir(parents=True)
    file = tmp_path / "work" / "token.json"
    result = account_store(
        "accounts", "export", "alex", "--format=google-auth", "--output", str(file)
    )
    assert (0, "") == result[:2]
    assert f"note: {file} is in a git repository" in result.err


def test_a_dash_means_standard_output_as_elsewhere(
    account_store: AccountStore, tmp_path: Path
) -> None:
    grant = account_store.add("alex", GOOGLE)
    result = account_store("accounts", "export", "alex", "--format", "google-auth", "--output", "-")
    assert 0 == result.code
    assert reveal(grant.refresh) in result.out
    assert [account_store.folder] == list(tmp_path.iterdir())


def test_an_export_to_an_open_descriptor_is_written_there(account_store: AccountStore) -> None:
    grant = account_store.add("alex", GOOGLE)
    words = ["accounts", "export", "alex", "--format", "google-auth", "--output", "/dev/stdout"]
    result = account_store(*words)
    assert 0 == result.code
    assert reveal(grant.refresh) in result.out
    code, screen = talk(words, **account_store.env)
    assert 2 == code
    assert reveal(grant.refresh) not in screen


def test_secrets_are_printed_on_a_terminal_only_on_request(account_store: AccountStore) -> None:
    grant = account_store.add("alex", GOOGLE)
    words = ["accounts", "export", "alex", "--format", "google-auth"]
    code, screen = talk(words, **account_store.env)
    assert 2 == code
    assert reveal(grant.refresh) not in screen
    code, screen = talk([*words, "--yes"], **account_store.env)
    assert 0 == code
    assert reveal(grant.refresh) in screen
    assert "note:" not in screen  # Google's refresh token can be used by two


def test_a_stored_token_is_refreshed_and_checked_and_not_shown(account_store: AccountStore) -> None:
    old = account_store.add("alex", left=60)
    for words in ([], ["--json"], ["--offline"]):
        result = account_store("validate", "--account", "alex", *words)
        assert (0, "") == (result.code, result.err)
        assert [] == secrets_shown(result, old, account_store.grant("alex"))
    assert 1 == account_store.sandbox_state.refresh_counts().renewed


def test_a_required_min_ttl_causes_a_refresh(account_store: AccountStore) -> None:
    account_store.add("alex", left=1000)
    assert 0 == account_store("validate", "--account", "alex").code
    assert 0 == account_store.sandbox_state.refresh_counts().renewed
    assert 0 == account_store("validate", "--account", "alex", "--min-ttl", "1h").code
    assert 1 == account_store.sandbox_state.refresh_counts().renewed


def test_an_opaque_token_is_checked_as_its_providers(account_store: AccountStore) -> None:
    account_store.add("alex", GOOGLE)
    result = account_store("validate", "--account", "alex", "--json")
    assert "google-health" == json.loads(result.out)["provider"]
    assert 0 == result.code


@pytest.mark.parametrize(
    "words", [["-"], ["--env", "X"], ["--file", "x"], ["--provider", "fitbit"]]
)
def test_an_account_is_no_second_paste(account_store: AccountStore, words: list[str]) -> None:
    account_store.add("alex")
    assert 2 == account_store("validate", "--account", "alex", *words).code


def test_a_broken_grant_is_noted_beside_its_valid_token(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    assert grant.refresh is not None
    with Store(account_store.folder) as store:
        store.mark_broken("alex", grant.refresh.fingerprint, Broken(0, BrokenReason.REFUSED))
    for words in ([], ["--json"], ["--offline"]):
        result = account_store("validate", "--account", "alex", *words)
        assert 0 == result.code
        shown = " ".join(json.loads(result.out)["advice"]) if words == ["--json"] else result.err
        assert "The account alex needs a new login (since 1970-01-01" in shown
        assert shown.rstrip().endswith("Log in again: tokcheck login fitbit --name alex")
        assert (words == ["--json"]) == (not result.err)


def test_a_broken_grant_is_reported_before_the_check(account_store: AccountStore) -> None:
    grant = account_store.add("alex", left=-1)
    account_store.sandbox_state.revoke_grant(reveal(grant.refresh))
    result = account_store("validate", "--account", "alex")
    assert (1, "") == (result.code, result.err)
    assert result.out.startswith("GRANT BROKEN  The account alex needs a new login.")
    assert "tokcheck login fitbit --name alex" in result.out


def test_an_exported_google_file_names_the_token_address_in_use(
    account_store: AccountStore,
) -> None:
    account_store.add("alex", GOOGLE)
    export = ("accounts", "export", "alex", "--format", "google-auth")
    url = account_store.env["TOKCHECK_GOOGLE_OAUTH_URL"]
    assert f"{url}/token" == json.loads(account_store(*export).out)["token_uri"]
    moved = account_store(*export, TOKCHECK_GOOGLE_OAUTH_URL="https://oauth.example/x/")
    assert "https://oauth.example/x/token" == json.loads(moved.out)["token_uri"]
    official = account_store(*export, TOKCHECK_GOOGLE_OAUTH_URL="")
    assert "https://oauth2.googleapis.com/token" == json.loads(official.out)["token_uri"]
    wrong = account_store(*export, TOKCHECK_GOOGLE_OAUTH_URL="http://oauth.example")
    assert (2, "") == wrong[:2]


def test_a_variable_of_another_application_is_not_passed_over(account_store: AccountStore) -> None:
    words = ["accounts", "import", "-"]
    text = _response(account_store)
    result = account_store(*words, stdin=text, TOKCHECK_CLIENT_ID="22ZZZZ")
    assert 2 == result.code
    assert "TOKCHECK_CLIENT_ID names the application 22ZZZZ, but the tokens" in result.err
    result = account_store(*words, stdin=text, TOKCHECK_FITBIT_CLIENT_ID="22ZZZZ")
    assert 0 == result.code
    assert "TOKCHECK_FITBIT_CLIENT_ID names another application than" in result.err


def test_an_empty_required_scope_is_wrong_usage(account_store: AccountStore) -> None:
    for written in ("", " ", ","):
        result = account_store("validate", "--require-scope", written, "--offline", TOKEN)
        assert (2, True) == (result.code, "--require-scope is empty" in result.err)


def test_a_damaged_client_id_is_not_called_missing(account_store: AccountStore) -> None:
    fields = {"refresh_token": FITBIT_REFRESH, "provider": "fitbit", "client_id": "YOUR_CLIENT_ID"}
    words = ["accounts", "import", "-"]
    result = account_store(*words, stdin=json.dumps(fields))
    assert (2, "") == result[:2]
    assert "its client id is incomplete, damaged or a placeholder" in result.err
    assert 0 == account_store(*words, "--client-id", "23ONE", stdin=json.dumps(fields)).code
