"""Findings made by hand, as the search would return them."""

from hashlib import sha256
from typing import Any

from tokcheck.core.credential import Kind
from tokcheck.core.secret import Secret
from tokcheck.scan import Finding
from tokcheck.scan.finding import Advice


def finding(token: str, path: str = "a.py", **fields: Any) -> Finding:
    """Make the finding of a Fitbit access token in line 3, column 7."""
    made = Finding(
        path=path,
        line=3,
        column=7,
        kind=Kind.ACCESS_TOKEN,
        provider="fitbit",
        expired=False,
        digest=sha256(token.encode()).digest(),
        masked=Secret(token).masked,
        remedy=Advice("Revoke it: the Fitbit page of your applications, or POST /oauth2/revoke."),
    )
    return made._replace(**fields)
