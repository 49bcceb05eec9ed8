"""The addresses and the time limits of the package's requests."""

import math
from collections.abc import Mapping
from datetime import timedelta

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import format_duration
from tokcheck.providers.base import Provider
from tokcheck.transport.endpoints import Endpoints, resolve_endpoints

_SHORTEST, _LONGEST = 0.001, 3600.0


def read_endpoints(
    providers: Mapping[str, Provider], environment: Mapping[str, str], api_url: str | None
) -> Endpoints:
    """Return the addresses of the providers.

    :raises UsageError: if one is not ``https://``, or ``http://`` on loopback.
    """
    return resolve_endpoints(providers, environment, api_url, option="api_url")


def check_timeout(seconds: float) -> float:
    """Return the deadline of a request.

    :raises UsageError: if it is out of range.
    """
    if _SHORTEST <= seconds <= _LONGEST:
        return seconds
    raise UsageError(
        "timeout is out of range.",
        f"Pass seconds from {_SHORTEST:g} to {_LONGEST:g} ({format_duration(_LONGEST)}).",
    )


def seconds_of_min_ttl(min_ttl: float | timedelta) -> float:
    """Return a time to live in seconds.

    :raises UsageError: if it is negative, or not a number.
    """
    seconds = min_ttl.total_seconds() if isinstance(min_ttl, timedelta) else min_ttl
    if math.isnan(seconds):
        raise UsageError("min_ttl is not a number.", "Pass seconds, or a timedelta.")
    if seconds < 0:
        raise UsageError("min_ttl is negative.", "Pass 0 or more seconds.")
    return seconds
