"""A scan's result as SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
from typing import Any
from urllib.parse import quote

from tokcheck import __version__
from tokcheck.core.credential import Kind
from tokcheck.scan.finding import Finding, Scanned
from tokcheck.scan.formats.wording import capital, headline, messages, paths, printable, sentence

# The address by which the schema names itself.
_SCHEMA = (
    "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
)
_HELP = {
    Kind.ACCESS_TOKEN: "Whoever holds it reads the data of the person who consented, until it "
    "expires. Revoke it with its provider: to take it out of the file is not enough, since the "
    "history of the repository and every copy keep it.",
    Kind.REFRESH_TOKEN: "Whoever holds it makes new access tokens, long after the present one "
    "has expired. Revoke the consent with the provider and log in again.",
    Kind.AUTHORIZATION_CODE: "It is exchanged for tokens once, within minutes. If it was not "
    "used, let it expire; if it was, nothing is left to revoke but the tokens that came of it.",
    Kind.CLIENT_SECRET: "It proves to the provider that a request comes from this application. "
    "Make a new one on the page where the application is registered, and delete this one.",
    Kind.API_KEY: "Whoever holds it spends the project's quota. Make a new one where the project "
    "is managed, and delete this one.",
    Kind.BASIC_CREDENTIALS: "It is a client id and a client secret in Base64, and as good as both "
    "in the clear. Make a new secret where the application is registered.",
}
_HELP_OF_OTHERS = (
    "It gives whoever holds it the rights of its owner. Revoke it where it was made, and keep its "
    "successor out of files."
)


def render(scanned: Scanned) -> str:
    """Write one run, with a rule for each kind that was found.

    An expired credential is a warning. Paths are relative to ``%SRCROOT%`` unless absolute.
    """
    shown = paths(scanned)
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
        # As in the text: a character outside the Basic Multilingual Plane is one column.
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, shown[finding.path], kinds.index(finding.kind))
            for finding in scanned.findings
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind.value,
        "name": "".join(part.capitalize() for part in kind.value.split("_")),
        "shortDescription": {"text": f"{capital(kind.words)} was pasted into a file."},
        "help": {"text": _HELP.get(kind, _HELP_OF_OTHERS)},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, path: str, rule: int) -> dict[str, Any]:
    return {
        "ruleId": finding.kind.value,
        "ruleIndex": rule,
        "level": "warning" if finding.expired else "error",
        "message": {"text": _plain(f"{capital(sentence(finding))}. {finding.advice}")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(path),
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                },
                "message": {"text": _plain(capital(headline(finding)))},
            }
        ],
        # The same credential is the same alert wherever the line has moved to.
        "partialFingerprints": {"credential/v1": finding.fingerprint},
    }


def _artifact(path: str) -> dict[str, str]:
    """Write a path as RFC 3986 wants it; bytes that are no UTF-8 are percent-encoded as such."""
    path = path.replace(os.sep, "/").removeprefix("./")
    encoded = quote(path.encode("utf-8", _errors(path)), safe="/!@+~=&()")
    if path.startswith("/"):
        return {"uri": f"file://{encoded}"}
    if path[1:3] == ":/":  # a drive of Windows
        return {"uri": f"file:///{path[0]}:{encoded[4:]}"}
    return {"uri": encoded, "uriBaseId": "%SRCROOT%"}


def _errors(path: str) -> str:
    # Only the surrogates of PEP 383 stand for bytes.
    lone = any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in path)
    return "backslashreplace" if lone else "surrogateescape"


def _plain(text: str) -> str:
    """Take out what a SARIF message would act on: links in brackets, placeholders in braces."""
    return printable(text).translate(str.maketrans("[]{}", "()()"))
