"""The output on accounts for people and programs: whole, by a clock that stands still."""

import json

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.accounts.fake_token_endpoint import START
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.accounts import display
from tokcheck.accounts.display import AccountStatus
from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Client,
    Grant,
    Intent,
    RefreshLimit,
    Refused,
    StoredAccount,
)
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY

_FITBIT = Grant(
    "alex", Client("fitbit", "23TEST", None), Secret(FITBIT), Secret(FITBIT_REFRESH),
    START + 28_700, None, ("settings", "sleep"), "7TESTS", START - 100,
)  # fmt: skip
_GOOGLE = Grant(
    "participant 12", Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET)),
    Secret(GOOGLE), Secret(GOOGLE_REFRESH), START - 60, START + 6 * 86_400,
    ("https://www.googleapis.com/auth/googlehealth.sleep.readonly", "https://example.com/x"),
    None, START - 3660,
)  # fmt: skip
_BARE = _FITBIT._replace(
    name="kim", access=Secret(""), expires_at=None, scopes=(), client=Client("other", "x", None)
)
_STANDINGS = [
    StoredAccount(_FITBIT, 1, None, None),
    StoredAccount(_BARE, 1, None, None),
    StoredAccount(_GOOGLE, 3, Intent("ab" * 6, START - 5, "process 12"), None),
    StoredAccount(
        _FITBIT._replace(name="sam"), 2, None,
        Broken(START - 90, BrokenReason.REFUSED, "It was revoked."),
    ),
    StoredAccount(
        _FITBIT._replace(name="lee"), 2, None,
        Broken(
            START - 90, BrokenReason.APPLICATION, "Client secret invalid.",
            refused=Refused("invalid_client", "https://api.fitbit.com", ("ab" * 6,)),
        ),
    ),
    StoredAccount(
        _FITBIT._replace(name="uma"), 2, None,
        Broken(
            START - 90, BrokenReason.SERVICE_GONE,
            refused=Refused("service_gone", "https://api.fitbit.com", ("",)),
        ),
    ),
]  # fmt: skip


def test_the_table(snapshot: SnapshotAssertion) -> None:
    assert snapshot == display.accounts_table(_STANDINGS, REGISTRY, START)


def test_the_table_is_straight_in_every_script(snapshot: SnapshotAssertion) -> None:
    names = ("O'Hara", "Mu\u0308ller", "群馬 太郎", "\uff21da")
    standings = [StoredAccount(_FITBIT._replace(name=name), 1, None, None) for name in names]
    assert snapshot == display.accounts_table(standings, REGISTRY, START)


@pytest.mark.parametrize("standing", _STANDINGS, ids=lambda standing: standing.grant.name)
def test_one_account(snapshot: SnapshotAssertion, standing: StoredAccount) -> None:
    provider = REGISTRY.get(standing.grant.client.provider)
    sheet = display.account_sheet(standing, provider, START)
    assert snapshot == sheet
    program = json.dumps(display.account_details(standing, provider, START), indent=2)
    assert snapshot == program
    for raw in (FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET):
        assert raw not in sheet + program
    wide = [line for line in sheet.splitlines() if len(line) > 80]
    assert [] == [line for line in wide if GOOGLE_CLIENT not in line]  # which cannot be broken


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (AccountStatus.FINE, {}),
        (AccountStatus.FINE, {"refresh": None}),
        (AccountStatus.FINE, {"expires_at": START - 1}),
        (AccountStatus.FINE, {"refresh_expires_at": START + 1}),
        (AccountStatus.NEEDS_LOGIN, {"refresh_expires_at": START}),
        (AccountStatus.NEEDS_LOGIN, {"refresh": None, "expires_at": START}),
        (AccountStatus.FINE, {"refresh": None, "expires_at": None}),
    ],
)
def test_account_status(status: AccountStatus, changes: dict[str, object]) -> None:
    grant = _FITBIT._replace(**changes)  # type: ignore[arg-type]  # fields by name
    assert status is display.account_status(StoredAccount(grant, 1, None, None), START)


_LOGIN = ["Log in again:", "tokcheck login fitbit --name 'p 12'"]


@pytest.mark.parametrize(
    ("changes", "reason", "lines"),
    [
        ({}, BrokenReason.INTERRUPTED, _LOGIN),
        ({}, BrokenReason.DUPLICATE,
         ["Use that account, and delete this one:",
          "tokcheck accounts remove 'p 12' --forget"]),
        ({"client": Client("another", "23TEST", None)}, BrokenReason.REFUSED,
         ["With its declaration in TOKCHECK_PROVIDERS, log in again:",
          "tokcheck login another --name 'p 12'"]),
        ({"refresh_expires_at": START}, None, _LOGIN),
        ({"refresh": None, "expires_at": START}, None, _LOGIN),
    ],
)  # fmt: skip
def test_the_repair_command_has_a_line_of_its_own(
    changes: dict[str, object], reason: BrokenReason | None, lines: list[str]
) -> None:
    intent = Intent("ab" * 6, START - 90, "process 12")
    broken = None if reason is None else Broken(START, reason, "kim", intent)
    grant = _FITBIT._replace(name="p 12", **changes)  # type: ignore[arg-type]  # fields by name
    provider = REGISTRY.get(grant.client.provider)
    sheet = display.account_sheet(StoredAccount(grant, 1, None, broken), provider, START)
    following = sheet.partition("Next")[2].partition("  Access")[0].partition("  Or ")[0]
    assert lines == [line.strip() for line in following.splitlines()]


def test_an_account_of_an_unknown_provider_has_no_login_command() -> None:
    standing = StoredAccount(_BARE._replace(refresh=None), 1, None, None)
    assert "needs a new login" in display.account_sheet(standing, None, START)
    assert "tokcheck login" not in display.account_sheet(standing, None, START)


def test_an_account_without_a_refresh_token_shows_none() -> None:
    standing = StoredAccount(_FITBIT._replace(refresh=None), 1, None, None)
    assert "Refresh token  none\n" in display.account_sheet(standing, None, START)
    assert display.accounts_table([standing], REGISTRY, START).endswith("none\n")


def test_an_account_that_is_rate_limited_says_until_when() -> None:
    limit = RefreshLimit(START - 60, START + 600, "https://api.fitbit.com")
    expired = _FITBIT._replace(expires_at=START - 1)
    account = StoredAccount(expired, 1, None, None, limit)
    table = display.accounts_table([account], REGISTRY, START)
    assert "alex  fitbit    rate-limited  1 s ago" in table
    shown = " ".join(table.split())
    assert "alex: rate-limited since 2026-05-28 20:25 UTC." in shown
    assert "no refresh is sent before 2026-05-28 20:36 UTC" in shown
    assert "no refresh is sent before" in " ".join(
        display.account_sheet(account, REGISTRY["fitbit"], START).split()
    )
    details = display.account_details(account, REGISTRY["fitbit"], START)
    assert "rate_limited" == details["state"]
    assert "2026-05-28T20:36:40Z" == details["refresh_not_before"]
    for later in (START + 600, START - 3600):  # it is over, or the clock was set back
        assert "rate-limited" not in display.accounts_table([account], REGISTRY, later)
        summary = display.account_summary(account, None, later)
        assert ("fine", None) == (summary["state"], summary["refresh_not_before"])


def test_a_refresh_that_runs_needs_nobody_to_finish_it() -> None:
    intent = Intent("ab" * 6, START - 5, "process 12")
    stopped = StoredAccount(_FITBIT, 3, intent, None)
    for account in (stopped, stopped._replace(is_refreshing=True)):
        shown = [
            " ".join(text.split())
            for text in (
                display.accounts_table([account], REGISTRY, START),
                display.account_sheet(account, REGISTRY["fitbit"], START),
            )
        ]
        words = "refreshing" if account.is_refreshing else "refresh not finished"
        assert f"{words} since 2026-05-28 20:26 UTC, by process 12" in shown[1]
        for text in shown:
            assert words in text
            assert account.is_refreshing != ("Finish it: tokcheck accounts refresh alex" in text)
        assert "refreshing" == display.account_summary(account, None, START)["state"]


def test_a_command_in_the_table_is_never_broken() -> None:
    long = StoredAccount(_FITBIT._replace(name="a" * 60), 2, None, _STANDINGS[3].broken)
    command = f"tokcheck login fitbit --name {'a' * 60}"
    assert f"\n  {command}\n" in display.accounts_table([long], REGISTRY, START)
