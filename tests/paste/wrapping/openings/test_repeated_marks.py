"""A token in cells of a table, or in elements of a document, is put together."""

from collections.abc import Callable
from hashlib import sha256
from time import process_time

import pytest

from tests.support.cli.account_store import reveal
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET, random_characters
from tokcheck.paste.wrapping.openings.repeated_marks import NOTE, without_marks
from tokcheck.providers.base import finder_for
from tokcheck.providers.ready_made_providers import load_packaged

_FINDER = finder_for(load_packaged())
_BODY = random_characters(90, 5).translate({45: "k", 95: "Q"})
_TOKENS = {
    "signed": FITBIT, "ya29": GOOGLE, "refresh": GOOGLE_REFRESH, "secret": GOOGLE_SECRET,
    "github": f"ghp_{_BODY[:36]}", "gitlab": f"glpat-{_BODY[:20]}", "anthropic": f"sk-ant-{_BODY}",
}  # fmt: skip
_WAYS: dict[str, Callable[[list[str], int], str]] = {
    "Markdown": lambda pieces, _: "| token |\n|---|\n" + "".join(f"| {p} |\n" for p in pieces),
    "padded": lambda pieces, width: "".join(f"| {p:{width}} |\n" for p in pieces),
    "second column": lambda pieces, width: "".join(
        f"| {'' if number else 'name':4} | {p:{width}} |\n" for number, p in enumerate(pieces)
    ),
    "grid": lambda pieces, width: (
        f"+-{'-' * width}-+\n" + "".join(f"| {p:{width}} |\n" for p in pieces)
    ),
    "box": lambda pieces, width: "".join(f"\u2502 {p:{width}} \u2502\n" for p in pieces),
    "td": lambda pieces, _: "".join(f"<td>{p}</td>" for p in pieces),
    "b": lambda pieces, _: "".join(f"<b>{p}</b>\n" for p in pieces),
    "span": lambda pieces, _: "".join(f'<span class="k">{p}</span>' for p in pieces),
    "rows": lambda pieces, _: "".join(f"<tr>\n <td>{p}</td>\n</tr>\n" for p in pieces),
}  # fmt: skip


@each_case("way", _WAYS)
@each_case("name", _TOKENS)
def test_pieces_between_repeated_marks_are_one_token(name: str, way: str) -> None:
    token = _TOKENS[name]
    missed, wrong = [], []
    for width in (8, 10, 12, 15, 19, 24, 27, 28, 40, 64):
        pieces = [token[at : at + width] for at in range(0, len(token), width)]
        if len(pieces) < 3 or (width < 11 and name == "anthropic"):
            continue
        text = _WAYS[way](pieces, width)
        found = _FINDER.find(text).credential
        if found is None or not (found.flaw or found.doubt or reveal(found.secret) == token):
            missed.append(("validate", width))
        hits = search(text)
        wrong += [width for hit in hits if not hit.fragment and hit.digest != _digest(token)]
        if not hits:
            missed.append(("scan", width))
    assert ([], []) == (missed, wrong)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


@each_case("way", ["Markdown", "td", "b", "span", "rows"])
@each_case("name", ["signed", "ya29", "github"])
def test_short_lines_are_read_whole(name: str, way: str) -> None:
    token = _TOKENS[name]
    for width in (8, 10, 12, 15, 19):
        text = _WAYS[way]([token[at : at + width] for at in range(0, len(token), width)], width)
        paste = _FINDER.find(text)
        assert paste.credential is not None
        assert (token, None) == (reveal(paste.credential.secret), paste.credential.flaw), width
        assert {_digest(token)} == {hit.digest for hit in search(text) if not hit.fragment}, width


def test_the_marks_are_noted() -> None:
    token = _TOKENS["github"]
    text = _WAYS["td"]([token[at : at + 10] for at in range(0, len(token), 10)], 10)
    assert NOTE in _FINDER.find(text).cleaned


def test_two_pieces_are_one_token_if_the_first_is_none() -> None:
    token = _TOKENS["github"]
    for cut in (20, 24, 30, 34):
        text = f"<td>{token[:cut]}</td><td>{token[cut:]}</td>\n"
        assert {_digest(token)} == {hit.digest for hit in search(text) if not hit.fragment}, cut


@pytest.mark.parametrize("front", ["sk-ant-", "glpat-", "hvs."])
def test_a_token_in_front_of_another_element_is_no_stump(front: str) -> None:
    token = front + _BODY[:64]
    for cut in (30, 40, 60):
        text = f"<td>{token[:cut]}</td><td>{token[cut:]}</td>\n"
        assert [] == [
            hit for hit in search(text) if not hit.fragment and hit.digest != _digest(token)
        ]


@pytest.mark.parametrize("template", ["<td>{}</td>\n", "| {} |\n"])
def test_tokens_in_a_column_are_tokens_of_their_own(template: str) -> None:
    tokens = [f"ghp_{_BODY[at : at + 36]}" for at in range(8)]
    text = "".join(map(template.format, tokens))
    assert without_marks(text, ["ghp_"]) is None
    found = search(text)
    assert {_digest(token) for token in tokens} == {hit.digest for hit in found if not hit.fragment}


@pytest.mark.parametrize("text", [
    "| sk-ant |\n| sk-bee |\n| sk-cat |\n", "<td>ghp_</td><td>gho_</td><td>ghu_</td>",
    "| glpat-name | the value |\n| gldt-name | the value |\n", "<b>ya29.</b><b>word</b><b>more</b>",
    "| 1//0 | 2//1 | 3//2 |\n",
])  # fmt: skip
def test_words_in_cells_are_no_token(text: str) -> None:
    assert [] == search(text)


@pytest.mark.parametrize(
    "pieces",
    [["sk-ant-ab1C"], ["sk-ant-ab1C", "glpat-ab1C"], ["1//05tests1", "ya29.ab1C2"], ["abcd1234"]],
)
def test_a_table_of_beginnings_is_read_in_linear_time(pieces: list[str]) -> None:
    def seconds(number: int, read: Callable[[str], object]) -> float:
        text = "".join(f"| {piece} |\n" for piece in pieces * (number // len(pieces)))
        start = process_time()
        read(text)
        return process_time() - start

    for read in (_FINDER.find, search):
        read("| sk-ant-ab1C |\n| abc |\n")
        small = min(seconds(1_000, read) for _ in range(2))
        assert min(seconds(8_000, read) for _ in range(2)) < 16 * max(small, 0.02)
