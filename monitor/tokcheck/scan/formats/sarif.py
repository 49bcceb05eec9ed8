"""A scan's result as SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tokcheck import __version__
from tokcheck.core.credential import Kind
from tokcheck.core.escape import json_without_commands, printable
from tokcheck.scan.finding import Commit, Finding, ScanResult
from tokcheck.scan.formats.wording import capitalize, description, headline, messages, names

# The address by which the schema names itself.
_SCHEMA = (
    "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
)
_HELP = {
    Kind.ACCESS_TOKEN: "It gives access to the data of the user who granted it, until it expires. "
    "Revoke it with its provider: removing it from the file is not enough, since the history of "
    "the repository and every copy keep it.",
    Kind.REFRESH_TOKEN: "It yields new access tokens, long after the present one has expired. "
    "Revoke the grant with the provider and log in again.",
    Kind.AUTHORIZATION_CODE: "It can be exchanged for tokens once, within minutes. If it was "
    "not used, let it expire; if it was, revoke the tokens that it was exchanged for.",
    Kind.CLIENT_SECRET: "It authenticates the application to the provider. Create a new one on the "
    "page where the application is registered, and delete this one.",
    Kind.API_KEY: "It allows requests on the project's quota. Create a new one where the project "
    "is managed, and delete this one.",
    Kind.BASIC_CREDENTIALS: "It is a client id and a client secret in Base64, which anybody can "
    "decode. Create a new secret where the application is registered.",
}
_HELP_OF_OTHERS = (
    "It grants the rights of its owner. Revoke it where it was issued, and keep "
    "the new one out of files."
)


def render(scanned: ScanResult) -> str:
    """Return one run, with a rule for each kind that was found.

    An expired credential is a warning. Paths are relative to ``%SRCROOT%`` unless absolute.
    """
    shown = names(scanned)
    kinds = sorted({finding.kind for finding in scanned.findings})
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
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": _plain(f"Could not be read: {message}")},
                        "locations": [
                            {"physicalLocation": {"artifactLocation": _artifact(shown[path])}}
                        ],
                    }
                    for path, message in messages(scanned)
                ],
            }
        ],
        # As in the text format: a character outside the Basic Multilingual Plane is one column.
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, shown, kinds.index(finding.kind)) for finding in scanned.findings
        ],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_without_commands(json.dumps(document, indent=2)) + "\n"


def _rule(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind.value,
        "name": "".join(part.capitalize() for part in kind.value.split("_")),
        "shortDescription": {"text": f"{capitalize(kind.words)} was found in a file."},
        "help": {"text": _HELP.get(kind, _HELP_OF_OTHERS)},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, shown: Mapping[str, str], rule: int) -> dict[str, Any]:
    return {
        "ruleId": finding.kind.value,
        "ruleIndex": rule,
        "level": "warning" if finding.expired else "error",
        "message": {"text": _plain(description(finding, shown))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(shown[finding.path]),
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                },
                "message": {"text": _plain(capitalize(headline(finding)))},
            }
        ],
        # The same credential is the same alert wherever the line has moved to.
        "partialFingerprints": {"credential/v1": finding.fingerprint},
        **({} if finding.commit is None else {"properties": _commit(finding.commit, shown)}),
    }


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
