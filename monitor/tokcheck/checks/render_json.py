"""A report as JSON text: the schema ``tokcheck.report/1``."""

import json

from tokcheck.core.escape import json_without_commands
from tokcheck.core.report import Report


def render(report: Report, *, indent: int | None = 2) -> str:
    """Return the report as JSON text; with ``indent`` ``None`` on one line."""
    return json_without_commands(json.dumps(report.to_dict(), indent=indent))
