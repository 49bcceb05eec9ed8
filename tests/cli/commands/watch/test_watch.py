"""``tokcheck watch``: a table where there is no terminal, a live one where there is."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.account_store import GOOGLE, AccountStore, secrets_shown
from tokcheck.accounts.grant import Grant
from tokcheck.sandbox import Sandbox

_ENTERS_SCREEN, _LEAVES_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


def test_without_a_terminal_it_is_one_plain_table(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path, snapshot: object
) -> None:
    revoked = sandbox.state.issue_fitbit_token()
    sandbox.state.revoke(revoked)
    pastes = {
        "A": sandbox.state.issue_fitbit_token(account="newcomer"),
        "B": revoked,
        "C": sandbox.state.issue_google_token(),
    }
    words = [word for name in pastes for word in ("--token-env", f"account-{name}={name}")]
    env = {**sandbox_env, **pastes, "TOKCHECK_HOME": str(tmp_path), "COLUMNS": ""}
    result = run("watch", *words, env=env)
    assert 0 == result.code, result.err
    assert "\x1b" not in result.out
    assert snapshot == _without_times(result.out)


@pytest.mark.parametrize(("columns", "expected"), [("40", 40), ("60", 60), ("", 120)])
def test_a_pipe_has_the_width_that_columns_sets(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path,
    columns: str, expected: int,
) -> None:  # fmt: skip
    pastes = {name: sandbox.state.issue_fitbit_token(account="newcomer") for name in "AB"}
    words = [word for name in pastes for word in ("--token-env", f"{name * 30}={name}")]
    env = {**sandbox_env, **pastes, "TOKCHECK_HOME": str(tmp_path), "COLUMNS": columns}
    widths = [len(line) for line in run("watch", *words, env=env).out.splitlines()]
    assert expected - 30 < max(widths) <= expected


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    ("want", "text"), [(3, "unreachable"), (3, ""), (0, "revoked"), (0, "valid")]
)
def test_a_printout_says_in_its_exit_code_whether_anything_was_found_out(
    run: Run,
    sandbox: Sandbox,
    sandbox_env: dict[str, str],
    tmp_path: Path,
    form: tuple[str, ...],
    want: int,
    text: str,
) -> None:
    token = sandbox.state.issue_fitbit_token()
    if text == "revoked":
        sandbox.state.revoke(token)
    env = {**sandbox_env, "T": text and token, "TOKCHECK_HOME": str(tmp_path)}
    if text == "unreachable":
        env["TOKCHECK_FITBIT_URL"] = "http://127.0.0.1:9"
    result = run("watch", *form, "--token-env", "a=T", env=env)
    assert want == result.code, result.err
    assert "a" in result.out


def test_with_json_it_is_one_object(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    token = sandbox.state.issue_fitbit_token()
    env = {**sandbox_env, "T": token, "B": "no token", "TOKCHECK_HOME": str(tmp_path)}
    result = run("watch", "--json", "--token-env", "a=T", "--token-env", "b=B", env=env)
    assert 0 == result.code, result.err
    found = json.loads(result.out)
    assert "tokcheck.watch/1" == found["schema"]
    assert [("b", "broken", "no_token"), ("a", "fine", "valid")] == [
        (one["name"], one["severity"], one["verdict"]) for one in found["accounts"]
    ]
    quota = found["accounts"][1]["quota"][0]  # other tests use this user's requests, too
    assert 0 < quota["remaining"] < quota["limit"] == 150
    assert token not in result.out


def test_an_account_that_needs_a_login_is_named_with_the_command(
    account_store: AccountStore, snapshot: object
) -> None:
    grants = [_add_broken_grant(account_store, "anna"), account_store.add("bo", GOOGLE)]
    ending = account_store.add("cleo", GOOGLE)
    account_store.put(ending._replace(refresh_expires_at=ending.obtained_at + 90_000))
    result = account_store("watch", "--accounts", COLUMNS="")
    assert 0 == result.code, result.err
    assert snapshot == _without_times(result.out)
    assert [] == secrets_shown(result, *grants, ending)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_window_too_small_for_all_accounts_still_shows_who_needs_a_login(
    account_store: AccountStore,
) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - needs termios

    _add_broken_grant(account_store, "anna")
    for number in range(40):
        account_store.put(
            account_store.grant("anna")._replace(name=f"other-{number}", refresh=None)
        )
    env = {**account_store.env, "LINES": "24", "COLUMNS": "100"}
    code, screen = talk(["watch", "--accounts"], "q", cue="anna", **env)
    assert 0 == code
    assert "anna needs a new login: access ends in" in screen
    assert "tokcheck login fitbit --name anna" in screen


def _add_broken_grant(account_store: AccountStore, name: str) -> Grant:
    """Store a grant that the provider refuses to refresh, as a cron job found out."""
    grant = account_store.add(name)
    account_store.sandbox_state.grants.revoke("alex", grant.client.client_id)
    assert 1 == account_store("accounts", "refresh", name).code
    return grant


def _without_times(out: str) -> str:
    """Return the output without durations and column widths."""
    lines = [re.sub(r"(?<=\S) {2,}", "  ", line).rstrip() for line in out.splitlines()]
    return re.sub(r"\bin( \d+ \w+)+", "in …", "\n".join(lines))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_it_is_live_and_q_leaves(
    sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - needs termios

    token = sandbox.state.issue_fitbit_token(account="broken")
    env = {**sandbox_env, "T": token, "TOKCHECK_HOME": str(tmp_path)}
    code, screen = talk(["watch", "--token-env", "anna=T"], "q", cue="valid", **env)
    assert 0 == code
    assert "anna" in screen
    assert "of 150" in screen
    assert token not in screen


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_ctrl_z_gives_the_terminal_back_until_it_is_continued(
    sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    from tests.support.cli.terminal_window import TerminalWindow  # noqa: PLC0415 - needs termios

    env = {**sandbox_env, "T": sandbox.state.issue_fitbit_token(), "TOKCHECK_HOME": str(tmp_path)}
    with TerminalWindow(["watch", "--token-env", "anna=T"], env, columns=80, lines=24) as window:
        window.wait_for("of 150")
        assert not window.echoes()
        window.type("\x1a")
        window.wait_for(_LEAVES_SCREEN)
        # There is no shell, so the system continues it at once.
        window.wait_for(_ENTERS_SCREEN)
        assert not window.echoes()
        window.type("?")
        window.wait_for("scroll by a line")
        window.type("xq")
        assert 0 == window.wait()
        assert window.echoes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_keys_scroll_filter_and_help_on_a_terminal_that_is_resized(
    sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    from tests.support.cli.terminal_window import TerminalWindow  # noqa: PLC0415 - needs termios

    names = [f"person-{number:02}" for number in range(40)]
    words = [word for name in names for word in ("--token-env", f"{name}=T")]
    env = {**sandbox_env, "T": sandbox.state.issue_fitbit_token(), "TOKCHECK_HOME": str(tmp_path)}
    with TerminalWindow(["watch", *words], env, columns=80, lines=24) as window:
        window.wait_for(" of 40 · … ")
        window.type("G")
        window.wait_for("person-39")
        window.type("\x1b[5~\x1b[5~\x1b[5~")
        window.wait_for(" of 40 · … ")
        window.type("/N-07\r")
        window.wait_for("1 account with 'N-07' in the name")
        window.type("\x1b")
        window.wait_for(" of 40 · … ")
        window.resize(columns=60, lines=16)
        window.wait_for("1 to 9 of 40")
        window.type("?")
        window.wait_for("scroll by a line")
        window.type("xq")
        assert 0 == window.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_key_probes_an_account_within_its_budget_and_says_why_not_otherwise(
    sandbox: Sandbox, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    from tests.support.cli.terminal_window import TerminalWindow  # noqa: PLC0415 - needs termios

    # three requests an hour, one of them for after its reset
    config = tmp_path / "accounts.toml"
    config.write_text('[accounts.anna]\nenv = "T"\nshare = 0.02\n')
    token = sandbox.state.issue_fitbit_token(account="bo")
    sandbox.state.reset_windows("bo")
    env = {**sandbox_env, "T": token, "TOKCHECK_HOME": str(tmp_path)}
    with TerminalWindow(["watch", "--config", str(config)], env, columns=120, lines=24) as window:
        window.wait_for("149 of 150")
        window.type("p")
        window.wait_for("148 of 150 requests")
        window.type("p")
        window.wait_for("anna: Not probed: its budget is spent")
        window.type("q")
        assert 0 == window.wait()
    assert [148] == [one.window.remaining for one in sandbox.state.usage() if one.account == "bo"]
