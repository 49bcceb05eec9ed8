"""The stored state of an account: the fields of rows of earlier versions are read by place."""

from tests.support.exporter.generated_states import FULL
from tokcheck.exporter.ledger.tables.stored_state import dump_state, load_state
from tokcheck.exporter.state import AccountState

# Rows list their fields in this order: a new one is the last, and none leaves its place.
_PLACES = [
    "name", "provider", "version", "verdict", "usable", "finding", "advice", "masked",
    "expires_at", "scopes", "quota", "observed_at", "history", "devices", "timezone", "success",
    "duration", "probed_at", "succeeded_at", "failures", "next_probe_at", "waiting", "probes",
    "skipped", "verdicts", "source_error", "probed_verdict", "unchanged_probes", "reset_lag",
    "subject", "requirements", "refreshes", "refresh_expires_at", "broken", "status",
    "error_type", "pause_until", "expiry_is_counted", "origin", "refresh_limit", "expiry_age",
    "trail", "reported_reset", "other_window", "source_unread", "record_unread", "traffic_at",
    "observed_requests", "further_histories", "declared", "last_refusal", "former_limit",
    "counting_window",
]  # fmt: skip


def test_a_field_keeps_its_place_in_the_rows_that_are_stored() -> None:
    assert _PLACES == list(AccountState._fields)


def test_a_new_field_has_a_default_for_rows_that_lack_it() -> None:
    assert {*AccountState._fields[1:]} == set(AccountState._field_defaults)


def test_a_state_is_read_as_it_was_stored() -> None:
    assert FULL._replace(broken=None) == load_state(dump_state(FULL))
