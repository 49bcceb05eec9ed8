"""A declaration's problems: all at once, each with its line, and no value repeated."""

import pytest

from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT
from tokcheck.core.errors import UsageError
from tokcheck.declarations.declaration_text import DeclarationError, read_declaration
from tokcheck.providers.declared.declaration_table import declaration_from_table

ACME = """\
name = "acme"
address = "https://api.acme.example"
check = "/v1/me"
[[tokens]]
prefix = "acme_"
[[windows]]
length = "1h"
limit = "X-RateLimit-Limit"
remaining = "X-RateLimit-Remaining"
reset = { header = "X-RateLimit-Reset", form = "epoch" }
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DeclarationError) as caught:
        read_declaration(text, "acme.toml")
    assert "acme.toml" in caught.value.message
    return [(problem.line, problem.key) for problem in caught.value.problems]


def test_ten_lines_are_a_declaration() -> None:
    table = read_declaration(ACME, "acme.toml")
    assert 10 == len(ACME.splitlines())
    assert ("acme", "/v1/me") == (table["name"], table["check"])
    assert [{"prefix": "acme_"}] == table["tokens"]


def test_every_problem_is_reported_with_its_line() -> None:
    text = """\
name = "Acme"
address = "http://api.acme.example"
check = { path = "v1", metod = "GET" }
frob = 1
[[tokens]]
kind = "access_token"
[[windows]]
length = "1x"
limit = { header = "X", path = "a" }
[[windows]]
limit = "X-RateLimit-Limit"
reset = { header = "X-RateLimit-Reset" }
[[refusals]]
verdict = "nope"
status = 9
"""
    assert [
        (1, "name"),
        (2, "address"),
        (3, "check.metod"),
        (3, "check.path"),
        (4, "frob"),
        (5, "tokens[1]"),
        (8, "windows[1].length"),
        (9, "windows[1].limit"),
        (12, "windows[2].reset.form"),
        (14, "refusals[1].verdict"),
        (15, "refusals[1].status"),
    ] == problems(text)


@each_case(
    ("line", "key", "old", "new"),
    [
        (2, "address", "https://api.acme.example", "https://user@api.acme.example"),
        (2, "address", "https://api.acme.example", "https://api.acme.example/?token=1"),
        (2, "address", "https://api.acme.example", "http://192.0.2.1"),
        (2, "address", "https://api.acme.example", "ftp://api.acme.example"),
        (2, "address", "https://api.acme.example", "https://"),
        (3, "check", "/v1/me", "https://other.example/v1/me"),
        (3, "check", "/v1/me", "/v1/../me"),
        (3, "check", "/v1/me", "/v1/me there"),
        (5, "tokens[1].prefix", "acme_", "a b"),
        (7, "windows[1].length", "1h", "0s"),
        (8, "windows[1].limit", "X-RateLimit-Limit", "X RateLimit"),
        (10, "windows[1].reset", '{ header = "X-RateLimit-Reset", form = "epoch" }', '"soon"'),
        (10, "windows[1].reset.form", '"epoch"', '"guess"'),
    ],
)
def test_a_wrong_value_is_a_problem(line: int, key: str, old: str, new: str) -> None:
    assert old in ACME
    assert [(line, key)] == problems(ACME.replace(old, new, 1))


@each_case(
    ("key", "text"),
    [
        ("windows[2]", '[[windows]]\nlimit = "A"\nremaining = "B"\nused = "C"\n'),
        ("windows[2]", '[[windows]]\nused = "C"\n'),
        ("windows[2]", '[[windows]]\nlimit = "A"\nreset = "aligned"\n'),
        ("windows[2]", "[[windows]]\n"),
        ("windows[2].used", '[[windows]]\nlimit = "A"\nused = { path = "a", item = 1 }\n'),
        ("windows[2].used.pattern", '[[windows]]\nlimit="A"\nused={header="B",pattern="[0-9]+"}'),
        ("windows[2].used.pattern", '[[windows]]\nlimit="A"\nused={header="B",pattern="("}'),
        ("refusals[1]", '[[refusals]]\nverdict = "expired"\n'),
        ("refusals[1]", '[[refusals]]\nverdict = "expired"\nstatus = 401\nequals = "x"\n'),
        ("refusals[1].verdict", '[[refusals]]\nverdict = "valid"\nstatus = 401\n'),
        ("sources", 'extra = [1]\n[[tokens]]\nprefix = "ab_"\n'),
    ],
)
def test_what_contradicts_itself_is_a_problem(key: str, text: str) -> None:
    if key == "sources":
        assert [(4, "sources")] == problems(ACME.replace("[[tokens]]", "sources = [1]\n[[tokens]]"))
    else:
        assert [key] == [found for _, found in problems(f"{ACME}{text}")]


def test_a_missing_key_is_named() -> None:
    assert [(0, "address"), (0, "check")] == problems('name = "acme"\n')


def test_no_value_is_repeated() -> None:
    token = FITBIT
    with pytest.raises(DeclarationError) as caught:
        read_declaration(f'name = "{token}"\naddress = "{token}"\ncheck = "/{token}"', "a.toml")
    assert 3 == len(caught.value.problems)
    assert "eyJ" not in caught.value.message + caught.value.hint


def test_what_is_no_toml_has_its_line() -> None:
    with pytest.raises(UsageError, match="line 2"):
        read_declaration('name = "acme"\naddress = \n', "acme.toml")


def test_windows_differ_in_name_or_in_length() -> None:
    window = '[[windows]]\n{}length = "{}"\ndocumented = 5\n'
    front = ACME.partition("[[tokens]]")[0]
    named = front + window.format("", "1h") + window.format('name = "a"\n', "60m")
    assert 2 == len(read_declaration(named, "acme.toml")["windows"])
    assert [(7, "windows[2]")] == problems(
        front + window.format("", "1h") + window.format("", "60m")
    )


def test_a_window_is_at_most_as_long_as_requests_are_remembered() -> None:
    assert [(7, "windows[1].length")] == problems(ACME.replace('"1h"', '"32d"'))


OAUTH = """\
[oauth]
authorize = "https://acme.example/authorize"
token = "https://acme.example/token"
"""


def test_an_oauth_part_needs_two_addresses() -> None:
    table = read_declaration(ACME + OAUTH, "acme.toml")
    assert {"authorize", "token"} == table["oauth"].keys()
    assert [(11, "oauth.authorize"), (11, "oauth.token")] == problems(f"{ACME}[oauth]\n")


@each_case(
    ("line", "key", "text"),
    [
        (14, "oauth.revoke", 'revoke = "http://acme.example/revoke"'),
        (14, "oauth.client_login", 'client_login = "header"'),
        (14, "oauth.separator", 'separator = ";"'),
        (14, "oauth.scopes", 'scopes = ["a b"]'),
        (14, "oauth.scopes", 'scopes = ["a,b"]'),
        (11, "oauth", 'default_scopes = ["a"]'),
        (14, "oauth.parameters.state", 'parameters = { state = "x" }'),
        (14, "oauth.token_form.client_secret", 'token_form = { client_secret = "x" }'),
        (14, "oauth.refresh_form.refresh_token", 'refresh_form = { refresh_token = "x" }'),
        (11, "oauth", 'check = "/info"'),
        (11, "oauth", 'identity = { user = "id" }'),
        (14, "oauth.pattern", 'pattern = "("\ncheck = "/info"'),
        (14, "oauth.secret", 'secret = "x"'),
    ],
)
def test_a_wrong_value_of_an_oauth_part_is_a_problem(line: int, key: str, text: str) -> None:
    assert [(line, key)] == problems(f"{ACME}{OAUTH}{text}\n")


def sentences(text: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        read_declaration(text, "acme.toml")
    return [problem.words for problem in caught.value.problems]


def test_what_contradicts_itself_is_reported_beside_wrong_values() -> None:
    text = f"""\
{ACME}[[windows]]
length = "2d"
limit = "X Y"
remaining = "B"
used = "C"
reset = "aligned"
[[windows]]
length = "60m"
frob = 1
[[refusals]]
equals = "x"
verdict = "nope"
[oauth]
authorize = "http://acme.example"
default_scopes = ["a"]
"""
    assert [
        (11, "windows[2]"),
        (11, "windows[2]"),
        (13, "windows[2].limit"),
        (17, "windows[3]"),
        (17, "windows[3]"),  # two windows of one hour
        (19, "windows[3].frob"),
        (20, "refusals[1]"),
        (20, "refusals[1]"),
        (22, "refusals[1].verdict"),
        (23, "oauth"),
        (23, "oauth.token"),
        (24, "oauth.authorize"),
    ] == problems(text)


@each_case(
    ("words", "text"),
    [
        (
            "a table with form alone, because the reset is aligned",
            '[[windows]]\nlength = "1m"\nlimit = "A"\nreset = { header = "B", form = "aligned" }\n',
        ),
        (
            "a table with a length of at most 1d, because the reset is aligned to midnight",
            '[[windows]]\nlength = "7d"\nlimit = "A"\nreset = "aligned"\n',
        ),
        (
            "a table with limit, to which current is compared",
            '[[windows]]\nremaining = "A"\ncurrent = "B"\n',
        ),
        (
            "a table with exactly one of header, path and claim",
            '[identity]\nuser = { header = "A", claim = "b" }\n',
        ),
        (
            "a table that has claim and none of item, where, parameter and pattern",
            '[identity]\nuser = { claim = "b", pattern = "(.)" }\n',
        ),
        (
            "a table with path, to which equals applies",
            '[oauth]\nauthorize = "https://a.example/"\ntoken = "https://a.example/t"\n'
            'pattern = "x"\ncheck = { path = "/x", success = { equals = true } }\n',
        ),
        (
            "a table with equals or with contains, not with both",
            '[[refusals]]\nverdict = "expired"\npath = "a"\nequals = "b"\ncontains = "c"\n',
        ),
    ],
)
def test_what_a_table_contradicts_is_said(words: str, text: str) -> None:
    (found,) = sentences(f"{ACME}{text}")
    assert f"must be {words}." in found


@each_case(
    ("words", "line"),
    [
        ("from 0 to 1000", "cost = -1"),
        ("letters, digits and hyphens", 'headers = { "X:Y" = "a" }'),
        ("that tokcheck sets itself", 'headers = { Content-Length = "9" }'),
        ("that tokcheck sets itself", 'headers = { authorization = "a" }'),
        ("in ASCII", 'headers = { X-A = "ü" }'),
    ],
)
def test_a_check_s_problem_says_what_is_allowed(words: str, line: str) -> None:
    (found,) = sentences(ACME.replace('check = "/v1/me"', f'check = {{ path = "/me", {line} }}'))
    assert words in found


def test_a_header_cannot_be_the_one_that_holds_the_token() -> None:
    check = 'check = { path = "/me", headers = { x-key = "a" } }'
    text = f'{ACME.replace("check =", "# ", 1)}[credential]\nheader = "X-Key"\n'
    (found,) = sentences(text.replace("\naddress", f"\n{check}\naddress", 1))
    assert "must be a table with check.headers without x-key, the header of the token" in found


@each_case("name", ["fitbit", "google-health"])
def test_the_name_of_a_built_in_provider_is_a_problem(name: str) -> None:
    (found,) = sentences(ACME.replace('"acme"', f'"{name}"', 1))
    assert f"line 1: name must be another one: {name} is a built-in provider." == found


@each_case(
    ("key", "text"),
    [
        ("windows[1].elsewhere", "elsewhere = {}"),
        ("windows[1].elsewhere", 'elsewhere = { limit = "A", remaining = "B", used = "C" }'),
        ("windows[1].elsewhere.when", 'elsewhere = { limit = "A", when = "b" }'),
        ("windows[1].elsewhere.reset.form", 'elsewhere = { limit="A", reset={ header="B" } }'),
    ],
)
def test_a_wrong_place_elsewhere_is_a_problem(key: str, text: str) -> None:
    assert [(11, key)] == problems(f"{ACME}{text}\n")


@each_case(
    ("key", "line"),
    [
        ("check", 'form = { a = "b" }'),
        ("check", 'body = { a = "b" }'),
        ("check", 'method = "POST", body = { a = "b" }, form = { a = "b" }'),
        ("check.body", 'method = "POST", body = { a = 2026-11-28 }'),
        ("check.body", 'method = "POST", body = { a = inf }'),
    ],
)
def test_a_body_is_one_and_is_sent(key: str, line: str) -> None:
    text = ACME.replace('check = "/v1/me"', f'check = {{ path = "/me", {line} }}')
    assert [(3, key)] == problems(text)


_SLOW = "must be a regular expression that takes little time for any text"
_TOKENS = '[[tokens]]\nprefix = "ac_"\n'


@each_case(
    ("words", "lines"),
    [
        *(
            (_SLOW, f"{table}{key} = '{pattern}'")
            for table, key in ((_TOKENS, "pattern"), (f"{_TOKENS}pattern = 'a'\n", "whole"))
            for pattern in ("(a+)+b", r"(.)\1", ".*.*.*b", "(?P<a>.)(?P=a)")
        ),
        (_SLOW, "[identity]\nuser = { header = 'a', pattern = '(a+)+b' }"),
        ("must be a regular expression for what follows the prefix", f"{_TOKENS}pattern = '('"),
        (
            "must be a regular expression with the value as its first group",
            "[identity]\nuser = { header = 'a', pattern = 'a' }",
        ),
    ],
)
def test_a_problem_tells_a_slow_regular_expression_from_a_malformed_one(
    words: str, lines: str
) -> None:
    (found,) = sentences(f"{ACME}{lines}\n")
    assert words in found
    assert ("\\1" in found) is (words == _SLOW)


@each_case("key", ["pattern", "whole"])
@each_case("pattern", ["(?i)[a-z0-9]{30}", "(?x) [a-z0-9]{30} # all", "(?s).{30}", "(?a)[a-z]{30}"])
def test_a_token_has_a_pattern_without_flags_for_all_of_it(key: str, pattern: str) -> None:
    text = ACME.replace('prefix = "acme_"', f"prefix = 'acme_'\n{key} = '{pattern}'")
    assert [(6, f"tokens[1].{key}")] == problems(text)
    assert "without flags" in sentences(text)[0]
    assert "(?i:...)" in sentences(text)[0]


def test_a_flag_may_apply_to_a_part_of_a_pattern() -> None:
    pattern = "(?i:[a-f]{10})[0-9]{20}"
    text = ACME.replace('prefix = "acme_"', f"prefix = 'acme_'\npattern = '{pattern}'")
    assert pattern == read_declaration(text, "acme.toml")["tokens"][0]["pattern"]


@each_case(
    "header",
    ["Host", "connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Expect", "TE",
     "Trailer", "Accept", "Accept-Encoding", "User-Agent", "Content-Type", "Cookie",
     "Proxy-Authorization"],
)  # fmt: skip
def test_a_token_is_in_no_header_with_another_meaning(header: str) -> None:
    line = f'credential = {{ header = "{header}", scheme = "" }}\n'
    text = ACME.replace("[[tokens]]", f"{line}[[tokens]]")
    assert [(4, "credential.header")] == problems(text)
    assert "such as Host" in sentences(text)[0]


@each_case("header", ["Authorization", "authorization", "X-Api-Key", "Private-Token"])
def test_a_token_may_be_in_a_header_of_its_own(header: str) -> None:
    line = f'credential = {{ header = "{header}" }}\n'
    table = read_declaration(ACME.replace("[[tokens]]", f"{line}[[tokens]]"), "acme.toml")
    assert header == table["credential"]["header"]


def test_scopes_contain_those_that_theirs_contain() -> None:
    text = f'{ACME}[scopes.contains]\nall = ["Write"]\nWrite = ["read", "all"]\n'
    declaration = declaration_from_table(read_declaration(text, "acme.toml"))
    everything = frozenset({"all", "write", "read"})
    assert {"all": everything, "write": everything} == declaration.contained_scopes


@each_case(
    ("key", "line"),
    [
        (".a b", '"a b" = ["c"]'),
        (".a", "a = []"),
        (".a", 'a = "c"'),
        (".a", 'a = ["c", "c d"]'),
    ],
)
def test_a_wrong_list_of_contained_scopes_is_a_problem_of_its_line(key: str, line: str) -> None:
    text = f'{ACME}[scopes.contains]\nok = ["c"]\n{line}\n'
    assert [(13, f"scopes.contains{key}")] == problems(text)
    (found,) = sentences(text)
    assert "must be a table of scopes, each with a list of the scopes that it includes" in found


def test_each_wrong_entry_of_a_table_is_a_problem_of_its_line() -> None:
    check = '[check]\npath = "/me"\n[check.headers]\nX-A = "ü"\nX-B = "b"\n"X:Y" = "c"\n'
    text = f'name = "acme"\naddress = "https://api.acme.example"\n{check}'
    assert [(6, "check.headers.X-A"), (8, "check.headers.X:Y")] == problems(text)
    oauth = 'authorize = "https://a.example"\ntoken = "https://a.example"\n'
    parameters = f"{ACME}[oauth]\n{oauth}[oauth.parameters]\nb = 1\n"
    assert [(15, "oauth.parameters.b")] == problems(parameters)


def test_a_token_in_the_place_of_an_entry_s_key_is_not_repeated() -> None:
    (found,) = sentences(f'{ACME}[scopes.contains]\n"{FITBIT}" = []\n')
    assert "line 12: scopes.contains." in found
    assert "eyJ" not in found


def test_a_form_of_which_no_token_is_ever_read_is_a_problem() -> None:
    form = '[[tokens]]\nprefix = "acme_"\npattern = "[a-z0-9]{30}"\n'
    base = 'name = "acme"\naddress = "https://api.acme.example"\ncheck = "/v1/me"\n'
    other = f'{form}kind = "refresh_token"\n'
    assert [(4, "tokens")] == problems(base + form + other)
    with pytest.raises(DeclarationError, match="refresh_token is never read"):
        read_declaration(base + form + other, "acme.toml")
    for more in (form, other.replace("acme_", "acmer_"), other.replace("30", "40")):
        assert 2 == len(read_declaration(base + form + more, "acme.toml")["tokens"])
