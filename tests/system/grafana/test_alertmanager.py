"""A fired alert arrives at a real Alertmanager that runs with the example's configuration."""

import json
from pathlib import Path
from urllib.request import Request, urlopen

from tests.support.grafana import monitoring_stack
from tests.support.grafana.grafana_files import FOLDER
from tests.support.grafana.monitoring_stack import alertmanager_alerts, wait_until

_EXAMPLE = FOLDER / "alertmanager" / "alertmanager.yml"
_ACCOUNTS = 10


def test_alerts_are_routed_and_a_cause_inhibits_its_consequence(
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
        monitoring_stack.exporter(_ACCOUNTS) as (_, instance),
        monitoring_stack.alertmanager(_EXAMPLE, tmp_path) as address,
        monitoring_stack.prometheus(instance, tmp_path, alertmanager=address),
    ):
        wait_until(lambda: wanted <= set(alertmanager_alerts(address)), f"{wanted} at Alertmanager")
        alerts = alertmanager_alerts(address)
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


def _labels(name: str, account: str, **labels: str) -> dict[str, str]:
    """Return an alert's labels; without an account where that is empty."""
    own = {"job": "tokcheck", "instance": "a", "provider": "fitbit", "severity": "critical"}
    own_account = {"account": account} if account else {}
    return {"alertname": name} | own_account | own | labels


def _fire(address: str, fired: list[dict[str, str]]) -> None:
    """Send alerts as a Prometheus does, all at once."""
    body = json.dumps([{"labels": labels} for labels in fired]).encode()
    request = Request(f"http://{address}/api/v2/alerts", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=20) as response:
        assert 200 == response.status


def test_a_lost_grant_is_sent_once_and_unrelated_alerts_are_sent_too(
    tmp_path: Path,
) -> None:
    explained = {
        "TokcheckTokenExpired", "TokcheckTokenExpiresSoon", "TokcheckGrantEndsSoon",
        "TokcheckRefreshFailing",
    }  # fmt: skip
    silenced = [
        *(_labels(name, "ann") for name in explained),
        _labels("TokcheckTokenRefused", "ann", verdict="revoked_or_invalid"),
        _labels("TokcheckTokenRefused", "ann", verdict="grant_broken"),
    ]
    sent = [
        _labels("TokcheckGrantBroken", "ann"),
        _labels("TokcheckTokenRefused", "ann", verdict="insufficient_scope"),
        # other accounts, each in a group that holds something silenced, and one of the same name
        # at another exporter
        *(_labels(name, f"bob-{name}") for name in explained),
        _labels("TokcheckTokenExpired", "ann", instance="b"),
        _labels("TokcheckTokenRefused", "bob", verdict="revoked_or_invalid"),
    ]
    assert _sort_labels(sent) == _delivered_alerts(tmp_path, [*sent, *silenced])


def test_a_failing_refresh_is_inhibited_by_its_consequence_and_by_an_outage(
    tmp_path: Path,
) -> None:
    failing = "TokcheckRefreshFailing"
    silenced = [
        _labels("TokcheckTokenExpiresSoon", "ann", severity="warning"),
        _labels(failing, "bob", severity="warning"),
        _labels(failing, "cyd", severity="warning", provider="google-health"),
    ]
    sent = [
        _labels(failing, "ann", severity="warning"),
        _labels("TokcheckTokenExpired", "bob"),
        _labels("TokcheckTokenExpiresSoon", "dan", severity="warning"),
        _labels(failing, "eve", severity="warning", provider="google-health", instance="b"),
        _labels("TokcheckProbesFailing", "", provider="google-health"),
    ]
    assert _sort_labels(sent) == _delivered_alerts(tmp_path, [*sent, *silenced])


def _delivered_alerts(folder: Path, fired: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return what a webhook was sent when every group of the alerts was sent or silenced."""
    with monitoring_stack.receiver() as (webhook, received):
        routes = monitoring_stack.write_impatient_routes(_EXAMPLE, webhook, folder / "routes.yml")
        with monitoring_stack.alertmanager(routes, folder) as address:
            _fire(address, fired)
            groups = {(labels["alertname"], labels["provider"]) for labels in fired}

            def all_sent() -> bool:
                labels_sent = [alert["labels"] for alert in received]
                return groups == {
                    (labels["alertname"], labels["provider"]) for labels in labels_sent
                }

            wait_until(all_sent, f"a message of each group {groups}")
    return _sort_labels([alert["labels"] for alert in received])


def _sort_labels(labels: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(labels, key=lambda one: sorted(one.items()))
