"""Commands where a server's clock differs from this computer's."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.account_store import FITBIT, GOOGLE, AccountStore, make_grant, reveal
from tests.support.cli.login_process import give_consent, login, variables
from tokcheck.accounts.grant import Client
from tokcheck.sandbox import GOOGLE_CLIENT, GOOGLE_SECRET, SandboxState, serve_in_thread

HOUR = 3600
DAY = 86_400
OpenStore = Callable[[float], AccountStore]


@pytest.fixture
def open_store(run: Run, tmp_path: Path) -> Iterator[OpenStore]:
    """Return a function that opens a data folder beside a sandbox of another clock."""
    with ExitStack() as stack:

        def start(skew: float) -> AccountStore:
            sandbox_state = SandboxState(now=lambda: time.time() + skew)
            sandbox = stack.enter_context(serve_in_thread(sandbox_state))
            env = variables(sandbox, tmp_path / "home")
            return AccountStore(tmp_path / "home", sandbox_state, run, env)

        yield start


def note(words: str) -> str:
    return f"note: The server's clock is {words} this computer's"


@pytest.mark.parametrize("skew", [-DAY, -HOUR, 0, HOUR, 9 * HOUR])
@pytest.mark.parametrize("provider", ["fitbit", "google"])
def test_validate_reports_the_skew_and_the_seconds_of_the_response(
    open_store: OpenStore, provider: str, skew: int
) -> None:
    store = open_store(skew)
    mint = getattr(store.sandbox_state, f"issue_{provider}_token")
    token = mint(lifetime=3 * DAY)
    report = json.loads(store("validate", "--json", "-", stdin=token).out)
    assert report["verdict"] == "valid"
    assert abs(report["clock_skew_seconds"] - skew) <= 2
    for quota in report["quota"]:
        assert quota["reset_in_seconds"] is None or 3590 <= quota["reset_in_seconds"] <= 3600
    assert bool(skew) == any("The server's clock is" in line for line in report["advice"])
    if provider == "google":  # its lifetime is a number of seconds
        assert abs(report["expires_in_seconds"] - 3 * DAY) <= 30
    shown = " ".join(store("validate", "-", stdin=token).out.split())
    assert bool(skew) == ("The server's clock is" in shown)


@pytest.mark.parametrize(
    ("way", "skew"),
    [("2 h ahead of", 2 * HOUR), ("2 h behind", -2 * HOUR), ("", 0)],
)
@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda client: client.provider)
@pytest.mark.parametrize(
    "words",
    [
        ("token",),
        ("accounts", "refresh"),
        ("accounts", "remove", "--yes"),
        ("validate", "--account"),
    ],
)
def test_a_request_about_an_account_notes_the_skew(
    open_store: OpenStore, words: tuple[str, ...], client: Client, way: str, skew: int
) -> None:
    store = open_store(skew)
    store.add("alex", client, left=0)
    result = store(*words, "alex")
    assert 0 == result.code or words == ("validate", "--account")
    assert bool(way) == ("The server's clock" in result.err)
    assert not way or 1 == result.err.count(note(way))


def test_a_refused_refresh_notes_the_skew(open_store: OpenStore) -> None:
    store = open_store(DAY)
    grant = store.add("alex", left=0)
    store.put(grant._replace(refresh=type(grant.access)("0" * 64)))
    result = store("token", "alex")
    assert 1 == result.code
    assert note("1 day ahead of") in result.err


def test_a_lifetime_counts_on_this_clock(open_store: OpenStore) -> None:
    store = open_store(-5 * HOUR)
    store.add("alex", GOOGLE, left=0)
    assert 0 == store("token", "alex").code
    grant = store.grant("alex")
    assert grant.expires_at is not None
    assert abs(grant.expires_at - time.time() - HOUR) < 30
    assert reveal(grant.access) + "\n" == store("token", "alex").out


def test_a_login_notes_the_skew(open_store: OpenStore) -> None:
    store = open_store(-HOUR)
    words = ("google-health", "--no-browser", "--client-id", GOOGLE_CLIENT)
    env = {**store.env, "TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET}
    with login(words, env) as started:
        result = started.paste(give_consent(started.address))
    assert 0 == result.code, result.err
    assert note("1 h behind") in result.err


def test_a_token_that_was_obtained_in_the_future_is_refreshed_and_listed_as_unknown(
    open_store: OpenStore,
) -> None:
    store = open_store(0)
    grant = store.add("alex")
    moved = grant._replace(
        obtained_at=grant.obtained_at + DAY, expires_at=(grant.expires_at or 0) + DAY
    )
    store.put(moved)
    (listed,) = json.loads(store("accounts", "list", "--json").out)["accounts"]
    assert ("fine", None, None) == (
        listed["state"],
        listed["expires_at"],
        listed["expires_in_seconds"],
    )
    sheet = store("accounts", "show", "alex").out
    assert "expiry not known" in sheet
    assert "in the future: the clock was ahead" in sheet
    exported = json.loads(store("accounts", "export", "alex", "--format", "token-response").out)
    assert "expires_in" not in exported
    result = store("token", "alex")
    assert 0 == result.code
    assert reveal(grant.access) + "\n" != result.out
    assert 1 == store.sandbox_state.refresh_counts().renewed


def test_a_token_of_the_future_is_not_printed_where_the_refresh_fails(
    open_store: OpenStore,
) -> None:
    store = open_store(0)
    grant = store.add("alex")
    store.put(grant._replace(obtained_at=grant.obtained_at + DAY))
    for words in (("token", "alex"), ("validate", "--account", "alex")):
        result = store(*words, TOKCHECK_FITBIT_URL="http://127.0.0.1:9")
        assert 3 == result.code
        assert reveal(grant.access) not in result.out


def test_a_token_that_its_issuer_dates_in_the_past_lives_as_long_as_the_response_said(
    open_store: OpenStore,
) -> None:
    store = open_store(-DAY)
    store.add("alex", left=0)
    result = store("token", "alex")
    assert 0 == result.code
    assert note("1 day behind") in result.err
    assert 1 == len(result.err.splitlines())
    (listed,) = json.loads(store("accounts", "list", "--json").out)["accounts"]
    assert 8 * HOUR - 60 < listed["expires_in_seconds"] <= 8 * HOUR
    report = json.loads(store("validate", "--account", "alex", "--json").out)
    assert ("valid", True) == (report["verdict"], report["usable"])
    assert 8 * HOUR - 60 < report["expires_in_seconds"] <= 8 * HOUR
    assert report["clock_skew_seconds"] < 60 - DAY
    assert 8 * HOUR == report["claims"]["lifetime_seconds"]
    assert result.out == store("token", "alex").out
    assert 1 == store.sandbox_state.refresh_counts().renewed


def test_the_expiry_of_an_imported_file_of_the_future_is_unknown(open_store: OpenStore) -> None:
    store = open_store(0)
    grant = make_grant(store.sandbox_state, "alex", GOOGLE)
    saved = datetime.fromtimestamp(time.time() + DAY, UTC).isoformat()
    file = {
        "access_token": reveal(grant.access),
        "refresh_token": reveal(grant.refresh),
        "saved_at_utc": saved,
        "expires_in": HOUR,
        "provider": "google",
    }
    env = {
        "TOKCHECK_CLIENT_ID": GOOGLE.client_id,
        "TOKCHECK_CLIENT_SECRET": reveal(GOOGLE.secret),
    }
    result = store("accounts", "import", "-", "--name", "alex", stdin=json.dumps(file), **env)
    assert 0 == result.code, result.err
    (listed,) = json.loads(store("accounts", "list", "--json").out)["accounts"]
    assert listed["expires_at"] is None
    assert 0 == store("token", "alex").code
    assert 1 == store.sandbox_state.refresh_counts().renewed


def test_a_refresh_that_brings_a_token_of_the_past_says_how_long_it_lives(
    open_store: OpenStore,
) -> None:
    store = open_store(-DAY)
    store.add("alex", left=0)
    result = store("accounts", "refresh", "alex")
    assert 0 == result.code
    assert re.fullmatch(r"alex: fine, token expires in (8 h|7 h 59 min)\n", result.out)
    assert note("1 day behind") in result.err
