"""Numbers in JSON from other programs, which some write as text."""

from math import isfinite


def parse_seconds(value: object) -> float | None:
    """Return a finite number of seconds, also one written as text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if isfinite(seconds) else None
