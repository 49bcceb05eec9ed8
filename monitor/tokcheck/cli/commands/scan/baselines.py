"""``tokcheck scan --update-baseline``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tokcheck.core.escape import printable
from tokcheck.scan.finding import Finding, ScanResult, format_count
from tokcheck.scan.ignore.baseline_update import ScanScope, removal_lines, update_baseline
from tokcheck.scan.settings import ProjectSettings


class Written(NamedTuple):
    """The findings and the files of updated baselines."""

    findings: str
    """How many findings to which files, as a clause; empty for none."""
    empty: tuple[str, ...]
    """The files that list no finding."""


def write_baselines(
    scanned: ScanResult,
    settings: ProjectSettings,
    scope: ScanScope,
    complete: Callable[[ScanResult, ProjectSettings], ScanResult],
) -> tuple[ScanResult, Written]:
    """Write each finding to the baseline that its settings name, and print what was removed.

    Return the result with the findings that no baseline lists, and the updates.
    """
    reported: list[Finding] = []
    ignored: list[Finding] = []
    for finding in scanned.findings:
        ignores = settings.for_path(finding.path).ignores_kind(finding.kind, finding.expired)
        (ignored if ignores else reported).append(finding)
    # Findings that the settings turn into nothing stay known, too.
    completed = complete(scanned._replace(findings=tuple(reported)), settings)
    ignored += reported if len(completed.findings) < len(reported) else []
    files = {finding: settings.for_path(finding.path).baseline for finding in completed.findings}
    updates = [
        update_baseline(
            file,
            [finding for finding, named in files.items() if named == file],
            [finding for finding in ignored if settings.for_path(finding.path).baseline == file],
            scanned,
            scope,
        )
        for file in settings.baselines()
        if file == settings.current.baseline or file in files.values() or Path(file).exists()
    ]
    for line in removal_lines(updates):
        sys.stderr.write(f"{line}\n")
    done = Written(
        ", ".join(
            f"{format_count(update.written, 'finding')} written to {printable(update.file)}"
            for update in updates
            if update.written
        ),
        tuple(printable(update.file) for update in updates if not (update.written or update.kept)),
    )
    rest = tuple(finding for finding, named in files.items() if named is None)
    return completed._replace(findings=rest), done
