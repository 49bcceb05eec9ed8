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


def commit_sentence(finding: Finding, shown: Mapping[str, str]) -> str:
    """Return the short id, author and day of a finding's commit, and whether HEAD has it.

    ``shown`` is what :func:`names` returns. The text is empty outside of history.
    """
    commit = finding.commit
    if commit is None:
        return ""
    facts = ", ".join(filter(None, (printable(shown[commit.author]), commit.date[:10])))
    return f"Commit {commit.short}{f' ({facts})' * bool(facts)}{_IN_HEAD[commit.in_head]}"


def description(finding: Finding, shown: Mapping[str, str]) -> str:
    """Return what was found, in which commit, and what to do, as sentences."""
    parts = (capitalize(sentence(finding)), commit_sentence(finding, shown), finding.advice)
    return " ".join(f"{part.removesuffix('.')}." for part in parts if part)


def capitalize(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def names(scanned: ScanResult) -> Mapping[str, str]:
    """Map each path and author of a result to the same text without tokens."""
    digests = {finding.digest for finding in scanned.findings}
    named = {finding.path for finding in scanned.findings}
    named.update(error.path for error in scanned.errors)
    named.update(finding.commit.author for finding in scanned.findings if finding.commit)
    return {name: redact_tokens(name, digests) for name in named}


def messages(scanned: ScanResult) -> list[tuple[str, str]]:
    """Return the unreadable paths, each with its message without tokens."""
    digests = {finding.digest for finding in scanned.findings}
    return [(error.path, redact_tokens(error.message, digests)) for error in scanned.errors]


_IN_HEAD = {True: ", still in HEAD", False: ", no longer in HEAD", None: ""}
# The claims of a credential may have no expiry.
_STATES = {True: ", expired", False: ", not expired", None: ""}
