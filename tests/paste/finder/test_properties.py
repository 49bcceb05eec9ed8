"""Properties of every paste, tested on generated ones."""

import json
import re
import string
from itertools import permutations
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.providers.copied_formats import COMMANDS, OTHERS, put
from tests.support.providers.paste_checks import hard_wrap, read, sendable_token
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, TOKEN_CHARACTERS, fitbit, google
from tokcheck.core.credential import Kind

EXAMPLES = settings(
    max_examples=inputs(300),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
MANY = settings(EXAMPLES, max_examples=inputs(700))

TEMPLATES = [template for _, template in COMMANDS.values()] + list(OTHERS.values())
# Underscores are a token's own characters, and a word behind it on its line may be its last: at a
# wrapped token's end nobody can tell them apart, and it is called incomplete.
WRAPPABLE = [template for template in TEMPLATES if not re.search(r"_@_|@[ \t]+\S|@/", template)]

fitbit_tokens = st.builds(
    fitbit,
    scopes=st.lists(st.sampled_from(["rset", "wset", "rsle", "ract", "whr"]), max_size=5).map(
        " ".join
    ),
    sub=st.text(string.ascii_uppercase + string.digits, min_size=6, max_size=6),
    iat=st.integers(1_400_000_000, 2_000_000_000),
)
google_tokens = st.integers(0, 10_000).map(str).map(google)
tokens = fitbit_tokens | google_tokens

newlines = st.sampled_from(
    ["\n", "\r\n", "\r", "\u2028", "\x85", "\n  ", "\n\t", "\n> ", "\n# ", "=\n", "\\\n", "\\n"]
)
seams = st.sampled_from(
    ['" + "', '" +\n    "', "'\n    '", "' .\n '", '" & _\r\n "', '" \\\n"', '"\n  + "', '" .. "']
)
fronts = st.sampled_from(
    ["", "Bearer ", "bearer ", "Authorization: Bearer ", "BearerBearer ", "bearer:", "token=",
    "\ufeff",
     "\u200b", "   ", "\t", "> ", "- ", "* ", "see ", "http://127.0.0.1/#access_token=", "$ ",
     "1. "]
)  # fmt: skip
behinds = st.sampled_from(
    ["", "\n", " ", ",", ".", ";", ". Visit https://x.org", "&user_id=7TESTS", " \\\n", "\u200b",
    "\u00a0",
     "\\n", ")", "]", "\r\nAccept: */*\r\n", "%22", " and so on", "?", "!", "|", "\\", "^"]
)  # fmt: skip
quotations = st.sampled_from(
    [("", ""), ('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u00ab", "\u00bb"),
     ("\u300c", "\u300d"), ("(", ")"),
     ("[", "]"), ("<", ">"), ('\\"', '\\"'), ('^"', '^"'), ('""', '""'), ("**", "**"),
     ("\x1b[32m", "\x1b[0m"), ("```\n", "\n```"), ("b'", "'"), ("&quot;", "&quot;")]
)  # fmt: skip


def encode_with(text: str, layers: list[str]) -> str:
    """Put a text through encoders, one after the other."""
    for layer in layers:
        if layer == "json":
            text = json.dumps({"body": text})
        elif layer == "ascii":
            text = json.dumps(text, ensure_ascii=True)
        elif layer == "repr":
            text = repr({"body": text})
        elif layer == "percent":
            text = quote(text, safe="")
        elif layer == "mail":
            text = "> " + text.replace("\n", "\n> ")
        elif layer == "csv":
            text = '"' + text.replace('"', '""') + '"'
    return text


ENCODERS = ["json", "ascii", "repr", "percent", "mail", "csv"]
layers = st.lists(st.sampled_from(ENCODERS), max_size=2, unique=True)


@MANY
@given(tokens, fronts, behinds, st.lists(quotations, max_size=2))
def test_a_wrapped_token_is_restored_exactly(
    token: str, front: str, behind: str, quoting: list[tuple[str, str]]
) -> None:
    text = token
    for opening, closing in quoting:
        text = opening + text + closing
    # Behind a quotation that ends inside an escaped one, another literal of the token may follow.
    is_reopened = len(quoting) > 1 and r"\"" in text
    assert sendable_token(front + text + behind) in {token, None if is_reopened else token}


def read_encoded(template: str, token: str, encoders: list[str]) -> str | None:
    """Return what is read of a copied format that encoders have changed, one after the other."""
    return sendable_token(encode_with(put(template, token), encoders))


@MANY
@given(tokens, st.sampled_from(TEMPLATES), layers)
def test_a_token_is_found_in_an_encoded_command(
    token: str, template: str, encoders: list[str]
) -> None:
    # With four strings around it, what follows a token may read like its next literal.
    is_deep = "\\" in template and len(encoders) > 1
    assert read_encoded(template, token, encoders) in {token, None if is_deep else token}


@pytest.mark.parametrize("encoders", [[], *([encoder] for encoder in ENCODERS)], ids=str)
def test_every_copied_format_is_read_encoded_once(encoders: list[str]) -> None:
    # Quotation marks that are escaped and doubled may also open the token's next literal.
    templates = [item for item in TEMPLATES if encoders != ["csv"] or '\\"' not in item]
    unread = [item for item in templates if GOOGLE != read_encoded(item, GOOGLE, encoders)]
    assert [] == unread


@pytest.mark.parametrize("encoders", list(permutations(ENCODERS, 2)), ids=str)
def test_no_copied_format_is_read_wrongly_encoded_twice(encoders: tuple[str, str]) -> None:
    read_tokens = [read_encoded(item, GOOGLE, list(encoders)) for item in TEMPLATES]
    assert {GOOGLE} == set(read_tokens) - {None}
    assert len(TEMPLATES) - read_tokens.count(None) >= len(TEMPLATES) * 9 // 10


@MANY
@given(fitbit_tokens, st.sampled_from(WRAPPABLE), st.integers(8, 200), newlines)
def test_a_fitbit_token_survives_a_wrap_at_any_width(
    token: str, template: str, width: int, newline: str
) -> None:
    # A last line that reads like a word of the text, or like an option of a command (OPTION in the
    # grammar), is not taken: the token is called incomplete.
    last = token[len(token) // width * width :]
    assume(not re.fullmatch("[A-Za-z]?[a-z]{3,}|-[A-Za-z]|--?[a-z][a-z-]+", last))
    assert sendable_token(put(template, hard_wrap(token, width, newline))) == token


@MANY
@given(tokens, st.integers(8, 100), seams, st.sampled_from(["", "const t = ", "t = (", "x: "]))
def test_a_split_literal_is_joined(token: str, width: int, seam: str, front: str) -> None:
    opening = seam[0]
    assert sendable_token(f"{front}{opening}{hard_wrap(token, width, seam)}{opening}") == token


@EXAMPLES
@given(google_tokens, st.integers(8, 200), newlines)
def test_a_google_token_in_quotation_marks_survives_a_wrap_at_any_width(
    token: str, width: int, newline: str
) -> None:
    assert sendable_token(f'{{"access_token": "{hard_wrap(token, width, newline)}"}}') == token


def is_subsequence(short: str, long: str) -> bool:
    """Return whether a text is contained in another, with characters between."""
    rest = iter(long)
    return all(character in rest for character in short)


noise = st.text(
    st.sampled_from(
        "eyJ.ya29hbGciOiJIUzI1NiJ9 \n\r\t\"'\\^`+-_=%&<>[]{}()/:;,#$\u200b\u00a0\u2026\u2013x0"
    )
    | st.characters(),
    max_size=300,
)
fragments = st.lists(
    noise
    | st.sampled_from(
        [FITBIT, GOOGLE, FITBIT[:50], FITBIT[50:], FITBIT[:-3], GOOGLE[:60], GOOGLE[60:]]
    )
    | st.sampled_from(
        ["\n", " ", '" + "', "Bearer ", "eyJ", "ya29.", "...", "\u2026", "%2E", "\\u002e"]
    )
    | st.sampled_from(TEMPLATES),
    max_size=8,
).map("".join)


@MANY
@given(fragments)
def test_any_text_yields_a_documented_kind_and_only_its_own_characters(text: str) -> None:
    result = read(text)
    found = result.candidates or ((result.credential,) if result.credential else ())
    # Undone as the paste room undoes it: dots, hyphens and underscores alone are escaped.
    plain = text
    for escaped, character in (("2e", "."), ("2d", "-"), ("5f", "_")):
        for code in (escaped, escaped.upper()):
            for sign in ("%2525", "%25", "%", "\\u00"):
                plain = plain.replace(sign + code, character)
    for credential in found:
        assert credential.kind in Kind
        raw = credential.secret.reveal()
        assert is_subsequence(raw, plain)
    assert all(result.cleaned)
    assert len(result.candidates) != 1


@EXAMPLES
@given(st.text(max_size=4000))
def test_no_text_crashes(text: str) -> None:
    assert read(text) is not None
    assert read(text, "fitbit") is not None


@EXAMPLES
@given(st.sampled_from(TEMPLATES), tokens, st.data())
def test_no_mutated_format_crashes(template: str, token: str, data: st.DataObject) -> None:
    text = list(put(template, token))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at] = data.draw(st.characters() | st.just(""))
    result = read("".join(text))
    assert not (result.candidates and result.credential)


# Damage. A signed token is checked as far as possible without its key: its parts are whole
# base64url, its first two parts are JSON objects, its signature has its length. Nobody sees offline
# a character of the signature or of a value that was changed for another (or two that changed
# places), nor a value's characters that were lost or doubled so that JSON and base64 still fit, and
# nobody sees any of it in an opaque token. Nor can text be distinguished from a signature's end if
# it stands on the next line, has exactly the missing characters, and looks as random.


def is_undetectable(text: str) -> bool:
    """Return whether a damaged token is still sound, so that the damage is undetectable."""
    return sendable_token(text) == text


@MANY
@given(fitbit_tokens, st.integers(0, 400), st.integers(1, 3))
def test_deleted_characters_are_detected(token: str, at: int, number: int) -> None:
    at %= len(token)
    damaged = token[:at] + token[at + number :]
    for text in (damaged, f'-H "authorization: Bearer {damaged}" -H "accept: */*"'):
        assume(not is_undetectable(damaged))
        assert sendable_token(text) is None


@MANY
@given(fitbit_tokens, st.integers(0, 400), st.text(TOKEN_CHARACTERS + ".", min_size=1, max_size=3))
def test_inserted_characters_are_detected(token: str, at: int, inserted: str) -> None:
    at %= len(token) + 1
    damaged = token[:at] + inserted + token[at:]
    assume(damaged != token)
    assume(not is_undetectable(damaged))
    for text in (damaged, f"Bearer {damaged}\n"):
        # A full stop, dash or underscore in front or behind is no part of any token.
        assert sendable_token(text) in ({None, token} if inserted.strip("._-") == "" else {None})


@MANY
@given(fitbit_tokens, st.integers(0, 400), st.integers(0, 400))
def test_a_token_cut_at_both_ends_is_detected(token: str, start: int, end: int) -> None:
    start, end = start % len(token), end % len(token)
    assume(start or end)
    assert sendable_token(token[start : len(token) - end]) is None


@MANY
@given(fitbit_tokens, st.integers(0, 400), st.integers(1, 60))
def test_a_doubled_slice_is_detected(token: str, at: int, length: int) -> None:
    at %= len(token)
    piece = token[at : at + length]
    damaged = token[:at] + piece + token[at:]
    assume(not is_undetectable(damaged))
    assert sendable_token(damaged) in {None, token}
    # The token itself comes out only where a whole one is still there to its last character.
    if sendable_token(damaged) == token:
        assert token in damaged


@EXAMPLES
@given(tokens)
def test_a_token_in_swapped_case_is_detected(token: str) -> None:
    assert sendable_token(token.swapcase()) is None
    assert sendable_token(token.lower()) is None
    assert sendable_token(token.upper()) is None


APPENDED = [
    " \\\n  -H 'accept: application/json'", "\\\n-H 'x: y'", ". Visit https://dev.fitbit.com/x",
    '" -H "accept: */*"', "' \\\n  --compressed", '","expires_in":28800}', "&user_id=7TESTS",
    "\nAccept: application/json", " https://api.fitbit.com/1/user/-/devices.json", "\r\n\r\n",
    "\n\nThank you for your help!\n", " (it worked yesterday)", "\n$ ", "\u2026", "...", " \u2026",
    " -X GET", "\n--compressed", "'}\n>>> ", "`\n```\n", " | anna | 2026 |",
    '",\n  "scope": "settings"',
    '" + "', "%22%7D", "</token>", "\n> On Monday you wrote", "\u200b", "\u2013", ",2026-01-15\n",
]  # fmt: skip


@MANY
@given(fitbit_tokens, st.integers(1, 300), st.sampled_from(APPENDED), fronts)
def test_text_after_a_cut_token_is_never_taken_as_its_end(
    token: str, lost: int, appended: str, front: str
) -> None:
    assert sendable_token(f"{front}{token[: max(0, len(token) - lost)]}{appended}") is None


@MANY
@given(
    fitbit_tokens,
    st.text(TOKEN_CHARACTERS, min_size=1, max_size=30),
    st.sampled_from(["front", "behind"]),
)
def test_a_word_glued_to_a_token_is_detected(token: str, word: str, side: str) -> None:
    assume(word.strip("-_"))
    assume(
        not word.lower()
        .rstrip("-_.:")
        .endswith(("token", "bearer", "jwt", "auth", "authorization"))
    )
    assume(not word.startswith("eyJ"))
    text = word + token if side == "front" else token + word
    assert sendable_token(text) is None


@EXAMPLES
@given(
    fitbit_tokens, st.integers(1, 60), st.sampled_from([" ", "\n", "  ", "\n\n", ", ", ". ", "\t"])
)
def test_prose_after_a_cut_token_is_never_taken_as_its_end(token: str, lost: int, gap: str) -> None:
    prose = "it says that the token has expired although it was issued only an hour ago, why?"
    assert sendable_token(token[:-lost] + gap + prose) is None


@EXAMPLES
@given(fitbit_tokens, fitbit_tokens, st.integers(10, 200))
def test_halves_of_two_tokens_never_form_a_sound_one(one: str, two: str, at: int) -> None:
    assume(one != two)
    damaged = one[:at] + two[at:]
    assume(damaged not in {one, two})
    # With the same payload length, halves may meet between two parts: that is a changed signature.
    assume(not is_undetectable(damaged))
    assert sendable_token(damaged) is None


def test_a_host_ends_an_encoded_command_without_quotation_marks() -> None:
    wrong = []
    for host in ("api.fitbit.com", "health.googleapis.com"):
        for layers in (["percent"], ["json", "percent"], ["percent", "percent"], ["json"]):
            text = encode_with(f"https -A bearer -a {GOOGLE} {host}/1/user", layers)
            if sendable_token(text) != GOOGLE:
                wrong.append((host, layers))
    assert [] == wrong
