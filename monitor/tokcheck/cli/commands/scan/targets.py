"""The sources of a scan, as its options select them, and the folder its paths are counted from."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokcheck.scan.ignore.baseline_update import ScanScope
    from tokcheck.scan.sources.chunks import PathFilter, Source
    from tokcheck.scan.sources.git_changes import Copies
    from tokcheck.scan.sources.git_history import Revisions


def base_folder(options: Any) -> str:  # noqa: ANN401 - argparse's namespace
    """Return the folder that paths are counted from: the top one of the repository."""
    from tokcheck.scan.sources import git

    here = os.getcwd()  # noqa: PTH109 - pathlib is slow to load
    reads_git = options.staged or options.pre_commit or _reads_commits(options)
    if reads_git and os.environ.get("GIT_DIR"):
        # Without the second one, git takes the current folder for the top one.
        return os.path.abspath(os.environ.get("GIT_WORK_TREE", here))  # noqa: PTH100
    root = git.repository_root(here)
    if root is None and options.paths:
        # From outside, as if in the repository that all paths belong to.
        places = [os.path.abspath(path) for path in options.paths if path != "-"]  # noqa: PTH100
        roots = {git.repository_root(place) for place in places}
        root = roots.pop() if len(roots) == 1 else None
    return root or here


def scope_of(options: Any, base: str) -> "ScanScope":  # noqa: ANN401 - argparse's namespace
    """Return the scope that the options give a scan."""
    from tokcheck.scan.ignore.baseline_update import ScanScope
    from tokcheck.scan.sources.files import shown_path

    commits = _reads_commits(options) or (options.pre_commit and not options.paths)
    if options.staged or options.message or options.pre_commit or commits:
        return ScanScope(base, None, commits=commits, history=options.history)
    names = tuple(shown_path(path, base) for path in options.paths or ["."] if path != "-")
    return ScanScope(base, names or None)


def copies_for(options: Any) -> "Copies | None":  # noqa: ANN401 - argparse's namespace
    """Return the container for the copies that a scan of commits notes beside its sources."""
    if not (options.pre_commit or _reads_commits(options)):
        return None
    from tokcheck.scan.sources.git_changes import Copies

    return Copies()


def sources_for(
    options: Any,  # noqa: ANN401 - argparse's namespace
    keep: "PathFilter | None",
    jobs: int,
    copies: "Copies | None",
    base: str,
) -> "Iterator[Source]":
    """Return the sources that the options select; git starts with the call."""
    if options.staged:
        from tokcheck.scan.sources.git_changes import staged_sources

        return staged_sources(keep)
    if _reads_commits(options):
        from tokcheck.scan.sources.git_history import history_sources

        return history_sources(_revisions(options), keep, copies)
    if options.message:
        from tokcheck.scan.sources.commit_messages.commit_message import message_source

        return iter((message_source(options.message),))
    if options.pre_commit:
        from tokcheck.scan.pre_commit import note_call, pre_commit_sources

        # Hooks that differ in their options are different ones.
        own = [f"{name}={value}" for name, value in vars(options).items() if name != "paths"]
        is_first = partial(note_call, os.environ, own)
        return pre_commit_sources(options.paths, os.environ, keep, copies, is_first)
    return _path_sources(options, keep, jobs, base)


def _reads_commits(options: Any) -> bool:  # noqa: ANN401 - argparse's namespace
    # An empty range is one, and wrong: a variable of a CI system may have no value.
    return options.range is not None or options.history or options.pre_push is not None


def _revisions(options: Any) -> "Revisions":  # noqa: ANN401 - argparse's namespace
    """Return the commits that the options select."""
    from tokcheck.scan.sources import git_history

    if options.history:
        return git_history.all_revisions()
    if options.range is not None:
        return git_history.parse_range(options.range)
    return git_history.pushed_revisions(sys.stdin.buffer, options.pre_push)


def _path_sources(
    options: Any,  # noqa: ANN401
    keep: "PathFilter | None",
    jobs: int,
    base: str,
) -> "Iterator[Source]":
    from tokcheck.scan.sources.files import file_sources, stdin_source

    paths = [path for path in options.paths if path != "-"]
    if len(paths) < len(options.paths):
        if sys.stdin.isatty():
            from tokcheck.cli.shared.paste_input import note_terminal

            note_terminal(sys.stdin, sys.stderr)
        yield stdin_source(sys.stdin.buffer)
    if paths or not options.paths:
        yield from file_sources(
            paths or ["."],
            gitignore=not options.no_gitignore,
            keep=keep,
            weigh=jobs > 1,
            base=base,
        )
