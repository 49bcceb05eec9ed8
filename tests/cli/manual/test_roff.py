"""The manual pages: current, valid, and the same text as the help."""

import re
import shutil
import subprocess

import pytest

from tests.system.docs.update import MANUAL, manual_pages
from tokcheck.cli.manual.page import HelpEntry, HelpPage
from tokcheck.cli.manual.roff import render_roff


def test_the_manual_pages_are_those_of_the_commands() -> None:
    """Update them with ``python -m tests.system.docs.update``."""
    assert manual_pages() == {path.name: path.read_text() for path in MANUAL.iterdir()}


def test_text_that_looks_like_roff_is_shown_as_it_is() -> None:
    entry = HelpEntry(("--a-b",), "C", ".start 'quoted' \\ and `c`")
    page = HelpPage(("x",), "[OPTIONS]", (".TH is no request.",), options=(entry,))
    text = render_roff(page, "1", ["tokcheck"])
    assert "\\&.TH is no request." in text
    assert "\\fB\\-\\-a\\-b\\fR \\fIC\\fR" in text
    assert "\\&.start \\(aqquoted\\(aq \\e and \\`c\\`" in text


def test_mandoc_finds_no_fault() -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(
        ["mandoc", "-T", "lint", *sorted(map(str, MANUAL.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # A date would differ from release to release and tell nothing.
    allowed = re.compile(r'missing date, using "": TH|input text line longer than 80 bytes')
    lines = (done.stdout + done.stderr).splitlines()
    assert [] == [line for line in lines if not allowed.search(line)]


def test_man_shows_the_options_of_a_command() -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(
        ["mandoc", "-T", "utf8", str(MANUAL / "tokcheck-scan.1")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    text = re.sub(r".\x08", "", done.stdout)
    assert "--range A..B" in text
    assert "tokcheck scan --staged" in text
