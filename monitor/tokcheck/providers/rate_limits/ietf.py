"""The rate-limit fields of the IETF's draft, in all of its forms.

Drafts 08 to 11 have the lists ``RateLimit-Policy: "burst";q=100;w=60`` and
``RateLimit: "burst";r=50;t=30``; draft 07 had ``RateLimit: limit=100, remaining=50, reset=50``;
drafts 00 to 06 had ``RateLimit-Limit``, ``RateLimit-Remaining`` and ``RateLimit-Reset``. The reset
is a number of seconds in each (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).
Fields with a window in their name count before those of the first drafts.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from tokcheck.core.redact import plain, redact
from tokcheck.core.report import Quota
from tokcheck.providers.rate_limits.named_windows import read_named_windows
from tokcheck.providers.rate_limits.numbers import LONGEST_DELAY, Fields, read_number
from tokcheck.providers.rate_limits.reader import QuotasReading, plausible_remaining
from tokcheck.providers.rate_limits.structured_fields import Item, parse_dictionary, parse_list
from tokcheck.providers.rate_limits.windows import FieldSource, label_of
from tokcheck.providers.response_clock import ResponseClock, response_clock

_LIMIT, _POLICY, _CURRENT = "ratelimit-limit", "ratelimit-policy", "ratelimit"
_CONCURRENT = "concurrent requests"
_UNITS = {"content-bytes": "bytes", "concurrent-requests": _CONCURRENT}
# More policies than this are not a service's limits, but a mistake or an attack.
_MOST = 16
_LONGEST_NAME = 40


class _Policy(NamedTuple):
    name: str
    limit: int | None
    seconds: float | None
    unit: str = "requests"


def read_standard_fields(
    headers: Mapping[str, str], received_at: datetime, seconds: float | None = None
) -> QuotasReading:
    """Read the windows that the standard fields report (names in lower case).

    ``seconds`` is the length of a window for which no field has one. Malformed fields are ignored,
    as the draft requires.
    """
    clock = response_clock(headers, received_at)
    policies = _read_policies(headers.get(_POLICY, ""), seconds)
    current = headers.get(_CURRENT, "")
    items = [item for item in parse_list(current)[:_MOST] if "r" in item.parameters]
    if items:
        notes: list[str] = []
        quotas = (_quota_of(item, policies, clock, seconds, notes) for item in items)
        return QuotasReading(_scarcest_of_each(filter(None, quotas)), tuple(notes))
    members = parse_dictionary(current) if "=" in current else {}
    if members:
        policy = policies[0] if policies else _Policy("", None, seconds)
        limit, remaining, reset = (
            _read_count(members.get(key)) for key in ("limit", "remaining", "reset")
        )
        return _reading(limit, remaining, reset, policy, clock, [])
    named = read_named_windows(headers, clock)
    return named if named.quotas else _read_three_fields(headers, policies, clock, seconds)


def _read_three_fields(
    headers: Mapping[str, str],
    policies: tuple[_Policy, ...],
    clock: ResponseClock,
    seconds: float | None,
) -> QuotasReading:
    fields, notes = Fields(headers), list[str]()
    limits = parse_list(headers.get(_LIMIT, ""))
    limit = _read_count(limits[0].value) if limits else None
    remaining = read_number(fields, FieldSource("ratelimit-remaining"), notes)
    reset = read_number(fields, FieldSource("ratelimit-reset"), notes)
    stated = tuple(policy for item in limits if (policy := _policy_of(item, None)).seconds)
    known = [policy for policy in (*stated, *policies) if limit in {None, policy.limit}]
    policy = known[0] if known else _Policy("", None, seconds)
    return _reading(limit, _read_count(remaining), _read_count(reset), policy, clock, notes)


def _reading(
    limit: int | None,
    remaining: int | None,
    reset: int | None,
    policy: _Policy,
    clock: ResponseClock,
    notes: list[str],
) -> QuotasReading:
    if reset is not None and reset > LONGEST_DELAY:
        notes.append(
            "The reset of the rate-limit fields is not a number of seconds and was ignored."
        )
        reset = None
    limit = policy.limit if limit is None else limit
    remaining = plausible_remaining(limit, remaining, notes)
    if remaining == 0 and policy.unit == _CONCURRENT:
        remaining = None  # of requests at once, none was left as long as this one was answered
    if limit is None and remaining is None:
        return QuotasReading((), tuple(notes))
    reset_at = None if reset is None else clock.after(reset)
    label = label_of(policy.name, policy.seconds)
    quota = Quota(label, limit, remaining, reset_at, "headers", unit=policy.unit)
    return QuotasReading((quota,), tuple(notes))


def _read_policies(value: str, seconds: float | None) -> tuple[_Policy, ...]:
    return tuple(_policy_of(item, seconds) for item in parse_list(value)[:_MOST])


def _policy_of(item: Item, seconds: float | None) -> _Policy:
    length = _read_count(item.parameters.get("w")) or seconds
    if "q" not in item.parameters:  # until draft 07: 100;w=60
        return _Policy("", _read_count(item.value), length)
    unit = _UNITS.get(str(item.parameters.get("qu", "")), "requests")
    return _Policy(_clean_name(item), _read_count(item.parameters["q"]), length, unit)


def _quota_of(
    item: Item,
    policies: tuple[_Policy, ...],
    clock: ResponseClock,
    seconds: float | None,
    notes: list[str],
) -> Quota | None:
    remaining, reset = _read_count(item.parameters["r"]), _read_count(item.parameters.get("t"))
    if remaining is None:
        return None
    name = _clean_name(item)
    named = {each for each in policies if each.name == name}
    # Of several with one name, nothing shows which is meant.
    policy = named.pop() if len(named) == 1 else _Policy(name, None, seconds)
    reading = _reading(policy.limit, remaining, reset, policy, clock, notes)
    return reading.quotas[0] if reading.quotas else None


def _scarcest_of_each(quotas: Iterable[Quota]) -> tuple[Quota, ...]:
    """Return one quota of each window: that with the fewest left.

    Two partitions of a policy, or a proxy with the same one, list a name twice.
    """
    found: dict[tuple[str, str], Quota] = {}
    for quota in quotas:
        key = quota.window, quota.unit
        found[key] = min(found.get(key, quota), quota, key=_scarcity)
    return tuple(found.values())


def _scarcity(quota: Quota) -> tuple[float, float]:
    """Return a key that is the smaller, the fewer are left; then, the later they are reset."""
    reset = math.inf if quota.reset_at is None else quota.reset_at.timestamp()
    return math.inf if quota.remaining is None else quota.remaining, -reset


def _clean_name(item: Item) -> str:
    """Return a policy's name, fit to be a label."""
    return plain(redact(item.name), longest=_LONGEST_NAME)


def _read_count(value: object) -> int | None:
    """Return a number that is not negative as a whole one; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value < 0:
        return None
    return int(value // 1)
