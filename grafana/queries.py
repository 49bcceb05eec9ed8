"""The longer PromQL expressions of the dashboard.

An account is its provider and its name, so one that two exporters watch appears once.
"""

from typing import NamedTuple

JOB = 'job=~"$job"'
CHOSEN = 'job=~"$job", provider=~"$provider", account=~"$account"'
BY = "by (provider, account)"
ON = "on (provider, account)"
BY_WINDOW = "by (provider, account, window)"
HOUR = 3600


class VerdictGroup(NamedTuple):
    """Verdicts that need the same action: their text and colour in the dashboard."""

    text: str
    colour: str
    verdicts: tuple[str, ...]


# The most urgent last.
STATES = (
    VerdictGroup("works", "green", ("valid",)),
    VerdictGroup("not probed yet", "blue", ("unverified",)),
    VerdictGroup("undetermined", "purple", ("undetermined",)),
    VerdictGroup("rate-limited", "yellow", ("rate_limited",)),
    VerdictGroup("expired", "orange", ("expired",)),
    VerdictGroup(
        "refused",
        "red",
        (
            "revoked_or_invalid",
            "insufficient_scope",
            "api_disabled",
            "account_not_linked",
            "profile_missing",
            "grant_broken",
            "not_permitted",
        ),
    ),
    VerdictGroup(
        "no usable token",
        "dark-red",
        (
            "malformed",
            "incomplete",
            "wrong_kind",
            "wrong_provider",
            "placeholder",
            "no_token",
            "ambiguous",
        ),
    ),
    VerdictGroup("service gone", "dark-purple", ("service_gone",)),
)


def of(metric: str, more: str = "") -> str:
    """Return the selector of a metric's series of the selected accounts."""
    return f"{metric}{{{CHOSEN}{', ' if more else ''}{more}}}"


def each(metric: str, how: str = "max") -> str:
    """Return the expression for one value of each selected account."""
    return f"{how} {BY} ({of(metric)})"


VALID = of("tokcheck_token_valid")
VERDICT = of("tokcheck_token_verdict")
EXPIRY = of("tokcheck_token_expiry_timestamp_seconds")
LIMIT = of("tokcheck_quota_limit_requests")
REMAINING = of("tokcheck_quota_remaining_requests")
RESET = of("tokcheck_quota_reset_timestamp_seconds")
PROBES = of("tokcheck_probes_total")
REFRESHES = of("tokcheck_refresh_total")
CONSENT_ENDS_IN = f"min {BY} ({of('tokcheck_refresh_token_expiry_timestamp_seconds')} - time())"

# Every account has this series from its start.
_ONE = of("tokcheck_probes_total", 'result="success"')
_EVERY = f"0 * max {BY} ({_ONE})"
_ONE_GRANT = of("tokcheck_refresh_total", 'result="success"')
_EVERY_GRANT = f"0 * max {BY} ({_ONE_GRANT})"

# A file for node_exporter keeps what was left until its next run, also after the reset.
LEFT = f"min {BY} (({REMAINING} unless {RESET} <= time()) / ({LIMIT} > 0))"
EXPIRES_IN = f"min {BY} ({EXPIRY} - time())"
RUNS_OUT_IN = (
    f"min {BY} (({of('account_window:tokcheck_quota_exhausted_timestamp_seconds:forecast')}"
    f" < {RESET}) - time())"
)
RESETS_IN = f"min {BY} ({RESET} - time() > 0)"

# Thousands: not usable; hundreds: not known; then the used share in whole percent; the decimals:
# how soon the token expires.
URGENCY = (
    f"(1000 * (1 - min {BY} ({VALID})) or 200 + {_EVERY})"
    f" + {ON} (floor(100 * (1 - {LEFT})) or {_EVERY})"
    f" + {ON} (1 / (1 + clamp_min({EXPIRES_IN}, 0) / {HOUR}) or {_EVERY})"
)

# The consent that ends first; those without a known end come last: as gaps they would be sorted
# among those that have just ended.
SOONEST_CONSENT = f"{CONSENT_ENDS_IN} or 1e9 + {_EVERY_GRANT}"
GRANTS_TOKEN_EXPIRES_IN = f"{EXPIRES_IN} and {ON} {_EVERY_GRANT}"
BROKEN_FOR = (
    "time() - max by (provider, account, reason)"
    f" ({of('tokcheck_refresh_broken_timestamp_seconds')})"
)
# Ended, or ends so soon that a new login is needed; the same limit as in the alerts.
LOGINS_NEEDED = f"count({CONSENT_ENDS_IN} < 2 * 86400) or 0 * sum({_ONE})"

NOT_USABLE = f"count(max {BY} ({VALID}) == 0) or 0 * sum({_ONE})"
_RATE_LIMITED = of("tokcheck_token_verdict", 'verdict="rate_limited"')
NEARLY_GONE = f"count({LEFT} < 0.1 or {ON} max {BY} ({_RATE_LIMITED}) == 1) or 0 * sum({_ONE})"
NOT_KNOWN = f"count({_EVERY} unless {ON} {VALID}) or 0 * sum({_ONE})"
FAULTS = (
    f"(count(up{{{JOB}}} == 0) or vector(0))"
    f" + (count(tokcheck_config_last_reload_successful{{{JOB}}} == 0) or vector(0))"
    f" + (absent(up{{{JOB}}}) or vector(0))"
)

# A graph with a thousand lines is neither readable nor fast. So hidden variables select accounts
# first, once for the whole range, and the panels query only those.
_NOT_VALID = of("tokcheck_token_verdict", 'verdict!="valid"')
CHOICES = {
    # the accounts that came closest to the end of their quota
    "lowest": f"bottomk(10, min {BY} (min_over_time({REMAINING}[$__range]) / ({LIMIT} > 0)))",
    # the accounts that were not valid for the longest time
    "troubled": (
        f"topk(20, sum {BY} (sum_over_time({_NOT_VALID}[$__range])) or 0 * max {BY} ({VERDICT}))"
    ),
    # the accounts of the details: the selected ones, at most ten, with the most requests
    "ten": f"topk(10, sum {BY} ({PROBES}))",
}


def among(choice: str, metric: str, more: str = "") -> str:
    """Return the selector of a metric's series of the accounts that a hidden variable selects."""
    return of(metric, more).replace('"$account"', f'"${choice}"')


LEFT_LOWEST = (
    f"min {BY} (({among('lowest', 'tokcheck_quota_remaining_requests')}"
    f" unless {among('lowest', 'tokcheck_quota_reset_timestamp_seconds')} <= time())"
    f" / ({among('lowest', 'tokcheck_quota_limit_requests')} > 0))"
)
AT_RESET_LOWEST = (
    f"min {BY} ({among('lowest', 'account_window:tokcheck_quota_at_reset:forecast_ratio')})"
)


def _verdict_selector(state: VerdictGroup) -> str:
    verdicts = "|".join(state.verdicts)
    return among("troubled", "tokcheck_token_verdict", f'verdict=~"{verdicts}"')


_STATE = " or ".join(f"{n} * ({_verdict_selector(state)} == 1)" for n, state in enumerate(STATES))
STATE_TROUBLED = f"max {BY} ({_STATE})"

SPENT_SHARE = f"topk(10, max {BY} ({of('account:tokcheck_probe_requests_limit:ratio1h')}))"


def refreshes(result: str) -> str:
    """Return the expression for each account's refreshes with this result."""
    selected = of("tokcheck_refresh_total", f'result="{result}"')
    return f"sum {BY} ({selected})"


def of_ten(metric: str) -> str:
    """Return the expression for a metric of the accounts in the details."""
    return f"max {BY} ({among('ten', metric)})"


def of_lowest(metric: str, by: str = BY) -> str:
    """Return the expression for a metric of the accounts with the lowest quota."""
    return f"max {by} ({among('lowest', metric)})"
