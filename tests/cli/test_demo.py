"""``tokcheck demo``: what a newcomer sees first."""

import re

from tests.cli.conftest import Run


def test_the_demo_shows_the_typical_pastes(run: Run) -> None:
    ended = run("demo")
    assert (0, "") == (ended.code, ended.err)
    verdicts = re.findall(r"^([A-Z]{2}[A-Z ]+?)  ", ended.out, re.MULTILINE)
    assert verdicts == [
        "VALID", "VALID", "INCOMPLETE", "EXPIRED", "INSUFFICIENT SCOPE", "RATE LIMITED",
        "SERVICE GONE", "VALID", "API DISABLED", "WRONG KIND",
    ]  # fmt: skip
    assert "nothing leaves this machine" in ended.out


def test_the_demo_fits_80_columns_but_for_addresses(run: Run) -> None:
    long = [line for line in run("demo").out.splitlines() if len(line) > 80]
    assert [] == [line for line in long if "://" not in line]


def test_the_demo_shows_no_token(run: Run) -> None:
    assert not re.search(r"eyJ[\w-]{20,}|ya29\.[\w-]{20,}", run("demo").out)
