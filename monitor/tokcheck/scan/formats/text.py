"""A scan's result for people: one line for each place, as compilers write them."""

from tokcheck.core.escape import printable, without_commands
from tokcheck.scan.finding import Finding, ScanResult
from tokcheck.scan.formats.wording import (
    commit_sentence,
    describe_finding,
    messages,
    names,
    summary,
)

_ALLOW = "To allow one, put a comment on its line: tokcheck: allow"


def render(scanned: ScanResult) -> str:
    """Return the findings, the places of one credential together, then the unreadable paths.

    The text is empty if there are none, as pre-commit expects.
    """
    shown = names(scanned)
    blocks = []
    for same in _group_by_credential(scanned):
        lines = []
        for finding, after in zip(same, [*same[1:], None], strict=True):
            place = f"{_name(shown[finding.path])}:{finding.line}:{finding.column}"
            lines.append(f"{place}: {describe_finding(finding)}")
            # Once for the places that follow each other.
            if finding.commit and (after is None or after.commit != finding.commit):
                lines.append(f"    {commit_sentence(finding, shown)}")
        # Usually one; a token in a file's name has another.
        lines += [f"    {printable(advice)}" for advice in dict.fromkeys(f.advice for f in same)]
        blocks.append("\n".join(lines) + "\n")
    unread = "".join(
        f"{_name(shown[path])}: could not be read: {printable(message)}\n"
        for path, message in messages(scanned)
    )
    if unread:
        blocks.append(unread)
    if scanned.findings:
        blocks.append(f"{summary(scanned)}. {_ALLOW}\n")
    return "\n".join(blocks)


def _group_by_credential(scanned: ScanResult) -> list[list[Finding]]:
    groups: dict[bytes, list[Finding]] = {}
    for finding in scanned.findings:
        groups.setdefault(finding.digest, []).append(finding)
    return list(groups.values())


def _name(path: str) -> str:
    # Anyone may name a file like a command of a CI runner.
    name = printable(path)
    return without_commands(f"./{name}" if name.lstrip().startswith("::") else name)
