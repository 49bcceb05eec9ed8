"""Of any declaration, exactly the token is read, or it is refused: never a part called whole."""

import re
import string
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.core.credential import Kind
from tokcheck.providers.base import finder_for
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk

_LETTERS = string.ascii_letters + string.digits
_CLASSES = {
    "[A-Za-z0-9]": _LETTERS, "[0-9a-f]": "0123456789abcdef", r"[\w-]": f"{_LETTERS}_-",
    r"[\w.~+/-]": f"{_LETTERS}_.~+/-", "[A-Za-z0-9/=]": f"{_LETTERS}/=",
    "[A-Za-z0-9:]": f"{_LETTERS}:", "[a-z0-9]": "abcdefghijklmnopqrstuvwxyz0123456789",
}  # fmt: skip
_SIGNS = "_-.~+/=|:"
_PLACES = (
    "{}", "{}\n", "ACME_TOKEN={}\n", "Bearer {}", '"{}"', "'{}', x", "({})", "see {}, or not",
    "`{}`", "https://api.acme.example/?access_token={}&x=1",
    '{{"access_token":"{}","token_type":"bearer"}}',
    "curl -H \"Authorization: Bearer {}\" \\\n  -H 'Accept: */*' https://api.acme.example/v1/me",
    "echo {} | jq .", 'T="{}"\nX=1\n', "<{}>\nx", "https://api.acme.example/{}/more",
    "curl -u {}:x y", "| a |{}| b |", "name: {}: it fails", "https://x:{}@api.acme.example/",
    "$ cat t\n{}\n$ ls\n", "https://{}:x-oauth-basic@api.acme.example/a.git", "* {}\n* x\n",
    "{}; x", "{{{}}}",
)  # fmt: skip


class _DrawnForm(NamedTuple):
    """An expression, and a text that it describes."""

    pattern: str
    body: str


@st.composite
def _runs(draw: st.DrawFn) -> _DrawnForm:
    """Draw characters of one class, of a fixed or an open number, with few or many taken."""
    cls = draw(st.sampled_from([*_CLASSES]))
    least = draw(st.integers(8, 32))
    most = draw(st.sampled_from([least, least, least + 4, least + 40]))
    count = draw(st.integers(least, most))
    drawn = Random(draw(st.integers(0, 2**32)))
    body = "".join(drawn.choices(_CLASSES[cls], k=count - 1)) + drawn.choice("f0")
    lazy = draw(st.sampled_from(["", "", "?"]))
    number = f"{{{least}}}" if least == most else f"{{{least},{most}}}{lazy}"
    return _DrawnForm(f"{cls}{number}", body)


@st.composite
def _forms(draw: st.DrawFn) -> list[_DrawnForm]:
    """Draw the expressions of one or two forms; the last part of the first token is its body."""
    first, second = draw(_runs()), draw(_runs())
    sign = draw(st.sampled_from(["", *_SIGNS]))
    escaped = re.escape(sign)
    both = _DrawnForm(
        f"{first.pattern}{escaped}{second.pattern}", f"{first.body}{sign}{second.body}"
    )
    match draw(st.integers(0, 6)):
        case 0:
            return [first]
        case 1:
            return [both]
        case 2:
            lazy = draw(st.sampled_from(["?", "??"]))
            optional = f"{first.pattern}(?:{escaped}{second.pattern}){lazy}"
            return [_DrawnForm(optional, draw(st.sampled_from([first, both])).body)]
        case 3:
            parts = draw(st.permutations([first.pattern, both.pattern]))
            return [_DrawnForm("|".join(parts), draw(st.sampled_from([first, both])).body)]
        case 4:
            return [first, both]
        case 5:
            return [both, first]
        case _:
            return [second, first]


def _table(forms: list[_DrawnForm]) -> dict[str, Any]:
    return {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/v1/me",
        "tokens": [{"prefix": "acme_", "pattern": form.pattern} for form in forms],
    }


def _sendable_token(table: dict[str, Any], text: str) -> str | None:
    """Return the access token that would be sent."""
    found = finder_for({"acme": provider_of(table)}).find(text, "acme").credential
    if found is None or found.flaw is not None or found.kind is not Kind.ACCESS_TOKEN:
        return None
    return found.secret.reveal()


def _is_of_form(table: dict[str, Any], raw: str) -> bool:
    return any(
        re.fullmatch(f"(?a:acme_(?:{form['pattern']}))", raw) is not None
        for form in table["tokens"]
    )


def _check(forms: list[_DrawnForm], text: str, whole: set[str]) -> None:
    table = _table(forms)
    assert _sendable_token(table, text) in {None, *whole}, (table["tokens"], text)
    digests = {sha256(each.encode()).digest() for each in whole}
    search = Searcher(NOW.timestamp(), tables=[table])
    for one in search(Chunk("a", text.encode())):
        if one.provider == "acme" and one.kind is Kind.ACCESS_TOKEN:
            assert one.fragment or one.digest in digests, (table["tokens"], text)


@given(_forms(), st.sampled_from(_PLACES))
def test_exactly_the_token_or_none_is_read_in_any_place(
    forms: list[_DrawnForm], place: str
) -> None:
    token = f"acme_{forms[0].body}"
    text = place.format(token)
    whole = {token}
    # A longer text may be of the form as well, as with the next part of an address.
    for more in ("/more", ":x", ":x-oauth-basic", ":", "|", "/"):
        if place.partition("{}")[2].startswith(more) and _is_of_form(_table(forms), token + more):
            whole.add(token + more)
    _check(forms, text, whole)


@given(
    _forms(),
    st.text(f"aB3{_SIGNS}", min_size=1, max_size=6)
    | st.sampled_from(["-backup", "/xyz123abc", "=="]),
    st.sampled_from(_PLACES[:8]),
)
def test_a_token_that_goes_on_is_damaged(forms: list[_DrawnForm], more: str, place: str) -> None:
    token = f"acme_{forms[0].body}"
    longer = token + more
    ends = {longer, longer.rstrip("."), longer.rstrip(".:")}
    if not more.strip(".:"):
        ends.add(token)
    table = _table(forms)
    _check(forms, place.format(longer), {each for each in ends if _is_of_form(table, each)})


@given(_forms(), st.data(), st.sampled_from(_PLACES[:15]))
def test_a_token_that_lost_its_end_is_never_read_as_a_shorter_one(
    forms: list[_DrawnForm], data: st.DataObject, place: str
) -> None:
    token = f"acme_{forms[0].body}"
    part = token[: -data.draw(st.integers(1, 6))]
    ends = {part, part.rstrip("."), part.rstrip(".:")}
    _check(forms, place.format(part), {each for each in ends if _is_of_form(_table(forms), each)})


_T = "acme_a1B2c3D4e5F6g7H8:i9J0k1L2m3N4o5P6"
_HALF = "[A-Za-z0-9]{16}"


@each_case(
    "patterns",
    [
        (f"{_HALF}|{_HALF}:{_HALF}",), (f"{_HALF}(?::{_HALF})??",), (_HALF, f"{_HALF}:{_HALF}"),
        ("[A-Za-z0-9:]{16,40}?",), (f"{_HALF}:{_HALF}", _HALF), (f"{_HALF}(?::{_HALF})?",),
    ],
)  # fmt: skip
def test_the_longest_text_that_is_declared_counts(patterns: tuple[str, ...]) -> None:
    table = _table([_DrawnForm(each, "") for each in patterns])
    for place in _PLACES[:12]:
        assert _T == _sendable_token(table, place.format(_T)), place
        assert _sendable_token(table, place.format(_T[:-3])) in {None, _T[:-3]}
    (found,) = Searcher(NOW.timestamp(), tables=[table])(Chunk("a", f"t = '{_T}'".encode()))
    assert (len(_T), False) == (found.end_column - found.column, found.fragment)


def test_digits_of_either_declared_number_are_whole() -> None:
    table = _table([_DrawnForm("[a-f0-9]{16}|[a-f0-9]{32}", "")])
    digits = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    for token in (f"acme_{digits}", f"acme_{digits[:16]}"):
        assert token == _sendable_token(table, token)
    assert None is _sendable_token(table, f"acme_{digits[:24]}")


@given(
    _forms(), st.data(), st.sampled_from(["\n", "\r\n", "\n    ", " \\\n  ", "<br>", '" +\n  "'])
)
def test_no_part_of_a_wrapped_token_is_read(
    forms: list[_DrawnForm], data: st.DataObject, newline: str
) -> None:
    token = f"acme_{forms[0].body}"
    at = data.draw(st.integers(len("acme_") + 4, len(token) - 4))
    # Some rests read as a line of their own, or begin as what marks a line.
    assume(re.match(r"\w{1,40}[=:|]|.{0,3}[.=:|]|[+/|]", token[at:]) is None)
    quote = '"' if '"' in newline else ""
    text = f"{quote}{token[:at]}{newline}{token[at:]}{quote}"
    assert _sendable_token(_table(forms), text) in {None, token}, (forms, text)
