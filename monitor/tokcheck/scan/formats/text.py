"""A scan's result for people: one line a place, as compilers write them."""

from tokcheck.scan.finding import Finding, Scanned
from tokcheck.scan.formats.wording import messages, paths, printable, sentence


def render(scanned: Scanned) -> str:
    """Write the findings, the places of one credential together, then what was not read.

    Nothing was found and everything was read: the text is empty, as pre-commit likes it.
    """
    shown = paths(scanned)
    blocks = []
    for same in _grouped(scanned):
        lines = [
            f"{_name(shown[finding.path])}:{finding.line}:{finding.column}: {sentence(finding)}"
            for finding in same
        ]
        # Most often one sentence; a token in a commit message may need another one.
        lines += [f"    {printable(advice)}" for advice in dict.fromkeys(f.advice for f in same)]
        blocks.append("\n".join(lines) + "\n")
    unread = "".join(
        f"{_name(shown[path])}: could not be read: {printable(message)}\n"
        for path, message in messages(scanned)
    )
    if unread:
        blocks.append(unread)
    if scanned.findings:
        blocks.append(_summary(scanned))
    return "\n".join(blocks)


def _grouped(scanned: Scanned) -> list[list[Finding]]:
    groups: dict[bytes, list[Finding]] = {}
    for finding in scanned.findings:
        groups.setdefault(finding.digest, []).append(finding)
    return list(groups.values())


def _summary(scanned: Scanned) -> str:
    places = len(scanned.findings)
    found = len({finding.digest for finding in scanned.findings})
    return (
        f"{_count(found, 'credential')} in {_count(places, 'place')}, "
        f"{_count(scanned.files, 'file')} looked through. "
        'If a line may hold one, say so in it: "tokcheck: allow".\n'
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _name(path: str) -> str:
    # A line that begins with "::", or holds "##[" anywhere, is a command to a GitHub runner, and
    # anybody may name a file like that: https://github.com/actions/runner/blob/main/src/
    # Runner.Common/ActionCommand.cs
    name = printable(path).replace("##[", "##\\[")
    return f"./{name}" if name.lstrip().startswith("::") else name
