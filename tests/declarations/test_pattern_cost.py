"""Declared regular expressions: none of them can take long, whatever the text."""

import re
from itertools import product
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.declarations.pattern_cost import is_quick
from tokcheck.providers.known_services.ready_made import TABLES

QUICK = [
    "",
    r"[\w-]{16,64}",
    r"[\w.~+/-]{20,2048}",
    r"[A-Za-z0-9]{36}|[0-9]+_eyJ[\w-]+\.[\w-]+\.[\w-]+",
    r"[\w-]+(?:\.[\w-]+)*",
    r"(?:[0-9a-f]{4}-){3}[0-9a-f]{4}",
    r"(?:[0-9a-f]{2}:)+[0-9a-f]{2}",
    r"[\w-]+[A-Za-z0-9]",
    r"[a-z]{8,16}[0-9a-z]{4,30}",
    r"(?!test)[a-z]+\b",
    r"x?y?z*",
    r"(?:a|b|cd)+",
    r"(?:ab|ac)*d",
    r"(?i:acme)(?P<rest>[a-z]+)",
]
SLOW = [
    r"(a+)+b",
    r"(a*)*",
    r"(a|ab|b)*c",
    r"(a|[ab]c?)*!",
    r"(?:a?){30}a{30}",
    r"(\w+\s?)*$",
    r"(?:[\w-]+\.?)+!",
    r"(a+){10}b",
    r"(?:a{1,30}){1,30}b",
    r"(.*a){12}",
    r"(?:(?:){9999}){9999}",
    r"(\w+)\1",
    r"x(?=(a+)+b)",
    r"(?i)(?:A|bb|[a-c])+!",
    r"\w+\w+b",
    r"[a-z]{1,500}[a-z0-9]{1,500}!",
    r"(?>(a+)+)b",
    r"(?i:(?:A|bb|[a-c])+)!",
    r"(?:a(?:b?|c?)d)*!",
]


@each_case("pattern", QUICK)
def test_an_expression_that_reads_a_text_in_one_way_is_quick(pattern: str) -> None:
    assert is_quick(pattern)
    assert is_quick(pattern, searched=True)


@each_case("pattern", SLOW)
def test_an_expression_that_reads_a_text_in_many_ways_is_not(pattern: str) -> None:
    re.compile(pattern)
    assert not is_quick(pattern)
    assert not is_quick(pattern, searched=True) or pattern == r"\w+\w+b"


@each_case(
    ("quick", "pattern"),
    [
        (True, r"([0-9]+)"),
        (True, r"\d+/(\d+)"),
        (True, r"^[^;]*;w=(\d+)"),
        (True, r".*;(\d+)$"),
        (True, r"(\w+)\s*=\s*(\w+)"),
        (False, r".*a.*b(.*)"),
        (False, r"(?:x+)+(\d)"),
    ],
)
def test_an_expression_that_is_searched_for_takes_the_square_at_most(
    quick: bool,  # noqa: FBT001
    pattern: str,
) -> None:
    assert quick is is_quick(pattern, searched=True)


def test_the_ready_made_expressions_are_quick() -> None:
    forms = [form for table in TABLES.values() for form in table.get("tokens", ())]
    assert 20 < len(forms)
    assert [] == [form["pattern"] for form in forms if not is_quick(form.get("pattern", ""))]


def test_a_large_expression_is_refused_in_time() -> None:
    wide = f"(?:{'|'.join(f'[a-z]{chr(97 + at % 26)}{at}' for at in range(40))})*!"
    deep = f"{'(?:a' * 60}{'b)*' * 60}"
    started = perf_counter()
    for pattern in (wide, deep, f"{'[ab]?' * 58}c", f"(?:{'a?b' * 50})+", "(?:(?:x{50}){50}){50}"):
        is_quick(pattern)
        is_quick(pattern, searched=True)
    assert perf_counter() - started < 20


def patterns() -> st.SearchStrategy[str]:
    atoms = st.sampled_from(["a", "b", ".", "[ab]", r"\w", "ab", "c"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        repeats = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,200}", "*?", "++"])
        return st.one_of(
            st.builds("{}{}".format, inner, inner),
            st.builds("(?:{}|{})".format, inner, inner),
            st.builds("(?:{}){}".format, inner, repeats),
            st.builds("(?={}){}".format, inner, inner),
        )

    return st.recursive(atoms, larger, max_leaves=7)


@given(patterns())
def test_no_quick_expression_takes_long(pattern: str) -> None:
    if not is_quick(pattern):
        return
    compiled = re.compile(pattern)
    started = perf_counter()
    for words in product(("a", "b", "ab", "c"), repeat=2):
        compiled.fullmatch("".join(words) * 400 + "!")
    assert perf_counter() - started < 5
