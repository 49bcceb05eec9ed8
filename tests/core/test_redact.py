"""Text from outside is shown without secrets and control characters."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
    google,
    make_jwt,
)
from tokcheck.core.redact import plain, redact, spelled_secret
from tokcheck.core.secret import Secret

BASIC = base64.b64encode(f"{FITBIT_CLIENT}:{FITBIT_SECRET}".encode()).decode()
CANARIES = {
    "fitbit": FITBIT,
    "google": GOOGLE,
    "another service": make_jwt({"iss": "x"}),
    "google refresh": GOOGLE_REFRESH,
    "google code": GOOGLE_CODE,
    "google secret": GOOGLE_SECRET,
    "google key": GOOGLE_KEY,
    "fitbit refresh": FITBIT_REFRESH,
    "fitbit code": FITBIT_CODE,
    "fitbit secret": FITBIT_SECRET,
    "basic": f"Basic {BASIC}",
}
AROUND = [
    "@", "Access token expired: @. Visit https://dev.fitbit.com", '"@"', "'@'", "<@>", "x=@&y=1",
    "(@)",
    "token @,", "\u201c@\u201d", "Received authorization header = @, received", "@@", "Bearer @",
    "[@]\n",
    '{"errors":[{"message":"Refresh token invalid: @. Visit"}]}', "\\n@\\n", "\t@\r\n", "-@-",
    "_@_", "a@",
]  # fmt: skip


def survives(secret: str, text: str) -> bool:
    """Return whether any 12 characters of a secret are still in a text."""
    return any(secret[at : at + 12] in text for at in range(max(1, len(secret) - 12)))


def body(canary: str) -> str:
    """Return the part of a canary that is the secret."""
    return canary.removeprefix("Basic ")


@each_case("around", AROUND)
@each_case("canary", CANARIES.values(), ids=CANARIES)
def test_credentials_are_redacted_without_being_passed(canary: str, around: str) -> None:
    if around == "a@" and canary.startswith(("1//", "4/", "Basic")):
        around = "@"  # glued to a word they are none
    text = around.replace("@", canary)
    for variant in (text, json.dumps(text), json.dumps(json.dumps(text)), repr(text), text * 3):
        result = redact(variant)
        assert not survives(body(canary), result)
        assert "[redacted]" in result


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_percent_encoded_credentials_are_redacted(canary: str) -> None:
    for text in (quote(canary, safe=""), quote(quote(canary, safe=""), safe="")):
        for variant in (text, f"https://example.org/?token={text}&a=b", f"token={text}"):
            assert not survives(quote(body(canary), safe=""), redact(variant))


def test_text_without_secrets_is_kept() -> None:
    text = "The caller does not have permission to read the profile of user 7TESTS."
    assert redact(text) == text
    assert redact("Rate limit exceeded; error id 500.") == "Rate limit exceeded; error id 500."
    assert redact("See https://dev.fitbit.com/docs/oauth2 for more.").endswith("oauth2 for more.")


def encode(*parts: str) -> str:
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


# The headers share their beginning with that of the token that was sent.
_HEADERS = ['{"alg":"HS256","kid":"9"}', '{"alg":"none"}', '{"typ":"JWT"}', '{ "alg": "HS256" }',
            '{\n  "alg": "RS256"\n}', "{}", '{"alg":"HS256"}']  # fmt: skip
_PAYLOADS = ['{"iss":"Fitbit","sub":"alice@example.org","exp":1}', '{"sub":"bob"}', "{}",
             '{"aud":"23TEST","sub":"carol","name":"Carol Example"}']  # fmt: skip


def test_of_another_signed_token_no_scrap_is_left() -> None:
    wrong = []
    for header in _HEADERS:
        for payload in _PAYLOADS:
            for rest in ("", "." + FITBIT[-43:], ".c2ln", "." + "a" * 22 + ".b1." + "c" * 22):
                token = encode(header, payload) + (rest or ".")
                text = f"Access token invalid: {token} Visit https://dev.fitbit.com/docs"
                shown = redact(text, Secret(FITBIT)).replace("[redacted]. ", "[redacted] ")
                expected = "Access token invalid: [redacted] Visit https://dev.fitbit.com/docs"
                if shown != expected and header != "{}":
                    wrong.append((token, shown))
    assert wrong == []


@pytest.mark.parametrize("sign", ["{", ":", "%", "%2F", "}\u0130{", ": ", "/", "\r", "::error::"])
@pytest.mark.parametrize("secret", [FITBIT_REFRESH, FITBIT, GOOGLE])
def test_the_scraps_beside_redacted_text_are_redacted(secret: str, sign: str) -> None:
    for size in (16, 17, 18, 19):
        torn = (
            f"{secret[:size]}{sign}{secret[size:]}",
            f"{secret[:-size]}{sign}{secret[-size:]}",
            f"{secret[:size]}{sign}{secret[size:-size]}{sign}{secret[-size:]}",
        )
        for text in torn:
            shown = redact(f"invalid_grant: {text} was not found")
            assert not survives(secret, shown)
            assert "was not found" in shown


def test_a_scrap_in_percent_signs_is_redacted_beside_redacted_text() -> None:
    head, rest = FITBIT_REFRESH[:16], FITBIT_REFRESH[16:]
    spelled = "".join(f"%{ord(letter):x}" for letter in head)
    assert "it is [redacted]{[redacted]" == redact(f"it is {spelled}{{{rest}")
    half = f"{head[:8]}{spelled[24:]}"
    assert "it is [redacted]{[redacted]" == redact(f"it is {half}{{{rest}")


def test_words_beside_redacted_text_are_kept() -> None:
    for words in (
        "ReadPer5MinPerUserPerRegion",
        "redirect_uri_mismatch",
        "https://dev.fitbit.com/docs/oauth2",
        "2026-11-29T10:00:00Z",
        "20261129T100000Z",
        "MissingTokenError",
        "oauthlib.oauth2.rfc6749",
        "RESOURCE_EXHAUSTED",
        "1700000000.123456",
        "health.googleapis.com/v4/users/me/pairedDevices",
    ):
        assert f"{words}: [redacted]" == redact(f"{words}: {FITBIT_REFRESH}")


def test_a_passed_secret_is_redacted_whatever_its_form() -> None:
    assert redact("it is hunter2.", Secret("hunter2")) == "it is [redacted]."
    assert redact("a b", Secret("")) == "a b"
    assert "hunter" not in redact("hunter2 hunter3", Secret("hunter2"), Secret("hunter3"))


@pytest.mark.parametrize("joint", ["\udcff", "\u200b", "\x00", "\x1b[0m"[:1], "\u00ad", "\u202e"])
def test_a_secret_with_invisible_characters_inside_is_redacted(joint: str) -> None:
    for secret in (FITBIT, GOOGLE, FITBIT_REFRESH):
        for at in (1, 3, 10, 30):
            assert not survives(secret, redact(f"a {secret[:at]}{joint}{secret[at:]} b"))


def test_a_secret_at_the_length_limit_is_redacted() -> None:
    for length in range(9_700, 10_010, 7):
        assert not survives(FITBIT, redact("a " * (length // 2) + FITBIT))
    for length in range(100, 310, 3):
        assert not survives(FITBIT, redact("a " * (length // 2) + FITBIT))


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_a_secret_that_the_shown_length_cuts_is_redacted_before(canary: str) -> None:
    for length in range(200, 310):
        assert not survives(body(canary), redact("a" * (length - 1) + " " + canary))


secrets = (
    st.integers(0, 5000).map(str).map(google)
    | st.text("0123456789ABCDEF", min_size=6, max_size=6).map(lambda sub: fitbit(sub=sub))
    | st.sampled_from([body(canary) for canary in CANARIES.values() if canary != f"Basic {BASIC}"])
)


@settings(max_examples=inputs(1000), derandomize=True, deadline=None)
@given(secrets, st.text(max_size=60), st.text(max_size=60))
def test_a_token_is_redacted_in_any_text(secret: str, before: str, behind: str) -> None:
    # Letters and digits glued in front of the short forms make another word of them.
    assume(not before or not (before[-1].isalnum() or before[-1] in "_-%"))
    assert not survives(secret, redact(f"{before}{secret}{behind}"))
    assert secret not in redact(f"{before}{secret}{behind}", Secret(secret))


@settings(max_examples=inputs(1000), derandomize=True, deadline=None)
@given(st.text(max_size=600), st.integers(1, 80))
def test_plain_returns_printable_bounded_text_and_is_idempotent(text: str, longest: int) -> None:
    shown = plain(text, longest=longest)
    assert len(shown) <= longest
    assert shown.isprintable()
    assert shown == shown.strip()
    assert "  " not in shown
    shown.encode("utf-8")
    assert plain(shown, longest=longest) == shown


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("a b", "a\nb"),
        ("a b", " a \t\r\n b "),
        ("a b", "a\u00a0\u2003b"),
        ("[31mred[0m", "\x1b[31mred\x1b[0m"),
        ("ab", "a\x00\x07\x7f\x9bb"),
        ("ab", "a\u202eb\u2066"),
        ("ab", "a\u200bb\ufeff"),
        ("ab", "a\ud800b"),
        ("caf\\xe9 \\xff", "caf\udce9 \udcff"),
        ("ab", "a\ue000b"),
        ("h\u00e9 \u65e5\u672c \U0001f600", "h\u00e9 \u65e5\u672c \U0001f600"),
        ("", "\n\x1b\n"),
        ("x" * 299 + "\u2026", "x" * 301),
        ("x" * 300, "x" * 300),
    ],
)
def test_plain_removes_invisible_characters(shown: str, text: str) -> None:
    assert plain(text) == shown


@each_case("name", CANARIES)
@each_case("separator", [" ", ".", "/", ":", "-", "%20", ", "])
@each_case("size", [1, 3, 7])
def test_a_secret_with_separators_is_recognised(name: str, separator: str, size: int) -> None:
    secret = CANARIES[name]
    pieces = [secret[at : at + size] for at in range(0, len(secret), size)]
    letters = "".join(filter(str.isalnum, secret))
    assert letters == spelled_secret(separator.join(pieces))
    assert letters == spelled_secret("".join(f"%{ord(letter):02x}" for letter in secret))


@each_case(
    "secret",
    [
        "glpat-niSNyw1psv7NTwYyyiU1",  # tokcheck: allow
        "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",  # tokcheck: allow
        "dckr_pat_wPsZOB92xHcLKnVlze",  # tokcheck: allow
        "gloas-d782483fd5c72eb4204b",  # tokcheck: allow
        "b0df9daee36452bf4838",  # tokcheck: allow
        "ghp_MaXNM0pFvn9boSkLjyMo19dA",  # tokcheck: allow
    ],
)  # fmt: skip
@each_case("separator", [" ", ".", "/", ":", ", ", "|", "\t"])
def test_any_secret_with_a_separator_behind_each_character_is_recognised(
    secret: str, separator: str
) -> None:
    letters = "".join(filter(str.isalnum, secret))
    assert letters == spelled_secret(separator.join(secret))
    found = spelled_secret(f"--baseline{separator.join(secret)}")
    assert found is not None
    assert found.endswith(letters[1:])


@pytest.mark.parametrize(
    "text",
    ["/usr/local/lib/python3.11/site-packages/tokcheck/core/redact.py",
     "C:\\Users\\Anna Miller\\Documents\\Projects 2026\\tokens\\fitbit.txt",
     "https://api.fitbit.com/1/user/-/devices.json?offset=20&limit=100",
     "2026-01-15T12:00:00Z..2026-02-20T18:30:00Z", "/home/anna/.tokcheck/accounts-v2.sqlite3",
     "docs/reference/exit-codes.md:120: 3 findings in 14 files", "a b c d e f g h i j k l m n o p",
     "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "0 1 0 0 1 1 0 1 0 1 1 1 0 0 1 0 1", "/a/b/c/1/2"],
)  # fmt: skip
def test_paths_and_sentences_are_no_spelled_secrets(text: str) -> None:
    assert None is spelled_secret(text)


def test_the_name_of_a_limit_is_shown() -> None:
    for name in (
        "ReadPer5MinPerUserPerRegion",
        "ReadRequestsPer100SecondsPerUser",
        "RequestsPerMinutePerProjectPerUser",
    ):
        assert f"limit '{name}'" == redact(f"limit '{name}'")
    for secret in ("ReadPer5MinPerUser9xQ7vKpL2mZ", "Xk5ReadPer5MinPerUserPerRegion"):
        assert secret not in redact(f"limit '{secret}'")
