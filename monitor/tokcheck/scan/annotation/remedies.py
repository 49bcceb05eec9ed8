"""What to do about each finding: the command that ends it, if there is one."""

from collections.abc import Iterable, Iterator, Mapping

from tokcheck.core.credential import Kind
from tokcheck.core.escape import printable
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.scan.finding import Finding

REVOCABLE = frozenset({Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN})
"""The kinds that end a grant at its provider."""


def with_remedies(findings: Iterable[Finding], owners: Mapping[bytes, str]) -> Iterator[Finding]:
    """Yield the findings, their advice with the command that ends the credential.

    ``owners`` are the stored accounts by the digests of their tokens.
    """
    for finding in findings:
        owner = owners.get(finding.digest)
        provider = REGISTRY.get(finding.provider or "")
        if finding.is_note:
            yield finding
        elif owner is not None:
            yield finding._replace(advice=f"{_of_account(finding, owner)} {finding.advice}")
        elif finding.kind in REVOCABLE and provider is not None:
            yield finding._replace(advice=_with_command(finding, provider))
        else:
            yield finding


def _of_account(finding: Finding, owner: str) -> str:
    from shlex import quote

    name = printable(owner)
    return (
        f"It is {finding.kind.words} of your account {name}. Revoke it with: "
        f"tokcheck accounts remove {quote(name)}."
    )


def _with_command(finding: Finding, provider: Provider) -> str:
    """Return the advice with the command, or with why there is nothing to revoke."""
    if finding.fragment:
        return f"Revoke it, pasted as a whole, with: tokcheck revoke. {finding.advice}"
    noun = finding.kind.words.partition(" ")[2]
    general = provider.leaked.get(finding.kind, "")
    if finding.expired:
        ended = f"The {noun} has expired. If its refresh token leaked as well, revoke that."
        return finding.advice.replace(general, ended)
    if finding.works is False:
        return finding.advice.replace(
            general, f"The {noun} no longer works: nothing is left to revoke."
        )
    return f"Revoke it with: tokcheck revoke --finding {finding.fingerprint}. {finding.advice}"
