"""Read the quotas of a response by the description of its windows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tokcheck.core.report import Quota
from tokcheck.providers.rate_limits.numbers import (
    Fields,
    next_boundary,
    read_number,
    reset_moment,
    whole_number,
)
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm, label_of
from tokcheck.providers.response_clock import response_clock


class QuotaReading(NamedTuple):
    """The quota of one window, and sentences about values that were not usable."""

    quota: Quota | None
    notes: tuple[str, ...]


class QuotasReading(NamedTuple):
    """The quotas of several windows, and sentences about values that were not usable."""

    quotas: tuple[Quota, ...]
    notes: tuple[str, ...]


def read_window(
    headers: Mapping[str, str], form: WindowForm, received_at: datetime, body: object = None
) -> QuotaReading:
    """Read the quota of one window from response headers (names in lower case) and a JSON body.

    The reset is a moment of this computer's clock: a number of seconds counts from the response,
    and a moment is converted by the response's ``Date``. ``Retry-After`` is not read: it is a
    pause, which a server that fails or a front end sends as well. The quota is ``None`` if no
    value was usable.
    """
    fields, notes = Fields(headers, body), list[str]()

    def number(source: FieldSource | None) -> float | None:
        return read_number(fields, source, notes, fractions=form.fractions)

    clock = response_clock(headers, received_at)
    limit = whole_number(number(form.limit))
    remaining, reset_at = None, None
    current = number(form.current)
    if current is None or limit is None or current == limit:
        remaining = plausible_remaining(limit, _remaining(number, form, limit), notes)
        reset_at = reset_moment(fields, form, clock, notes)
    if limit is None and remaining is None and reset_at is None:
        return QuotaReading(None, tuple(dict.fromkeys(notes)))
    seconds = form.seconds
    if form.length is not None:
        seconds = number(form.length) or seconds
    if form.reset_form is ResetForm.ALIGNED and seconds:
        reset_at = next_boundary(clock, seconds)
    quota = Quota(
        label_of(form.name, seconds), limit, remaining, reset_at, "headers", form.owner, form.unit
    )
    return QuotaReading(quota, tuple(dict.fromkeys(notes)))


def read_windows(
    headers: Mapping[str, str],
    forms: Sequence[WindowForm],
    received_at: datetime,
    body: object = None,
) -> QuotasReading:
    """Read the quotas of several windows, in their order, as :func:`read_window` does."""
    readings = [_read_either(headers, form, received_at, body) for form in forms]
    notes = dict.fromkeys(note for reading in readings for note in reading.notes)
    return QuotasReading(
        tuple(reading.quota for reading in readings if reading.quota is not None), tuple(notes)
    )


def _read_either(
    headers: Mapping[str, str], form: WindowForm, received_at: datetime, body: object
) -> QuotaReading:
    """Read a window from its places, or else from those of other responses."""
    reading = read_window(headers, form, received_at, body)
    other = form.elsewhere
    if reading.quota is not None or other is None:
        return reading
    name, value = other.bucket or ("", "")
    if name and headers.get(name, "").strip().lower() != value.lower():
        return reading
    return read_window(headers, other, received_at, body)


def documented_quotas(forms: Sequence[WindowForm]) -> tuple[Quota, ...]:
    """Return the quotas of the windows with documented limits."""
    return tuple(
        Quota(
            label_of(form.name, form.seconds),
            form.documented,
            None,
            None,
            "documented",
            form.owner,
            form.unit,
        )
        for form in forms
        if form.documented is not None
    )


def _remaining(
    number: Callable[[FieldSource | None], float | None], form: WindowForm, limit: int | None
) -> int | None:
    if form.used is None:
        return whole_number(number(form.remaining))
    used = number(form.used)
    if used is None or limit is None:
        return None
    # The used requests may exceed the limit, as in Strava's own example.
    return max(0, whole_number(limit - used) or 0)


def plausible_remaining(limit: int | None, remaining: int | None, notes: list[str]) -> int | None:
    """Return how many are left; ``None``, with a note, for more than the limit.

    Such numbers are of two windows, or of two times: neither says how many are left.
    """
    if limit is None or remaining is None or remaining <= limit:
        return remaining
    notes.append(
        f"The response reports {remaining} left of a limit of {limit}; how many are left is not "
        "known."
    )
    return None
