"""A fired alert arrives at a real Alertmanager that runs with the example's configuration."""

from pathlib import Path
from typing import Any

from tests.grafana import running
from tests.grafana.files import FOLDER
from tests.grafana.running import fetched, until

_EXAMPLE = FOLDER / "alertmanager" / "alertmanager.yml"
_ACCOUNTS = 10


def _by_name(alerts: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (alert["labels"]["alertname"], alert["labels"].get("account", "")): alert
        for alert in alerts
    }  # fmt: skip


def test_alerts_arrive_with_their_route_and_a_cause_silences_its_consequence(
    tmp_path: Path,
) -> None:
    wanted = {
        ("TokcheckTokenRefused", "revoked-0004"),
        ("TokcheckTokenExpired", "expired-0005"),
        ("TokcheckQuotaNearlyGone", "gone-0002"),
        ("TokcheckTokenUnreadable", "empty-0007"),
        ("TokcheckTokenExpiresSoon", "expired-0005"),
    }
    with (
        running.exporter(_ACCOUNTS) as (_, instance),
        running.alertmanager(_EXAMPLE, tmp_path) as address,
        running.prometheus(instance, tmp_path, alertmanager=address),
    ):

        def arrived() -> dict[tuple[str, str], dict[str, Any]]:
            return _by_name(fetched(f"http://{address}/api/v2/alerts"))

        until(lambda: wanted <= set(arrived()), f"{wanted} at Alertmanager")
        alerts = arrived()
    refused = alerts["TokcheckTokenRefused", "revoked-0004"]
    assert ["at-once"] == [receiver["name"] for receiver in refused["receivers"]]
    assert (
        "The token of revoked-0004 is refused: revoked_or_invalid."
        == (refused["annotations"]["summary"])
    )
    nearly_gone = alerts["TokcheckQuotaNearlyGone", "gone-0002"]
    assert ["office-hours"] == [receiver["name"] for receiver in nearly_gone["receivers"]]
    soon = alerts["TokcheckTokenExpiresSoon", "expired-0005"]
    expired = alerts["TokcheckTokenExpired", "expired-0005"]
    assert [expired["fingerprint"]] == soon["status"]["inhibitedBy"]
    assert [] == expired["status"]["inhibitedBy"]
