"""A whole account in a real browser: login, consent, use, expiry, refresh, removal."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Run, run, sandbox  # noqa: F401 - their fixtures
from tests.support.accounts.chromium import consent, needs_chromium, open_page
from tests.support.cli.login_process import login, secrets_of, stored_grants, variables
from tokcheck.sandbox import FITBIT_CLIENT, Sandbox

pytestmark = needs_chromium


def _expire(home: Path) -> None:
    """Let the time pass until the stored access token has expired."""
    with closing(sqlite3.connect(home / "accounts.sqlite3")) as store, store:
        store.execute("UPDATE grants SET expires_at = ?", (time.time() - 60,))


def test_an_account_from_its_consent_to_its_revocation(
    run: Run,  # noqa: F811 - fixtures
    sandbox: Sandbox,  # noqa: F811 - the same
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    env = variables(sandbox, home)
    refreshes = sandbox.state.refresh_counts("alex", FITBIT_CLIENT).renewed
    words = ["fitbit", "--client-id", FITBIT_CLIENT, "--name", "alex"]
    with (
        open_page() as page,
        login([*words, "--scope", "settings", "--scope", "sleep"], env) as one,
    ):
        consent(page, one.address, untick=["sleep"], account="alex")
        logged_in = one.finish()
    assert 0 == logged_in.code, logged_in.err
    (first,) = stored_grants(home)
    assert ("alex", "7ALEX2", ("settings",)) == (first.name, first.user_id, first.scopes)
    assert first.refresh is not None
    assert sandbox.state.can_refresh(first.refresh.reveal())
    output = logged_in.out + logged_in.err
    assert "Not granted: sleep." in output

    valid = run("validate", "--account", "alex", env=env)
    assert (0, "VALID") == (valid.code, valid.out[:5]), valid.err
    token = run("token", "alex", env=env)
    assert (first.access.reveal() + "\n", "") == (token.out, token.err)
    assert refreshes == sandbox.state.refresh_counts("alex", FITBIT_CLIENT).renewed

    _expire(home)
    sandbox.state.revoke(first.access.reveal())
    again = run("validate", "--account", "alex", env=env)
    assert (0, "VALID") == (again.code, again.out[:5]), again.err
    (second,) = stored_grants(home)
    assert second.access.fingerprint != first.access.fingerprint
    assert second.refresh is not None
    assert second.refresh.fingerprint != first.refresh.fingerprint
    assert second.expires_at is not None
    assert 28_700 < second.expires_at - time.time() <= 28_800
    assert refreshes + 1 == sandbox.state.refresh_counts("alex", FITBIT_CLIENT).renewed

    refreshed = run("accounts", "refresh", "alex", env=env)
    assert 0 == refreshed.code, refreshed.err
    (third,) = stored_grants(home)
    assert third.refresh is not None
    assert third.refresh.fingerprint != second.refresh.fingerprint
    assert sandbox.state.can_refresh(third.refresh.reveal())
    assert refreshes + 2 == sandbox.state.refresh_counts("alex", FITBIT_CLIENT).renewed

    removed = run("accounts", "remove", "alex", "--yes", env=env)
    assert 0 == removed.code, removed.err
    assert not sandbox.state.can_refresh(third.refresh.reveal()), (
        "it was revoked, not only forgotten"
    )
    assert [] == stored_grants(home)
    result = run("token", "alex", env=env)
    assert (2, "") == (result.code, result.out)

    for shown in (valid, again, refreshed, removed, result):
        output += shown.out + shown.err
    assert [] == [secret for secret in secrets_of([first, second, third]) if secret in output]
