"""``tokcheck validate`` as its users run it."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
import zipfile
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import Run
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
    google,
    make_jwt,
)
from tokcheck.sandbox import Sandbox

_CURL = (
    "curl", "-X", "GET", "https://api.fitbit.com/1/user/-/devices.json",
    "-H", "accept: application/json", "-H",
)  # fmt: skip

_UNKNOWN = "q7Hk2Lw9Zx4Vb6Nm1Tp8Rc3"
_REFUSED = {
    "nothing": "   ",
    "an empty bearer": "authorization: Bearer ",
    "a cut-off token": FITBIT[:-9],
    "a glued-on placeholder": FITBIT + "YOUR_ACCESS_TOKEN",
    "two tokens": f"{GOOGLE} {google('second')}",
    "a placeholder": "Authorization: Bearer [YOUR_ACCESS_TOKEN]",
    "a shell variable": "Bearer $TOKEN",
    "a Fitbit refresh token": f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}",
    "64 hexadecimal digits": FITBIT_REFRESH,
    "a Strava token": f"curl https://www.strava.com/api/v3/athlete -d access_token={FITBIT_CODE}",
    "a GitHub token": f"ghs_123456_{FITBIT}",
    "an empty half": f"Basic {b64encode(f'{FITBIT_CLIENT}:'.encode()).decode()}",
    "a beginning alone": "GOCSPX-",
    "a letter that looks alike": FITBIT.replace("a", "\u0430", 1),
    "a Fitbit code": FITBIT_CODE + "#_=_",
    "a Fitbit client secret": f"https://api.fitbit.com client_secret={FITBIT_SECRET}",
    "a Fitbit client id": FITBIT_CLIENT,
    "a Google refresh token": GOOGLE_REFRESH,
    "a Google code": GOOGLE_CODE,
    "a Google secret": GOOGLE_SECRET,
    "a Google key": GOOGLE_KEY,
    "an ID token": make_jwt({"iss": "https://accounts.google.com", "aud": "x", "exp": 1}),
    "another service's token": make_jwt({"iss": "https://example.com", "sub": "x"}),
    "a word of unknown kind": _UNKNOWN,
}


@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_no_access_token_is_refused_by_its_name(
    run: Run, snapshot: SnapshotAssertion, name: str
) -> None:
    paste = _REFUSED[name]
    result = run("validate", "--offline", "-", stdin=paste)
    assert f"exit {result.code}\n{result.out}{result.err}" == snapshot
    assert not [
        word for word in paste.split() if len(word) > 30 and word in result.out + result.err
    ]


@pytest.mark.parametrize("command", ["validate", "clean", "token", "accounts", "demo", "sandbox"])
def test_the_help_of_every_command_has_an_example(
    run: Run, snapshot: SnapshotAssertion, command: str
) -> None:
    result = run(command, "--help")
    assert (0, "") == (result.code, result.err)
    assert "xample" in result.out
    assert snapshot == result.out


def test_the_help_lists_every_command(run: Run, snapshot: SnapshotAssertion) -> None:
    assert snapshot == run("--help").out
    assert run("--help") == run()


def test_an_unquoted_curl_command_is_a_paste(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token()
    result = run("validate", *_CURL, f"authorization: Bearer {token}", "--json", env=sandbox_env)
    report = json.loads(result.out)
    assert (0, "valid") == (result.code, report["verdict"])
    assert ["the curl command around it", "the word Bearer"] == report["cleaned"]


def test_a_token_split_by_the_shell_into_two_words_is_joined(run: Run) -> None:
    result = run("validate", "--offline", "--json", FITBIT[:90], FITBIT[90:])
    assert "expired" == json.loads(result.out)["verdict"]


def test_options_may_stand_on_either_side_of_the_paste(run: Run) -> None:
    before = run("validate", "--offline", "--json", GOOGLE)
    assert before == run("validate", GOOGLE, "--offline", "--json")
    assert "unverified" == json.loads(before.out)["verdict"]


def test_a_pasted_address_is_never_called(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token()
    elsewhere = {**sandbox_env, "TOKCHECK_FITBIT_URL": f"{sandbox.url}/~service-gone"}
    paste = f'curl "{sandbox.url}/1/user/-/profile.json" -H "authorization: Bearer {token}"'
    result = run("validate", "--json", "-", stdin=paste, env=elsewhere)
    assert "service_gone" == json.loads(result.out)["verdict"]
    assert not any(
        "profile.json" in path
        for _, path, _ in sandbox.state.request_counts()
        if "fault" not in path
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_may_be_in_any_of_the_usual_encodings(
    run: Run, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "token.txt"
    path.write_text(f"export TOKEN='{GOOGLE}'\r\n", encoding=encoding)
    result = run("validate", "--offline", "--json", "--file", str(path))
    assert "unverified" == json.loads(result.out)["verdict"]
    assert len(GOOGLE) == json.loads(result.out)["credential"]["length"]


def test_a_variable_is_read(run: Run) -> None:
    result = run("validate", "--offline", "--env", "MY_TOKEN", env={"MY_TOKEN": GOOGLE})
    assert 0 == result.code


@pytest.mark.parametrize("value", ["", " \n"])
def test_an_empty_variable_is_named(run: Run, value: str) -> None:
    env = {"MY_TOKEN": value}
    result = run("validate", "--offline", "--env", "MY_TOKEN", env=env)
    assert (1, "") == (result.code, result.err)
    text = " ".join(result.out.split())
    assert text.startswith("NO TOKEN The variable MY_TOKEN is empty, so it contains no token. ")
    assert "Check that it has the token where the command runs." in text
    report = json.loads(run("validate", "--json", "--env", "MY_TOKEN", env=env).out)
    assert ("no_token", "The variable MY_TOKEN is empty, so it contains no token.") == (
        report["verdict"],
        report["summary"],
    )


def test_lines_of_an_empty_variable_are_none_and_it_is_named(run: Run) -> None:
    result = run("validate", "--lines", "--offline", "--env", "T", env={"T": ""})
    assert (1, "") == (result.code, result.out)
    note = "note: The variable T is empty, so there are no lines to check.\n"
    assert note == result.err


@pytest.mark.parametrize("text", ["\n", "\n\n", " \n\t\n", '""\n', "\ufeff\n''\n"])
def test_blank_lines_are_checked_and_a_note_says_that_there_are_no_others(
    run: Run, text: str
) -> None:
    result = run("validate", "--lines", "--offline", "-", stdin=text)
    assert 1 == result.code
    assert len(text.splitlines()) == len(result.out.splitlines())
    assert "note: Standard input has only blank lines, so no line contains a token.\n" == result.err


@pytest.mark.parametrize("value", ['""', "''", ' "" ', '"\n"', "``", "\ufeff", '\u200b""'])
def test_a_pair_of_quotation_marks_or_what_is_invisible_is_empty(run: Run, value: str) -> None:
    result = run("validate", "--offline", "--env", "MY_TOKEN", env={"MY_TOKEN": value})
    assert (1, "") == (result.code, result.err)
    text = " ".join(result.out.split())
    assert text.startswith("NO TOKEN The variable MY_TOKEN is empty")
    assert ("quotation marks" in text) is (value.strip("\ufeff") != "")
    cleaned = run("clean", "-", stdin=value)
    assert (1, "") == (cleaned.code, cleaned.out)
    assert cleaned.err.startswith("Standard input is empty")


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("The variable NO_SUCH_VARIABLE is not set.", ["--env", "NO_SUCH_VARIABLE"]),
        ("cannot be read: No such file or directory.", ["--file", "no/such/file"]),
        ("More than one paste was given.", ["--env", "PATH", "--file", "x"]),
        ("'soon' is not a duration.", ["--min-ttl", "soon", "x"]),
        ("--timeout 0 is out of range.", ["--timeout", "0", "x"]),
        ("--timeout 2h is out of range.", ["--timeout", "2h", "x"]),
        ("'9999999w' is out of range.", ["--min-ttl", "9999999w", "x"]),
        ("is unencrypted and not on this computer.", ["--api-url", "http://example.com", "x"]),
        ("There is no provider 'nobody'.", ["--provider", "nobody", "x"]),
    ],
)
def test_wrong_usage_names_the_cause_and_the_next_step(
    run: Run, expected: str, words: list[str]
) -> None:
    result = run("validate", *words)
    assert (2, "") == (result.code, result.out)
    first, *rest = result.err.splitlines()
    assert expected in first
    assert rest


def test_more_than_a_mebibyte_is_refused(run: Run) -> None:
    result = run("validate", "--offline", "-", stdin="x" * (1024 * 1024 + 1))
    assert 2 == result.code
    assert "The input is larger than 1 MiB." in result.err


def test_a_missing_scope_and_a_short_life_are_not_usable(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token(scopes=("settings",), lifetime=1800)
    scope = run("validate", "--json", "--require-scope", "sleep", "-", stdin=token, env=sandbox_env)
    assert (1, "insufficient_scope") == (scope.code, json.loads(scope.out)["verdict"])
    held = run(
        "validate", "--json", "--require-scope", "settings", "-", stdin=token, env=sandbox_env
    )
    assert (0, "valid") == (held.code, json.loads(held.out)["verdict"])
    life = run("validate", "--json", "--min-ttl", "1h", "-", stdin=token, env=sandbox_env)
    assert (1, False) == (life.code, json.loads(life.out)["usable"])
    assert "valid" == json.loads(life.out)["verdict"]


@pytest.mark.parametrize("fault", ["", "/~too-many-requests"])
def test_the_headline_of_a_token_that_expires_too_soon_says_so(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], fault: str
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=1800)
    words = ("validate", "--min-ttl", "1h", "--api-url", sandbox.url + fault, "-")
    result = run(*words, stdin=token, env=sandbox_env)
    assert (1, "") == (result.code, result.err)
    assert result.out.startswith("EXPIRES TOO SOON  This token expires in 29 min ")
    assert "sooner than the 1 h that --min-ttl requires" in " ".join(result.out.split())
    enough = run("validate", "--min-ttl", "10m", "-", stdin=token, env=sandbox_env)
    assert (0, "VALID ") == (enough.code, enough.out[:6])


def test_json_has_exactly_the_keys_of_the_design(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    top = {
        "schema", "verdict", "usable", "summary", "advice", "provider", "credential", "cleaned",
        "claims", "expires_in_seconds", "clock_skew_seconds", "scopes", "probe", "quota",
        "explains", "devices",
    }  # fmt: skip
    report = json.loads(
        run(
            "validate", "--json", "-", stdin=sandbox.state.issue_fitbit_token(), env=sandbox_env
        ).out
    )
    assert set(report) == top
    assert "tokcheck.report/1" == report["schema"]
    assert {"kind", "fingerprint", "length", "masked"} == set(report["credential"])
    assert {"client_id", "user_id", "issued_at", "expires_at", "lifetime_seconds"} == set(
        report["claims"]
    )
    assert {"name", "code", "access", "description"} == set(report["scopes"][0])
    assert {"requests", "status", "error", "duration_seconds"} == set(report["probe"])
    assert {
        "window", "unit", "limit", "remaining", "reset_at", "reset_in_seconds", "source",
    } == set(report["quota"][0])  # fmt: skip
    assert {
        "name", "type", "battery", "battery_percent", "last_sync", "last_sync_zone",
    } == set(report["devices"][0])  # fmt: skip
    empty = json.loads(run("validate", "--json", "-", stdin="nothing").out)
    assert set(empty) == top
    assert empty["credential"] == {
        "kind": None,
        "fingerprint": None,
        "length": None,
        "masked": None,
    }
    refused = f"{sandbox.url}/~expired-token"
    error = json.loads(
        run(
            "validate",
            "--json",
            "--api-url",
            refused,
            "-",
            stdin=sandbox.state.issue_fitbit_token(),
        ).out
    )["probe"]["error"]
    assert {"type", "message"} == set(error)


def test_google_is_checked_for_scopes_and_devices(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_google_token(scopes=("settings", "sleep"))
    report = json.loads(run("validate", "--json", "-", stdin=token, env=sandbox_env).out)
    assert (
        report["verdict"],
        report["provider"],
        report["probe"]["requests"],
    ) == ("valid", "google-health", 3)
    assert ["settings", "sleep"] == sorted(scope["name"] for scope in report["scopes"])
    assert "utc" == report["devices"][0]["last_sync_zone"]
    assert [(q["window"], q["limit"], q["remaining"], q["source"]) for q in report["quota"]] == [
        ("minute", 300, None, "documented")
    ]


def test_lines_gives_one_object_a_line_in_order(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    good = [sandbox.state.issue_fitbit_token(account="bo") for _ in range(9)]
    lines = [*good[:5], FITBIT, "", "Bearer <token>", *good[5:]]
    result = run("validate", "--lines", "-", stdin="\n".join(lines) + "\n", env=sandbox_env)
    verdicts = [json.loads(line)["verdict"] for line in result.out.splitlines()]
    assert ["valid"] * 5 + ["expired", "no_token", "placeholder"] + ["valid"] * 4 == verdicts
    assert 1 == result.code


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (0, [GOOGLE, GOOGLE]),
        (1, [GOOGLE, FITBIT]),
        (3, [_UNKNOWN, GOOGLE]),
        (1, [_UNKNOWN, FITBIT]),
        (1, [FITBIT, _UNKNOWN]),
        (1, []),  # as an empty paste has
    ],
)
def test_the_code_of_many_lines_is_their_worst(run: Run, code: int, lines: list[str]) -> None:
    assert code == run("validate", "--lines", "--offline", "-", stdin="\n".join(lines)).code


@pytest.mark.parametrize(("code", "others"), [(4, []), (3, [_UNKNOWN]), (1, [_UNKNOWN, FITBIT])])
def test_a_rate_limit_is_the_least_of_what_lines_may_have(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], code: int, others: list[str]
) -> None:
    lines = "\n".join([sandbox.state.issue_fitbit_token(), *others])
    address = f"{sandbox.url}/~too-many-requests"
    result = run("validate", "--lines", "--api-url", address, "-", stdin=lines, env=sandbox_env)
    assert code == result.code


def test_lines_reads_a_file_of_utf_16(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text(f"{GOOGLE}\n{FITBIT}\n", encoding="utf-16")
    result = run("validate", "--lines", "--offline", "--file", str(path))
    assert [json.loads(line)["verdict"] for line in result.out.splitlines()] == [
        "unverified",
        "expired",
    ]


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text(f"{GOOGLE}\n" * 5000)
    line = f"{sys.executable} -m tokcheck validate --lines --offline --file {path} | head -n 1"
    result = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert "" == result.stderr
    assert 1 == len(result.stdout.splitlines())


def test_unknown_scope_codes_are_shown_and_not_refused(run: Run) -> None:
    token = fitbit("rset rblood", exp=4_000_000_000)
    report = json.loads(run("validate", "--offline", "--json", "-", stdin=token).out)
    assert ("unverified", "rblood") == (report["verdict"], report["scopes"][1]["name"])


@pytest.mark.parametrize(
    "words",
    [["-"], ["--json", "-"], ["--offline", "-"], ["--lines", "-"], ["--env", "X"],
     ["--provider", "fitbit", "-"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("scope", ["heart_rate", "sleep,heart_rate"])
def test_an_unknown_required_scope_is_wrong_usage_before_anything_is_sent(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], words: list[str], scope: str
) -> None:
    token = sandbox.state.issue_fitbit_token()
    before = sandbox.state.request_counts()
    result = run(
        "validate", "--require-scope", scope, *words, stdin=token, env=sandbox_env | {"X": token}
    )
    assert (2, "") == (result.code, result.out)
    assert "has a scope 'heart_rate'." in result.err or "has no scope 'heart_rate'." in result.err
    assert "Did you mean heartrate? " in result.err
    assert before == sandbox.state.request_counts()


def test_several_required_scopes_may_stand_in_one_value(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token()
    result = run("validate", "--require-scope", "settings,sleep", "-", stdin=token, env=sandbox_env)
    assert result.code in {0, 1}
    assert "granted: settings,sleep" not in result.out


_MESSAGE = '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'


def test_an_error_message_is_explained_in_text(run: Run, snapshot: SnapshotAssertion) -> None:
    result = run("validate", "--offline", "-", stdin=_MESSAGE)
    assert snapshot == f"exit {result.code}\n{result.out}"
    assert "" == result.err


@pytest.mark.parametrize("channel", ["stdin", "--env", "--file", "--lines", "words"])
def test_an_error_message_is_explained_from_every_channel(
    run: Run, tmp_path: Path, channel: str
) -> None:
    path = tmp_path / "message.txt"
    path.write_text(_MESSAGE)
    options = {
        "stdin": ("-",),
        "--env": ("--env", "MESSAGE"),
        "--file": ("--file", str(path)),
        "--lines": ("--lines",),
        "words": (_MESSAGE,),
    }[channel]
    stdin = _MESSAGE if channel in {"stdin", "--lines"} else ""
    result = run("validate", "--json", *options, stdin=stdin, env={"MESSAGE": _MESSAGE})
    report = json.loads(result.out)
    assert (1, "no_token") == (result.code, report["verdict"])
    keys = list(report)
    assert keys.index("quota") + 1 == keys.index("explains") == keys.index("devices") - 1
    assert ["provider", "verdict", "summary", "advice"] == list(report["explains"])
    assert "google-health" == report["explains"]["provider"]
    assert "revoked_or_invalid" == report["explains"]["verdict"]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_source_is_named(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(text)
    for options, name in (
        (("--file", str(path)), f"The file {path}"),
        (("-",), "Standard input"),
        (("",), "The argument"),
    ):
        result = run("validate", "--json", "--offline", *options, stdin=text)
        report = json.loads(result.out)
        assert (1, "no_token", None) == (result.code, report["verdict"], report["explains"])
        assert f"{name} is empty, so it contains no token." == report["summary"]
    for words, name in ((["--file", str(path)], f"The file {path}"), ([], "Standard input")):
        result = run("validate", "--lines", "--offline", *words, stdin=text)
        note = f"{name} has only blank lines, so no line contains a token"
        if not text:
            note = f"{name} is empty, so there are no lines to check"
        assert f"note: {note}.\n" == result.err


@pytest.mark.parametrize("channel", ["stdin", "--file", "--lines", "--lines --file", "clean"])
def test_a_compressed_paste_is_read_from_every_channel(
    run: Run, tmp_path: Path, channel: str
) -> None:
    path = tmp_path / "paste.gz"
    path.write_bytes(gzip.compress(f"Bearer {GOOGLE}\n".encode()))
    words = {
        "stdin": ("validate", "--offline", "--json", "-"),
        "--file": ("validate", "--offline", "--json", "--file", str(path)),
        "--lines": ("validate", "--offline", "--lines"),
        "--lines --file": ("validate", "--offline", "--lines", "--file", str(path)),
        "clean": ("clean",),
    }[channel]
    result = run(*words, stdin=path.read_bytes())
    assert 0 == result.code
    found = (
        result.out.strip() == GOOGLE if channel == "clean" else json.loads(result.out)["verdict"]
    )
    assert found in (True, "unverified")


def test_what_was_unpacked_is_listed_with_what_was_stripped(run: Run, tmp_path: Path) -> None:
    path, wrong = tmp_path / "paste", []
    text = f"Bearer {GOOGLE}\n".encode()
    zipped = BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("paste.txt", text)
    for expected, data in (
        ([], text),
        (["gzip"], gzip.compress(text)),
        (["bzip2"], bz2.compress(text)),
        (["xz"], lzma.compress(text)),
        (["zip"], zipped.getvalue()),
        (["xz", "gzip"], lzma.compress(gzip.compress(text))),
    ):
        path.write_bytes(data)
        notes = [*(f"the {packer} compression" for packer in expected), "the word Bearer"]
        listed = [
            json.loads(run("validate", "--offline", "--json", *words, stdin=data).out)["cleaned"]
            for words in (("-",), ("--file", str(path)))
        ]
        shown = run("clean", stdin=data).err
        if listed != [notes, notes] or shown != f"stripped: {'; '.join(notes)}\n":
            wrong.append((expected, listed, shown))
    assert [] == wrong


@pytest.mark.parametrize("options", [("-",), ("--lines",)])
@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"x" * 900)[:-9], b"\x1f\x8b\x08" + b"\xff" * 30],
    ids=["cut", "damaged"],
)
def test_a_damaged_compressed_paste_is_wrong_usage(
    run: Run, options: tuple[str, ...], data: bytes
) -> None:
    result = run("validate", "--offline", *options, stdin=data)
    assert (2, "") == (result.code, result.out)
    assert "Copy or compress it again." in result.err


def test_a_decompression_bomb_is_wrong_usage(run: Run) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    for options in (("-",), ("--lines",)):
        result = run("validate", "--offline", *options, stdin=bomb)
        assert 2 == result.code
        assert "1 MiB" in result.err


def test_clean_says_that_a_short_token_may_be_cut(run: Run) -> None:
    result = run("clean", GOOGLE[:60])
    assert (0, f"{GOOGLE[:60]}\n") == (result.code, result.out)
    assert "It has only 60 characters" in result.err
    report = json.loads(run("validate", "--offline", "--json", GOOGLE[:60]).out)
    assert "It has only 60 characters" in report["advice"][0]
    assert [] == json.loads(run("validate", "--offline", "--json", GOOGLE).out)["advice"]
