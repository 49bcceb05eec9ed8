"""Access lists of Windows, read from their text form; on Windows also set and read for real."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tokcheck.storage import windows_access
from tokcheck.storage.errors import StorageError
from tokcheck.storage.private_files import ensure_private_file, ensure_private_folder
from tokcheck.storage.windows_access import other_identifiers, private_access_list, repair_command

_USER = "S-1-5-21-1-2-3-1001"
_OTHER = "S-1-5-21-1-2-3-1002"

needs_windows = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has access lists")


def test_the_list_of_a_private_file_or_folder_names_the_user_alone() -> None:
    assert f"D:P(A;;FA;;;{_USER})" == private_access_list(_USER, folder=False)
    assert f"D:P(A;OICI;FA;;;{_USER})" == private_access_list(_USER, folder=True)


@pytest.mark.parametrize(
    ("expected", "sddl"),
    [
        ((), f"O:{_USER}D:P(A;;FA;;;{_USER})"),
        ((), f"O:BAD:PAI(A;OICI;FA;;;{_USER})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"),
        ((), f"O:{_USER}G:{_OTHER}D:(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;{_USER})"),
        ((), f"O:S-1-5-32-544D:P(A;;FA;;;S-1-5-18)(A;;FA;;;{_USER})"),
        ((), f"O:{_USER}D:P(D;;FA;;;WD)(A;;FA;;;{_USER})"),
        ((), f"O:{_USER}D:P(A;OICIIO;FA;;;WD)(A;;FA;;;{_USER})"),
        ((), f"O:{_USER}D:P"),
        (("WD",), f"O:{_USER}D:(A;;FA;;;{_USER})(A;;FR;;;WD)"),
        (("BU", "AU"), f"O:{_USER}D:AI(A;ID;FA;;;BU)(A;ID;0x1301bf;;;AU)(A;ID;FR;;;BU)"),
        ((_OTHER,), f"O:{_OTHER}D:P(A;;FA;;;{_USER})"),
        ((_OTHER,), f"O:{_OTHER}G:BAD:P(A;;FA;;;{_USER})"),
        ((_OTHER,), f"O:{_USER}D:P(A;;FA;;;{_USER})(OA;;FA;1-2;;{_OTHER})"),
        ((_OTHER,), f"O:{_USER}D:P(XA;;FR;;;{_OTHER};(Member_of {{SID(BA)}}))(A;;FA;;;{_USER})"),
        (("WD",), f"O:{_USER}D:NO_ACCESS_CONTROL"),
        (("WD",), f"O:{_USER}"),
        (("WD",), ""),
    ],
)
def test_who_else_has_access(expected: tuple[str, ...], sddl: str) -> None:
    assert expected == other_identifiers(sddl, _USER)


def test_the_command_takes_the_access_of_others_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_access, "quote_words", " ".join)
    start = rf"icacls C:\kim /inheritance:r /grant:r *{_USER}:"
    for expected, others, folder in (
        ("F /remove:g *S-1-1-0 *S-1-5-32-545", ("WD", "BU"), False),
        (f"(OI)(CI)F /remove:g *{_OTHER}", (_OTHER,), True),
        ("F", ("LA",), False),  # the alias of one computer's account; icacls lists it by name
    ):
        assert start + expected == repair_command(r"C:\kim", others, _USER, folder=folder)


@needs_windows
def test_what_is_created_is_private(tmp_path: Path) -> None:
    ensure_private_folder(tmp_path / "data")
    ensure_private_file(tmp_path / "data" / "secret", b"x")
    ensure_private_folder(tmp_path / "data")
    ensure_private_file(tmp_path / "data" / "secret")
    assert b"x" == (tmp_path / "data" / "secret").read_bytes()


def test_what_others_have_access_to_is_refused(tmp_path: Path) -> None:
    if sys.platform != "win32":
        pytest.skip("only Windows has access lists")
    ensure_private_folder(tmp_path / "data")
    for path in (tmp_path / "data" / "secret", tmp_path / "data"):
        if path.name == "secret":
            ensure_private_file(path)
        if sys.platform == "win32":
            windows_access.set_access_list(str(path), "D:P(A;;FA;;;SY)(A;;FA;;;WD)")
        check = ensure_private_file if path.is_file() else ensure_private_folder
        with pytest.raises(StorageError, match=r"accessible to other users \(WD\)") as caught:
            check(path)
        assert "icacls" in caught.value.hint


@needs_windows
def test_what_is_created_at_the_same_moment_is_private_from_the_first(tmp_path: Path) -> None:
    def create(number: int) -> None:
        folder = tmp_path / str(number // 8)
        ensure_private_folder(folder)
        ensure_private_file(folder / "secret")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create, range(80)))
