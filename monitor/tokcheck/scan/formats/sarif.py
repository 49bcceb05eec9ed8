"""A scan's result as SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tokcheck.core.credential import Kind
from tokcheck.core.escape import json_without_commands, printable
from tokcheck.core.version import __version__
from tokcheck.scan.finding import Commit, Finding, ScanResult, sha256
from tokcheck.scan.formats.scores import help_text, score
from tokcheck.scan.formats.wording import (
    capitalize,
    description,
    headline,
    location,
    messages,
    names,
    worst_first,
)

# The address by which the schema names itself.
_SCHEMA = (
    "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
)
# Code scanning keeps so many results of a run.
_MOST_RESULTS = 5_000
_ALLOW = "If it is none, write `tokcheck: allow` in a comment on its line, with a reason."
# Use of hard-coded credentials: https://cwe.mitre.org/data/definitions/798.html
_TAGS = ["security", "external/cwe/cwe-798"]


def render(scanned: ScanResult) -> str:
    """Return one run, with a rule for each kind that was found; the worst results come first.

    An expired credential is a warning. Paths are relative to ``%SRCROOT%`` unless absolute.
    """
    shown = names(scanned)
    findings = worst_first(scanned.findings)[:_MOST_RESULTS]
    kinds = sorted({finding.kind for finding in findings})
    run = {
        "tool": {
            "driver": {
                "name": "tokcheck",
                "version": __version__,
                "rules": [_rule(kind) for kind in kinds],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not scanned.errors,
                "toolExecutionNotifications": _notifications(scanned, shown),
            }
        ],
        # As in the text format: a character outside the Basic Multilingual Plane is one column.
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, shown, kinds.index(finding.kind)) for finding in findings],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_without_commands(json.dumps(document, indent=2)) + "\n"


def _notifications(scanned: ScanResult, shown: Mapping[str, str]) -> list[dict[str, Any]]:
    notifications: list[dict[str, Any]] = [
        {
            "level": "error",
            "message": {"text": _plain(f"Could not be read: {message}")},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(shown[path])}}],
        }
        for path, message in messages(scanned)
    ]
    found = len(scanned.findings)
    if found > _MOST_RESULTS:
        text = (
            f"Only the worst {_MOST_RESULTS:,} of {found:,} findings are listed, since code "
            "scanning keeps no more. The format json lists all."
        )
        notifications.append({"level": "warning", "message": {"text": text}})
    return notifications


def _rule(kind: Kind) -> dict[str, Any]:
    text = help_text(kind)
    what = capitalize(kind.words)
    return {
        "id": kind.value,
        "name": "".join(part.capitalize() for part in kind.value.split("_")),
        "shortDescription": {"text": f"{what} was found in a file."},
        "fullDescription": {"text": f"{what} was found in a file or a commit. {text}"},
        "help": {"text": text, "markdown": f"**{what}** was found. {text}\n\n{_ALLOW}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": _TAGS,
            "precision": "high",
            "security-severity": str(score(kind)),
        },
    }


def _result(finding: Finding, shown: Mapping[str, str], rule: int) -> dict[str, Any]:
    place = location(finding)
    region = {"startLine": place.line}
    if place.is_exact:
        region["startColumn"] = place.column
        if finding.end_line:
            region |= {"endLine": place.end_line, "endColumn": place.end_column}
    logical = [{"fullyQualifiedName": printable(shown[finding.path]), "kind": "member"}]
    return {
        "ruleId": finding.kind.value,
        "ruleIndex": rule,
        "level": finding.level,
        "message": {"text": _plain(description(finding, shown))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(shown[place.path]),
                    "region": region,
                },
                **({} if place.is_exact else {"logicalLocations": logical}),
                "message": {"text": _plain(capitalize(headline(finding)))},
            }
        ],
        "partialFingerprints": {
            # The same credential is the same alert wherever the line has moved to.
            "credential/v1": finding.fingerprint,
            "primaryLocationLineHash": finding.line_hash
            if place.is_exact and finding.line_hash
            else _own_hash(finding),
        },
        **({} if finding.commit is None else {"properties": _commit(finding.commit, shown)}),
    }


def _own_hash(finding: Finding) -> str:
    """Return a hash for a place without one of its line: members of an archive differ."""
    path = finding.path.encode("utf-8", "surrogatepass")
    return f"{sha256(path + finding.digest).hex()[:16]}:1"


def _commit(commit: Commit, shown: Mapping[str, str]) -> dict[str, Any]:
    return {
        "commit": commit.id,
        "author": _plain(shown[commit.author]),
        "date": commit.date or None,
        "inHead": commit.in_head,
    }


def _artifact(path: str) -> dict[str, str]:
    """Return a path as a URI (RFC 3986); bytes that are not UTF-8 are percent-encoded."""
    path = path.replace(os.sep, "/").removeprefix("./")
    encoded = quote(path.encode("utf-8", _surrogate_handler(path)), safe="/!@+~=&()")
    if path.startswith("/"):
        return {"uri": f"file://{encoded}"}
    if path[1:3] == ":/":  # a drive of Windows
        return {"uri": f"file:///{path[0]}:{encoded[4:]}"}
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}


def _surrogate_handler(path: str) -> str:
    # Only the surrogates of PEP 383 stand for bytes.
    lone = any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in path)
    return "backslashreplace" if lone else "surrogateescape"


def _plain(text: str) -> str:
    """Replace the brackets and braces that SARIF reads as links and placeholders."""
    return printable(text).translate(str.maketrans("[]{}", "()()"))
