"""A token that string literals split in or near its prefix is whole, or named as incomplete."""

from random import Random

import pytest

from tests.support.cli.account_store import reveal
from tests.support.scan.random_match import random_match
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET, random_characters
from tokcheck.core.credential import Credential, Flaw
from tokcheck.paste.finder.split_literals import join_literals
from tokcheck.providers import FINDER
from tokcheck.providers.base import finder_for
from tokcheck.providers.known_services.undeclared import UNDECLARED
from tokcheck.providers.ready_made_providers import load_packaged

_FINDER = finder_for(load_packaged())
_DECLARED = {
    prefix: prefix + random_characters(36, 5).translate({45: "k", 95: "Q"})
    for prefix in ("ghp_", "gho_", "glpat-", "gldt-", "dckr_pat_")
}
_BUILT_IN = {"eyJ": FITBIT, "ya29.": GOOGLE, "1//0": GOOGLE_REFRESH, "GOCSPX-": GOOGLE_SECRET}
_OTHERS = {
    form.prefix: form.prefix + random_match(form.rest, Random(form.prefix))
    for service in UNDECLARED
    for form in service.forms
    if len(form.prefix) > 2 and form.prefix.strip("| ") == form.prefix
}
_TOKENS = _BUILT_IN | _DECLARED | _OTHERS
_JOINTS = (
    'T = "{}" + "{}"\n', "$t = '{}' . '{}';\n", 'T = "{}" "{}"\n', 'T = "{}" \\\n    "{}"\n',
    'T = ("{}"\n     "{}")\n', 'T = "{}" & "{}"\n', "t = '{}' || '{}'\n", 't = "{}" <> "{}"\n',
    'T = "".join(["{}", "{}"])\n', "t = `{}` + `{}`\n", '"T = \\"{}\\" + \\"{}\\""\n',
    "q=%22{}%22%20%2B%20%22{}%22\n", 'T = f"{}" + f"{}"\n', 't = """{}""" + """{}"""\n',
    'x = "Bearer {}" + "{}"\n', 'print("\\n{}" + "{}")\n',
)  # fmt: skip
_STATEMENTS = (
    'A = "{}"\nB = "{}"\nT = A + B\n', 't = "{}"\nt += "{}"\n',
    "const a = '{}';\nconst b = '{}';\nconst t = `${{a}}${{b}}`;\n",
)  # fmt: skip


def _read(text: str) -> Credential | None:
    return _FINDER.find(text).credential


@each_case("prefix", _TOKENS)
def test_literals_beside_each_other_are_joined(prefix: str) -> None:
    token = _TOKENS[prefix]
    failed = []
    for joint in _JOINTS:
        for at in range(1, len(prefix) + 3):
            found = _read(joint.format(token[:at], token[at:]))
            whole = found is not None and reveal(found.secret) == token and not found.flaw
            if not whole and (found is None or found.flaw is not Flaw.CUT_OFF):
                failed.append((joint, at))
    assert [] == failed


@each_case("prefix", _TOKENS)
def test_a_token_that_statements_join_is_never_overlooked(prefix: str) -> None:
    token = _TOKENS[prefix]
    for statements in _STATEMENTS:
        for at in range(1, len(prefix) + 1):
            found = _read(statements.format(token[:at], token[at:]))
            assert found is not None, (statements, at)
            assert found.flaw is Flaw.CUT_OFF or found.doubt, (statements, at)


@each_case("prefix", ["ghp_", "glpat-", "npm_", "hf_", "sk-ant-oat"])
def test_a_token_that_operators_split_anywhere_is_no_stump(prefix: str) -> None:
    token = _TOKENS[prefix]
    for at in range(1, len(token)):
        found = _read(f'T = "{token[:at]}" + "{token[at:]}"\n')
        assert found is not None
        assert (token, None) == (reveal(found.secret), found.flaw), at


def test_the_joints_are_noted() -> None:
    token = _TOKENS["ghp_"]
    for text, words in (
        (f'T = "gh" + "{token[2:]}"', "a string concatenation inside it"),
        (f'T = "g" + "h" + "{token[2:]}"', "2 string concatenations inside it"),
    ):
        assert words in _FINDER.find(text).cleaned
        assert FINDER.find(text).may_be_declared


@pytest.mark.parametrize("text", [
    'args = ["gh", "pr", "p_value", "list"]\n',
    'x = {"gh": "p_abcdefghijklmnop", "gl": "at-abcdefgh"}\n',
    'registry = "npm" + "_config_registry_url_of_the_package"\n',
    'prefixes = ["ghp_", "gho_", "ghu_"]\ndigest = "3f786850e387550fdab836ed7e6dc881de23001b"\n',
    'a = "G" + "OCART"\n', 'x = "1" + "/" + "0" + "9"\n', 'x = "ya" "hoo.example.com"\n',
])  # fmt: skip
def test_words_in_literals_are_no_token(text: str) -> None:
    assert _read(text) is None


def test_a_whole_token_is_not_joined_to_an_independent_literal() -> None:
    token = _TOKENS["ghp_"]
    for text in (
        f'curl -H "{token}" "abcdefghij"', f'x = ["{token}", "abc"]', f'{{"a": "{token}", "b": 1}}',
        f'{{"ghp_": "x", "{token}": "abc"}}',
    ):  # fmt: skip
        assert join_literals(text, ["ghp_"]) is None
        found = _read(text)
        assert found is not None
        assert (token, None) == (reveal(found.secret), found.flaw)


@each_case("front", ["%22", "a%20", "\\n", "\\t", "\\u0022", "\\x22", "%0A", "%3D"])
def test_an_escape_in_front_of_a_prefix_is_no_part_of_it(front: str) -> None:
    for token in (_TOKENS["hf_"], _TOKENS["AKIA"], _TOKENS["ghp_"]):
        found = _read(f"x{front}{token}")
        assert found is not None
        assert (token, None) == (reveal(found.secret), found.flaw)
