"""The command lines of hooks are read as the parser reads them, without loading it."""

import subprocess
import sys
from pathlib import Path

from tests.support.suite.cases import each_case
from tokcheck.cli.commands.scan import build_parser
from tokcheck.cli.commands.scan.hook_options import HookOptions, read_hook_options

_NAMES = [name for name in vars(HookOptions) if not name.startswith("_")]


def _values(options: object) -> dict[str, object]:
    values = {name: getattr(options, name) for name in _NAMES}
    return {name: [*each] if isinstance(each, tuple) else each for name, each in values.items()}


@each_case("words", [["--staged"], ["--message", ".git/COMMIT_EDITMSG"], ["--message", "a b"]])
def test_a_hook_has_the_options_that_the_parser_reads(words: list[str]) -> None:
    read = build_parser().parse_args(words)
    assert vars(read) == _values(read)  # no option is missing
    assert vars(read) == _values(read_hook_options(words))


@each_case(
    "words",
    [[], ["."], ["--staged", "."], ["--stage"], ["--message"], ["--message", "-x"],
     ["--message", ""], ["--message=x"], ["--staged", "--no-color"], ["--help"]],
)  # fmt: skip
def test_any_other_command_line_is_the_parser_s(words: list[str]) -> None:
    assert read_hook_options(words) is None


def test_a_hook_does_not_load_the_parser(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    script = (
        "import sys; bare = {*sys.modules}; from tokcheck.cli.main import main; "
        "main(['scan', '--staged']); "
        "print({'argparse', 'gettext', 'json', 'datetime', 'pathlib'} & ({*sys.modules} - bare))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "set()\n" == done.stdout
