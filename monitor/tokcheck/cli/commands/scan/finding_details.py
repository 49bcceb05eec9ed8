"""The details of findings after the search: their commits, their levels and advice."""

import os
from typing import TYPE_CHECKING

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokcheck.scan.finding import Finding, ScanResult
    from tokcheck.scan.runner import Search
    from tokcheck.scan.settings import ProjectSettings
    from tokcheck.scan.sources.git_changes import Copies


def complete_findings(
    scanned: "ScanResult",
    settings: "ProjectSettings",
    search: "Search",
    copies: "Copies | None",
    environment: "Mapping[str, str]",
    judge: "Callable[[ScanResult], ScanResult] | None" = None,
) -> "ScanResult":
    """Return a result with all details of its findings; nothing is loaded without any.

    ``judge`` adds the verdicts of their providers.
    """
    if not scanned.findings:
        return scanned
    from tokcheck.scan.annotation.old_tokens import classify_old_tokens
    from tokcheck.scan.annotation.remedies import with_remedies

    findings = tuple(classify_old_tokens(scanned.findings, settings, scanned.started_at))
    if copies is not None:
        from tokcheck.scan.annotation.history import complete_history

        findings = complete_history(findings, copies, search)
    scanned = scanned._replace(findings=findings)
    if judge is not None:
        scanned = judge(scanned)
    owners = _owners_of(findings, environment)
    return scanned._replace(findings=tuple(with_remedies(scanned.findings, owners)))


def _owners_of(
    findings: "tuple[Finding, ...]", environment: "Mapping[str, str]"
) -> dict[bytes, str]:
    """Return the stored accounts by the digests of their tokens that were found."""
    from tokcheck.storage.data_folder import ACCOUNTS_FILE, data_folder_text

    try:
        folder = data_folder_text(environment)
    except UsageError:  # there is no home, and so no store
        return {}
    if environment.get("TOKCHECK_DATABASE"):  # a commit does not wait for a database
        return {}
    # Most people have no account, and pathlib is slow to load.
    if not os.path.exists(os.path.join(folder, ACCOUNTS_FILE)):  # noqa: PTH110, PTH118
        return {}
    from tokcheck.accounts.store.fast_read import read_token_owners

    return read_token_owners(folder, {finding.digest for finding in findings})
