"""Functions that other systems lack, taken away: macOS and the BSDs cannot be tested here."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.support.tokens import fitbit
from tokcheck.accounts.store.clocks.boot_clock import boot_moment
from tokcheck.cli.shared.system.stop_signals import STOP_SIGNALS, on_stop_signals
from tokcheck.core.errors import UsageError
from tokcheck.exporter.ledger import ledger
from tokcheck.exporter.service_manager import notifier
from tokcheck.exporter.web.listening.address import parse_target
from tokcheck.exporter.web.listening.listener import open_listeners
from tokcheck.scan import pre_commit
from tokcheck.scan.finding import Chunk, Unreadable
from tokcheck.scan.sources.commit_messages.commit_command import CommitOptions, running_options
from tokcheck.scan.sources.files import FileEntry, PathSource, file_source
from tokcheck.storage import atomic_write
from tokcheck.storage.data_folder import data_folder_text
from tokcheck.storage.shell_words import quote, quote_words


@pytest.mark.parametrize("system", ["darwin", "freebsd14"])
def test_the_start_of_the_computer_is_known_without_the_clock_of_linux(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    monkeypatch.setattr(time, "clock_gettime", lambda clock: 600.0 + clock, raising=False)
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    monkeypatch.setattr(time, "CLOCK_MONOTONIC", 1, raising=False)
    assert 1_000_000.0 - 601.0 == boot_moment()


def test_the_time_since_the_start_needs_no_clock_of_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    before = time.monotonic()
    assert before <= ledger.uptime() <= time.monotonic()


def test_where_there_is_no_proc_a_run_of_pre_commit_is_known_by_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: str, *_: object, **__: object) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(pre_commit, "open", refuse, raising=False)
    assert f"{os.getppid()} " == pre_commit.parent_process()


def test_where_there_is_no_proc_the_options_of_a_commit_are_unknown() -> None:
    def refuse(path: str) -> bytes:
        raise FileNotFoundError(path)

    assert CommitOptions() == running_options(refuse)


def test_without_unix_sockets_nobody_is_notified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    notifier({"NOTIFY_SOCKET": "/run/notify"})("READY=1")


def test_without_unix_sockets_a_listener_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    target = parse_target(f"unix:{tmp_path.as_posix().removeprefix(tmp_path.drive)}/socket")
    with (
        pytest.raises(UsageError, match=r"^This system has no sockets in the file system\."),
        open_listeners((target,), {}),
    ):
        raise AssertionError


def test_without_no_follow_a_link_is_still_not_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(fitbit())
    (tmp_path / "link").symlink_to("token")
    monkeypatch.setattr(file_source, "_FLAGS", os.O_RDONLY)
    monkeypatch.setattr(file_source, "_NO_FOLLOW", 0)
    chunks = list(PathSource((FileEntry(str(tmp_path / "link"), "link"),)))
    data = b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))
    assert fitbit().encode() not in data
    assert not [chunk for chunk in chunks if isinstance(chunk, Unreadable)]


@pytest.mark.parametrize(("system", "where"), [("darwin", "Library"), ("linux", ".local")])
def test_the_data_folder_is_the_systems_own(
    monkeypatch: pytest.MonkeyPatch, system: str, where: str
) -> None:
    if sys.platform == "win32":
        pytest.skip("its folder is known by the registry")
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if system == "linux":
        assert where in data_folder_text({})
        return
    from platformdirs.macos import MacOS  # noqa: PLC0415 - of that system

    monkeypatch.setattr("platformdirs.PlatformDirs", MacOS)
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *a, **k: MacOS(*a, **k).user_data_dir)
    assert where in data_folder_text({})


class _OpenFile:
    """A file that Windows does not replace as long as some process has it open."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def replace(self, _target: Path) -> None:
        if self.refusals:
            self.refusals -= 1
            raise PermissionError


def _move(monkeypatch: pytest.MonkeyPatch, system: str, refusals: int) -> None:
    file, moments = _OpenFile(refusals), iter(range(100))
    with monkeypatch.context() as patches:
        patches.setattr(sys, "platform", system)
        patches.setattr(Path, "replace", file.replace)
        patches.setattr(time, "sleep", lambda _: None)
        patches.setattr(time, "monotonic", lambda: next(moments) / 10)
        atomic_write.move_file(Path("a"), Path("b"))


def test_windows_waits_for_a_file_that_is_open_and_others_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _move(monkeypatch, "win32", 3)
    for system, refusals in (("win32", 1000), ("darwin", 1)):
        with pytest.raises(PermissionError):
            _move(monkeypatch, system, refusals)


def test_a_command_is_quoted_for_the_systems_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert "'a b' c" == quote_words(["a b", "c"])
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("tokcheck.storage.shell_words.quote_for_windows", lambda word: f'"{word}"')
    assert '"a b"' == quote("a b")


def test_a_stop_signal_calls_back_and_the_handlers_are_as_before() -> None:
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    calls: list[str] = []
    with on_stop_signals(lambda: calls.append("stop")):
        for number in STOP_SIGNALS:
            signal.raise_signal(number)
    assert ["stop"] * len(STOP_SIGNALS) == calls
    assert before == {number: signal.getsignal(number) for number in STOP_SIGNALS}
