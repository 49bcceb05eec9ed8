"""The wording that the formats share."""

from collections.abc import Mapping

from tokcheck.core.escape import printable
from tokcheck.scan.finding import Finding, ScanResult
from tokcheck.scan.safe_text import redact_tokens


def sentence(finding: Finding) -> str:
    """Return the kind, the API and the masked text, whether it is expired, and whether it is whole.

    Its claims say whether it is expired.
    """
    state = _STATES[finding.expired] + (", which may go on in the next line" * finding.fragment)
    return f"{headline(finding)} ({printable(finding.masked)}){state}"


def headline(finding: Finding) -> str:
    """Return the kind and the API, ``an access token of the Fitbit Web API``, or the issuer."""
    words = finding.kind.words
    if not finding.provider:
        return words
    from tokcheck.providers import REGISTRY

    known = REGISTRY.get(finding.provider)
    return known.describe(words) if known else f"{words} of the {printable(finding.provider)}"


def capitalize(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def paths(scanned: ScanResult) -> Mapping[str, str]:
    """Map each path of a result to the same path without tokens."""
    digests = {finding.digest for finding in scanned.findings}
    named = {finding.path for finding in scanned.findings}
    named.update(error.path for error in scanned.errors)
    return {path: redact_tokens(path, digests) for path in named}


def messages(scanned: ScanResult) -> list[tuple[str, str]]:
    """Return the unreadable paths, each with its message without tokens."""
    digests = {finding.digest for finding in scanned.findings}
    return [(error.path, redact_tokens(error.message, digests)) for error in scanned.errors]


# The claims of a credential may have no expiry.
_STATES = {True: ", expired", False: ", not expired", None: ""}
