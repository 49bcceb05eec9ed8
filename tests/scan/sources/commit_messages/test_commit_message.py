"""Commit message files."""

import os
import shutil
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents
from tests.support.tokens import FITBIT, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH
from tokcheck.core.redact import redact_pieces
from tokcheck.scan import Unreadable
from tokcheck.scan.sources.commit_messages import commit_message
from tokcheck.scan.sources.commit_messages.commit_command import parse_options

# A commit-msg hook that keeps what git gave it.
_HOOK = """#!/bin/sh
cp "$1" ../given
printf %s "$GIT_EDITOR" > ../editor
tr "\\0" "\\n" < /proc/$PPID/cmdline > ../words
"""
_TYPED = "Subject\n\n# typed\n;; typed\n; typed\n@ typed\nbody\n"
_CUT = f"{_TYPED}# ------------------------ >8 ------------------------\nafter\n"
# Words of the commit, configuration, message, whether an editor is opened.
_COMMITS: list[tuple[list[str], dict[str, str], str, bool]] = [
    ([], {}, _TYPED, False),
    ([], {}, _TYPED, True),
    ([], {}, _CUT, False),
    ([], {}, _CUT, True),
    (["-v"], {}, _TYPED, True),
    (["--cleanup=strip"], {}, _TYPED, False),
    (["--cleanup", "whitespace"], {}, _TYPED, True),
    (["--clean=verbatim"], {"commit.cleanup": "strip"}, _TYPED, True),
    (["--cleanup=scissors"], {}, _TYPED, True),
    (["--cleanup=scissors"], {}, _CUT, False),
    ([], {"commit.cleanup": "strip"}, _TYPED, False),
    ([], {"commit.cleanup": "whitespace"}, _TYPED, True),
    ([], {"commit.cleanup": "scissors"}, _CUT, True),
    (["-v"], {"commit.cleanup": "verbatim"}, _TYPED, True),
    ([], {"core.commentChar": ";"}, _TYPED, True),
    ([], {"core.commentChar": ";"}, _TYPED, False),
    ([], {"core.commentChar": "auto"}, _TYPED, True),
    ([], {"core.commentChar": "auto"}, _TYPED, False),
    (["-v"], {"core.commentChar": "auto"}, _TYPED, True),
    (["--cleanup=strip"], {"core.commentChar": "auto"}, _TYPED, False),
    ([], {"core.commentString": ";;"}, _TYPED, True),
    (["--cleanup=strip"], {"core.commentString": ";;"}, _TYPED, False),
]


@pytest.mark.parametrize("editor", ["true", ":"])
def test_what_is_scanned_of_a_message_is_what_git_commits(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, editor: str
) -> None:
    """git is the judge: each line that it commits is scanned, and no other one."""
    monkeypatch.setenv("GIT_EDITOR", editor)
    repository.write(".git/hooks/commit-msg", _HOOK).chmod(0o755)
    wrong = []
    for words, configured, typed, edited in _COMMITS:
        options = [word for key, value in configured.items() for word in ("-c", f"{key}={value}")]
        repository.git(
            *(*options, "commit", "-q", "--allow-empty", "-F", "-", *words),
            *(["-e"] if edited else []),
            text=typed.encode(),
        )
        committed = repository.git("cat-file", "commit", "HEAD").partition(b"\n\n")[2]
        ran = (repository.folder.parent / "words").read_text().splitlines()
        with monkeypatch.context() as context:
            context.setenv("GIT_CONFIG_COUNT", str(len(configured)))
            for number, (key, value) in enumerate(configured.items()):
                context.setenv(f"GIT_CONFIG_KEY_{number}", key)
                context.setenv(f"GIT_CONFIG_VALUE_{number}", value)
            opened = (repository.folder.parent / "editor").read_text()
            source = commit_message.message_source(
                "../given", {"GIT_EDITOR": opened}, partial(parse_options, ran[1:])
            )
            scanned = contents([source])["../given"]
        if [line for line in scanned.split(b"\n") if line] != [
            line for line in committed.split(b"\n") if line
        ]:
            wrong.append((words, configured, edited, scanned, committed))
    assert [] == wrong


@pytest.mark.parametrize(("expected", "version"), [("; x", "2.44.9"), ("", "2.45.0"), ("", "3")])
def test_a_comment_string_counts_for_a_git_that_knows_it(
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected: str,
    version: str,
) -> None:
    real = shutil.which("git")
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_text(
        f'#!/bin/sh\ncase "$*" in *--version) echo git version {version};;'
        f' *) exec {real} "$@";; esac\n'
    )
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent), prepend=os.pathsep)
    repository.git("config", "core.commentString", "; ")
    file = str(repository.write("message", "; x"))
    assert {file: expected.encode()} == contents([commit_message.message_source(file)])


_SHOWS_PEOPLE = f"""#!/bin/sh
{sys.executable} -c "
import sys
from tokcheck.scan.sources.commit_messages.commit_message import message_source
for chunk in message_source(sys.argv[1]):
    sys.stdout.buffer.write(chunk.data + bytes([10]))
" "$1" > ../people
"""


def test_the_people_of_a_commit_are_scanned_with_its_message(repository: Repository) -> None:
    repository.write(".git/hooks/commit-msg", _SHOWS_PEOPLE).chmod(0o755)
    author = "The author <author@example.org>"
    repository.git("commit", "--allow-empty", "-qm", "subject", "--author", author)
    names = ["The author", "author@example.org", "Tester", "tester@example.org"]
    shown = (repository.folder.parent / "people").read_text().split()
    assert " ".join([*names, "subject"]).split() == shown


_SEPARATORS = st.sampled_from([b"#", b";", b"# ", b"", b"x", b"#\tx", b"; x", b"# eyJ"])


@given(st.lists(_SEPARATORS), st.sampled_from(commit_message.Cleanup), st.booleans())
def test_lines_keep_their_numbers(
    lines: list[bytes],
    mode: commit_message.Cleanup,
    edited: bool,  # noqa: FBT001
) -> None:
    for prefix in (b"#", b";", b"auto"):
        text = b"\n".join(lines)
        kept = commit_message.clean_message(text, prefix, mode, edited=edited).split(b"\n")
        assert len(kept) == max(1, len(lines))
        assert all(left in (b"", line) for left, line in zip(kept, lines, strict=False))


def test_a_message_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "message").write_text("x\n#y\n")
    assert {"message": b"x\n\n"} == contents([commit_message.message_source("message")])


def test_a_message_that_cannot_be_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert [Unreadable(missing, "No such file or directory.")] == list(
        commit_message.message_source(missing)
    )
    with (tmp_path / "large").open("wb") as file:
        file.truncate(17 << 20)
    assert "It is larger than 16 MiB." in str(
        list(commit_message.message_source(str(tmp_path / "large")))
    )


@pytest.mark.parametrize("token", [FITBIT, GOOGLE, GOOGLE_REFRESH, FITBIT_SECRET])
def test_a_token_in_place_of_a_name_is_not_repeated(token: str) -> None:
    (reported,) = commit_message.message_source(token)
    assert "…" in reported.path
    assert redact_pieces(reported.path, [token]) == reported.path
