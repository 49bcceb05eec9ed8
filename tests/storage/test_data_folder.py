"""The data folder is where the system has it."""

import sys
from pathlib import Path

import platformdirs
import pytest

from tokcheck.core.errors import UsageError
from tokcheck.storage.data_folder import data_folder


def test_an_own_folder_comes_first() -> None:
    assert Path("/somewhere") == data_folder({"TOKCHECK_HOME": "/somewhere", "XDG_DATA_HOME": "/x"})
    assert Path.home() / "there" == data_folder({"TOKCHECK_HOME": "~/there"})


def test_an_unknown_home_is_reported() -> None:
    with pytest.raises(UsageError, match="home folder") as caught:
        data_folder({"TOKCHECK_HOME": "~nobody-is-called-so/there"})
    assert "TOKCHECK_HOME" in caught.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs decides")
@pytest.mark.parametrize("base", [None, "", "  ", "/data", "~/data", "data"])
def test_it_is_the_folder_that_platformdirs_names(
    monkeypatch: pytest.MonkeyPatch, base: str | None
) -> None:
    environment = {} if base is None else {"XDG_DATA_HOME": base}
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert platformdirs.user_data_path("tokcheck", appauthor=False) == data_folder(environment)


def test_other_systems_use_platformdirs() -> None:
    folder = data_folder({"ANDROID_DATA": "/data"})
    assert platformdirs.user_data_path("tokcheck", appauthor=False) == folder
