import pytest

from tests.support.exporter.builders import (
    AT,
    HOUR,
    probed_state,
    quota,
    report,
    watched_account,
)
from tokcheck.core.report import Verdict
from tokcheck.exporter.log.account_log import AccountLog
from tokcheck.exporter.log.events import Event, Level, LogEntry, log_to
from tokcheck.exporter.state import AccountState, SkipReason
from tokcheck.exporter.state.transitions import advance_time

_USUAL = 600.0


class _Recorder:
    """An account log and what it logged."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.ahead = 0.0
        """By how many seconds the clock is ahead of the steady one."""
        self._now = AT
        self.log = AccountLog(
            log_to(self.entries.append, Level.DEBUG), lambda: self._now - self.ahead
        )

    def observe(
        self, state: AccountState, now: float = AT, usual: float = _USUAL
    ) -> list[tuple[str, object, object]]:
        """Return the events that a state causes, with their verdicts or reasons."""
        self.entries.clear()
        self._now = now
        self.log.observe(state, now, usual)
        return [
            (entry.event.label, entry.fields.get("verdict"), entry.fields.get("previous"))
            for entry in self.entries
        ]

    def check(self) -> None:
        """Check that every entry has only the fields that its event may have."""
        assert [] == [one for one in self.entries if set(one.fields) - set(one.event.fields)]


@pytest.fixture
def recorder() -> _Recorder:
    return _Recorder()


def test_a_verdict_is_logged_when_it_changes_and_only_then(recorder: _Recorder) -> None:
    valid = probed_state(Verdict.VALID, quota())
    assert [("verdict", "valid", None)] == recorder.observe(valid)
    assert [] == recorder.observe(valid._replace(probed_at=AT + 600), AT + 600)
    refused = probed_state(Verdict.REVOKED_OR_INVALID)
    assert [("verdict_unusable", "revoked_or_invalid", "valid")] == recorder.observe(refused)
    recorder.check()


def test_an_expiry_is_logged_without_a_probe(recorder: _Recorder) -> None:
    state = probed_state(expires_at=AT + 100)
    recorder.observe(state)
    expired = advance_time(state, AT + 200)
    assert [("verdict_unusable", "expired", "valid")] == recorder.observe(expired, AT + 200)
    assert "anna: expired: " in recorder.entries[0].message


def test_a_text_that_was_only_read_is_logged_if_it_cannot_be_used(recorder: _Recorder) -> None:
    unread = AccountState("anna", verdict=Verdict.UNVERIFIED)
    assert [] == recorder.observe(unread)
    malformed = AccountState("anna", verdict=Verdict.MALFORMED, usable=False)
    assert [("verdict_unusable", "malformed", None)] == recorder.observe(malformed)
    assert [] == recorder.observe(malformed)


def test_the_first_verdict_of_a_new_text_is_logged_even_if_it_is_the_same(
    recorder: _Recorder,
) -> None:
    recorder.observe(probed_state())
    assert [] == recorder.observe(AccountState("anna", verdict=Verdict.UNVERIFIED))
    assert [("verdict", "valid", "valid")] == recorder.observe(probed_state())


def test_verdicts_from_before_a_restart_are_summarized_and_not_repeated(
    recorder: _Recorder,
) -> None:
    kept = [
        probed_state(),
        probed_state()._replace(name="bo"),
        probed_state(Verdict.EXPIRED)._replace(name="cy"),
        AccountState("new"),
    ]
    for state in kept[:3]:
        recorder.log.take_over(state, state.version)
    recorder.log.summarize_start(kept)
    words = "Watching 4 accounts; verdicts kept from before: 2 valid, 1 expired"
    fields: dict[str, str | int | float] = {"accounts": 4, "verdicts": "valid=2 expired=1"}
    assert [LogEntry(Event.WATCHING, words, fields)] == recorder.entries
    assert [] == [event for state in kept for event in recorder.observe(state)]


def test_probes_that_are_withheld_for_long_are_logged_once_and_their_return(
    recorder: _Recorder,
) -> None:
    waiting = probed_state()._replace(waiting=SkipReason.BUDGET)
    recorder.observe(waiting)
    assert [] == recorder.observe(waiting, AT + HOUR - 1)
    assert [("probes_withheld", None, None)] == recorder.observe(waiting, AT + HOUR)
    assert "anna: no probe for 1 h: its budget is spent" == recorder.entries[0].message
    recorder.check()
    assert [] == recorder.observe(waiting, AT + 5 * HOUR)
    again = probed_state()._replace(probed_at=AT + 6 * HOUR)
    assert [("probes_resumed", None, None)] == recorder.observe(again, AT + 6 * HOUR)
    assert "anna: probed again, after 6 h" == recorder.entries[0].message
    recorder.check()


def test_a_clock_that_is_set_forward_or_back_is_no_time_without_a_probe(
    recorder: _Recorder,
) -> None:
    limited = probed_state(Verdict.RATE_LIMITED, waiting=SkipReason.RATE_LIMITED)
    recorder.observe(limited)
    recorder.ahead = 24 * HOUR
    assert [] == recorder.observe(limited, AT + 24 * HOUR + 60)
    limited = limited._replace(probed_at=AT + 24 * HOUR + 60)
    assert [] == recorder.observe(limited, AT + 24 * HOUR + 60)
    assert [("probes_withheld", None, None)] == recorder.observe(limited, AT + 25 * HOUR + 60)
    assert "no probe for 1 h: rate-limited" in recorder.entries[0].message
    recorder.ahead = 0.0
    set_back = advance_time(limited, AT + 2 * HOUR + 60)
    assert set_back.probed_at == AT + 2 * HOUR + 60
    assert [] == recorder.observe(set_back, AT + 2 * HOUR + 60), "no probe was sent"
    again = set_back._replace(probed_at=AT + 3 * HOUR + 60, waiting=None)
    assert [("probes_resumed", None, None)] == recorder.observe(again, AT + 3 * HOUR + 60)
    assert "after 3 h" in recorder.entries[0].message


def test_probes_resume_where_the_record_of_earlier_runs_was_read_meanwhile(
    recorder: _Recorder,
) -> None:
    unread = AccountState(
        "anna", provider="fitbit", version="v1", waiting=SkipReason.LEDGER, record_unread=True
    )
    assert [] == recorder.observe(unread)
    assert [("probes_withheld", None, None)] == recorder.observe(unread, AT + HOUR)
    record = probed_state(probed_at=AT - HOUR)
    recorder.log.take_over(record, "v1")
    assert [] == recorder.observe(record, AT + 1.5 * HOUR)
    again = record._replace(probed_at=AT + 2 * HOUR)
    assert [("probes_resumed", None, None)] == recorder.observe(again, AT + 2 * HOUR)
    assert "after 2 h" in recorder.entries[0].message


@pytest.mark.parametrize(
    "reason", [SkipReason.EXPIRED, SkipReason.REFUSED, SkipReason.NO_TOKEN, SkipReason.SERVICE_GONE]
)
def test_probes_that_a_verdict_prevents_are_not_withheld(
    recorder: _Recorder, reason: SkipReason
) -> None:
    state = probed_state(Verdict.EXPIRED)._replace(waiting=reason)
    recorder.observe(state)
    assert [] == recorder.observe(state, AT + 9 * HOUR)


def test_a_long_usual_interval_is_not_called_withheld(recorder: _Recorder) -> None:
    waiting = probed_state()._replace(waiting=SkipReason.BUDGET)
    recorder.observe(waiting)
    assert [] == recorder.observe(waiting, AT + 5 * HOUR, 2 * HOUR)
    assert 1 == len(recorder.observe(waiting, AT + 6 * HOUR, 2 * HOUR))


def test_probes_and_skips_have_their_fields(recorder: _Recorder) -> None:
    recorder.log.log_probe(probed_state(), report())
    recorder.log.log_skip(probed_state(), SkipReason.RESERVE)
    probe, skip = recorder.entries
    recorder.check()
    assert {"verdict": "valid", "requests": 1, "status": 200} == {
        name: probe.fields[name] for name in ("verdict", "requests", "status")
    }
    assert {"account": "anna", "reason": "reserve"} == skip.fields


@pytest.mark.parametrize(
    ("is_verdict", "events"),
    [(False, ["source_failed", "source_recovered"]), (True, [])],
    ids=["unreadable", "empty, which is a verdict"],
)
def test_a_source_recovers_in_the_log_only_if_it_failed_there(
    recorder: _Recorder,
    is_verdict: bool,  # noqa: FBT001 - a case
    events: list[str],
) -> None:
    good, bad = watched_account(), watched_account(None)
    recorder.log.log_source_failure(bad, is_logged=is_verdict)
    recorder.log.log_source_failure(good, is_logged=False)
    recorder.log.log_source_failure(good, is_logged=False)
    assert events == [entry.event.label for entry in recorder.entries]
    recorder.check()


def test_an_account_that_is_removed_does_not_recover(recorder: _Recorder) -> None:
    good, bad = watched_account(), watched_account(None)
    recorder.log.log_source_failure(bad, is_logged=False)
    recorder.log.forget(bad.account.name)
    recorder.entries.clear()
    recorder.log.log_source_failure(good, is_logged=False)
    assert [] == recorder.entries
