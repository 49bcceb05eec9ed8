"""What to do about each finding: the command that ends it, if there is one."""

from collections.abc import Iterable, Iterator, Mapping

from tokcheck.core.credential import Kind
from tokcheck.core.escape import printable
from tokcheck.providers import REGISTRY
from tokcheck.scan.finding import Finding

REVOCABLE = frozenset({Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN})
"""The kinds that end a grant at its provider."""


def with_remedies(findings: Iterable[Finding], owners: Mapping[bytes, str]) -> Iterator[Finding]:
    """Yield the findings, their advice with the command that ends the credential.

    ``owners`` are the stored accounts by the digests of their tokens.
    """
    for finding in findings:
        command = _command(finding, owners.get(finding.digest))
        if command and not finding.is_note:
            yield finding._replace(advice=f"{command} {finding.advice}")
        else:
            yield finding


def _command(finding: Finding, owner: str | None) -> str:
    if owner is not None:
        from shlex import quote

        name = printable(owner)
        return (
            f"It is {finding.kind.words} of your account {name}. Revoke it with: "
            f"tokcheck accounts remove {quote(name)}."
        )
    if finding.kind not in REVOCABLE or finding.provider not in REGISTRY:
        return ""
    if finding.fragment:
        return "Revoke it, pasted as a whole, with: tokcheck revoke."
    if finding.expired and finding.kind is Kind.ACCESS_TOKEN:
        return "It has expired; its refresh token may still work."
    return f"Revoke it with: tokcheck revoke --finding {finding.fingerprint}."
