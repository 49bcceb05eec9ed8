"""Declarations that can never work: each is a problem with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.declarations.declaration_text import DeclarationError, read_declaration
from tokcheck.declarations.tables.contradictions import find_contradictions
from tokcheck.providers.known_services.ready_made import TABLES

_HEAD = 'name = "acme"\naddress = "https://api.acme.example"\n'
_HEADS = 'check = { path = "/me", method = "HEAD" }\n'
_GETS = 'check = "/me"\n'
_WINDOW = '[[windows]]\nlength = "1h"\n'
_LIMIT = f'{_WINDOW}limit = "A"\nremaining = "B"\n'
_DAY, _MINUTES = _LIMIT.replace("1h", "1d"), _LIMIT.replace("1h", "60m")


def _problems(text: str) -> list[tuple[int, str, str]]:
    try:
        read_declaration(_HEAD + text, "acme.toml")
    except DeclarationError as error:
        return [(each.line, each.key, each.sentence) for each in error.problems]
    return []


@each_case(
    ("line", "key", "words", "text"),
    [
        (
            6,
            "check.method",
            "check.success.path",
            '[check]\npath = "/me"\nsuccess = { path = "ok" }\nmethod = "HEAD"',
        ),
        (
            3,
            "check.method",
            "windows[1].limit",
            f'{_HEADS}{_WINDOW}limit = {{ path = "a" }}\nremaining = "B"',
        ),
        (
            5,
            "check.method",
            "windows[2].remaining",
            f"[check]\n"
            f'path = "/me"\n'
            f'method = "HEAD"\n'
            f"{_LIMIT}[[windows]]\n"
            f'length = "1d"\n'
            f'remaining = {{ path = "a" }}',
        ),
        (
            3,
            "check.method",
            "windows[1].reset",
            f'{_HEADS}{_LIMIT}reset = {{ path = "a", form = "epoch" }}',
        ),
        (3, "check.method", "identity.user", f'{_HEADS}[identity]\nuser = "id"'),
        (3, "check.method", "identity.scopes", f'{_HEADS}[identity]\nscopes = {{ path = "s" }}'),
        (
            3,
            "check.method",
            "refusals[1].path",
            f'{_HEADS}[[refusals]]\npath = "a"\ncheck_only = true\nverdict = "expired"',
        ),
        (
            3,
            "check.success.status",
            "no body",
            'check = { path = "/me", success = { status = 204, path = "ok" } }',
        ),
        (
            4,
            "refusals[1]",
            "check.success",
            f'{_GETS}[[refusals]]\nstatus = 200\nverdict = "expired"',
        ),
        (
            8,
            "refusals[2]",
            "HTTP 204",
            'check = { path = "/me", success = { status = [200, 204] } }\n'
            "[[refusals]]\n"
            "status = 200\n"
            'path = "error"\n'
            'verdict = "expired"\n'
            "[[refusals]]\n"
            "status = [401, 204]\n"
            'verdict = "expired"',
        ),
        (
            4,
            "refusals[1]",
            "check.success",
            'check = { path = "/me", success = { path = "ok", equals = true } }\n'
            "[[refusals]]\n"
            'path = "ok"\n'
            'verdict = "expired"',
        ),
        (
            4,
            "refusals[1]",
            "check.success",
            'check = { path = "/me", success = { path = "ok", equals = 1 } }\n'
            "[[refusals]]\n"
            'path = "ok"\n'
            "equals = [0, 1]\n"
            'verdict = "expired"',
        ),
        (
            5,
            "identity.user",
            "signed = true",
            f'{_GETS}[identity]\nuser = {{ claim = "uid" }}\n[[tokens]]\nprefix = "ac_"',
        ),
        (
            5,
            "identity.expires",
            "epoch",
            f'{_GETS}[identity]\nexpires = {{ claim = "exp", form = "seconds" }}',
        ),
        (
            6,
            "windows[1].limit",
            "item or with where",
            f'{_GETS}{_WINDOW}limit = {{ header = "X", item = 1, where = {{ a = 1 }} }}\n'
            f'remaining = "B"',
        ),
        (
            6,
            "windows[1].limit",
            "pattern",
            f'{_GETS}{_WINDOW}limit = {{ header = "X", item = 1, pattern = "([0-9]+)" }}\n'
            f'remaining = "B"',
        ),
        (
            5,
            "identity.user",
            "item or with where",
            f'{_GETS}[identity]\nuser = {{ header = "X", item = 1, where = {{ a = 1 }} }}',
        ),
        (3, "check", "#", 'check = "/me#x"'),
        (3, "check.path", "#", 'check = { path = "/me#x" }'),
        (8, "windows[2]", "windows[1]", f"{_GETS}{_LIMIT}{_LIMIT}"),
        (12, "windows[3]", "windows[1]", f"{_GETS}{_LIMIT}{_DAY}{_MINUTES}"),
        (
            4,
            "oauth.check.method",
            "oauth.identity.user",
            f"{_GETS}[oauth]\n"
            f'authorize = "https://a.example/a"\n'
            f'token = "https://a.example/t"\n'
            f'pattern = "[a-f0-9]{{64}}"\n'
            f'check = {{ path = "/x", method = "HEAD" }}\n'
            f'identity = {{ user = "id" }}',
        ),
    ],
)
def test_what_can_never_work_is_a_problem_with_its_line(
    line: int, key: str, words: str, text: str
) -> None:
    found = _problems(text)
    assert [key] == [each[1] for each in found], found
    if not key.startswith("oauth"):
        assert line == found[0][0]
    assert found[0][0] > 0
    assert words in found[0][2]


@each_case(
    "host",
    [
        "*.acme.example",
        "{tenant}.acme.example",
        "<host>",
        "api..acme.example",
        ".acme.example",
        "a|b.example",
        "a%20b.example",
        "a,b.example",
        "$HOST",
        "x" * 64 + ".example",
        "-.example",
        "a;b.example",
    ],
)
def test_a_host_that_no_server_has_is_a_problem(host: str) -> None:
    text = f'name = "acme"\naddress = "https://{host}"\ncheck = "/me"\n'
    with pytest.raises(DeclarationError) as caught:
        read_declaration(text, "acme.toml")
    assert [(2, "address")] == [(each.line, each.key) for each in caught.value.problems]


@each_case(
    "host",
    [
        "api.acme.example",
        "API.Acme.Example:8443",
        "a_b.example",
        "127.0.0.1",
        "[::1]:80",
        "münchen.example",
        "xn--mnchen-3ya.example",
        "api.acme.example.",
        "localhost",
        "a-b.c",
    ],
)
def test_a_host_that_a_server_may_have_is_none(host: str) -> None:
    read_declaration(f'name = "acme"\naddress = "https://{host}"\ncheck = "/me"\n', "acme.toml")


@each_case(
    "text",
    [
        f'{_HEADS}{_LIMIT}reset = {{ header = "R", form = "epoch" }}',
        f'{_HEADS}{_LIMIT}[windows.elsewhere]\nlimit = {{ path = "a" }}',
        f'{_HEADS}[[refusals]]\npath = "a"\nverdict = "expired"',
        f'{_HEADS}[identity]\nuser = {{ header = "X-User" }}',
        f'{_GETS}[[refusals]]\nstatus = 200\npath = "error"\nverdict = "expired"',
        f'{_GETS}[[refusals]]\nstatus = 200\ncontains = "expired"\nverdict = "expired"',
        'check = { path = "/me", success = { status = 204 } }\n'
        "[[refusals]]\n"
        "status = 200\n"
        'verdict = "expired"',
        'check = { path = "/me", success = { path = "ok", equals = 1 } }\n'
        "[[refusals]]\n"
        'path = "ok"\n'
        "equals = 2\n"
        'verdict = "expired"',
        f"{_GETS}[identity]\n"
        f'user = {{ claim = "uid" }}\n'
        f"[credential]\n"
        f"signed = true\n"
        f"[[tokens]]\n"
        f'prefix = "ac_"',
        f'{_GETS}[identity]\nuser = {{ claim = "uid" }}',
        f"{_GETS}{_LIMIT}{_DAY}",
    ],
)
def test_what_works_is_no_problem(text: str) -> None:
    assert [] == _problems(text)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_ready_made_declarations_contradict_nothing(name: str) -> None:
    assert [] == list(find_contradictions(TABLES[name]))


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 600) | st.sampled_from(["", "HEAD", "a", "1h"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["path", "method", "success", "status", "equals", "limit", "reset", "user", "claim",
                 "signed", "check_only", "contains", "header", "length", "name"]
            ),
            inner, max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(
            ["check", "windows", "identity", "refusals", "credential", "tokens", "oauth"]
        ),
        _ANY,
    )
)
def test_tables_of_any_values_are_read_without_an_error(table: dict[str, object]) -> None:
    list(find_contradictions(table))
