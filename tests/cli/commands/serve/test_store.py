"""``tokcheck serve --accounts`` and ``watch --accounts`` over a store, as processes."""

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.serve_process import Serve
from tests.support.exporter.sandbox_store import FITBIT, GOOGLE, consented_grant, put
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store import Store
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")


def _texts(*grants: Grant) -> list[str]:
    secrets = [secret for grant in grants for secret in (grant.access, grant.refresh)]
    return [secret.reveal() for secret in secrets if secret is not None]


def test_stored_accounts_are_served_refreshed_and_come_and_go(
    serve: Serve, sandbox: Sandbox, home: Path
) -> None:
    anna = consented_grant(sandbox.state, FITBIT, account="newcomer")
    put(home, anna._replace(expires_at=anna.obtained_at))  # at its end
    running = serve("--accounts")
    running.wait_for("anna: its token changed")
    running.wait_for("anna: valid")
    metrics = running.get()
    assert 'tokcheck_token_valid{provider="fitbit",account="anna"} 1' in metrics
    refreshes = 'tokcheck_refresh_total{provider="fitbit",account="anna",result="success"} 1'
    assert refreshes in metrics
    bo = consented_grant(sandbox.state, GOOGLE, "bo")
    put(home, bo)
    with Store(home) as store:
        now = store.grants()
        store.remove("anna")
    running.wait_for("bo: valid", "anna: no longer watched")
    shown = metrics + running.get() + running.get("/")
    assert [] == [text for text in _texts(anna, bo, *now) if text in shown]


def test_once_and_watch_take_the_store_that_the_configuration_names(
    run: Run, sandbox: Sandbox, home: Path, serve_env: dict[str, str], tmp_path: Path
) -> None:
    anna = consented_grant(sandbox.state, FITBIT, account="drawer")
    put(home, anna)
    config = tmp_path / "accounts.toml"
    config.write_text("store = true\n")
    result = run("serve", "--config", str(config), "--once", env=serve_env)
    assert 0 == result.code, result.err
    assert 'tokcheck_token_valid{provider="fitbit",account="anna"} 1' in result.out
    watched = run("watch", "--accounts", env=serve_env)
    assert "anna" in watched.out
    shown = result.out + result.err + watched.out + watched.err
    assert [] == [text for text in _texts(anna) if text in shown]


def test_a_store_that_others_may_read_is_refused(
    run: Run, home: Path, serve_env: dict[str, str]
) -> None:
    put(home)
    home.chmod(0o755)
    result = run("serve", "--accounts", env=serve_env)
    assert (3, "") == (result.code, result.out)
    assert "chmod 700" in result.err
    assert "Traceback" not in result.err
