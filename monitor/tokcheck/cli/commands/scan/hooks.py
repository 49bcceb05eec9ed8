"""``tokcheck scan --install-hook`` and ``--uninstall-hook``."""

import sys

from tokcheck.core.errors import ExitCode
from tokcheck.core.escape import printable
from tokcheck.scan.git_hooks import installation


def install(*, push: bool) -> int:
    """Write the hooks and print the action on each."""
    report = installation.install(sys.executable, push=push)
    _print(report)
    if report.folder.shared_by:
        sys.stderr.write(
            f"core.hooksPath is set in {printable(report.folder.shared_by)}, so these hooks scan "
            "the commits of all repositories that have no hooks path of their own.\n"
        )
    return ExitCode.USABLE


def uninstall() -> int:
    """Remove the hooks and print the action on each."""
    report = installation.uninstall()
    _print(report)
    if not report.steps:
        sys.stderr.write(f"No hook of tokcheck is in {printable(report.folder.path)}\n")
    if report.folder.shared_by:
        sys.stderr.write(
            f"core.hooksPath is set in {printable(report.folder.shared_by)}, so this concerns all "
            "repositories that have no hooks path of their own.\n"
        )
    return ExitCode.USABLE


def _print(report: installation.HookReport) -> None:
    for step, path in report.steps:
        sys.stderr.write(f"{step}: {printable(path)}\n")
