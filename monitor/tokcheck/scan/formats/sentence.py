"""A finding in words, as all formats that people read say it."""

from collections.abc import Mapping

from tokcheck.scan.finding import Finding, Scanned
from tokcheck.scan.shown import printable, tokenless


def sentence(finding: Finding) -> str:
    """Say what it is, whose, and whether its own claims call it expired."""
    return f"{headline(finding)} ({printable(finding.masked)}){_STATES[finding.expired]}"


def headline(finding: Finding) -> str:
    """Say what it is and of which API: ``an access token of the Fitbit Web API``."""
    words = finding.kind.words
    return f"{words} of the {_title(finding.provider)}" if finding.provider else words


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]


def paths(scanned: Scanned) -> Mapping[str, str]:
    """Map each path of a result to what may be shown of it: the same without a token."""
    digests = {finding.digest for finding in scanned.findings}
    named = {finding.path for finding in scanned.findings}
    named.update(error.path for error in scanned.errors)
    return {path: tokenless(path, digests) for path in named}


def messages(scanned: Scanned) -> list[tuple[str, str]]:
    """Return the paths of what could not be read, as they are, and what may be shown of why."""
    digests = {finding.digest for finding in scanned.findings}
    return [(error.path, tokenless(error.message, digests)) for error in scanned.errors]


# Where a credential's own text says nothing of its end, neither does the output.
_STATES = {True: ", expired", False: ", not expired", None: ""}


def _title(provider: str) -> str:
    from tokcheck.providers import REGISTRY

    known = REGISTRY.get(provider)
    return known.title if known else printable(provider)
