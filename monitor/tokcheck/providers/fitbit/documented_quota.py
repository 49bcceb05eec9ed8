"""The quota that the documentation names.

https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/
"""

from typing import Literal

WINDOW: Literal["hour"] = "hour"
DOCUMENTED_LIMIT = 150
"""Requests of one user in a window."""
