"""The samples of a state: a known fact is a value, an unknown one is absent."""

from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.exporter.generated_states import (
    AT,
    CHARGE,
    FULL,
    NAMES,
    QUOTAS,
    RESET,
    STATES,
)
from tests.support.tokens import NOW
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.metrics import samples
from tokcheck.exporter.state import AccountState, ProbeResult, SkipReason

_BEFORE = NOW - timedelta(seconds=1)
_NOTHING = AccountState("new")


def sample_values(state: AccountState, now: float = AT) -> dict[tuple[str, str | None], float]:
    """Return the values by the family's short name and the third label."""
    return {
        (sample.family.removeprefix("tokcheck_"), sample.label): sample.value
        for sample in samples.account_samples(state, now)
    }


def family_values(state: AccountState, family: str, now: float = AT) -> dict[str | None, float]:
    return {label: v for (name, label), v in sample_values(state, now).items() if name == family}


def test_everything_known_has_a_sample() -> None:
    assert {
        ("token_valid", None): 1,
        ("token_verdict", "undetermined"): 0,
        ("token_verdict", "valid"): 1,
        ("token_expiry_timestamp_seconds", None): AT + 25_200,
        ("token_scopes", None): 3,
        ("source_readable", None): 1,
        ("quota_window_seconds", "hour"): 3_600,
        ("quota_source", "hour"): 1,
        ("quota_window_mismatch", "hour"): 0,
        ("quota_limit_requests", "hour"): 150,
        ("quota_remaining_requests", "hour"): 143,
        ("quota_reset_timestamp_seconds", "hour"): AT + 1_200,
        ("quota_observed_timestamp_seconds", "hour"): AT - 90.5,
        ("device_battery_ratio", "Charge 5"): 0.84,
        # 12:59:30 in Berlin is half a minute before noon in UTC.
        ("device_last_sync_timestamp_seconds", "Charge 5"): AT - 29.75,
        ("probe_success", None): 1,
        ("probe_duration_seconds", None): 0.1875,
        ("probe_last_success_timestamp_seconds", None): AT - 90.5,
        ("probe_next_timestamp_seconds", None): AT + 1_110,
        ("probes_total", "success"): 7,
        ("probes_total", "refused"): 0,
        ("probes_total", "rate_limited"): 0,
        ("probes_total", "undetermined"): 1,
        ("probes_skipped_total", "backoff"): 2,
        ("observed_requests_total", "2xx"): 12,
        ("observed_requests_total", "4xx"): 1,
        ("refresh_total", "success"): 3,
        ("refresh_total", "refused"): 0,
        ("refresh_total", "failed"): 1,
        ("refresh_token_expiry_timestamp_seconds", None): AT + 500_000,
        ("refresh_broken_timestamp_seconds", "application"): AT - 600,
    } == sample_values(FULL)


def test_a_new_account_has_only_counters() -> None:
    counts = {("probes_total", str(result)): 0 for result in ProbeResult}
    assert counts | {("source_readable", None): 1} == sample_values(_NOTHING)


@pytest.mark.parametrize(
    ("verdict", "usable", "expected"),
    [
        (Verdict.VALID, True, {None: 1}),
        (Verdict.RATE_LIMITED, True, {None: 1}),
        (Verdict.EXPIRED, False, {None: 0}),
        (Verdict.UNDETERMINED, None, {}),
        (None, None, {}),
        (None, False, {}),
    ],
)
def test_a_token_is_valid_or_not_only_where_that_is_known(
    verdict: Verdict | None, usable: Literal[True, False] | None, expected: dict[None, float]
) -> None:
    assert expected == family_values(FULL._replace(verdict=verdict, usable=usable), "token_valid")


def test_the_expiry_stays_after_a_failed_probe() -> None:
    failed = FULL._replace(verdict=Verdict.UNDETERMINED, usable=None, success=False, quota=())
    assert {None: AT + 25_200} == family_values(failed, "token_expiry_timestamp_seconds")
    assert {None: AT + 25_200} == family_values(failed, "token_expiry_timestamp_seconds", AT + 1e6)
    assert {None: 0} == family_values(failed, "probe_success")


@pytest.mark.parametrize("reason", BrokenReason)
def test_an_account_that_cannot_be_refreshed_shows_why_and_since_when(reason: BrokenReason) -> None:
    broken = FULL._replace(broken=Broken(AT - 30.5, reason))
    shown = family_values(broken, "refresh_broken_timestamp_seconds")
    assert {str(reason): AT - 30.5} == shown
    assert {None: 1} == family_values(broken, "token_valid"), "its token lives"


def test_an_account_that_can_be_refreshed_has_no_sample_of_a_cause() -> None:
    fine = FULL._replace(broken=None)
    assert {} == family_values(fine, "refresh_broken_timestamp_seconds")


def test_the_present_verdict_is_shown_without_earlier_ones() -> None:
    new = FULL._replace(verdict=Verdict.EXPIRED, broken=None)
    assert {"undetermined": 0, "valid": 0, "expired": 1} == family_values(new, "token_verdict")


def test_a_zero_that_is_known_is_shown() -> None:
    known = FULL._replace(quota=(Quota("hour", 150, 0, RESET, "headers"),), scopes=0)
    assert {"hour": 0} == family_values(known, "quota_remaining_requests")
    assert {None: 0} == family_values(known, "token_scopes")


@pytest.mark.parametrize("seconds", [0, 0.001, 86_400])
def test_from_the_reset_on_only_the_limit_of_a_window_is_shown(seconds: float) -> None:
    quota = {name for name, _ in sample_values(FULL, RESET.timestamp() - 0.001) if "quota" in name}
    assert 7 == len(quota)
    after = {
        name for name, _ in sample_values(FULL, RESET.timestamp() + seconds) if "quota" in name
    }
    gone = {"quota_remaining_requests", "quota_reset_timestamp_seconds"}
    assert quota - after == gone | {"quota_observed_timestamp_seconds"}


def test_without_a_reset_the_requests_left_are_shown_for_the_length_of_a_window() -> None:
    state = FULL._replace(quota=(Quota("hour", None, 9, None, "headers"),), observed_at=AT)
    assert {"hour": 9} == family_values(state, "quota_remaining_requests", AT + 3_599)
    assert {"hour": AT} == family_values(state, "quota_observed_timestamp_seconds", AT + 3_599)
    assert {} == family_values(state, "quota_reset_timestamp_seconds", AT)
    assert {} == family_values(state, "quota_remaining_requests", AT + 3_600)
    minute = state._replace(quota=(Quota("minute", None, 9, None, "headers"),))
    assert AT + 60 == samples.next_change(minute, AT)
    assert {} == family_values(minute, "quota_remaining_requests", AT + 60)


def test_requests_left_of_unknown_age_are_not_shown() -> None:
    ageless = FULL._replace(quota=(Quota("hour", 150, 9, None, "headers"),), observed_at=None)
    assert {} == family_values(ageless, "quota_remaining_requests")


def test_a_documented_limit_was_not_observed() -> None:
    minute = Quota("minute", 300, None, None, "documented")
    documented = FULL._replace(quota=(minute,), reported_reset=None)
    assert ["quota_window_seconds", "quota_source", "quota_limit_requests"] == [
        name for name, _ in sample_values(documented) if "quota" in name
    ]
    assert samples.next_change(documented, AT) is None


def test_the_first_of_two_quotas_of_one_window_counts() -> None:
    twice = (Quota("hour", 150, 1, RESET, "headers"), Quota("hour", 99, 2, RESET, "headers"))
    values = [s.value for s in samples.account_samples(FULL._replace(quota=twice), AT)
            if s.family == "tokcheck_quota_limit_requests"]  # fmt: skip
    assert [150] == values


def test_the_next_reset_is_when_the_samples_change() -> None:
    later = RESET + timedelta(minutes=5)
    quota = (Quota("hour", 1, 1, later, "headers"), Quota("minute", 1, 1, RESET, "headers"))
    state = FULL._replace(quota=quota)
    assert RESET.timestamp() == samples.next_change(state, AT)
    assert later.timestamp() == samples.next_change(state, RESET.timestamp())
    assert samples.next_change(state, later.timestamp()) is None


@given(STATES, st.floats(0, 9_000), st.floats(0, 9_000))
def test_nothing_changes_before_the_next_change(
    state: AccountState, start: float, wait: float
) -> None:
    now = AT + start
    moment = samples.next_change(state, now)
    if moment is None or now + wait < moment:
        assert samples.account_samples(state, now) == samples.account_samples(state, now + wait)
    else:
        assert moment > now


@given(st.lists(QUOTAS, max_size=3).map(tuple), st.floats(0, 9_000))
def test_nothing_is_shown_of_a_window_that_is_over(
    quota: tuple[Quota, ...], elapsed: float
) -> None:
    now = AT + elapsed
    resets = family_values(FULL._replace(quota=quota), "quota_reset_timestamp_seconds", now)
    assert all(reset > now for reset in resets.values())


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["Charge 5", "Aria"], ["Charge 5", "Aria"]),
        (["Charge 5", "Charge 5", "Charge 5"], ["Charge 5", "Charge 5 (2)", "Charge 5 (3)"]),
        (["A (2)", "A", "A"], ["A (2)", "A", "A (3)"]),
        (["A", "A", "A (2)"], ["A", "A (2)", "A (2) (2)"]),
        (["\ud800", "\ud801"], ["\\ud800", "\\ud801"]),
    ],
)
def test_each_device_has_a_name_of_its_own(names: list[str], labels: list[str]) -> None:
    devices = tuple(CHARGE._replace(name=name) for name in names)
    assert labels == list(family_values(FULL._replace(devices=devices), "device_battery_ratio"))


@given(st.lists(NAMES | st.sampled_from(["A", "A (2)", "A (2) (2)"]), max_size=6))
def test_no_two_devices_share_a_label(names: list[str]) -> None:
    devices = tuple(CHARGE._replace(name=name) for name in names)
    assert len(names) == len(family_values(FULL._replace(devices=devices), "device_battery_ratio"))


def test_an_unknown_battery_is_absent() -> None:
    unknown = FULL._replace(devices=(CHARGE._replace(battery_percent=None),))
    assert {} == family_values(unknown, "device_battery_ratio")
    empty = FULL._replace(devices=(CHARGE._replace(battery_percent=0),))
    assert {"Charge 5": 0} == family_values(empty, "device_battery_ratio")


_Zone: TypeAlias = Literal["utc", "account-local"]


def _last_sync(
    written: str | None, zone: _Zone | None, timezone: str | None = None
) -> float | None:
    device = Device("X", None, None, None, written, zone)
    state = FULL._replace(devices=(device,), timezone=timezone)
    return family_values(state, "device_last_sync_timestamp_seconds").get("X")


def test_a_time_in_utc_is_known() -> None:
    expected = datetime(2026, 1, 15, 11, 20, tzinfo=UTC).timestamp()
    assert expected == _last_sync("2026-01-15T11:20:00Z", "utc")
    assert expected == _last_sync("2026-01-15T11:20:00.000000000Z", "utc")
    assert expected == _last_sync("2026-01-15T12:20:00+01:00", "utc")
    assert expected == _last_sync("2026-01-15T11:20:00", "utc", "Asia/Tokyo")


def test_a_local_time_is_known_only_with_the_accounts_zone() -> None:
    written = "2026-01-15T12:20:00.000"
    assert _last_sync(written, "account-local") is None
    assert datetime(2026, 1, 15, 11, 20, tzinfo=UTC).timestamp() == _last_sync(
        written, "account-local", "Europe/Berlin"
    )


def test_of_an_hour_that_occurs_twice_the_first_is_taken() -> None:
    twice = _last_sync("2026-10-25T02:30:00.000", "account-local", "Europe/Berlin")
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp() == twice


def test_an_hour_that_does_not_exist_does_not_raise() -> None:
    assert _last_sync("2026-03-29T02:30:00.000", "account-local", "Europe/Berlin") is not None


@pytest.mark.parametrize(
    ("written", "zone", "timezone"),
    [
        (None, None, "Europe/Berlin"),
        ("2026-01-15T12:20:00", None, "Europe/Berlin"),
        ("2026-01-15", "utc", None),
        ("yesterday: noon", "utc", None),
        ("2026-01-15T12:20:00", "account-local", "Europe/Nowhere"),
        ("2026-01-15T12:20:00", "account-local", "../zone"),
        ("2026-01-15T12:20:00", "account-local", "Europe"),
    ],
)
def test_an_unknown_time_is_absent(
    written: str | None, zone: _Zone | None, timezone: str | None
) -> None:
    assert _last_sync(written, zone, timezone) is None


@given(st.text() | st.datetimes().map(str), st.sampled_from(["utc", "account-local"]))
def test_no_text_in_place_of_a_time_raises(written: str, zone: _Zone) -> None:
    _last_sync(written, zone, "Pacific/Kiritimati")
    _last_sync(written, zone, "Pacific/Pago_Pago")


def test_a_skipped_probe_is_shown_once_it_has_happened() -> None:
    skipped = FULL._replace(skipped={SkipReason.BUDGET: 0, SkipReason.RESERVE: 4})
    assert {"reserve": 4} == family_values(skipped, "probes_skipped_total")


def test_an_unknown_provider_has_a_name() -> None:
    assert "unknown" == samples.provider_label(_NOTHING)
    assert "unknown" == samples.provider_label(_NOTHING._replace(provider=""))
    assert "fitbit" == samples.provider_label(FULL)
