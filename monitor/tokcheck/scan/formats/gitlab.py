"""A scan's result as GitLab's secret detection report, ``artifacts:reports:secret_detection``.

https://gitlab.com/gitlab-org/security-products/security-report-schemas
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tokcheck.core.escape import json_without_commands, printable
from tokcheck.core.version import __version__
from tokcheck.scan.finding import Finding, ScanResult, sha256
from tokcheck.scan.formats.scores import score
from tokcheck.scan.formats.wording import (
    capitalize,
    description,
    headline,
    location,
    messages,
    names,
    worst_first,
)

_VERSION = "15.2.1"
_SCHEMA = (
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/"
    f"v{_VERSION}/dist/secret-detection-report-format.json"
)
# As GitLab's own analyzer writes it where there is no commit.
_NO_COMMIT = "0000000"
_LONGEST_NAME = 255
_LONGEST_SOLUTION = 7_000
_WORDS = ((9.0, "Critical"), (7.0, "High"), (4.0, "Medium"), (0.0, "Low"))
_OF_LEVEL = {"warning": "Low", "note": "Info"}


def render(scanned: ScanResult) -> str:
    """Return the report; an unreadable path is a message of the scan."""
    shown = names(scanned)
    tool = {
        "id": "tokcheck",
        "name": "tokcheck",
        "version": __version__,
        "vendor": {"name": "tokcheck"},
    }
    report = {
        "version": _VERSION,
        "schema": _SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": _moment(scanned.started_at),
            "end_time": _moment(scanned.ended_at),
            # A failed scan has no vulnerabilities for GitLab.
            "status": "success",
            "messages": [
                {
                    "level": "warn",
                    "value": printable(f"{shown[path]} could not be read: {message}"),
                }
                for path, message in messages(scanned)
            ],
        },
        "vulnerabilities": [_entry(finding, shown) for finding in worst_first(scanned.findings)],
    }
    return json_without_commands(json.dumps(report, indent=2)) + "\n"


def _entry(finding: Finding, shown: Mapping[str, str]) -> dict[str, Any]:
    place = location(finding)
    commit = finding.commit
    found_in = {"sha": _NO_COMMIT}
    if commit is not None:
        found_in = {"sha": commit.id, "author": printable(shown[commit.author])}
        found_in |= {"date": commit.date} if commit.date else {}
    rule = finding.kind.value
    return {
        "id": _identifier(finding),
        "name": printable(capitalize(headline(finding)))[:_LONGEST_NAME],
        "description": printable(description(finding, shown)),
        "severity": _OF_LEVEL.get(finding.level) or _severity(score(finding.kind)),
        "solution": printable(finding.advice)[:_LONGEST_SOLUTION],
        "identifiers": [
            {"type": "tokcheck_rule_id", "name": f"Rule {rule} of tokcheck", "value": rule},
            {
                "type": "cwe",
                "name": "CWE-798",
                "value": "798",
                "url": "https://cwe.mitre.org/data/definitions/798.html",
            },
        ],
        "location": {
            "file": printable(shown[place.path]).removeprefix("./"),
            "start_line": place.line,
            "end_line": place.end_line,
            "commit": found_in,
        },
    }


def _severity(points: float) -> str:
    return next(word for least, word in _WORDS if points >= least)


def _identifier(finding: Finding) -> str:
    """Return a UUID of the finding: the same place of the same credential has the same."""
    place = f"{finding.path}\0{finding.line}\0{finding.column}\0"
    digits = sha256(place.encode("utf-8", "surrogatepass") + finding.digest).hex()
    # Version 8 of RFC 9562, for digests of one's own.
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
