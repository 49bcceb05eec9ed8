"""A scan's result as JSON: the schema ``tokcheck.scan/1``; every key is always present."""

import json
from collections.abc import Mapping
from typing import Any

from tokcheck.core.escape import escape_surrogates, json_without_commands
from tokcheck.scan.finding import Commit, ScanResult
from tokcheck.scan.formats.wording import messages, names

SCHEMA = "tokcheck.scan/1"


def render(scanned: ScanResult) -> str:
    r"""Return the result in ASCII; a byte of a path that is not UTF-8 is written ``\xff``."""
    shown = names(scanned)
    return (
        json_without_commands(
            json.dumps(
                {
                    "schema": SCHEMA,
                    "findings": [
                        {
                            "path": escape_surrogates(shown[finding.path]),
                            **_commit(finding.commit, shown),
                            "line": finding.line,
                            "column": finding.column,
                            "kind": finding.kind.value,
                            "provider": finding.provider,
                            "expired": finding.expired,
                            "level": finding.level,
                            "verdict": finding.verdict,
                            "fingerprint": finding.fingerprint,
                            "masked": finding.masked,
                            "advice": finding.advice,
                        }
                        for finding in scanned.findings
                    ],
                    "scanned": {"files": scanned.files, "bytes": scanned.bytes},
                    "errors": [
                        {
                            "path": escape_surrogates(shown[path]),
                            "message": escape_surrogates(message),
                        }
                        for path, message in messages(scanned)
                    ],
                },
                indent=2,
            )
        )
        + "\n"
    )


def _commit(commit: Commit | None, shown: Mapping[str, str]) -> dict[str, Any]:
    if commit is None:
        return dict.fromkeys(("commit", "author", "date", "in_head"))
    return {
        "commit": commit.id,
        "author": escape_surrogates(shown[commit.author]),
        "date": commit.date or None,
        "in_head": commit.in_head,
    }
