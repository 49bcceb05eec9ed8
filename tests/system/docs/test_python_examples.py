"""The examples of the page about the Python package run as one program, and print what it shows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.docs.markdown import blocks
from tests.support.docs.scenes import SCENES
from tests.support.docs.session import session, steady
from tests.support.paths import DOCS

_PAGE = DOCS / "reference" / "python-package.md"
_END = "\x1e"


def test_the_examples_print_what_the_page_shows(tmp_path: Path) -> None:
    found = list(blocks(_PAGE.read_text(), "python", "text"))
    assert found[0].language == "python"
    program = "".join(
        block.body if block.language == "python" else f"print({_END!r}, end='')\n"
        for block in found
    )
    with session(tmp_path / "page") as prepared:
        SCENES["docs/reference/python-package.md"](prepared)
        for shown, replacement in prepared.substitutions:
            program = program.replace(shown, replacement)
        result = subprocess.run(
            [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-c", program],
            cwd=prepared.folder,
            env=prepared.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        printed = result.stdout.replace(prepared.url, "https://api.fitbit.com")
    assert ("", 0) == (result.stderr, result.returncode)
    expected = [steady(block.body) for block in found if block.language == "text"]
    assert expected == [steady(text) for text in printed.split(_END)[:-1]]


@pytest.mark.parametrize("language", ["python", "text"])
def test_the_page_shows_examples(language: str) -> None:
    assert len(list(blocks(_PAGE.read_text(), language))) >= 8
