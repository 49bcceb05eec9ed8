"""The length of the window that an account's configuration sets, in what responses report.

Responses do not report the length, so a provider's own is the documented one.
"""

from tokcheck.core.report import Quota
from tokcheck.exporter.scheduling.budget import effective_pace
from tokcheck.exporter.sources.account import Policy
from tokcheck.providers.base import Pace, Provider
from tokcheck.providers.observed.traffic import Traffic


def quotas_of_account(quotas: tuple[Quota, ...], pace: Pace, policy: Policy) -> tuple[Quota, ...]:
    """Return reported quotas with the window that an account's policy sets, if it sets one.

    ``pace`` is the provider's own: its window is the one that can be set.
    """
    if policy.window is None:
        return quotas
    window = effective_pace(pace, policy).window
    return tuple(
        quota._replace(window=window)
        if (quota.window, quota.owner) == (pace.window, "user")
        else quota
        for quota in quotas
    )


def traffic_of_account(traffic: Traffic, provider: Provider | None, policy: Policy) -> Traffic:
    """Return observed traffic with the same window in its quotas."""
    latest = traffic.latest
    if provider is None or latest is None or policy.window is None:
        return traffic
    pace = provider.pace
    earlier = tuple(
        each._replace(quota=quota)
        for each in latest.earlier
        for quota in quotas_of_account((each.quota,), pace, policy)
    )
    quotas = quotas_of_account(latest.quotas, pace, policy)
    return traffic._replace(latest=latest._replace(quotas=quotas, earlier=earlier))
