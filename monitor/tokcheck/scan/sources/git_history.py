"""Which commits are scanned: a range, what a push sends, or all of history."""

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import mask_random
from tokcheck.scan.finding import BlobOrigin, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import InMemorySource, PathFilter, ReferenceName, Source
from tokcheck.scan.sources.git_changes import Copies, range_sources
from tokcheck.scan.sources.git_objects import ObjectEntry, ObjectSource
from tokcheck.scan.sources.git_tags import tag_entries
from tokcheck.storage.regular_files import read_regular_file

# The id that hooks and CI systems pass for a commit that does not exist.
_NO_COMMIT = re.compile(r"0{4,64}")
_ID = rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_PUSHED = re.compile(rb".+ (?P<local>%s) [^ ]+ (?P<before>%s)" % (_ID, _ID), re.DOTALL)
_IGNORE_MISSING = "--ignore-missing"
_NOT = "--not"
_SHALLOW_BYTES = 1 << 20


class Revisions(NamedTuple):
    """The commits to scan."""

    words: tuple[str, ...]
    """The words by which ``git log`` selects them; none for no commit."""
    everything: bool = False
    """Whether all tags belong to them, also those of no commit."""
    named_tags: bool = False
    """Whether no tags belong to them but those that the words name."""


def parse_range(text: str) -> Revisions:
    """Return the commits of ``A..B``, or of ``B`` and all before it.

    An ``A`` of zeros, as CI systems pass for the first push of a branch, means all before ``B``.

    :raises UsageError: if the text looks like an option of git, or has no start. Git takes HEAD
        for one, and where a CI system has checked ``B`` out, that leaves no commit to scan.
    """
    first, dots, last = text.partition("..")
    last = last.removeprefix(".") or "HEAD"
    is_new = bool(dots) and _NO_COMMIT.fullmatch(first) is not None
    if text.startswith("-") or (is_new and last.startswith("-")):
        raise UsageError(
            f"{mask_random(text)!r} is not a range of commits.",
            "Examples: --range main..HEAD; for all branches, tags and stashes: --history.",
        )
    if not first:
        shown = mask_random(last)
        raise UsageError(
            f"The range {mask_random(text)!r} has no start.",
            f"A variable may be empty. For all commits up to {shown}: --range {shown}.",
        )
    if _NO_COMMIT.fullmatch(last if dots else first):
        return Revisions(())  # the branch was deleted
    if is_new:
        return Revisions((last,))
    return Revisions((text,))


def pushed_revisions(lines: Iterable[bytes], remote: str) -> Revisions:
    """Return the commits that a push sends, as far as the remote is not known to have them.

    ``lines`` is what git writes to its pre-push hook. What is pushed is named there as the user
    wrote it, and may have blanks: ``HEAD^{/two words}``.
    https://git-scm.com/docs/githooks#_pre_push

    :raises UsageError: if it is something else.
    """
    sent, known = [], []
    for line in lines:
        if not line.strip():
            continue
        match = _PUSHED.fullmatch(line.strip())
        if match is None:
            raise git.unknown_output("what is pushed")
        local, before = match["local"].decode(), match["before"].decode()
        if not _NO_COMMIT.fullmatch(local):
            sent.append(local)
        if not _NO_COMMIT.fullmatch(before):
            known.append(before)
    if not sent:
        return Revisions(())
    # Commits that others have pushed meanwhile are missing here.
    unknown = (_IGNORE_MISSING, *sent, _NOT, *known, f"--remotes={remote}")
    # git names the tags that it sends, also those of push.followTags.
    return Revisions(unknown, named_tags=True)


def unpushed_revisions(branch: str, remote: str) -> Revisions:
    """Return the commits of a branch that the remote is not known to have."""
    return Revisions((*parse_range(branch).words, _NOT, f"--remotes={remote}"))


def all_revisions() -> Revisions:
    """Return all commits of all branches, tags, other references, worktrees and stashes."""
    # refs/stash is the newest one; the others are in its log alone.
    words = ("-c", "log.showSignature=false", "log", "-g", "--format=%H", "refs/stash", "--")
    stashes = (git.try_run(*words) or b"").decode("ascii", "replace").split()
    return Revisions(("--all", *filter(git.is_object_id, stashes)), everything=True)


def history_sources(
    revisions: Revisions, keep: PathFilter | None = None, copies: Copies | None = None
) -> Iterator[Source]:
    """Yield the sources of these commits: what they add, their messages and those of their tags.

    With everything, the names of all branches and tags belong to them. ``copies`` is filled as by
    :func:`range_sources`. Where a shallow clone ends the history, that is reported as unreadable.

    :raises UsageError: if git fails.
    """
    if not revisions.words:
        return
    commits: set[str] = set()
    blobs: set[str] = set()
    for source in range_sources(revisions.words, keep, copies):
        if isinstance(source, ObjectSource):
            for entry in source.entries:
                if isinstance(entry, ObjectEntry):
                    (commits if entry.commit else blobs).add(entry.object)
        yield source
    if revisions.everything:
        yield InMemorySource(*_references())
        tags = tag_entries((), None, blobs, keep)
    else:
        pointed = () if revisions.named_tags else commits
        tags = tag_entries(_named_objects(revisions.words), pointed, blobs, keep)
    rest: list[ObjectEntry | Unreadable] = [*tags, *_missing_history(commits)]
    if rest:
        yield ObjectSource(tuple(rest))


def _references() -> Iterator[ReferenceName]:
    """Yield the names of all references; none of them is a file's or a commit's."""
    origin = BlobOrigin("", 0, "", tag=True)
    listed = git.run("for-each-ref", "--format=%(refname)").decode("utf-8", "surrogateescape")
    for name in listed.splitlines():
        data = name.encode("utf-8", "surrogateescape")
        yield ReferenceName(f"<{name}>", data, origin=origin)


def _named_objects(words: tuple[str, ...]) -> list[str]:
    """Return the ids of what the words name and do not exclude."""
    named = [word for word in words if word != _IGNORE_MISSING]
    if _NOT in named:
        named = named[: named.index(_NOT)]
    listed = git.run("rev-parse", "--revs-only", *named, "--").decode("utf-8", "replace").split()
    return [each for each in listed if git.is_object_id(each)]


def _missing_history(commits: set[str]) -> list[Unreadable]:
    """Return an error if the history of these commits is cut, as it is in a shallow clone."""
    path = os.fsdecode(git.run("rev-parse", "--git-path", "shallow").rstrip(b"\n"))
    try:
        listed = read_regular_file(path, _SHALLOW_BYTES).decode("ascii", "replace").split()
    except OSError:
        return []
    ends = sorted(commits.intersection(listed))
    if not ends:
        return []
    others = f" (nor are those of {len(ends) - 1} others)" if len(ends) > 1 else ""
    return [
        Unreadable(
            f"<commit {ends[0][:12]}>",
            f"Its parents are not in this shallow clone{others}. Fetch them: git fetch "
            "--unshallow; with actions/checkout of GitHub: fetch-depth: 0",
        )
    ]
