"""Whether found credentials still work, by their providers' verdicts; the worst comes first."""

from collections.abc import Container, Iterable, Mapping

from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict
from tokcheck.scan.finding import Finding

# A token that lacks a scope, or an account or project that is not set up, is accepted all the same.
_LIVE = frozenset(
    {
        Verdict.VALID,
        Verdict.RATE_LIMITED,
        Verdict.INSUFFICIENT_SCOPE,
        Verdict.API_DISABLED,
        Verdict.ACCOUNT_NOT_LINKED,
        Verdict.PROFILE_MISSING,
        Verdict.NOT_PERMITTED,
    }
)
_DEAD = frozenset({Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID, Verdict.SERVICE_GONE})
_ORDER = (True, None, False)


def can_be_probed(finding: Finding, known: Container[str]) -> bool:
    """Return whether one request finds out if it works: a refresh token would be used up.

    ``known`` are the names of the providers in use.
    """
    return (
        finding.kind is Kind.ACCESS_TOKEN
        and finding.provider is not None
        and finding.provider in known
        and not finding.expired
        and not finding.fragment
        and not finding.is_sent_elsewhere
    )


def with_verdicts(
    findings: Iterable[Finding], verdicts: Mapping[bytes, str]
) -> tuple[Finding, ...]:
    """Return the findings with the verdicts by their digests: living ones first, dead ones last.

    A credential without a verdict that is expired by its own claims is dead.
    """
    annotated = []
    for finding in findings:
        verdict = verdicts.get(finding.digest)
        if verdict is None and finding.expired:
            verdict = Verdict.EXPIRED.value
        annotated.append(finding._replace(verdict=verdict, works=works(verdict)))
    return tuple(sorted(annotated, key=lambda one: _ORDER.index(one.works)))


def works(verdict: str | None) -> bool | None:
    """Return whether a leaked token works by this verdict; ``None`` if that is unknown."""
    if verdict in _LIVE:
        return True
    return False if verdict in _DEAD else None
