"""Tokens of other services in test folders that expired years ago: samples of tests."""

from collections.abc import Iterable, Iterator

from tokcheck.core.credential import Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.scan.finding import Finding
from tokcheck.scan.settings import ProjectSettings, ScanSettings

_YEARS = 2
_SECONDS = _YEARS * 365 * 86_400
_TEST_FOLDER = LazyRegex(
    r"(?i)(?:^|/)(?:tests?|testing|test[-_]?data|specs?|__tests?__|e2e|(?:__)?(?:fixtures?|mocks?)(?:__)?)/"
)


def classify_old_tokens(
    findings: Iterable[Finding], settings: ScanSettings | ProjectSettings, now: float
) -> Iterator[Finding]:
    """Yield the findings; such a token is a note, left out or as any other, as the settings say."""
    for finding in findings:
        own = settings.for_path(finding.path)
        if own.old_tokens_in_tests == "fail" or not _is_old_in_tests(finding, own, now):
            yield finding
        elif own.old_tokens_in_tests == "note":
            yield finding._replace(is_note=True)


def _is_old_in_tests(finding: Finding, settings: ScanSettings, now: float) -> bool:
    if finding.kind is not Kind.JWT_OTHER or finding.expires_at is None:
        return False
    path = settings.relative_path(finding.path)
    return (
        finding.expires_at < now - _SECONDS
        and path is not None
        and _TEST_FOLDER.search(path.replace("!", "/")) is not None
    )
