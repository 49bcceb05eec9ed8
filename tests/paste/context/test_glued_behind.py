"""A token of a declared form with characters glued to its end is not of that form."""

from typing import Any

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.core.credential import Credential, Flaw
from tokcheck.paste.flaws import GLUED_BEHIND
from tokcheck.providers.base import finder_for
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk

_BODY = "k3zxq9ft2vlm7rwyc5jzk3xbq9fp4d"
_TOKEN = f"acme_{_BODY}"


def _table(*patterns: str) -> dict[str, Any]:
    return {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/v1/me",
        "tokens": [{"prefix": "acme_", "pattern": each} for each in patterns],
    }


def _credential(text: str, *patterns: str) -> Credential:
    found = finder_for({"acme": provider_of(_table(*patterns))}).find(text, "acme").credential
    assert found is not None
    return found


def _findings(text: str, *patterns: str) -> list[tuple[int, bool]]:
    """Return the number of characters of each finding, and whether it is a fragment."""
    search = Searcher(NOW.timestamp(), tables=[_table(*patterns)])
    return [
        (one.end_column - one.column, one.fragment) for one in search(Chunk("a", text.encode()))
    ]


_GLUED = (
    ("[a-z0-9]{30}", "4b7k"),
    ("[a-zA-Z0-9]{30}", "aB7k"),
    ("[a-z0-9]{30}", "QQQ"),
    ("[a-z0-9]{30}", "-XYZ"),
    ("[a-z0-9]{30}", "_7"),
    ("[a-z0-9]{30}", ".x9"),
    ("[a-z0-9]{30}", "~x9"),
    ("[a-z0-9]{20,30}", "kxzq"),
    ("[a-z0-9]{20,}", "-XYZ"),
    *(
        ("[a-z0-9]{30}", more)
        for more in (
            "/xyz123abc", "+/abc=", "==", "=", ":x", "|x", "|", "/", "+", "~", "_", "-", "..x",
            "/.", "-_", ":~/x", "+x", "::x", ".:x", "=x",
        )
    ),
    ("[a-z0-9]{20,30}", "/xyz"),
    ("[a-z0-9]{20,30}", "=="),
    ("[a-z0-9]{20,30}", ":x"),
    ("[a-z0-9]{20,30}", "-x"),
    ("[a-z0-9]{20,}", "XYZ"),
)  # fmt: skip


@each_case(("pattern", "behind"), _GLUED)
@each_case("text", ["{}", "ACME_TOKEN={}\n", "<{}>", '{{"access_token": "{}"}}', "{}%", "`{}`"])
def test_a_token_with_characters_glued_to_its_end_is_damaged(
    pattern: str, behind: str, text: str
) -> None:
    text = text.format(f"{_TOKEN}{behind}")
    credential = _credential(text, pattern)
    assert credential.flaw is not None, credential.secret.reveal()
    assert {(len(_TOKEN + behind), True)} == {*_findings(text, pattern)} or pattern == _GLUED[-1][0]


@each_case(
    "behind",
    [
        "anna@host:~/work$ ", "bash-5.2$ ", "sftp> ", "PS C:\\Users> ", "mydb=# ", "router# ",
    ],
)  # fmt: skip
def test_a_prompt_behind_a_token_is_stripped(behind: str) -> None:
    credential = _credential(_TOKEN + behind, "[a-z0-9]{30}")
    assert (None, _TOKEN) == (credential.flaw, credential.secret.reveal())
    assert [(len(_TOKEN), False)] == _findings(_TOKEN + behind, "[a-z0-9]{30}")


@each_case(
    "more", ["&#x2F;xyz", "&#61;", "\\/xyz", "\\u002fxyz", "%2Fxyz", "%3D%3D", "\\_x", "&sol;xyz"]
)
def test_a_sign_in_another_notation_is_glued_as_well(more: str) -> None:
    for text in ("{}", 'T="{}"', "Bearer {}\n"):
        assert _credential(text.format(f"{_TOKEN}{more}"), "[a-z0-9]{30}").flaw is not None, text


@each_case("pattern", ["[a-z0-9]{30}", "[a-z0-9]{20,30}"])
def test_what_is_glued_to_a_token_in_one_line_is_no_next_line(pattern: str) -> None:
    credential = _credential(f"{_TOKEN}-x", pattern)
    assert (Flaw.DAMAGED, *GLUED_BEHIND[1:]) == (
        credential.flaw, credential.reason, credential.remedy,
    )  # fmt: skip


@each_case("lost", ["", ":", ":k3z"])
def test_a_token_with_a_part_of_its_optional_end_is_damaged(lost: str) -> None:
    credential = _credential(f"{_TOKEN}{lost}", "[a-z0-9]{30}(?::[a-z0-9]{8})?")
    assert bool(lost) == (credential.flaw is not None)


@each_case(
    "text",
    [
        "{}", "**{}**", "{}-- comment", "{}, and", "see {}.", "{}\\n", "{}%0A", "{}:", "{}: fails",
        "token {}...", "~~{}~~", "https://api.acme.example/{}/me", "https://api.acme.example/{}/",
        "/srv/{}/x", "https://{}:x-oauth-basic@api.acme.example/x", "https://u:{}@api.acme.example",
        "https://{}:@api.acme.example/", "curl -u {}: https://api.acme.example", "|{}|",
        "curl --user {}:x y", "curl -u '{}:x' y", "| x |{}| y |", "| {} |",
        "?a={}&b=c", "echo {} | jq", "<{}>",
        '{{"a":"{}","b":1}}', "{}; x", "{}\t|", "{}!", "{}?", "{}</p>",
    ],
)  # fmt: skip
def test_what_ends_a_token_is_not_glued_to_it(text: str) -> None:
    credential = _credential(text.format(_TOKEN), "[a-z0-9]{30}")
    assert (None, _TOKEN) == (credential.flaw, credential.secret.reveal())


@each_case("patterns", [("[a-z0-9]{16}", "[a-z0-9]{30}"), ("[a-z0-9]{30}", "[a-z0-9]{16}")])
def test_the_form_of_all_of_the_characters_decides(patterns: tuple[str, ...]) -> None:
    credential = _credential(_TOKEN, *patterns)
    assert (None, _TOKEN) == (credential.flaw, credential.secret.reveal())
    assert [(len(_TOKEN), False)] == _findings(_TOKEN, *patterns)
