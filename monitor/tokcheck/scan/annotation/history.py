"""The commits of findings in history: the first one for each path, and whether HEAD has it.

A blob is searched once, so its further paths are added here. Git is run only if there is a finding.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import format_rfc3339
from tokcheck.scan.finding import Commit, Finding, Unreadable
from tokcheck.scan.runner import Search, finding_order
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import Name
from tokcheck.scan.sources.git_changes import Copies
from tokcheck.scan.sources.git_objects import ObjectEntry, ObjectSource

# For a longer list, one file of HEAD stands for all messages.
_MOST_MESSAGES = 100


def complete_history(
    findings: Iterable[Finding], copies: Copies, search: Search
) -> tuple[Finding, ...]:
    """Return the findings with their commits: of each path, only those of the first commit.

    ``copies`` are the further paths of the blobs; ``search`` is the search that found them. Facts
    that git cannot give, as in a damaged repository, are left out: the finding counts more.
    """
    findings = tuple(findings)
    if not any(finding.origin for finding in findings):
        return findings
    everywhere = [each for finding in findings for each in _with_copies(finding, copies)]
    head = _Head(search)
    kept = _in_first_commits(everywhere)
    still = head.digests_of(everywhere)
    commits = {
        commit.id: commit
        for commit in _commits(sorted({one.origin.commit for one in kept if one.origin} - {""}))
    }
    files: dict[str, str | None] = {}
    completed = []
    for finding in kept:
        origin = finding.origin
        if origin is None:
            completed.append(finding)
            continue
        if not origin.is_of_file:
            if origin.commit not in files:
                few = len(files) < _MOST_MESSAGES
                files[origin.commit] = head.file_of(origin.commit if few else "")
            finding = finding._replace(stand_in=files[origin.commit])  # noqa: PLW2901
        if origin.commit:
            commit = commits.get(origin.commit, Commit(origin.commit, "", "", None))
            in_head = None if still is None else finding.digest in still
            finding = finding._replace(commit=commit._replace(in_head=in_head))  # noqa: PLW2901
        completed.append(finding)
    return tuple(sorted(completed, key=finding_order))


def _with_copies(finding: Finding, copies: Copies) -> Iterator[Finding]:
    yield finding
    if finding.origin is not None:
        member = "" if finding.archive is None else finding.path[len(finding.archive) :]
        for path, origin in copies.origins_of(finding.origin.object).items():
            archive = None if finding.archive is None else path
            yield finding._replace(path=path + member, archive=archive, origin=origin)


def _in_first_commits(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of the first commit that has a credential at a path, and all others."""
    first: dict[tuple[bytes, str], int] = {}
    for finding in findings:
        if finding.origin is not None:
            place = _place_of(finding)
            number = finding.origin.number
            first[place] = min(number, first.get(place, number))
    kept = {
        (finding.digest, finding.path, finding.line, finding.column): finding
        for finding in findings
        if finding.origin is None or finding.origin.number == first[_place_of(finding)]
    }
    return list(kept.values())


def _place_of(finding: Finding) -> tuple[bytes, str]:
    """Return where a credential is; in front of the messages of all commits is one place."""
    is_in_head = finding.origin is not None and finding.origin.head
    return finding.digest, "" if is_in_head else finding.path


def _commits(ids: Sequence[str]) -> Iterator[Commit]:
    """Yield the commits of these ids, without what concerns HEAD."""
    for some in git.batches(ids):
        output = git.try_run(
            *("-c", "log.showSignature=false", "log", "--no-walk=unsorted", "--no-color", "-z"),
            *("--encoding=UTF-8", "--format=%H%n%an%n%at", *some, "--"),
        )
        for entry in (output or b"").split(b"\0"):
            fields = entry.decode("utf-8", "replace").split("\n")
            if len(fields) >= 3:  # noqa: PLR2004 - those of the format
                yield Commit(fields[0], fields[1], _moment(fields[2]), None)


def _moment(seconds: str) -> str:
    from datetime import UTC, datetime

    try:
        return format_rfc3339(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return ""


class _Head:
    """The files of HEAD, and the credentials in them."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._files: dict[str, str] = {}
        listing = git.try_run("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        self._exists = listing is not None
        for entry in (listing or b"").split(b"\0")[:-1]:
            facts, _, path = entry.partition(b"\t")
            words = facts.decode("ascii", "replace").split()
            if words[1:2] == ["blob"]:
                self._files[os.fsdecode(path)] = words[2]

    def digests_of(self, findings: Sequence[Finding]) -> set[bytes] | None:
        """Return the digests of the credentials that HEAD has; ``None`` if there is no HEAD."""
        if not self._exists:
            return None
        blobs = set(self._files.values())
        still: set[bytes] = set()
        messages: dict[str, set[bytes]] = {}
        searched: set[str] = set()
        paths: dict[str, ObjectEntry] = {}
        for finding in findings:
            origin = finding.origin
            if origin is None or origin.tag:
                continue
            if origin.is_message:
                messages.setdefault(origin.commit, set()).add(finding.digest)
                continue
            searched.add(origin.object)
            if origin.object in blobs:
                still.add(finding.digest)
            path = finding.archive or finding.path
            if path in self._files:
                paths[path] = ObjectEntry(self._files[path], path)
        still.update(*(messages[commit] for commit in _reachable(messages)))
        # The file may have changed since, and keep the credential.
        entries = tuple(entry for entry in paths.values() if entry.object not in searched)
        if entries:
            for chunk in ObjectSource(entries):
                if not isinstance(chunk, Unreadable | Name):
                    still.update(finding.digest for finding in self._search(chunk))
        return still

    def file_of(self, commit: str) -> str | None:
        """Return a file of HEAD, one that the commit changes if possible; it may be empty."""
        changed: list[str] = []
        if commit:
            words = ("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--name-only", commit)
            changed = [os.fsdecode(path) for path in (git.try_run(*words) or b"").split(b"\0")]
        return next(
            (path for path in changed if path in self._files), next(iter(self._files), None)
        )


def _reachable(commits: Iterable[str]) -> set[str]:
    """Return which of the commits HEAD has among its ancestors, or is."""
    wanted = set(commits)
    if not wanted:
        return set()
    found: set[str] = set()
    rest = b""
    with suppress(UsageError):
        for block in git.read_output(git.start("rev-list", "HEAD", "--")):
            *ids, rest = (rest + block).split(b"\n")
            found |= wanted.intersection(each.decode("ascii") for each in ids)
    return found
