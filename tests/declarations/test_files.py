"""The files of declarations: only those that are named, and that nobody else can write."""

import os
from pathlib import Path

import pytest

from tests.declarations.test_declaration_text import ACME
from tokcheck.core.errors import UsageError
from tokcheck.declarations.files import read_file, read_tables
from tokcheck.declarations.known_providers import find_provider, known_providers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    path.write_text(ACME, "utf-8")
    path.chmod(0o644)
    return path


def test_a_named_file_and_a_folder_are_read(file: Path) -> None:
    assert ["acme"] == list(read_tables([str(file)], {}))
    assert ["acme"] == list(read_tables([str(file.parent)], {}))
    assert ["acme"] == list(read_tables(None, {"TOKCHECK_PROVIDERS": str(file)}))
    assert {} == read_tables(None, {})


def test_a_file_as_editors_of_windows_save_it_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + ACME.replace("\n", "\r\n").encode())
    assert ["acme"] == list(read_tables([str(file)], {}))


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_can_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(UsageError, match="can be written by other users") as caught:
        read_tables([str(file)], {})
    assert f"chmod go-w {file}" in caught.value.hint


def test_a_folder_that_others_can_write_is_refused(file: Path) -> None:
    file.parent.chmod(0o777)
    try:
        with pytest.raises(UsageError, match=r"The folder .* can be written by other users"):
            read_tables([str(file)], {})
        file.parent.chmod(0o1777)  # as /tmp: others can replace no file
        assert ["acme"] == list(read_tables([str(file)], {}))
    finally:
        file.parent.chmod(0o700)


def test_a_link_leads_to_the_file_that_is_checked(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    file.chmod(0o666)
    with pytest.raises(UsageError, match="can be written by other users"):
        read_tables([str(link)], {})


@pytest.mark.parametrize("way", ["link.toml", "chain.toml", "sub/acme.toml", "link/acme.toml"])
def test_no_folder_on_the_way_to_a_file_is_everybody_s(
    file: Path, tmp_path: Path, way: str
) -> None:
    own = tmp_path / "own"
    (own / "sub").mkdir(parents=True)
    file.rename(own / "sub" / "acme.toml")
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "link.toml").symlink_to("../own/sub/acme.toml")
    (own / "chain.toml").symlink_to(shared / "link.toml")
    (shared / "link").symlink_to(own / "sub")
    path = (own if way in {"chain.toml", "sub/acme.toml"} else shared) / way
    assert ["acme"] == list(read_tables([str(path)], {}))
    everybody_s = own if way == "sub/acme.toml" else shared
    everybody_s.chmod(0o777)
    try:
        with pytest.raises(UsageError, match=rf"folder {everybody_s} can be written by other"):
            read_tables([str(path)], {})
        everybody_s.chmod(0o1777)
        assert ["acme"] == list(read_tables([str(path)], {}))
    finally:
        everybody_s.chmod(0o700)


def test_a_loop_of_links_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to("b.toml")
    (tmp_path / "b.toml").symlink_to("a.toml")
    with pytest.raises(UsageError):
        read_tables([str(tmp_path / "a.toml")], {})


@pytest.mark.parametrize("name", [".acme.toml", ".#acme.toml", "._acme.toml"])
def test_a_hidden_file_of_a_folder_is_no_declaration(file: Path, name: str) -> None:
    (file.parent / name).write_bytes(b"\x00\x05 no TOML")
    assert ["acme"] == list(read_tables([str(file.parent)], {}))


def test_several_files_and_folders_are_read(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "beta.toml").write_text(ACME.replace('"acme"', '"beta"', 1), "utf-8")
    paths = [str(file), str(folder)]
    assert ["acme", "beta"] == list(read_tables(paths, {}))
    joined = {"TOKCHECK_PROVIDERS": os.pathsep.join(paths)}
    assert ["acme", "beta"] == list(read_tables(None, joined))
    assert ["acme", "beta"] == list(read_tables([""], joined))
    assert ["acme"] == list(read_tables([str(file), str(folder / "../acme.toml")], {}))
    odd = tmp_path / f"a{os.pathsep}b"
    odd.mkdir()
    (folder / "beta.toml").rename(odd / "beta.toml")
    assert ["beta"] == list(read_tables(None, {"TOKCHECK_PROVIDERS": str(odd)}))


def test_two_paths_with_one_name_are_refused(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "acme.toml").write_text(ACME, "utf-8")
    with pytest.raises(UsageError, match="declare the same name, acme"):
        read_tables([str(file), str(other)], {})


def test_a_relative_path_in_the_environment_is_refused() -> None:
    with pytest.raises(UsageError, match="not an absolute path"):
        read_tables(None, {"TOKCHECK_PROVIDERS": "providers"})


def test_nothing_is_read_that_is_not_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert "acme" not in known_providers(None, {})
    assert "acme" in known_providers([str(file)], {})


def test_two_declarations_of_one_name_are_refused(file: Path) -> None:
    (file.parent / "b.toml").write_text(ACME, "utf-8")
    with pytest.raises(UsageError, match="declare the same name, acme"):
        read_tables([str(file.parent)], {})


def test_a_built_in_name_is_refused_and_a_ready_made_one_is_replaced(file: Path) -> None:
    file.write_text(ACME.replace('"acme"', '"fitbit"', 1), "utf-8")
    with pytest.raises(UsageError, match="built-in"):
        known_providers([str(file)], {})
    file.write_text(ACME.replace('"acme"', '"github"', 1), "utf-8")
    github = known_providers([str(file)], {})["github"]
    assert ("own", "https://api.acme.example") == (
        github.origin,
        github.provider.services["api"].address,
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# \n\xff", "cannot be read: line 2 is not UTF-8."),
        (ACME.encode("utf-16"), "cannot be read: line 1 is not UTF-8."),
        (b"x" * 300_000, "cannot be read: it is larger than 256 KiB."),
    ],
)
def test_an_odd_file_is_refused(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UsageError, match=reason):
        read_tables([str(file)], {})


def test_what_is_missing_empty_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError):
            read_tables([str(path)], {})


def test_a_name_is_found_as_people_write_it() -> None:
    known = known_providers(None, {})
    assert "docker-hub" == find_provider("Docker_Hub", known)
    with pytest.raises(UsageError, match="no provider 'nobody'"):
        find_provider("nobody", known)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "~nobody-there/x", "missing"])
def test_what_is_no_file_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_tables([name], {})


def test_a_folder_that_cannot_be_listed_is_a_usage_error(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", fail)
    with pytest.raises(UsageError, match="cannot be read"):
        read_tables([str(file.parent)], {})


def test_a_folder_is_no_file_to_check(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_file(tmp_path)
    reason = "it is a folder, not a regular file."
    assert f"{tmp_path} cannot be read: {reason}" == caught.value.message
    assert "Name a regular file." == caught.value.hint
