"""The support of the tests of the documentation: pages are read right, failures are noticed."""

import pytest

from tests.support.docs.markdown import Command, blocks, commands, section
from tests.support.docs.session import Result, steady
from tests.system.docs.update import failures


def test_a_command_may_go_on_below_and_what_follows_is_its_output() -> None:
    body = "$ one \\\n  --two\nout\n\nmore\n$ three\n"
    assert [Command("one \\\n  --two", "out\n\nmore\n"), Command("three", "")] == commands(body)


def test_a_block_in_a_list_loses_its_indentation() -> None:
    (block,) = blocks("- x\n\n    ```console\n    $ a\n      b\n    ```\n", "console")
    assert ("$ a\n  b\n", "    ") == (block.body, block.indent)


def test_a_section_ends_at_the_next_heading_outside_of_a_block() -> None:
    text = "# A\n## B\nb\n```\n# no heading\n```\n### C\nc\n## D\n"
    assert "b\n```\n# no heading\n```\n### C\nc\n" == section(text, "B")
    with pytest.raises(AssertionError, match="no heading"):
        section(text, "E")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("in 7 h 59 min, 2026-11-28 15:15 UTC", "in 8 h, 2026-11-29 01:00 UTC"),
        ("eyJhbG…ikxP, fingerprint 7e4d09115d07", "eyJhbG…jXmA, fingerprint 5eb75ab48edc"),
        ("resets in\n  1 h", "resets in 59 min 59 s"),
    ],
)
def test_what_differs_from_run_to_run_is_no_difference(one: str, other: str) -> None:
    assert steady(one) == steady(other)


def test_another_word_or_number_is_a_difference() -> None:
    assert steady("149 of 150 requests") != steady("148 of 150 requests")
    assert steady("VALID") != steady("EXPIRED")


def test_a_failure_counts_unless_the_page_shows_its_code() -> None:
    failed, bug = (Command("x", ""), Result(1, "")), (Command("y", ""), Result(70, ""))
    echo = (Command("echo $?", "1\n"), Result(0, "1\n"))
    assert [] == failures([failed, echo])
    assert [failed] == failures([failed])
    assert [bug] == failures([bug, echo])
