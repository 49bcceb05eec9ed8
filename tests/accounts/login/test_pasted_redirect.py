"""Pasted redirects: the shapes in which people paste them, and what is none."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.accounts.authorization_requests import (
    BACK,
    FITBIT,
    FITBIT_BACK,
    GOOGLE,
    GOOGLE_BACK,
    STATE,
)
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT as FITBIT_TOKEN
from tests.support.tokens import (
    FITBIT_CODE,
    FITBIT_REFRESH,
    GOOGLE_CODE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.accounts.errors import ConsentError
from tokcheck.accounts.login.pasted_redirect import code_from_paste
from tokcheck.accounts.oauth import AuthorizationRequest, authorization_url
from tokcheck.core.secret import Secret
from tokcheck.providers import FINDER, REGISTRY


def code_in(text: str, attempt: AuthorizationRequest) -> str:
    return code_from_paste(text, attempt, REGISTRY).code.reveal()


def outcome(text: str, attempt: AuthorizationRequest = FITBIT) -> Secret | ConsentError:
    try:
        return code_from_paste(text, attempt, REGISTRY).code
    except ConsentError as error:
        return error


def rejection(text: str, attempt: AuthorizationRequest) -> ConsentError:
    with pytest.raises(ConsentError) as caught:
        code_from_paste(text, attempt, REGISTRY)
    return caught.value


def chunks(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]


def wrap(text: str, width: int) -> str:
    return "\n".join(chunks(text, width))


SHAPES = [
    "{}",
    "  {}\n",
    '"{}"',
    "'{}',",
    "<{}>",
    "({}).",
    "Location: {}\r\nConnection: close\r\n",
    "GET {} HTTP/1.1",
    "curl -v '{}' --compressed",
    "It said it could not be reached: {}\nWhat now?",
    "\u200b{}\ufeff",
    "\x1b[200~{}\x1b[201~",
    "view-source:{}",
    "[{0}]({0})",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_address_is_found_in_what_stands_around_it(shape: str) -> None:
    assert FITBIT_CODE == code_in(shape.format(FITBIT_BACK), FITBIT)
    assert GOOGLE_CODE == code_in(shape.format(GOOGLE_BACK), GOOGLE)


@pytest.mark.parametrize("width", [20, 72, 76, 80, 100])
def test_an_address_that_was_wrapped_is_put_together(width: int) -> None:
    assert FITBIT_CODE == code_in(wrap(FITBIT_BACK, width), FITBIT)
    assert GOOGLE_CODE == code_in(wrap(GOOGLE_BACK, width), GOOGLE)
    assert GOOGLE_CODE == code_in("Here it is:\n" + wrap(GOOGLE_BACK, width), GOOGLE)


@pytest.mark.parametrize(("before", "between"), [("> ", "\n> "), ("", " \\\n"), ("", "^\r\n")])
def test_the_marks_of_mail_and_shells_around_a_break_are_no_part_of_it(
    before: str, between: str
) -> None:
    for back, code, attempt in (
        (FITBIT_BACK, FITBIT_CODE, FITBIT),
        (GOOGLE_BACK, GOOGLE_CODE, GOOGLE),
    ):
        lines = wrap(back, 50).split("\n")
        assert code == code_in(before + between.join(lines), attempt)


# Characters that no screen shows, one of each range and the ends of each.
INVISIBLE = {
    "soft hyphen": "\u00ad",
    "combining grapheme joiner": "\u034f",
    "Arabic letter mark": "\u061c",
    "Hangul choseong filler": "\u115f",
    "Hangul jungseong filler": "\u1160",
    "Khmer vowel inherent aq": "\u17b4",
    "Khmer vowel inherent aa": "\u17b5",
    "Mongolian variation selector": "\u180b",
    "Mongolian vowel separator": "\u180e",
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "left-to-right embedding": "\u202a",
    "right-to-left embedding": "\u202b",
    "pop directional formatting": "\u202c",
    "left-to-right override": "\u202d",
    "right-to-left override": "\u202e",
    "word joiner": "\u2060",
    "left-to-right isolate": "\u2066",
    "right-to-left isolate": "\u2067",
    "first strong isolate": "\u2068",
    "pop directional isolate": "\u2069",
    "nominal digit shapes": "\u206f",
    "Hangul filler": "\u3164",
    "variation selector 1": "\ufe00",
    "variation selector 16": "\ufe0f",
    "byte order mark": "\ufeff",
    "halfwidth Hangul filler": "\uffa0",
}
BACKS = {"fitbit": (FITBIT_BACK, FITBIT_CODE, FITBIT), "google": (GOOGLE_BACK, GOOGLE_CODE, GOOGLE)}


@each_case("back", BACKS)
@each_case("character", INVISIBLE.values(), ids=list(INVISIBLE))
def test_invisible_characters_are_no_part_of_an_address(character: str, back: str) -> None:
    address, code, attempt = BACKS[back]
    assert code == code_in(character + address + character, attempt)
    assert code == code_in(character.join(address), attempt)
    assert code == code_in(character.join(chunks(address, 7)), attempt)
    # A pasted token is read through the same characters.
    token = FINDER.find(character.join(chunks(FITBIT_TOKEN, 7))).credential
    assert token is not None
    assert FITBIT_TOKEN == token.secret.reveal()


@pytest.mark.parametrize(
    "written", ["\\u200e", "%E2%80%8E", "%25E2%2580%258E", "&lrm;", "&zwnj;", "\x1b[0m"]
)
def test_invisible_characters_may_be_written_out(written: str) -> None:
    assert FITBIT_CODE == code_in(written + FITBIT_BACK + written, FITBIT)
    assert FITBIT_CODE == code_in(FITBIT_BACK.replace(STATE, STATE + written), FITBIT)


@given(
    st.sampled_from(sorted(BACKS)),
    st.lists(st.tuples(st.sampled_from(sorted(INVISIBLE.values())), st.integers(0, 300))),
)
def test_invisible_characters_anywhere_change_nothing(
    back: str, inserted: list[tuple[str, int]]
) -> None:
    address, code, attempt = BACKS[back]
    written = list(address)
    for character, place in inserted:
        written.insert(place, character)
    assert code == code_in("".join(written), attempt)


def escape(text: str, mark: str) -> str:
    return "".join(mark + sign if sign in "?&=#%" else sign for sign in text)


@pytest.mark.parametrize(
    "written",
    [
        quote(quote(FITBIT_BACK, safe=""), safe=""),
        'curl ^"' + escape(FITBIT_BACK, "^") + '^" ^\r\n  -H ^"accept: */*^"',
        escape(FITBIT_BACK, "\\"),
        FITBIT_BACK.replace("&", "&#38;"),
        FITBIT_BACK.replace("&", "&#x26;"),
        json.dumps({"url": FITBIT_BACK}).replace("&", "\\u0026").replace("=", "\\u003d"),
    ],
)
def test_an_address_may_be_written_as_programs_write_one(written: str) -> None:
    assert FITBIT_CODE == code_in(written, FITBIT)


@pytest.mark.parametrize(
    "written",
    [
        quote(quote(GOOGLE_BACK, safe=""), safe=""),
        'curl ^"' + escape(GOOGLE_BACK, "^") + '^" ^\r\n  -H ^"accept: */*^"',
        escape(GOOGLE_BACK, "\\"),
        GOOGLE_BACK.replace("&", "&#38;"),
        json.dumps({"code": GOOGLE_CODE, "state": STATE}).replace("/", "\\/"),
        json.dumps({"code": GOOGLE_CODE}).replace("/", "\\/"),
    ],
)
def test_googles_address_may_be_written_as_programs_write_one(written: str) -> None:
    assert GOOGLE_CODE == code_in(written, GOOGLE)


@pytest.mark.parametrize(
    "text",
    [
        FITBIT_BACK.partition("?")[2],
        FITBIT_BACK.replace("&", "&amp;"),
        "https://sign.in/?continue=" + quote(FITBIT_BACK, safe=""),
        json.dumps({"code": FITBIT_CODE, "state": STATE}),
        FITBIT_CODE,
        FITBIT_CODE + "#_=_",
        f"code={FITBIT_CODE}",
        f"code: {FITBIT_CODE}\n",
    ],
)
def test_other_shapes_of_fitbits_answer(text: str) -> None:
    assert FITBIT_CODE == code_in(text, FITBIT)


@pytest.mark.parametrize(
    "text",
    [
        GOOGLE_CODE,
        quote(GOOGLE_CODE, safe=""),
        f"code={quote(GOOGLE_CODE, safe='')}",
        f'{{"code": "{GOOGLE_CODE}"}}',
        "https://sign.in/?continue=" + quote(GOOGLE_BACK, safe=""),
    ],
)
def test_other_shapes_of_googles_answer(text: str) -> None:
    assert GOOGLE_CODE == code_in(text, GOOGLE)


def test_a_code_of_another_form_is_taken_from_an_address_with_the_own_state() -> None:
    assert "abc" == code_in(f"{BACK}?code=abc&state={STATE}", FITBIT)


@pytest.mark.parametrize(
    "text",
    [
        FITBIT_BACK.replace(STATE, STATE[::-1]),
        FITBIT_BACK.replace(STATE, STATE + "x"),
        FITBIT_BACK.replace(STATE, STATE[:-1]),
        FITBIT_BACK.replace(STATE, ""),
        json.dumps({"code": FITBIT_CODE, "state": "another"}),
        json.dumps({"code": FITBIT_CODE, "state": STATE + "x"}),
        f"{BACK}?code={FITBIT_CODE}",
        f"{BACK}?code={FITBIT_CODE}#_=_",
    ],
)
def test_an_address_of_another_login_or_without_its_state_is_refused(text: str) -> None:
    error = rejection(text, FITBIT)
    assert "state_mismatch" == error.code
    assert FITBIT_CODE not in error.message + error.hint


@pytest.mark.parametrize(
    ("words", "text", "attempt"),
    [
        ("Nothing was pasted", " \n", FITBIT),
        ("contains no authorization code", "hello there", FITBIT),
        ("contains no authorization code", BACK, FITBIT),
        ("is a refresh token", FITBIT_REFRESH, FITBIT),
        ("is a refresh token", GOOGLE_REFRESH, GOOGLE),
        ("is a client secret", GOOGLE_SECRET, GOOGLE),
        ("is an access token", FITBIT_TOKEN, FITBIT),
        ("pasted code belongs to another provider", GOOGLE_CODE, FITBIT),
        ("pasted code belongs to another provider", f"code={FITBIT_CODE}", GOOGLE),
    ],
)
def test_an_invalid_code_is_reported(words: str, text: str, attempt: AuthorizationRequest) -> None:
    error = rejection(text, attempt)
    assert "no_code" == error.code
    assert words in error.message
    assert "Copy the whole address" in error.hint


def test_an_error_in_the_address_or_on_the_page_is_explained() -> None:
    assert "access_denied" == rejection(f"{BACK}?error=access_denied&state={STATE}", FITBIT).code
    assert "access_denied" == rejection(f"{BACK}?error=access_denied", GOOGLE).code
    page = "Access blocked\nError 400: redirect_uri_mismatch\nIf you are a developer …"
    assert "redirect_uri_mismatch" == rejection(page, GOOGLE).code


@pytest.mark.parametrize("attempt", [FITBIT, GOOGLE])
def test_the_consent_pages_own_address_is_distinguished_from_the_redirect(
    attempt: AuthorizationRequest,
) -> None:
    for address in (
        authorization_url(attempt, "https://a.example/authorize"),
        authorization_url(attempt._replace(state="an-older-one"), "https://a.example/authorize"),
    ):
        error = rejection(address, attempt)
        assert "no_code" == error.code
        assert "the consent page itself" in error.message
        assert "Open it in a browser, and give the consent there." in error.hint


def test_a_token_in_place_of_a_code_is_refused_with_the_right_command() -> None:
    implicit = f"{BACK}#access_token={FITBIT_TOKEN}&user_id=7TESTS&scope=sleep&state={STATE}"
    for text in (FITBIT_TOKEN, FITBIT_REFRESH, implicit):
        assert "tokcheck accounts import" in rejection(text, FITBIT).hint


_SURE_LINE = 9


def test_a_wrapped_code_is_used_whole_or_not_at_all() -> None:
    for width in range(24, len(GOOGLE_CODE)):
        text = f"{wrap(GOOGLE_CODE, width)}\n"
        lines = chunks(GOOGLE_CODE, width)
        at_breaks = {*(line[0] for line in lines[1:]), *(line[-1] for line in lines[:-1])}
        # Others may be other text.
        if len(lines[-1]) >= _SURE_LINE and at_breaks.isdisjoint("-_"):
            assert GOOGLE_CODE == code_in(text, GOOGLE), width
        else:
            result = outcome(text, GOOGLE)
            assert isinstance(result, ConsentError) or GOOGLE_CODE == result.reveal(), width
    error = rejection(f"{GOOGLE_CODE[:30]},\n{GOOGLE_CODE[30:]}", GOOGLE)
    assert (
        "The code that was pasted is incomplete: it may continue in the next line." == error.message
    )


def test_the_address_of_googles_error_page_is_read() -> None:
    # The value is a message in Google's own binary form.
    message = b"\n\x15redirect_uri_mismatch\x12\xb0\x01\nYou can't sign in to this app"
    page = "https://accounts.google.com/signin/oauth/error"
    for blob in (b64encode(message).decode(), urlsafe_b64encode(message).rstrip(b"=").decode()):
        text = f"{page}?authError={quote(blob, safe='')}&client_id=1&flowName=GeneralOAuthFlow"
        assert "redirect_uri_mismatch" == rejection(text, GOOGLE).code
    assert "no_code" == rejection(f"{page}?authError=AAAAAAAAA", GOOGLE).code


@given(st.text(max_size=200), st.text(max_size=200), st.booleans())
@example("?state=x&", "", True)  # noqa: FBT003
@example("code=", "", False)  # noqa: FBT003
def test_any_paste_gives_the_code_or_an_error_that_shows_none(
    before: str,
    after: str,
    whole: bool,  # noqa: FBT001
) -> None:
    text = before + (FITBIT_BACK if whole else FITBIT_CODE) + after
    got = outcome(text)
    if isinstance(got, Secret):
        assert got.reveal() in text
    else:
        assert FITBIT_CODE not in got.message + got.hint
        assert got.message.isprintable()


def test_a_large_paste_takes_no_longer_than_its_length() -> None:
    assert "no_code" == rejection("a" * 1_000_000, FITBIT).code
    assert "no_code" == rejection("state " * 150_000, FITBIT).code
