"""``tokcheck watch``: a table where there is no terminal, a live one where there is."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tokcheck.sandbox.serve import Sandbox


def test_without_a_terminal_it_is_one_plain_table(
    run: Run, sandbox: Sandbox, here: dict[str, str], tmp_path: Path, snapshot: object
) -> None:
    revoked = sandbox.world.mint_fitbit()
    sandbox.world.revoke(revoked)
    pastes = {
        "A": sandbox.world.mint_fitbit(account="newcomer"),
        "B": revoked,
        "C": sandbox.world.mint_google(),
    }
    words = [word for name in pastes for word in ("--token-env", f"account-{name}={name}")]
    ended = run("watch", *words, env={**here, **pastes, "TOKCHECK_HOME": str(tmp_path)})
    assert 0 == ended.code, ended.err
    assert "\x1b" not in ended.out
    lines = [re.sub(" {2,}", "  ", line).rstrip() for line in ended.out.splitlines()]
    assert snapshot == re.sub(r"\bin( \d+ \w+)+", "in …", "\n".join(lines))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_on_a_terminal_it_is_live_and_q_leaves(
    sandbox: Sandbox, here: dict[str, str], tmp_path: Path
) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - needs termios

    token = sandbox.world.mint_fitbit(account="broken")
    env = {**here, "T": token, "TOKCHECK_HOME": str(tmp_path)}
    code, screen = talk(["watch", "--token-env", "anna=T"], "q", cue="valid", **env)
    assert 0 == code
    assert "anna" in screen
    assert "of 150" in screen
    assert token not in screen
