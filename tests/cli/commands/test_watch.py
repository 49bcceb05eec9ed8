"""``tokcheck watch``: a table where there is no terminal, a live one where there is."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.account_store import GOOGLE, AccountStore, secrets_shown
from tokcheck.accounts.grant import Grant
from tokcheck.sandbox.server import Sandbox


def test_without_a_terminal_it_is_one_plain_table(
    run: Run, sandbox: Sandbox, here: dict[str, str], tmp_path: Path, snapshot: object
) -> None:
    revoked = sandbox.state.issue_fitbit_token()
    sandbox.state.revoke(revoked)
    pastes = {
        "A": sandbox.state.issue_fitbit_token(account="newcomer"),
        "B": revoked,
        "C": sandbox.state.issue_google_token(),
    }
    words = [word for name in pastes for word in ("--token-env", f"account-{name}={name}")]
    ended = run("watch", *words, env={**here, **pastes, "TOKCHECK_HOME": str(tmp_path)})
    assert 0 == ended.code, ended.err
    assert "\x1b" not in ended.out
    assert snapshot == _settled(ended.out)


def test_an_account_that_needs_a_login_is_named_with_the_command(
    kept: AccountStore, snapshot: object
) -> None:
    grants = [_broken(kept, "anna"), kept.add("bo", GOOGLE)]
    ending = kept.add("cleo", GOOGLE)
    kept.put(ending._replace(refresh_expires_at=ending.obtained_at + 90_000))
    ended = kept("watch", "--accounts")
    assert 0 == ended.code, ended.err
    assert snapshot == _settled(ended.out)
    assert [] == secrets_shown(ended, *grants, ending)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_window_too_small_for_all_accounts_still_shows_who_needs_a_login(
    kept: AccountStore,
) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - needs termios

    _broken(kept, "anna")
    for number in range(40):
        kept.put(kept.grant("anna")._replace(name=f"other-{number}", refresh=None))
    env = {**kept.env, "LINES": "24", "COLUMNS": "100"}
    code, screen = talk(["watch", "--accounts"], "q", cue="anna", **env)
    assert 0 == code
    assert "anna needs a new login: access ends in" in screen
    assert "tokcheck login fitbit --name anna" in screen


def _broken(kept: AccountStore, name: str) -> Grant:
    """Store a grant that the provider refuses to refresh, as a cron job found out."""
    grant = kept.add(name)
    kept.world.grants.revoke("alex", grant.client.client_id)
    assert 1 == kept("accounts", "refresh", name).code
    return grant


def _settled(out: str) -> str:
    """Return what was printed without what time and the width of columns make of it."""
    lines = [re.sub(r"(?<=\S) {2,}", "  ", line).rstrip() for line in out.splitlines()]
    return re.sub(r"\bin( \d+ \w+)+", "in …", "\n".join(lines))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_it_is_live_and_q_leaves(
    sandbox: Sandbox, here: dict[str, str], tmp_path: Path
) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - needs termios

    token = sandbox.state.issue_fitbit_token(account="broken")
    env = {**here, "T": token, "TOKCHECK_HOME": str(tmp_path)}
    code, screen = talk(["watch", "--token-env", "anna=T"], "q", cue="valid", **env)
    assert 0 == code
    assert "anna" in screen
    assert "of 150" in screen
    assert token not in screen
