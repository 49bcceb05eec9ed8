"""Examples that the shells of Windows take."""

import pytest

from tokcheck.cli.manual.shell_example import shell_examples, windows_example


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (
            "powershell -c Get-Clipboard | tokcheck validate -",
            "pbpaste | tokcheck validate -",
        ),
        (
            "powershell -c Get-Clipboard | tokcheck clean",
            "export T=$(pbpaste | tokcheck clean)",
        ),
        (
            "powershell -c Get-Clipboard | tokcheck clean",
            "T=$(pbpaste | tokcheck clean) && export T",
        ),
        ("tokcheck token anna", "tokcheck token anna"),
    ],
)
def test_an_example_is_written_for_cmd_and_powershell(expected: str, line: str) -> None:
    assert expected == windows_example(line)


def test_the_clipboard_is_read_by_one_command_on_windows() -> None:
    lines = ("pbpaste | tokcheck validate -", "wl-paste | tokcheck validate -", "tokcheck demo")
    shown = ["powershell -c Get-Clipboard | tokcheck validate -", "tokcheck demo"]
    assert shown == list(shell_examples(lines, "win32"))
    assert lines == shell_examples(lines, "linux")
