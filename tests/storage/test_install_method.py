"""The command that adds an optional part fits how the program was installed."""

import sys
from pathlib import Path

from tokcheck.storage.install_method import extra_command
from tokcheck.storage.shell_words import quote


def test_the_command_fits_the_installation(tmp_path: Path) -> None:
    python = quote(sys.executable)
    for number, (command, files) in enumerate([
        ("uv tool install 'tokcheck[keyring]'", {"uv-receipt.toml": "", "pyvenv.cfg": "uv = 1"}),
        ("pipx install --force 'tokcheck[keyring]'", {"pipx_metadata.json": "{}"}),
        ("uv pip install --python PREFIX 'tokcheck[keyring]'",
         {"pyvenv.cfg": "home = /usr\nuv = 0.9.1\n"}),
        (f"{python} -m pip install 'tokcheck[keyring]'", {"pyvenv.cfg": "home = /usr\n"}),
        (f"{python} -m pip install 'tokcheck[keyring]'", {}),
    ]):  # fmt: skip
        prefix = tmp_path / str(number)
        prefix.mkdir()
        for name, text in files.items():
            (prefix / name).write_text(text)
        assert command.replace("PREFIX", quote(str(prefix))) == extra_command("keyring", prefix)
