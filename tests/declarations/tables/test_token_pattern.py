"""The regular expressions of tokens: what is accepted finds every token of its form."""

import json
import random
import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.checks.checker import Checker
from tokcheck.core.report import Verdict
from tokcheck.declarations.declaration_text import read_table
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox.state.declared.pattern_text import token_text
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk

# With fewer different characters, `scan` takes a text for a sample.
_LEAST_DRAWN = 20
_LEAST_VARIETY = 14
_LEAST_CHARACTERS = 5


def table_of(prefix: str, pattern: str) -> dict[str, Any]:
    form = {"prefix": prefix, "pattern": pattern} if prefix else {"pattern": pattern}
    return {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/me",
        "tokens": [form],
    }


def problem(prefix: str, pattern: str) -> str:
    _, problems = read_table(table_of(prefix, pattern), {("tokens", "0", "pattern"): 7})
    assert {(7, "tokens[1].pattern")} >= {(each.line, each.key) for each in problems}
    return problems[0].sentence if problems else ""


@each_case(
    ("words", "prefix", "pattern"),
    [
        ("also takes |", "", r"[0-9]{1,6}\|[A-Za-z0-9]{40}"),
        ("also takes :", "", "[0-9]{9}:[A-Za-z0-9_-]{35}"),
        ("also takes =", "", "[a-z]{10}=[a-z]{20}"),
        ("also takes '", "acme_", "[a-z']{20}"),
        ("also takes ' '", "acme_", "[a-z ]{20}"),
        ("also takes '\\xe9'", "acme_", "[a-zé]{20}"),
        ("also takes '\\u2013'", "acme_", "[a-z–]{20}"),  # noqa: RUF001 - no hyphen
        ("also takes !", "acme_", ".{20}"),
        ("also takes !", "", r"\S{20}"),
        ("also takes !", "acme_", "[^_]{20}"),
        ("16 characters or more", "", "[a-f0-9]{15}"),
        ("16 characters or more", "", "[a-z]{40}|[0-9]{8}"),
        ("16 characters or more", "", "(?:ab){7}"),
        ("16 characters or more", "", "[a-f0-9]+"),
        ("does not match the empty text", "acme_", "x*"),
        ("does not match the empty text", "acme_", "[a-z]{30}|"),
        ("does not match the empty text", "acme_", "(?:[a-z]{30})?"),
        ("at most 2000 characters", "acme_", "[a-z]{2001}"),
        ("full stop", "acme_", r"[a-z]{20}\."),
        ("full stop", "", r"[a-z]{20}\.?"),
        ("full stop", "", r"(?:[a-z]{20}\.){2,}"),
    ],
)
def test_a_pattern_that_finds_no_tokens_is_refused(words: str, prefix: str, pattern: str) -> None:
    assert words in problem(prefix, pattern)


@each_case("prefix", ["acme_", ""])
@each_case(
    "pattern",
    [
        "^[a-z]{30}$",
        "[a-z]{30}$",
        r"\A[a-z]{30}\Z",
        r"\b[a-z]{30}\b",
        r"[a-z]{30}\B",
        "(?:^[a-z]{30}|[0-9]{30})",
        "(?=.*[0-9])[a-z0-9]{30}",
        "(?!test)[a-z]{30}",
        "[a-z]{30}(?![a-z])",
        "(?<=_)[a-z]{30}",
    ],
)
def test_a_pattern_with_a_condition_on_the_text_around_is_refused(
    prefix: str, pattern: str
) -> None:
    assert "without ^, $" in problem(prefix, pattern)


@each_case("pattern", ["(?>[a-z]{30})", "[a-z]{1,20}+[0-9]{20}", "(a)?(?(1)[b-z]{30}|[0-9]{30})"])
def test_a_pattern_of_which_no_token_can_be_made_is_refused(pattern: str) -> None:
    assert "alternatives and repetitions alone" in problem("acme_", pattern)


@each_case(
    ("prefix", "pattern"),
    [
        ("acme_", r"[0-9]{1,6}\|[A-Za-z0-9]{40}"),
        ("acme_", "[0-9]{9}:[A-Za-z0-9_-]{35}"),
        ("acme_", "[a-z]+"),
        ("acme_", "[0-9]{6}"),
        ("acme_", r"\w{20}"),
        ("acme_", r"[a-z]{20}[.-]"),
        ("", r"[\w.~+/-]{16,2048}"),
        ("", "[A-Za-z0-9+/]{43}="),
        ("", "[A-Za-z0-9+/]{42,86}={0,2}"),
        ("", "[a-z]{16}|[0-9]{16,}"),
    ],
)
def test_a_pattern_of_usual_tokens_is_accepted(prefix: str, pattern: str) -> None:
    assert "" == problem(prefix, pattern)


def test_the_ready_made_patterns_are_accepted() -> None:
    forms = [form for table in TABLES.values() for form in table.get("tokens", ())]
    found = {
        problem(each.get("prefix", ""), each["pattern"]) for each in forms if "pattern" in each
    }
    assert {""} == found


_CLASSES = ["[a-z]", "[A-Za-z0-9]", "[0-9a-f]", r"[\w-]", r"[\w.~+/-]", r"\d", "(?i:[a-f])", "[^|]"]
_LITERALS = ["k", "live_", r"\.", "-", "~", r"\+", "/", r"\|", ":", "="]


def patterns() -> st.SearchStrategy[str]:
    repeats = st.sampled_from(["", "{8}", "{16}", "{20,40}", "{30,}", "+", "?", "{2,4}", "{40}"])
    atoms = st.one_of(
        st.builds("{}{}".format, st.sampled_from(_CLASSES), repeats),
        st.sampled_from(_LITERALS),
    )

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("{}{}".format, inner, inner),
            st.builds("{}|{}".format, inner, inner),
            st.builds("(?:{}){}".format, inner, st.sampled_from(["", "?", "{2}", "{3}"])),
            st.builds("({})".format, inner),
        )

    return st.recursive(atoms, larger, max_leaves=5)


_TEXTS = (
    "{}",
    "{}\n",
    "curl -H 'Authorization: Bearer {}' https://api.acme.example/me",
    "ACME_TOKEN={}",
    "JSON",
)


def fill_in(text: str, token: str) -> str:
    if text == "JSON":
        return json.dumps({"acme": {"access_token": token}})
    return text.replace("{}", token)


def sent_for(table: dict[str, Any], text: str) -> tuple[Verdict, set[str]]:
    """Return the verdict on a text with ``--provider``, and the tokens that were sent."""
    sent: set[str] = set()

    def send(_: Provider, request: Request) -> Response:
        assert request.bearer is not None
        sent.add(request.bearer.reveal())
        return Response(200, {}, b"{}", NOW)

    checker = Checker(
        {"acme": provider_of(table)}, now=lambda: NOW, timer=lambda: 0.0, send=send, wanted="acme"
    )
    return checker.check(text).verdict, sent


@settings(deadline=None)
@given(
    pattern=patterns(),
    prefix=st.sampled_from(["acme_", "acme-", "Ac.", "acme|", ""]),
    seed=st.integers(0, 99),
)
@example(pattern=r"[0-9]{1,6}\|[A-Za-z0-9]{40}", prefix="acme_", seed=1)
@example(pattern="[0-9]{9}:[A-Za-z0-9_-]{35}", prefix="acme_", seed=1)
@example(pattern="[A-Za-z0-9]{40}", prefix="acme|", seed=1)
@example(pattern="[A-Za-z0-9+/]{86}={0,2}", prefix="", seed=1)
@example(pattern="[a-z]{10}[A-Z]{20}|[0-9]{30}", prefix="", seed=1)
@example(pattern="[A-Za-z0-9]{1200}", prefix="acme_", seed=1)
def test_a_token_of_an_accepted_form_is_found(pattern: str, prefix: str, seed: int) -> None:
    table = table_of(prefix, pattern)
    if read_table(table, {})[0] is None:
        return
    token = token_text(prefix, pattern, random.Random(seed))
    body = token.removeprefix(prefix)
    # Few characters are no token, and full stops may end a sentence.
    if len({*body}) < _LEAST_CHARACTERS or ".." in token or token[-1] == ".":
        return
    for text in _TEXTS:
        assert (Verdict.VALID, {token}) == sent_for(table, fill_in(text, token)), text
    if len(body) < _LEAST_DRAWN or len({*body}) < _LEAST_VARIETY:
        return
    if not prefix and not re.match(r"[\w+.-](?=.*\d)(?=.*[A-Za-z])", body):
        return  # as a path, a number or a word that stands behind a label
    search = Searcher(NOW.timestamp(), tables=[table])
    for text in ('ACME_TOKEN = "{}"\n', "JSON"):
        data = fill_in(text, token).encode()
        for encoded in (data, data.decode().encode("utf-16-le")) if len(prefix) > 3 else (data,):
            found = [each.provider for each in search(Chunk("a.py", encoded))]
            assert ["acme"] == found, (text, encoded[:4])
