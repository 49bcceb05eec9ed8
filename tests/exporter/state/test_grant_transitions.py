"""Facts that a state takes from the store beside the token: the grant's expiry, and refreshes."""

from typing import Any

import pytest

from tests.support.exporter.builders import AT, CLAIMS, DAY, HOUR, report, watched_account
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.report import Verdict
from tokcheck.exporter.sources import StoredGrant
from tokcheck.exporter.state import AccountState, RefreshResult, source_change, transitions

BROKEN = Broken(AT, BrokenReason.REFUSED)
GRANT = StoredGrant(AT, AT + HOUR, renewable=True, refresh_expires_at=AT + DAY)
OPAQUE = CLAIMS._replace(expires_at=None)


def _stored_account(grant: StoredGrant | None, **fields: Any) -> AccountState:
    return source_change.apply_source(None, watched_account(**fields)._replace(grant=grant))


def test_the_facts_of_a_stored_grant_are_applied() -> None:
    stored = _stored_account(GRANT._replace(broken=BROKEN))
    assert (dict.fromkeys(RefreshResult, 0), AT + DAY) == (
        stored.refreshes,
        stored.refresh_expires_at,
    )
    assert BROKEN == stored.broken
    renewed = source_change.apply_source(stored, watched_account()._replace(grant=GRANT))
    assert renewed.broken is None
    assert source_change.apply_source(renewed, watched_account()._replace(grant=GRANT)) is renewed
    gone = source_change.apply_source(
        transitions.count_refresh(stored, RefreshResult.FAILED), watched_account()
    )
    assert ({}, None, None) == (gone.refreshes, gone.refresh_expires_at, gone.broken)


def test_refresh_counts_survive_new_tokens() -> None:
    once = transitions.count_refresh(_stored_account(GRANT), RefreshResult.SUCCESS)
    again = source_change.apply_source(once, watched_account(version="v2")._replace(grant=GRANT))
    assert {
        RefreshResult.SUCCESS: 1,
        RefreshResult.REFUSED: 0,
        RefreshResult.FAILED: 0,
    } == again.refreshes


def test_an_account_without_refresh_has_no_refresh_counts() -> None:
    stored = _stored_account(GRANT._replace(renewable=False, refresh_expires_at=None))
    assert ({}, None, AT + HOUR) == (
        stored.refreshes, stored.refresh_expires_at, stored.expires_at
    )  # fmt: skip


def test_the_expiry_comes_from_the_store_if_the_token_has_none() -> None:
    stored = _stored_account(GRANT)
    assert AT + HOUR == stored.expires_at
    opaque = transitions.apply_report(
        stored, report(Verdict.UNVERIFIED, requests=None, claims=OPAQUE), AT
    )
    assert AT + HOUR == opaque.expires_at
    applied = transitions.apply_report(stored, report(), AT)
    assert AT + 7 * HOUR == applied.expires_at, "the token itself knows better"
    assert (
        AT + 7 * HOUR
        == source_change.apply_source(applied, watched_account()._replace(grant=GRANT)).expires_at
    )
    assert Verdict.EXPIRED is transitions.advance_time(opaque, AT + HOUR).verdict, (
        "and nothing is requested"
    )
    renewed = watched_account(version="v2")._replace(grant=GRANT._replace(expires_at=AT + 2 * HOUR))
    assert AT + 2 * HOUR == source_change.apply_source(opaque, renewed).expires_at


@pytest.mark.parametrize(
    ("verdict", "traffic_at", "expected", "fields"),
    [
        (Verdict.VALID, AT + 1, Verdict.VALID, {}),
        (Verdict.RATE_LIMITED, AT + 1, Verdict.RATE_LIMITED, {}),
        (Verdict.UNVERIFIED, AT + 1, Verdict.VALID, {}),
        (Verdict.VALID, AT - 1, Verdict.UNVERIFIED, {}),  # with the token before
        (Verdict.VALID, None, Verdict.UNVERIFIED, {}),
        (Verdict.VALID, AT + 1, Verdict.UNVERIFIED, {"require_scopes": ("sleep",)}),
    ],
)
def test_a_request_accepted_after_a_refresh_elsewhere_shows_that_the_new_token_works(
    verdict: Verdict, traffic_at: float | None, expected: Verdict, fields: Any
) -> None:
    before = _stored_account(GRANT._replace(obtained_at=AT - HOUR), **fields)
    usable = None if verdict is Verdict.UNVERIFIED else True
    before = before._replace(verdict=verdict, usable=usable, traffic_at=traffic_at)
    watched = watched_account(version="v2", **fields)._replace(grant=GRANT)
    after = source_change.apply_source(before, watched)
    after = transitions.apply_report(after, report(Verdict.UNVERIFIED, requests=None), AT)
    assert (expected, True if expected is not Verdict.UNVERIFIED else None) == (
        after.verdict, after.usable
    )  # fmt: skip
    assert (None if fields else traffic_at) == after.traffic_at
