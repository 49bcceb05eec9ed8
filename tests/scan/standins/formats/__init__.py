"""Two formats, as far as tests of what is read need them."""

import json

from tokcheck.scan.finding import Scanned


def render(name: str, scanned: Scanned) -> str:
    """Write a scan's result."""
    if name == "text":
        lines = [f"{one.path}:{one.line}:{one.column}: a token" for one in scanned.findings]
        lines += [f"{path}: could not be read: {why}" for path, why in scanned.errors]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace").decode()
    return json.dumps(
        {
            "findings": [
                {"path": one.path, "line": one.line, "column": one.column}
                for one in scanned.findings
            ],
            "scanned": {"files": scanned.files, "bytes": scanned.bytes},
            "errors": [one._asdict() for one in scanned.errors],
        }
    )
