"""A scan's result as JSON: the schema ``tokcheck.scan/1``; every key is always present."""

import json

from tokcheck.scan.finding import ScanResult
from tokcheck.scan.formats.wording import messages, paths
from tokcheck.scan.safe_text import escape_surrogates

SCHEMA = "tokcheck.scan/1"


def render(scanned: ScanResult) -> str:
    r"""Return the result in ASCII; a byte of a path that is not UTF-8 is written ``\xff``."""
    shown = paths(scanned)
    return (
        json.dumps(
            {
                "schema": SCHEMA,
                "findings": [
                    {
                        "path": escape_surrogates(shown[finding.path]),
                        "line": finding.line,
                        "column": finding.column,
                        "kind": finding.kind.value,
                        "provider": finding.provider,
                        "expired": finding.expired,
                        "fingerprint": finding.fingerprint,
                        "masked": finding.masked,
                        "advice": finding.advice,
                        "fragment": finding.fragment,
                    }
                    for finding in scanned.findings
                ],
                "scanned": {"files": scanned.files, "bytes": scanned.bytes},
                "errors": [
                    {"path": escape_surrogates(shown[path]), "message": escape_surrogates(message)}
                    for path, message in messages(scanned)
                ],
            },
            indent=2,
        )
        + "\n"
    )
