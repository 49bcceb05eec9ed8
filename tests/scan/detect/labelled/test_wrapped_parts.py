"""A wrapped token of a declared provider is found whole or as a part, at any width."""

import string
from hashlib import sha256
from random import Random

import pytest

from tests.support.scan.searching import search
from tests.support.suite.cases import each_case

_LETTERS = string.ascii_letters + string.digits
# Of each form: how a token begins, and the numbers of characters behind that, between underscores.
_FORMS = {
    "ghp_": (36,), "gho_": (36,), "github_pat_": (22, 59), "glpat-": (20,), "dckr_pat_": (27,),
}  # fmt: skip
_PLACES = (
    ("", ""), ("token=", ""), ('token = "', '"'), ("Authorization: Bearer ", "\n"), ("> ", "\n"),
    ("my token is ", "\n\nthanks\n"),
)  # fmt: skip


def _token(prefix: str, drawn: Random) -> str:
    return prefix + "_".join("".join(drawn.choices(_LETTERS, k=size)) for size in _FORMS[prefix])


@pytest.mark.untraced
@each_case("seam", ["\n", "\r\n", "\n  ", "\\\n"])
@each_case("prefix", [*_FORMS])
def test_a_plainly_wrapped_token_is_found_at_any_width(prefix: str, seam: str) -> None:
    drawn = Random(prefix + seam)
    missed = tried = 0
    for front, end in _PLACES:
        for width in range(len(prefix) + 2, len(prefix) + sum(_FORMS[prefix]), 2):
            token = _token(prefix, drawn)
            text = (
                front
                + seam.join(token[at : at + width] for at in range(0, len(token), width))
                + end
            )
            found = search(text)
            digest = sha256(token.encode()).digest()
            assert all(one.fragment or one.digest == digest for one in found), text
            tried += 1
            missed += not found
    # Lines may look like words by chance.
    assert missed <= tried // 20


@pytest.mark.parametrize(
    "text",
    [
        "npm_config_registry\nNODE_ENV\nnpm_package_name\nGOPATH\nJAVA_HOME\nPATH\n",
        "prefix ghp_\nHello1\nWorld2\nHello3\nWorld4\nHello5\nWorld6\nHello7\n",
        "glpat-your_token_here\nand then it works as the page says, or so it seems\n",
        "ghp_token_of_mine\nexport GITHUB_TOKEN_VALUE\nanother_name_of_a_variable_here\n",
        "ghp_\n\n\n",
        "github_pat_example\nwrites Personal Access Tokens\n",
    ],
)
def test_a_prefix_before_lines_of_words_is_no_part(text: str) -> None:
    assert [] == search(text)
