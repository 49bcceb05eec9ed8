"""The remedy of each finding: the command that ends its credential, if there is one."""

from collections.abc import Iterable, Iterator, Mapping

from tokcheck.core.escape import printable
from tokcheck.providers import REGISTRY
from tokcheck.scan.detect.hit import WITHOUT_COMMAND
from tokcheck.scan.finding import STDIN, Advice, Finding


def with_remedies(findings: Iterable[Finding], owners: Mapping[bytes, str]) -> Iterator[Finding]:
    """Yield the findings, their advice with the command that ends the credential.

    ``owners`` are the stored accounts by the digests of their tokens.
    """
    for finding in findings:
        owner = owners.get(finding.digest)
        if finding.is_note:
            yield finding
        elif owner is not None:
            remedy = _with_command(finding, _removal(finding, owner))
            yield finding._replace(remedy=remedy)
        elif _is_revocable(finding):
            yield finding._replace(remedy=_revocation(finding))
        else:
            yield finding


def _is_revocable(finding: Finding) -> bool:
    """Return whether ``tokcheck revoke`` ends the credential at its provider."""
    if finding.is_sent_elsewhere:
        return False
    provider = REGISTRY.get(finding.provider or "")
    if provider is None and finding.provider:
        from tokcheck.providers.declared.declared_provider import provider_of  # seldom needed
        from tokcheck.providers.known_services.ready_made import TABLES

        table = TABLES.get(finding.provider)
        provider = provider_of(table) if table else None
    return provider is not None and finding.kind in provider.revocable


def _removal(finding: Finding, owner: str) -> str:
    """Return the command that ends the grant of a stored account."""
    from tokcheck.storage.shell_words import quote

    name = printable(owner)
    return (
        f"It is {finding.kind.words} of your account {name}. Revoke it with: "
        f"`tokcheck accounts remove {quote(name)}`."
    )


def _revocation(finding: Finding) -> Advice:
    """Return the advice with the command, or with why there is nothing to revoke."""
    noun = finding.kind.words.partition(" ")[2]
    if finding.fragment:
        return _with_command(finding, "Revoke it, pasted as a whole, with: `tokcheck revoke`.")
    if finding.expired:
        return finding.remedy._replace(
            revocation=f"The {noun} has expired. If its refresh token leaked as well, end that "
            "with: `tokcheck revoke`."
        )
    if finding.works is False:
        return finding.remedy._replace(
            revocation=f"The {noun} no longer works: nothing is left to revoke."
        )
    if finding.path == STDIN:  # nothing has it any more
        return _with_command(finding, "Revoke it with: `tokcheck revoke`, which prompts for it.")
    command = f"Revoke it with: `tokcheck revoke --finding {finding.fingerprint}`."
    return _with_command(finding, command)


def _with_command(finding: Finding, command: str) -> Advice:
    """Return the advice with a command, which is the way to revoke what has no other."""
    remedy = finding.remedy._replace(command=command)
    return remedy._replace(revocation="") if remedy.revocation == WITHOUT_COMMAND else remedy
