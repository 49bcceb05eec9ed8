"""Characters attached to a token are stripped, and nothing else."""

import pytest

from tests.support.providers.paste_checks import read, sendable_token
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import some_of
from tests.support.tokens import FITBIT, GOOGLE

TOKENS = [pytest.param(FITBIT, id="fitbit"), pytest.param(GOOGLE, id="google")]

# Every blank of Unicode, and what counts as one.
BLANKS = [
    " ", "\t", "\u00a0", "\u1680", *map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f", "\u3000",
]  # fmt: skip
INVISIBLE = [
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180e", "\u200b", "\u200c",
    "\u200d", "\u200e", "\u200f", "\u202a", "\u202c", "\u202e", "\u2060", "\u2061", "\u2066",
    "\u2069", "\u3164", "\ufe00", "\ufe0f", "\ufeff", "\uffa0",
]  # fmt: skip
BREAKS = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"]
QUOTES = [
    '""', "''", "``", "\u2018\u2019", "\u201c\u201d", "\u201e\u201c", "\u201a\u2018",
    "\u00ab\u00bb", "\u00bb\u00ab", "\u2039\u203a", "\u300c\u300d", "\u300e\u300f", "\u301d\u301e",
    "\uff02\uff02", "\uff07\uff07", "\u2032\u2032", "\u2033\u2033", "\u00b4\u00b4", "\u275d\u275e",
]  # fmt: skip
BRACKETS = [
    "()", "[]", "{}", "<>", "\u3010\u3011", "\u3008\u3009", "\u300a\u300b", "\uff08\uff09",
    "\uff3b\uff3d", "\uff1c\uff1e", "\u3014\u3015",
]  # fmt: skip
PAIRS = QUOTES + BRACKETS
EMPHASIS = ["*", "**", "***", "_", "__", "~~", "`", "```", "||", "=="]
SIGNS = [",", ";", ":", "!", "?", ")", "]", "}", ">", "/", "|", "&", "=", "#", "@", "$",
         "\\", "^", "\\\\", "\uff0c", "\u3002", "\u3001", "\uff1b"]  # fmt: skip


def attach(stuck: str) -> list[str]:
    """Return the attached characters before it, after it, and on both sides."""
    return [f"{stuck}@", f"@{stuck}", f"{stuck}@{stuck}"]


@each_case("token", TOKENS)
@each_case("pair", PAIRS)
def test_paired_and_single_quotes_and_brackets_are_stripped(pair: str, token: str) -> None:
    opening, closing = pair[0], pair[1]
    for text in (
        f"{opening}{token}{closing}",
        f"{opening}{token}",
        f"{token}{closing}",
        f"{opening * 2}{token}{closing * 2}",
        f"{opening}Bearer {token}{closing}",
        f"{opening} {token} {closing}",
        f"\\{opening}{token}\\{closing}",
        f"^{opening}{token}^{closing}",
        f"{opening}{token}{closing},",
        f"{opening}{token}{closing}\\",
        f"{opening}{token}{closing} \\",
    ):
        assert sendable_token(text) == token, text


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("sign", SIGNS)
def test_punctuation_is_stripped(sign: str, token: str) -> None:
    for text in (f"{token}{sign}", f"{token}{sign}\n", f"'{token}{sign}'", f"{token}'{sign}"):
        assert sendable_token(text) == token, text


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "stop", [".", ". ", ".\n", "..", ". Visit https://example.org", ".'", '."']
)
def test_full_stops_are_stripped(stop: str, token: str) -> None:
    if stop != ". .":
        assert sendable_token(token + stop) == token
        assert sendable_token(f"Bearer {token}{stop}") == token


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("blank", BLANKS)
def test_whitespace_of_every_kind_is_stripped(blank: str, token: str) -> None:
    for text in attach(blank):
        assert sendable_token(text.replace("@", token)) == token
    assert sendable_token(f"Bearer{blank}{token}") == token
    assert sendable_token(f"{blank}Bearer{blank}{blank}{token}{blank}") == token
    assert sendable_token(f'"{blank}{token}{blank}"') == token


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("character", INVISIBLE)
def test_invisible_characters_are_stripped(character: str, token: str) -> None:
    for text in attach(character):
        assert sendable_token(text.replace("@", token)) == token
    assert sendable_token(f"Bearer {character}{token}{character}\n") == token
    for at in range(1, len(token), 7):
        text = f"{token[:at]}{character}{token[at:]}"
        assert sendable_token(text) == token, at
        assert read(text).cleaned == ("an invisible character inside it",)
    assert sendable_token(character.join(token)) == token


@pytest.mark.parametrize("token", TOKENS)
def test_a_byte_order_mark_is_named(token: str) -> None:
    assert sendable_token(f"\ufeff{token}\n") == token
    assert read(f"\ufeff{token}\n").cleaned == ("invisible characters before it",)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "encoded", ["%22", "%27", "%20", "%0A", "%0D%0A", "%09", "%5C", "%2520", "%E2%80%9C", "%C2%A0"]
)
def test_percent_encoded_characters_are_stripped(encoded: str, token: str) -> None:
    for text in attach(encoded):
        assert sendable_token(text.replace("@", token)) == token, text
    assert sendable_token(f"Bearer{encoded}{token}") == token


BEARERS = [
    "Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer  ", "Bearer\t", "Bearer\u00a0", "Bearer:",
    "Bearer: ", "Bearer : ", "Bearer=", "Bearer Bearer ", "bearer Bearer ", "BearerBearer ",
    "Bearer", "bearer", "BEARER", "Bearer%20", "Bearer%2520", "Bearer+", "Bearer\n", "Bearer\r\n",
    "Bearer_", "Bearer-", 'Bearer "', "Bearer '", "Bearer <", "Bearer [", "Bearer\u200b",
    "'Bearer' ", "Bearer\\u0020", "Bearer\\ ", "Bearer \\\n",
]  # fmt: skip


@each_case("token", TOKENS)
@each_case("bearer", BEARERS)
def test_bearer_is_stripped_in_every_spelling(bearer: str, token: str) -> None:
    for front in ("", "Authorization: ", '-H "Authorization: ', "Authorization:", "  "):
        assert sendable_token(f"{front}{bearer}{token}") == token, front


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    ("words", "bearer"),
    [
        ("the word Bearer", "Bearer "),
        ("the word Bearer", "bearer"),
        ("the word Bearer", "BEARER: "),
        ("the word Bearer", "Bearer%20"),
        ("the word Bearer, 2 times", "Bearer Bearer "),
        ("the word Bearer, 2 times", "bearerBearer"),
        ("the word Bearer, 3 times", "Bearer bearer: BEARER "),
    ],
)
def test_bearer_is_named_and_counted(words: str, bearer: str, token: str) -> None:
    assert read(bearer + token).cleaned == (words,)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "label",
    ["token:", "Token ", "token=", "access_token=", "accessToken: ", "Authorization: ", "JWT ",
     "jwt:", "auth=", "token-", "access_token", "x-api-token: ", "--token=", "-t ", "TOKEN="],
)  # fmt: skip
def test_labels_are_stripped_even_if_attached(label: str, token: str) -> None:
    assert sendable_token(label + token) == token


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("mark", EMPHASIS)
def test_emphasis_is_stripped(mark: str, token: str) -> None:
    for text in (
        f"{mark}{token}{mark}",
        f"It is {mark}{token}{mark}.",
        f"{mark}Bearer {token}{mark}",
    ):
        assert sendable_token(text) == token, text


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    ("front", "behind"),
    [
        ("\x1b[32m", "\x1b[0m"),
        ("\x1b[1;31m", "\x1b[m"),
        ("Bearer \x1b[38;5;208m", "\x1b[39m"),
        ("\x1b[01;31m\x1b[K", "\x1b[m\x1b[K"),
        ("\\n", "\\n"),
        ("\\r\\n", "\\r\\n"),
        ("\\t", "\\t"),
        ("\\\\n", "\\\\n"),
        ("b'", "\\n'"),
        ('"', '\\n"'),
        ("\\u0022", "\\u0022"),
        ("\\x22", "\\x22"),
        ("\\u201c", "\\u201d"),
        ("&quot;", "&quot;"),
        ("&nbsp;", "&nbsp;"),
        ("- ", ""),
        ("* ", ""),
        ("1. ", ""),
        ("-> ", " <-"),
        ("token_", ""),
    ],
)
def test_colours_and_written_escapes_are_stripped(front: str, behind: str, token: str) -> None:
    assert sendable_token(front + token + behind) == token


@each_case("at", [1, 2, 3, 4, 5, 6, 20, 21, 22, 80, 150])
@each_case("token", TOKENS)
@each_case(
    "joint",
    ["\x1b[m\x1b[K", "\\u200b", "&shy;", "&#8203;", "%E2%80%8B", "\u200b\u200d", "\u00ad\n"],
)
def test_invisible_characters_inside_a_token_are_removed(joint: str, token: str, at: int) -> None:
    assert sendable_token(token[:at] + joint + token[at:]) == token


INSIDE = [
    *BREAKS, "\\n", "\\r\\n", "\\\\n", "\\u000a", "%0A", "%0D%0A", "%250A", "<br>", "<br/>",
    "<br />\n", "<wbr>", "&#10;", "&#xA;", "\n    ", "\n\t", "  \n  ", "\n> ", "\n> > ", "\n>> ",
    "\n# ", "\n// ", "\n * ", " |\n| ", "\u2502\n\u2502 ", "\n\n", "=\n", "=\r\n", "\\\n", "^\r\n",
    "`\n",
]  # fmt: skip


@pytest.mark.untraced
@each_case("joint", INSIDE)
@each_case(
    ("front", "behind"), [("", ""), ('-H "authorization: Bearer ', '"'), ("Bearer ", "\nX: y\n")]
)
def test_a_break_at_every_position_is_joined(joint: str, front: str, behind: str) -> None:
    for at in some_of(range(1, len(FITBIT)), len(joint + front)):
        assert sendable_token(f"{front}{FITBIT[:at]}{joint}{FITBIT[at:]}{behind}") == FITBIT, at


@pytest.mark.untraced
@each_case("joint", INSIDE)
@each_case(
    ("front", "behind"),
    [
        ("", ""),
        ("Bearer ", "\n"),
        ('-H "authorization: Bearer ', '"'),
        ("{'access_token': '", "'}"),
    ],
)
def test_a_break_at_every_position_of_an_opaque_token_is_joined_where_nothing_follows(
    joint: str, front: str, behind: str
) -> None:
    for at in some_of(range(1, len(GOOGLE)), len(joint + front)):
        joined = sendable_token(f"{front}{GOOGLE[:at]}{joint}{GOOGLE[at:]}{behind}")
        # A mark at the end or the beginning of a line, or a short line, may be no part of it.
        marked = GOOGLE[at - 1] == "-" or GOOGLE[at] in "-_."
        doubtful = marked or len(GOOGLE) - at < 12
        quoted = behind.startswith(("'", '"'))
        assert joined == GOOGLE or (doubtful and not quoted and joined is None), at


@pytest.mark.untraced
@pytest.mark.parametrize("blank", ["%20", "&nbsp;", "  ", *BLANKS])
def test_a_blank_at_every_position_is_joined(blank: str) -> None:
    for at in some_of(range(1, len(FITBIT)), len(blank)):
        text = f'curl -H "authorization: Bearer {FITBIT[:at]}{blank}{FITBIT[at:]}" https://x.org'
        assert sendable_token(text) == FITBIT, at


@each_case("at", range(1, len(FITBIT), 3))
def test_two_kinds_of_damage_at_once_are_repaired(at: int) -> None:
    second = (at * 7) % len(FITBIT)
    pieces = (
        FITBIT[: min(at, second)],
        FITBIT[min(at, second) : max(at, second)],
        FITBIT[max(at, second) :],
    )
    assert (
        sendable_token(f"\u201cBearer {pieces[0]}\n  {pieces[1]}\u200b{pieces[2]}\u201d,") == FITBIT
    )


@each_case("at", range(1, FITBIT.rindex(".") + 1))
def test_text_may_follow_a_token_that_was_wrapped_before_its_signature(at: int) -> None:
    assert sendable_token(f"Bearer {FITBIT[:at]}\n{FITBIT[at:]} and so on") == FITBIT


@pytest.mark.parametrize("rest", ["-mk", "-k", "--A", "-aA"])
def test_a_last_line_in_quotation_marks_may_look_like_an_option(rest: str) -> None:
    token = FITBIT[: -len(rest)] + rest
    assert sendable_token(f'-H "authorization: Bearer {token[: -len(rest)]}\n{rest}"') == token


@pytest.mark.parametrize(
    ("cleaned", "text"),
    [
        (("quotation marks before it", "quotation marks after it"), "'@'"),
        (("quotation marks after it",), '@"'),
        (("backslashes or carets after it",), "@\\"),
        (("quotation marks and backslashes or carets after it",), '@"\\'),
        (("punctuation after it",), "@."),
        (("punctuation after it",), "@,"),
        (("brackets before it", "brackets after it"), "(@)"),
        (("percent-encoded characters after it",), "@%22"),
        (("emphasis or dashes before it", "emphasis or dashes after it"), "**@**"),
        (("whitespace around it",), "  @  "),
        (("invisible characters after it",), "@\u200b"),
        (("a line break inside it",), "&\n&"),
        (("2 line breaks inside it",), "&\n&\n&"),
        (("the text around it",), "see @ there"),
        ((), "@\n"),
    ],
)
def test_strip_notes_name_what_was_stripped(cleaned: tuple[str, ...], text: str) -> None:
    number = text.count("&")
    for part in range(number):
        piece = FITBIT[part * 70 : None if part == number - 1 else part * 70 + 70]
        text = text.replace("&", piece, 1)
    assert read(text.replace("@", FITBIT)).cleaned == cleaned


def test_strip_notes_never_repeat_the_paste() -> None:
    text = f"my-own-password {FITBIT[:50]}\n{FITBIT[50:]} hunter2"
    words = " ".join(read(text).cleaned)
    assert words
    assert "hunter2" not in words
    assert "password" not in words
