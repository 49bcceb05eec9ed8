"""The wording that the formats share."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tokcheck.core.escape import printable
from tokcheck.scan.finding import Finding, ScanResult, format_count
from tokcheck.scan.safe_text import redact_tokens


def describe_finding(finding: Finding) -> str:
    """Return the kind, the API and the masked text, whether it is expired, and whether it is whole.

    Its claims say whether it is expired.
    """
    state = (
        _STATES[finding.expired]
        + (_OLD * finding.is_note)
        + (", which may continue in the next line" * finding.fragment)
    )
    return f"{headline(finding)} ({printable(finding.masked)}){state}{_verdict(finding)}"


def _verdict(finding: Finding) -> str:
    if finding.verdict is None or finding.expired:
        return ""
    words = finding.verdict.replace("_", " ")
    if finding.works is None:
        return ", not known whether it works"
    return f", works ({words})" if finding.works else f", no longer works ({words})"


def headline(finding: Finding) -> str:
    """Return the kind and the API, ``an access token of the Fitbit Web API``, or the issuer."""
    words = finding.kind.words
    if not finding.provider:
        return words
    from tokcheck.providers import REGISTRY

    known = REGISTRY.get(finding.provider)
    if known is not None:
        return known.describe(words)
    from tokcheck.providers.known_services.ready_made import TABLES
    from tokcheck.providers.known_services.recognition import title_of

    title = title_of(TABLES.get(finding.provider, {"name": finding.provider}))
    return f"{words} of the {printable(title)}"


class Location(NamedTuple):
    """Where a finding is shown by programs that open files."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    is_exact: bool
    """Whether the credential is there; else the file stands for a place that no program opens."""


def location(finding: Finding) -> Location:
    """Return a place that exists: an archive for its member, a file of HEAD for a message."""
    stand_in = finding.stand_in or finding.archive
    if stand_in is not None:
        return Location(stand_in, 1, 1, 1, 1, is_exact=False)
    ends = (finding.end_line, finding.end_column)
    if not finding.end_line:
        ends = (finding.line, finding.column)
    return Location(finding.path, finding.line, finding.column, *ends, is_exact=True)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with errors first, then warnings, then notes."""
    return sorted(findings, key=lambda finding: _LEVELS.index(finding.level))


def summary(scanned: ScanResult) -> str:
    """Return how many credentials were found in how many places, and what was scanned."""
    places = len(scanned.findings)
    found = len({finding.digest for finding in scanned.findings})
    notes = sum(finding.is_note for finding in scanned.findings)
    return (
        f"{format_count(found, 'credential')} in {format_count(places, 'place')}"
        + f" ({format_count(notes, 'note')})" * bool(notes)
        + f", {format_count(scanned.files, 'file')} scanned"
    )


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
    """Return the finding, its place if that is not in a file, and the advice, as sentences."""
    where = f"In {printable(shown[finding.path])}, line {finding.line}"
    parts = (
        capitalize(describe_finding(finding)),
        "" if location(finding).is_exact else where,
        commit_sentence(finding, shown),
        finding.advice,
    )
    return " ".join(f"{part.removesuffix('.')}." for part in parts if part)


def capitalize(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def names(scanned: ScanResult) -> Mapping[str, str]:
    """Map each path and author of a result to the same text without tokens."""
    digests = {finding.digest for finding in scanned.findings}
    named = {error.path for error in scanned.errors}
    for finding in scanned.findings:
        named |= {finding.path, location(finding).path}
        if finding.commit is not None:
            named.add(finding.commit.author)
    return {name: redact_tokens(name, digests) for name in named}


def messages(scanned: ScanResult) -> list[tuple[str, str]]:
    """Return the unreadable paths, each with its message without tokens."""
    digests = {finding.digest for finding in scanned.findings}
    return [(error.path, redact_tokens(error.message, digests)) for error in scanned.errors]


_OLD = " years ago, in a test folder"
_LEVELS = ("error", "warning", "note")
_IN_HEAD = {True: ", still in HEAD", False: ", no longer in HEAD", None: ""}
# The claims of a credential may have no expiry.
_STATES = {True: ", expired", False: ", not expired", None: ""}
