"""The quota that the documentation names: https://developers.google.com/health/rate-limits."""

from typing import Literal

WINDOW: Literal["minute"] = "minute"
DOCUMENTED_LIMIT = 300
"""Requests of one user in a window."""
