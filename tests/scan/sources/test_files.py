"""Files, folders, archives and standard input as sources."""

import codecs
import io
import ntpath
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents, names, read_all, unreadable
from tests.support.suite.platform import IS_ROOT
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.errors import UsageError
from tokcheck.scan import Chunk, Finding, Searcher, columns, runner
from tokcheck.scan.sources import files
from tokcheck.scan.sources.chunks import InMemorySource, read_chunks
from tokcheck.scan.sources.files.endless import EndlessRead
from tokcheck.scan.sources.git_changes import staged_sources

_SEARCH = Searcher(0)


def _allow_nothing(_finding: Finding, _chunk: Chunk) -> bool:
    return False


# Pieces


def _find(data: bytes, size: int, overlap: int) -> list[tuple[int, int, str]]:
    parts = tuple(read_chunks("x", io.BytesIO(data).read, size=size, overlap=overlap))
    scanned = runner.scan([InMemorySource(*parts)], _SEARCH, _allow_nothing)
    return [(one.line, one.column, one.fingerprint) for one in scanned.findings]


_TEXTS = st.lists(
    st.one_of(
        st.sampled_from([FITBIT, GOOGLE, "\n", "é", "\U0001f511", " ", "\r\n"]),
        st.text(max_size=60).filter(lambda text: not text.isalnum()),
    ),
    max_size=12,
).map(lambda parts: " ".join(parts).encode("utf-8", "replace"))


@given(_TEXTS, st.integers(0, 300))
# NULs before a token, where the chunks counted them and the whole did not.
@example(b"\0 " + f"{FITBIT} {GOOGLE}".encode(), 0)
# A chunk that ends after the first letter of the next line, which seems to belong to the token.
@example(f"{FITBIT} {GOOGLE} \n {FITBIT}".encode(), 0)
# Four continuation bytes in a row: a cut must not go back into the character that they follow.
@example(("." * 200 + "\U0001f511").encode() + b"\x80" + b"." * 399 + GOOGLE.encode(), 0)
def test_the_findings_of_pieces_are_those_of_the_whole(data: bytes, more: int) -> None:
    overlap = 400  # the longest of these tokens has less
    assert _find(data, 1 << 20, overlap) == _find(data, overlap + 1 + more, overlap)


@given(
    st.lists(st.sampled_from([FITBIT, GOOGLE, "\n", "é¼", "ÿ\0", " "]), max_size=12),
    st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]),
    st.integers(0, 75),
)
@example([FITBIT, GOOGLE, FITBIT], "utf-16", 0)
@example(["é¼", GOOGLE, " ", FITBIT], "utf-32-be", 0)
@example(["é¼", FITBIT, FITBIT, FITBIT, FITBIT], "utf-16", 0)
# A chunk that begins in one token and ends in another: the payload of the second one decodes with
# the header of the first behind it.
@example([FITBIT, "\n", FITBIT], "utf-32", 0)
def test_the_findings_of_wide_pieces_are_those_of_the_whole(
    parts: list[str], encoding: str, more: int
) -> None:
    text = " ".join(parts)
    data = text.encode(encoding)
    overlap = 1_600  # as above, four bytes a character
    whole = _find(data, 1 << 20, overlap)
    assert whole == _find(data, overlap + 4 + 4 * more, overlap)
    if "\0" not in text:
        assert whole == _find(text.encode(), 1 << 20, overlap)


_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12), st.sampled_from([b"\0", b"\x80", "é".encode(), b"\xf0\x9f"])
        ),
        max_size=30,
    )
    .map(b"".join)
    # In a text with the mark of a wide coding, columns are its characters.
    .filter(lambda data: not data.startswith(_WIDE_MARKS)),
    st.integers(1, 60),
)
def test_the_place_of_a_piece_is_counted_as_findings_count_theirs(data: bytes, size: int) -> None:
    end = 0
    for chunk in read_chunks("x", io.BytesIO(data).read, size=size + 4, overlap=4):
        start = end - chunk.seen
        end = start + len(chunk.data)
        assert data[start:end] == chunk.data
        line_start = data.rfind(b"\n", 0, start) + 1
        assert chunk.first_line == data.count(b"\n", 0, start) + 1
        assert chunk.first_column == columns.count(data, line_start, start) + 1
        assert len(columns.decode(data[line_start:start])) == chunk.first_column - 1


@given(st.binary(max_size=300), st.integers(1, 40), st.integers(0, 60))
def test_pieces_hold_every_byte_once_but_for_what_was_seen(
    data: bytes, overlap: int, more: int
) -> None:
    parts = list(read_chunks("x", io.BytesIO(data).read, size=overlap + 1 + more, overlap=overlap))
    assert data == b"".join(part.data[part.seen :] for part in parts)
    assert all(part.seen >= overlap for part in parts[1:])
    for part in parts:
        start = data.find(part.data)
        assert start >= 0
        assert part.first_line >= 1


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end() -> None:
    source = io.BytesIO(b"0123456789" * 10)
    parts = list(read_chunks("x", lambda count: source.read(min(count, 3)), size=40, overlap=8))
    assert [40, 40, 36] == [len(part.data) for part in parts]


def test_a_file_that_has_grown_is_read_to_its_end() -> None:
    parts = list(read_chunks("x", io.BytesIO(b"x" * 100).read, expected=10))
    assert b"x" * 100 == b"".join(part.data[part.seen :] for part in parts)


def test_a_token_that_a_piece_cuts_in_two_is_found_once_and_whole() -> None:
    data = b"." * 70 + GOOGLE.encode() + b" ."
    assert _find(data, 1 << 20, 200) == _find(data, 210, 200)


# Files and folders


def test_a_file_is_read_and_its_name_too(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"hello")
    found = list(files.file_sources([str(file)]))
    assert {str(file): b"hello"} == contents(found)
    assert [str(file)] == names(found)


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert [b""] == list(contents(files.file_sources([str(tmp_path)])).values())


def test_a_file_named_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("sub/a").write_bytes(b"a")
    given_ = ["sub/a", "./sub/../sub/a", "sub", ".", str(tmp_path)]
    assert {"sub/a": b"a"} == contents(files.file_sources(given_))


def test_paths_are_shown_as_they_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c").touch()
    monkeypatch.chdir(tmp_path / "b")
    assert ["c"] == list(contents(files.file_sources(["."])))
    assert ["../b/c"] == list(contents(files.file_sources(["../b/"])))


def test_what_is_not_there_is_unreadable(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert {missing: "No such file or directory."} == unreadable(files.file_sources([missing]))


@pytest.mark.skipif(IS_ROOT, reason="root reads everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)
    (tmp_path / "b").mkdir(mode=0)
    assert {"Permission denied."} == set(unreadable(files.file_sources([str(tmp_path)])).values())


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file of Linux")  # noqa: PTH110 - no path is made of it
def test_a_file_that_opens_and_cannot_be_read_is_unreadable() -> None:
    # Root is stopped by no permission, but nobody has memory at address 0.
    assert {"/proc/self/mem": "Input/output error."} == unreadable(
        files.file_sources(["/proc/self/mem"])
    )


def test_a_pipe_is_unreadable_when_it_is_named_and_left_out_in_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    pipe = str(tmp_path / "pipe")
    assert {pipe: "It is a pipe, not a file."} == unreadable(files.file_sources([pipe]))
    assert [] == [
        each for each in read_all(files.file_sources([str(tmp_path)])) if "pipe" in each.path[-4:]
    ]
    assert {os.devnull: "It is a device, not a file."} == unreadable(
        files.file_sources([os.devnull])
    )


def test_what_became_a_pipe_since_it_was_listed_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    source = files.PathSource((files.FileEntry(str(tmp_path / "pipe"), "pipe"),))
    assert {"pipe": "It is a pipe, not a file."} == unreadable([source])


def test_what_went_away_since_it_was_listed_is_left_out(tmp_path: Path) -> None:
    source = files.PathSource((files.FileEntry(str(tmp_path / "gone"), "gone"),))
    assert ({}, {}) == (contents([source]), unreadable([source]))


def test_a_link_in_a_folder_is_its_target_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"outside")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to("../outside")
    (tmp_path / "in/loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    assert {"in/link": b"../outside", "in/loop": b"loop"} == contents(files.file_sources(["in"]))


def test_a_link_that_is_named_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("real").mkdir()
    Path("real/file").write_bytes(b"a")
    Path("link").symlink_to("real")
    Path("dead").symlink_to("nowhere")
    assert {"link": b"real", "link/file": b"a"} == contents(files.file_sources(["link"]))
    assert {"dead": b"nowhere"} == contents(files.file_sources(["dead"]))
    assert {"dead": "No such file or directory."} == unreadable(files.file_sources(["dead"]))


_HOSTILE = [b"new\nline", b"not-utf8-\xff\xfe", "accénted ü".encode(), b"-dash", b"tab\t\x1b[31m"]


@pytest.mark.parametrize("gitignore", [True, False])
def test_hostile_names_are_read(repository: Repository, *, gitignore: bool) -> None:
    for name in _HOSTILE:
        repository.write(name, b"x")
    read = contents(files.file_sources(["."], gitignore=gitignore))
    assert sorted(_HOSTILE) == sorted(os.fsencode(path) for path in read)


def test_a_token_in_a_name_is_found_and_reported_as_such(repository: Repository) -> None:
    repository.write(f"a/{GOOGLE}.txt")
    (found,) = runner.scan(files.file_sources(["."]), _SEARCH, _allow_nothing).findings
    assert (f"a/{GOOGLE}.txt", 1, 3) == (found.path, found.line, found.column)
    assert found.advice.startswith("It is in the file's name. Revoking an ")


def test_a_folder_is_walked_as_git_sees_it(repository: Repository) -> None:
    repository.write(".gitignore", "ignored\nbuild/\n")
    repository.add("tracked", "1")
    repository.add("deleted", "2")
    repository.add("forced", "3")
    repository.write("ignored", "4")
    repository.write("build/out", "5")
    repository.write("untracked", "6")
    (repository.folder / "deleted").unlink()
    repository.git("add", "-f", "ignored")
    seen = {".gitignore", "tracked", "forced", "untracked", "ignored"}
    assert seen == set(contents(files.file_sources(["."])))
    assert seen | {"build/out"} == set(contents(files.file_sources(["."], gitignore=False)))
    assert {} == contents(files.file_sources(["build"]))
    assert {"build/out": b"5"} == contents(files.file_sources(["build/out"]))


def test_the_git_folder_is_never_walked(repository: Repository) -> None:
    repository.commit(a="1")
    for gitignore in (True, False):
        assert {"a": b"1"} == contents(files.file_sources(["."], gitignore=gitignore))


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_a_repository_without_a_working_tree_is_read_or_reported(
    tmp_path: Path,
    repository: Repository,
    *,
    packed: bool,
    tracked: bool,
) -> None:
    source = Repository(tmp_path / "source")
    source.folder.mkdir()
    source.git("init", "-q")
    source.commit(file="what it holds")
    if packed:
        source.git("repack", "-adq")
    repository.git("clone", "-q", "--bare", str(source.folder), "mirror.git")
    if tracked:
        repository.git("add", "mirror.git")
    for sources in (
        files.file_sources(["."]),
        files.file_sources(["mirror.git"]),
        files.file_sources(["."], gitignore=False),
        *([staged_sources()] if tracked else []),
    ):
        read = [InMemorySource(*read_all(sources))]
        held = [text for path, text in contents(read).items() if "!" in path]
        assert packed != (b"blob 13\0what it holds" in held)
        assert ["It is a pack of git's objects, which was not read."] * packed == [
            message.partition(" In ")[0] for message in unreadable(read).values()
        ]


def test_the_objects_of_another_repository_are_reported(repository: Repository) -> None:
    repository.commit(a="1")
    repository.git("clone", "-q", "--bare", "--shared", ".", "mirror.git")
    for gitignore in (True, False):
        read = list(files.file_sources(["."], gitignore=gitignore))
        assert ["mirror.git/objects/info/alternates"] == list(unreadable(read))


def test_a_folder_belongs_to_its_own_repository_in_a_hook_too(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(".gitignore", "ignored\n")
    repository.write("sub/ignored", "1")
    repository.write("sub/file", "2")
    monkeypatch.setenv("GIT_DIR", str(repository.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.folder / "elsewhere"))
    assert {"sub/file": b"2"} == contents(files.file_sources(["sub"]))


def test_a_repository_within_is_walked_by_its_own_rules(repository: Repository) -> None:
    inner = Repository(repository.folder / "inner")
    inner.folder.mkdir()
    inner.git("init", "-q")
    inner.write(".gitignore", "ignored\n")
    inner.write("ignored")
    inner.write("file")
    inner.commit(tracked="x")
    expected = {"inner/.gitignore", "inner/file", "inner/tracked"}
    assert expected == set(contents(files.file_sources(["."])))
    repository.git("-c", "advice.addEmbeddedRepo=false", "add", "inner")  # as a submodule is
    assert expected == set(contents(files.file_sources(["."])))


def test_a_submodule_that_is_not_there_is_nothing(repository: Repository) -> None:
    commit = repository.commit()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    (repository.folder / "module").mkdir()
    assert {} == contents(files.file_sources(["."]))


def test_beside_a_broken_git_folder_all_files_are_walked(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    (tmp_path / "a").touch()
    assert [str(tmp_path / "a")] == list(contents(files.file_sources([str(tmp_path)])))


def test_without_git_a_plain_folder_is_walked_and_a_repository_is_refused(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/a").touch()
    repository.write("b")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert 1 == len(contents(files.file_sources([str(tmp_path / "plain")])))
    with pytest.raises(UsageError, match="git was not found"):
        read_all(files.file_sources(["."]))
    assert {"b": b""} == contents(files.file_sources(["."], gitignore=False))


@pytest.mark.parametrize("gitignore", [True, False])
def test_what_is_excluded_is_not_read(repository: Repository, *, gitignore: bool) -> None:
    repository.write("out/file", "1")
    repository.write("in/file", "2")

    def keep(path: str) -> bool:
        return not path.startswith("out")

    assert {"in/file": b"2"} == contents(files.file_sources(["."], gitignore=gitignore, keep=keep))


def test_many_files_are_shared_out(tmp_path: Path) -> None:
    for number in range(600):
        (tmp_path / f"{number:03}").write_bytes(b"12345")
    shares = list(files.file_sources([str(tmp_path)], weigh=True))
    # Opening one counts as much as searching 16 KiB; the first show whether it is worth it.
    assert [128, 128, 255, 255, 175] == [share.weight // (5 + (16 << 10)) for share in shares]
    assert 600 == len(contents(shares))
    (whole,) = files.file_sources([str(tmp_path)])
    assert 600 == len(contents([whole]))


def test_standard_input_is_one_file() -> None:
    assert {"<stdin>": b"hello"} == contents([files.stdin_source(io.BytesIO(b"hello"))])


# Files that do not say how long they are


def _blocks(*blocks: bytes | None) -> Callable[[int], bytes | None]:
    left = list(blocks)
    return lambda _: left.pop(0) if left else b""


@pytest.mark.parametrize(
    ("expected", "complaint", "blocks"),
    [
        (b"", "", ()),
        (b"abcd", "", (b"ab", b"cd")),
        (b"", "It is a stream without an end; the rest was not scanned.", (None, b"ab")),
        (b"ab", "It is a stream without an end; the rest was not scanned.", (b"ab", None, b"cd")),
        (b"a" * 9 + b"b" * 9, "It has more than 0 MiB and no end; the rest was not scanned.",
         (b"a" * 9, b"b" * 9, b"c" * 9)),
    ],
)  # fmt: skip
def test_a_file_without_a_size_is_read_until_it_has_nothing_more(
    expected: bytes, complaint: str, blocks: tuple[bytes | None, ...]
) -> None:
    read = EndlessRead(_blocks(*blocks), most=10)
    parts = list(read_chunks("x", read))
    assert (expected, complaint) == (b"".join(part.data for part in parts), read.complaint)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="files of Linux")  # noqa: PTH110 - no path is made of it
def test_files_of_the_kernel_are_read_or_reported() -> None:
    places = ["/proc/kmsg", "/proc/self/pagemap", "/proc/kcore", "/proc/self/status", "/proc/stat"]
    places += ["/proc/sys/kernel/ostype", "/proc/self/clear_refs", "/sys/power/state"]
    there = [place for place in places if os.path.lexists(place)]
    scanned = runner.scan(files.file_sources(there, gitignore=False), _SEARCH, _allow_nothing)
    assert () == scanned.findings
    errors = {error.path: error.message for error in scanned.errors}
    assert set() == {"/proc/self/status", "/proc/stat", "/proc/sys/kernel/ostype"} & set(errors)
    assert [] == [path for path, message in errors.items() if not message.endswith(".")]


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("sub/b.py", r"Z:\repo\sub\b.py"),
        ("sub/b.py", r"z:\REPO\sub\b.py"),  # the drive as editors write it; letter case is nothing
        (".", "z:/repo/"),
        ("Z:/repository/b.py", r"Z:\repository\b.py"),
        ("C:/repo/b.py", r"C:\repo\.\b.py"),
    ],
)
def test_a_path_of_windows_is_counted_from_the_repository(expected: str, path: str) -> None:
    assert expected == files.shown_path(path, r"Z:\repo", ntpath)
