"""Other credentials and damaged tokens are named, with advice."""

import base64
import json

import pytest

from tests.support.providers.paste_checks import conclusion, read, sound
from tests.support.suite.cases import each_case
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    base64url,
    fitbit,
    google,
    make_jwt,
)
from tokcheck.core.credential import Flaw, Kind
from tokcheck.core.report import Verdict
from tokcheck.paste.finder import Paste

BASIC = base64.b64encode(f"{FITBIT_CLIENT}:{FITBIT_SECRET}".encode()).decode()
ID_TOKEN = make_jwt(
    {"iss": "https://accounts.google.com", "aud": GOOGLE_CLIENT, "sub": "1", "exp": 1_800_000_000},
    {"alg": "RS256", "kid": "tests", "typ": "JWT"},
)
OTHER = fitbit(sub="OTHER1")


def percent_encode(text: str, times: int = 1) -> str:
    """Percent-encode the slashes of a credential."""
    return text.replace("/", "%" + "25" * (times - 1) + "2F")


FITBIT_CURL = "curl https://api.fitbit.com/1/user/-/profile.json"
KINDS: list[tuple[Kind, str | None, str]] = [
    (Kind.REFRESH_TOKEN, "fitbit", f"{FITBIT_CURL} -H 'authorization: Bearer {FITBIT_REFRESH}'"),
    (Kind.REFRESH_TOKEN, "fitbit", f'{{"fitbit": {{"refresh_token": "{FITBIT_REFRESH}"}}}}'),
    (Kind.REFRESH_TOKEN, "fitbit", f'{{\\"refresh_token\\":\\"{FITBIT_REFRESH}\\"}} # Fitbit'),
    (Kind.REFRESH_TOKEN, "fitbit", f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}"),
    (Kind.REFRESH_TOKEN, "fitbit", f"fitbitRefreshToken: '{FITBIT_REFRESH}'"),
    (
        Kind.REFRESH_TOKEN,
        "fitbit",
        f"Refresh token invalid: {FITBIT_REFRESH}. Visit dev.fitbit.com",
    ),
    (Kind.REFRESH_TOKEN, None, f'{{"refresh_token": "{FITBIT_REFRESH}"}}'),
    (Kind.REFRESH_TOKEN, None, f"REFRESH_TOKEN={FITBIT_REFRESH}"),
    (Kind.REFRESH_TOKEN, None, f"grant_type=refresh_token&refresh_token={FITBIT_REFRESH}"),
    (Kind.REFRESH_TOKEN, "google-health", GOOGLE_REFRESH),
    (Kind.REFRESH_TOKEN, "google-health", f"Bearer {GOOGLE_REFRESH}"),
    (Kind.REFRESH_TOKEN, "google-health", f'{{"refresh_token":"{GOOGLE_REFRESH}"}}'),
    (Kind.REFRESH_TOKEN, "google-health", percent_encode(GOOGLE_REFRESH)),
    (Kind.REFRESH_TOKEN, "google-health", percent_encode(GOOGLE_REFRESH, 2)),
    (Kind.REFRESH_TOKEN, "google-health", GOOGLE_REFRESH.replace("/", "\\/")),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"{FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"FITBIT_CODE={FITBIT_CODE}"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"Bearer {FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"https://example.org/cb?code={FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"https://example.org/cb?state=a&code={FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"?code={FITBIT_CODE}&state=abc#_=_"),
    (Kind.AUTHORIZATION_CODE, None, f"https://example.org/cb?code={FITBIT_CODE}&scope=read"),
    (Kind.AUTHORIZATION_CODE, None, f"Authorization code invalid: {FITBIT_CODE} Visit https"),
    (Kind.AUTHORIZATION_CODE, "google-health", GOOGLE_CODE),
    (Kind.AUTHORIZATION_CODE, "google-health", percent_encode(GOOGLE_CODE)),
    (Kind.AUTHORIZATION_CODE, "google-health", percent_encode(GOOGLE_CODE, 2)),
    (Kind.AUTHORIZATION_CODE, "google-health", f"Authorization: Bearer {GOOGLE_CODE}"),
    (
        Kind.AUTHORIZATION_CODE,
        "google-health",
        f"https://www.google.com/?code={percent_encode(GOOGLE_CODE)}&scope=https://www.googleapis.com/x",
    ),
    (
        Kind.AUTHORIZATION_CODE,
        "google-health",
        f"https://www.google.com/?code={GOOGLE_CODE}&scope=https://www.googleapis.com/x",
    ),
    (Kind.CLIENT_ID, "fitbit", FITBIT_CLIENT),
    (Kind.CLIENT_ID, "fitbit", f"Bearer {FITBIT_CLIENT}"),
    (Kind.CLIENT_ID, "fitbit", f'{{"client_id":"{FITBIT_CLIENT}"}}'),
    (Kind.CLIENT_ID, "fitbit", "https://www.fitbit.com/oauth2/authorize?client_id=229999"),
    (Kind.CLIENT_ID, None, "https://www.example.org/oauth/authorize?client_id=229999"),
    (
        Kind.CLIENT_ID,
        "fitbit",
        f"https://www.fitbit.com/oauth2/authorize?client_id={FITBIT_CLIENT}",
    ),
    (Kind.CLIENT_ID, "google-health", GOOGLE_CLIENT),
    (Kind.CLIENT_ID, "google-health", f"Bearer {GOOGLE_CLIENT}"),
    (Kind.CLIENT_ID, "google-health", f'{{"installed":{{"client_id":"{GOOGLE_CLIENT}"}}}}'),
    (Kind.CLIENT_SECRET, "fitbit", f"FITBIT_CLIENT_SECRET='{FITBIT_SECRET}'"),
    (Kind.CLIENT_SECRET, None, f"CLIENT_SECRET='{FITBIT_SECRET}'"),
    (Kind.CLIENT_SECRET, "google-health", GOOGLE_SECRET),
    (Kind.CLIENT_SECRET, "google-health", f'{{"client_secret":"{GOOGLE_SECRET}"}}'),
    (Kind.BASIC_CREDENTIALS, None, BASIC),
    (Kind.BASIC_CREDENTIALS, None, f"Basic {BASIC}"),
    (Kind.BASIC_CREDENTIALS, None, f"Bearer {BASIC}"),
    (Kind.BASIC_CREDENTIALS, None, f"-H 'Authorization: Basic {BASIC}' -d code=abc"),
    (Kind.BASIC_CREDENTIALS, None, f"Received authorization header = Basic {BASIC}, received"),
    (Kind.BASIC_CREDENTIALS, "fitbit", f"{FITBIT_CLIENT}:{FITBIT_SECRET}"),
    (Kind.BASIC_CREDENTIALS, "fitbit", f"curl -u {FITBIT_CLIENT}:{FITBIT_SECRET} https://x.org"),
    (Kind.BASIC_CREDENTIALS, "fitbit", f"curl --user '{FITBIT_CLIENT}:{FITBIT_SECRET}' https://x"),
    (Kind.API_KEY, "google-health", GOOGLE_KEY),
    (Kind.API_KEY, "google-health", f"https://health.googleapis.com/v4?key={GOOGLE_KEY}"),
    (Kind.ID_TOKEN, "google-health", ID_TOKEN),
    (Kind.ID_TOKEN, "google-health", f"Bearer {ID_TOKEN}"),
    (
        Kind.ID_TOKEN,
        "google-health",
        make_jwt({"iss": "accounts.google.com", "aud": GOOGLE_CLIENT}),
    ),
]


@pytest.mark.parametrize(("kind", "provider", "text"), KINDS)
def test_another_credential_is_named_with_advice(
    kind: Kind, provider: str | None, text: str
) -> None:
    credential = read(text).credential
    assert credential is not None
    assert (credential.kind, credential.provider, credential.flaw) == (kind, provider, None)
    found = conclusion(text)
    assert found.verdict is Verdict.WRONG_KIND
    assert found.usable is False
    assert kind.words in found.summary
    assert found.advice
    assert all(line.endswith(".") and len(line) > 20 for line in found.advice)


OTHERS = {
    "a list of scopes": make_jwt({"aud": "a", "sub": "b", "scopes": ["api_read"], "version": 1}),
    "its own issuer": make_jwt({"iss": "https://auth.example.org", "scopes": "rset"}),
    "no issuer": fitbit(iss=None),
    "an issuer in another case": fitbit(iss="fitbit"),
    "an issuer in a list": fitbit(iss=["Fitbit"]),
    "a number as issuer": fitbit(iss=1),
    "another algorithm": make_jwt({"iss": "x"}, {"alg": "RS256", "typ": "JWT"}),
    "an empty payload": make_jwt({}),
}


@pytest.mark.parametrize("token", OTHERS.values(), ids=OTHERS)
def test_the_token_of_another_service_is_recognized_by_its_issuer(token: str) -> None:
    for text in (token, f"Bearer {token}", f'{{"access_token":"{token}"}}'):
        credential = read(text).credential
        assert credential is not None
        assert (credential.kind, credential.provider) == (Kind.JWT_OTHER, None)
        assert conclusion(text).verdict is Verdict.WRONG_PROVIDER
        assert "another service" in conclusion(text).summary


def test_an_encrypted_token_is_another_services() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"dir","enc":"A256GCM"}').rstrip(b"=").decode()
    credential = read(f"{header}..aXZpdml2aXZpdml2.Y2lwaGVy.dGFn").credential
    assert credential is not None
    assert credential.kind is Kind.JWT_OTHER


PLACEHOLDERS = [
    "<access_token>", "<token>", "<your token>", "<YOUR-TOKEN-HERE>", "<redacted>",
    "[YOUR_ACCESS_TOKEN]", "[REDACTED]", "[object Object]", "{{accessToken}}", "{{ token }}",
    "{{$json.token}}", "{token}", "{access_token}", "{}", "{0}", "%s", "YOUR_ACCESS_TOKEN",
    "YOUR_TOKEN_HERE", "your_token_here", "your-access-token", "INSERT_TOKEN", "PASTE_TOKEN_HERE",
    "my-token", "ACCESS_TOKEN", "access_token", "accessToken", "TOKEN", "__TOKEN__", "@@TOKEN@@",
    "REPLACE_ME", "changeme", "xxxx", "XXXXXXXXXX", "x" * 100, "eyJxxxxxxxx", "***", "********",
    "\u2022" * 8, "...", "\u2026", "undefined", "null", "None", "nil", "NaN", "true",
    "&lt;access_token&gt;", "%3Caccess_token%3E",
]  # fmt: skip
VARIABLES = [
    "$TOKEN", "${TOKEN}", "$FITBIT_ACCESS_TOKEN", "%TOKEN%", "$env:TOKEN", "${env:TOKEN}", "$1",
    "$(cat token.txt)", "$(gcloud auth application-default print-access-token)",
    "${{ secrets.TOKEN }}", "process.env.TOKEN", 'os.environ["TOKEN"]', "os.getenv('TOKEN')",
]  # fmt: skip


@each_case("text", PLACEHOLDERS + VARIABLES)
def test_a_placeholder_is_recognized(text: str) -> None:
    for around in ("@", "Bearer @", "Authorization: Bearer @", '-H "Authorization: Bearer @"',
                   "curl -H 'authorization: Bearer @' https://api.fitbit.com/1/user/-/devices.json",
                   "access_token: @", '{"access_token": "@"}'):  # fmt: skip
        credential = read(around.replace("@", text, 1)).credential
        assert credential is not None, around
        assert credential.kind is Kind.PLACEHOLDER, around
        found = conclusion(around.replace("@", text, 1))
        assert found.verdict is Verdict.PLACEHOLDER
        assert found.advice


@pytest.mark.parametrize(
    ("advice", "text"),
    [
        ("Set the variable, and use double quotes", "$TOKEN"),
        ("tokcheck validate --env FITBIT_TOKEN", "${FITBIT_TOKEN}"),
        ("tokcheck validate --env FITBIT_TOKEN", "${FITBIT_TOKEN:-}"),
        ("tokcheck validate --env NAME", "$1"),
        ("Only cmd.exe replaces it", "%TOKEN%"),
        ("PowerShell writes $env:TOKEN", "%TOKEN%"),
        ("tokcheck validate --env TOKEN", "%TOKEN%"),
        ("Only PowerShell replaces it", "$env:TOKEN"),
        ("cmd.exe writes %TOKEN%", "${env:TOKEN}"),
        ("Or pipe the command's output", "$(cat token.txt)"),
        ("a secret FITBIT_TOKEN exists under Settings", "${{ secrets.FITBIT_TOKEN }}"),
        ("a secret TOKEN exists", "${{secrets['TOKEN']}}"),
        ("a pull request from a fork", "${{ secrets.TOKEN || '' }}"),
        ("Pass it to the step with env", "${{ env.TOKEN }}"),
        ("Pass it to the step with env", "${{ steps.refresh.outputs.token }}"),
        ("tokcheck validate --env TOKEN", "process.env.TOKEN"),
        ("tokcheck validate --env TOKEN", "import.meta.env.TOKEN"),
        ("tokcheck validate --env TOKEN", 'os.environ["TOKEN"]'),
        ("tokcheck validate --env TOKEN", "os.environ.get('TOKEN', '')"),
        ("tokcheck validate --env TOKEN", "os.getenv('TOKEN')"),
        ("tokcheck validate --env TOKEN", 'System.getenv("TOKEN")'),
        ("tokcheck validate --env TOKEN", "ENV['TOKEN']"),
        ("such as Postman", "{{ var }}"),
        ("such as Postman", "{{accessToken}}"),
        ("format string", "{token}"),
        ("had no value", "undefined"),
        ("had no value", "None"),
        ("Replace it with your own", "YOUR_ACCESS_TOKEN"),
        ("Replace it with your own", "<access_token>"),
    ],
)
def test_each_kind_of_placeholder_has_advice_of_its_own(advice: str, text: str) -> None:
    for around in ("@", "Authorization: Bearer @", '"access_token": "@"'):
        found = conclusion(around.replace("@", text))
        assert Verdict.PLACEHOLDER is found.verdict
        assert advice in found.advice[0]
        if "shell" not in advice and text.startswith(("${{", "%", "{{")):
            assert "single quotes" not in found.advice[0]


MASKED = [
    "***", "********", "\u2022" * 3, "\u25cf" * 9, "[REDACTED]", "<redacted>",
    "[MASKED]", "[FILTERED]", "[secure]", "(redacted)", "REDACTED", "**REDACTED**", "<hidden>",
    "[token redacted]", "ya29.****", "eyJ***", "ya29.[REDACTED]", "%3Credacted%3E",
]  # fmt: skip


@pytest.mark.parametrize("text", MASKED)
def test_a_masked_token_was_masked_by_the_program_that_printed_it(text: str) -> None:
    for around in ("@", "FITBIT_TOKEN: @", "Bearer @", '{"access_token": "@"}', "token=@"):
        found = conclusion(around.replace("@", text))
        assert Verdict.PLACEHOLDER is found.verdict, around
        assert "The token was masked by the program that printed it." == found.summary
        assert "not from a log" in found.advice[0]


def test_a_row_of_the_letter_x_was_masked_by_no_program() -> None:
    rows = ("xxx", "xxxx", "X" * 40, "xxxx-xxxx-xxxx", "eyJxxxxxxxx", "eyJxxx.xxxx.xxxx",
            "ya29.xxxxxxx", "ya29." + "x" * 120)  # fmt: skip
    for text in rows:
        for around in ("@", "FITBIT_TOKEN: @", "Bearer @", '{"access_token": "@"}', "token=@"):
            found = conclusion(around.replace("@", text))
            assert Verdict.PLACEHOLDER is found.verdict, (around, text)
            assert "The letter x stands in the place of the token" in found.summary
            assert "not from a log" not in found.advice[0]


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("mask", ["***", "*" * 40, "\u2022" * 8])
def test_a_token_of_which_the_rest_is_masked_is_incomplete(token: str, mask: str) -> None:
    for at in range(12, len(token) - 4, 9):
        found = conclusion(f"Authorization: Bearer {token[:at].rstrip('.')}{mask}")
        assert Verdict.INCOMPLETE is found.verdict
        assert "the program that printed it masked the rest" in found.summary
        assert token[:at] not in repr(found)


def test_the_box_of_the_api_explorer_is_a_placeholder() -> None:
    text = (
        "curl 'https://health.googleapis.com/v4/users/me/identity?key=[YOUR_API_KEY]' --header "
        "'Authorization: Bearer [YOUR_ACCESS_TOKEN]' --header 'Accept: application/json' "
        "--compressed"
    )
    assert conclusion(text).verdict is Verdict.PLACEHOLDER


def test_a_token_beside_a_placeholder_is_found() -> None:
    assert sound(f"TOKEN=YOUR_ACCESS_TOKEN\nTOKEN={FITBIT}") == FITBIT
    assert sound(f"<access_token> {GOOGLE}") == GOOGLE


@pytest.mark.parametrize("ellipsis", ["...", "\u2026", "....", "[...]", "<snip>", " ... "])
@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_a_shortened_token_is_recognized(token: str, ellipsis: str) -> None:
    for at in range(6, len(token) - 4, 3):
        for end in ("", token[-4:]):
            text = f"{token[:at].rstrip('.')}{ellipsis}{end}"
            credential = read(text).credential
            assert credential is not None, at
            assert credential.flaw is Flaw.CUT_OFF, at
            assert "ellipsis" in credential.reason, at
            assert conclusion(text).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("its signature, the third part, is missing", FITBIT[: FITBIT.rindex(".")]),
        ("its signature, the third part, is missing", FITBIT[: FITBIT.rindex(".") + 1]),
        ("its signature has 42 of 43 characters", FITBIT[:-1]),
        ("its signature has 1 of 43 characters", FITBIT[:-42]),
        ("it ends within its first part", FITBIT[: FITBIT.index(".")]),
        ("it ends within its first part", FITBIT[: FITBIT.index(".") - 3]),
        ("it ends within its second part", FITBIT[: FITBIT.index(".") + 40]),
        ("its first part is missing or damaged", FITBIT[FITBIT.index(".") + 1 :]),
        ("its first part is missing or damaged", FITBIT[FITBIT.index(".") :]),
        ("its first part is missing or damaged", FITBIT[1:]),
        ("its first part is missing or damaged", FITBIT.split(".")[1]),
        ("it is the end of a signed token without its beginning", FITBIT[40:]),
        ("it has only 20 characters, far fewer than a complete one", GOOGLE[:20]),
    ],
)
def test_the_missing_part_of_a_token_is_named(why: str, text: str) -> None:
    for around in ("@", "Bearer @", '-H "authorization: Bearer @"'):
        pasted = around.replace("@", text)
        credential = read(pasted).credential
        assert credential is not None
        assert (credential.flaw, credential.reason) == (Flaw.CUT_OFF, why)
        assert conclusion(pasted).verdict is Verdict.INCOMPLETE
        assert conclusion(pasted).advice[0].endswith(".")


_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("user", ["7TESTS", "7TESTS1", "7TESTS12"])
def test_a_part_that_no_encoder_writes_is_damaged(user: str) -> None:
    head, payload, signature = fitbit(sub=user).split(".")
    odd = []
    if len(payload) % 4:
        # Another last character: the same bytes, and spare bits that are not zero.
        odd.append(payload[:-1] + _BASE64URL[_BASE64URL.index(payload[-1]) + 1])
    plain = base64.urlsafe_b64decode(payload + "==")
    odd += [base64url(plain + blank) for blank in (b" ", b"\n", b"\t ")]
    for part in odd:
        credential = read(f"{head}.{part}.{signature}").credential
        assert credential is not None
        assert Flaw.DAMAGED is credential.flaw
        assert "its second part cannot be decoded" in credential.reason


TAILS = [
    "", '"', "'", "\n", " ", "\\", " \\\n  -H 'accept: */*'", '" -H "accept: */*"', "\n-X GET",
    ". Visit https://dev.fitbit.com", "&user_id=7TESTS", "\nAccept: application/json", "%22",
    "\u200b", '","expires_in":28800', " and so on and on", "\n\nRegards,\nAnna", "^\r\n", " | jq .",
    "\u2026",
]  # fmt: skip


@pytest.mark.parametrize("tail", TAILS)
def test_a_signed_token_cut_at_any_length_is_never_sound(tail: str) -> None:
    for length in range(len(FITBIT)):
        assert sound(f"Bearer {FITBIT[:length]}{tail}") is None, length


@pytest.mark.parametrize("front", ["", '"', "Bearer ", "token=", "\n", ". ", "%22", "x\n"])
def test_a_signed_token_without_its_first_characters_is_never_sound(front: str) -> None:
    for length in range(1, len(FITBIT)):
        assert sound(front + FITBIT[length:]) is None, length


@pytest.mark.parametrize("glue", ["x", "-", "A1", "abc123", "YOUR_ACCESS_TOKEN", "_rest", "n", "4"])
@pytest.mark.parametrize("front", ["", "Bearer ", "token: '"])
def test_characters_glued_to_the_end_are_named(front: str, glue: str) -> None:
    credential = read(f"{front}{FITBIT}{glue}").credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert "glued to its end" in credential.reason
    assert conclusion(f"{front}{FITBIT}{glue}").verdict is Verdict.MALFORMED


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize(
    "glue", ["x", "A1", "abc123", "YOUR_ACCESS_TOKEN", "MY_TOKEN", "BearerX", "n"]
)
def test_characters_glued_to_the_beginning_are_named(glue: str, token: str) -> None:
    for front in ("", "Bearer ", "token: '"):
        credential = read(f"{front}{glue}{token}").credential
        assert credential is not None
        assert credential.flaw is Flaw.DAMAGED, front
        assert "glued to" in credential.reason
        assert conclusion(f"{front}{glue}{token}").verdict is Verdict.MALFORMED


@pytest.mark.parametrize("glue", ["x", "9", "abc-", "x."])
@pytest.mark.parametrize("token", [GOOGLE_REFRESH, GOOGLE_CODE, GOOGLE_SECRET, GOOGLE_KEY])
def test_the_end_of_a_longer_word_is_no_credential(token: str, glue: str) -> None:
    assert read(f"text {token} more").credential is not None
    assert read(f"text {glue}{token} more").credential is None


@pytest.mark.parametrize("name", ["YOUR_ACCESS_TOKEN", "MY_TOKEN", "YOUR_TOKEN_HERE"])
def test_a_placeholder_glued_to_an_opaque_token_is_named(name: str) -> None:
    for text in (f"{GOOGLE}{name}", f"{name}{GOOGLE}", f"Bearer {GOOGLE}{name}"):
        credential = read(text).credential
        assert credential is not None
        assert credential.flaw is Flaw.DAMAGED
        assert name in credential.reason


def test_a_word_glued_after_a_full_stop_is_named() -> None:
    credential = read(f"{FITBIT}.Visit").credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert "full stop" in credential.reason


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_lost_capital_letters_are_named(token: str) -> None:
    for text in (token.lower(), token.upper()):
        for front in ("", "Bearer "):
            credential = read(front + text).credential
            assert credential is not None
            assert credential.flaw is Flaw.DAMAGED
            assert "capital" in credential.reason
            assert "without converting" in conclusion(front + text).advice[0]


@pytest.mark.parametrize("dash", list("\u2012\u2013\u2014\u2015\u2212"))
def test_a_hyphen_that_became_a_dash_is_named(dash: str) -> None:
    assert "-" in GOOGLE
    credential = read(GOOGLE.replace("-", dash)).credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert f"into a dash ({dash})" in credential.reason


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, f"{FITBIT}\n{OTHER}"),
        (2, f"{FITBIT} {OTHER}"),
        (2, f"{FITBIT},{OTHER}"),
        (2, f"{FITBIT}{OTHER}"),
        (2, f"old: {GOOGLE}\nnew: {google('second')}"),
        (2, f"{GOOGLE}{google('second')}"),
        (2, f'["{GOOGLE}", "{google("second")}"]'),
        (2, f"{FITBIT}\n{GOOGLE}"),
        (2, f"{GOOGLE}\n{FITBIT}"),
        (3, f"{FITBIT}\n{GOOGLE}\n{OTHER}"),
        (2, f"{FITBIT}\n{FITBIT}\n{OTHER}"),
    ],
)
def test_different_tokens_are_listed_masked(number: int, text: str) -> None:
    result = read(text)
    assert result.credential is None
    assert len(result.candidates) == number
    found = conclusion(text)
    assert found.verdict is Verdict.AMBIGUOUS
    assert f"{number} different tokens" in found.summary
    for candidate in result.candidates:
        assert candidate.secret.masked in " ".join(found.advice)
        assert candidate.secret.reveal() not in " ".join((found.summary, *found.advice))


def test_a_whole_token_and_a_cut_one_are_two_tokens() -> None:
    result = read(f"{FITBIT}\n{OTHER[:-3]}\n")
    assert [candidate.flaw for candidate in result.candidates] == [None, Flaw.CUT_OFF]


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("seam", ["\n", " ", ",", "", "\n> ", " and again ", "\n\n---\n\n"])
def test_the_same_token_twice_is_one(token: str, seam: str) -> None:
    assert sound(f"{token}{seam}{token}") == token


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_the_same_token_whole_and_shortened_is_one(token: str) -> None:
    assert sound(f"{token}\n{token[:30]}\u2026\n") == token


def test_the_expected_provider_decides_between_two_tokens() -> None:
    text = f"{FITBIT}\n{GOOGLE}"
    for provider, token in (("fitbit", FITBIT), ("google-health", GOOGLE)):
        credential = read(text, provider).credential
        assert credential is not None
        assert credential.secret.reveal() == token


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n", "\u200b", '""', "hello", "hello world, how are you", "12"),
        "https://api.fitbit.com/1/user/-/devices.json",
        "{}\n[]",
        "An access token begins with eyJ, or ya29. in Google's.",
    ],
)
def test_nothing_is_found_in_text_without_a_credential(text: str) -> None:
    result = read(text)
    assert result.candidates == ()
    if result.credential is not None:
        assert result.credential.kind is Kind.PLACEHOLDER
    else:
        assert conclusion(text).verdict is Verdict.NO_TOKEN
        assert not result.empty_bearer


@pytest.mark.parametrize(
    "text",
    ["Bearer", "Bearer ", "bearer\n", "Authorization: Bearer", "Authorization: Bearer ", "Bearer:",
     "-H 'Authorization: Bearer '", '-H "authorization: Bearer " https://api.fitbit.com',
     "curl -H 'Authorization: Bearer' https://api.fitbit.com", '{"Authorization": "Bearer "}',
     "Authorization: Bearer \r\nAccept: */*", "Bearer \u200b", "Authorization: Bearer -X GET"],
)  # fmt: skip
def test_an_empty_bearer_is_reported(text: str) -> None:
    assert read(text).empty_bearer
    assert "nothing follows the word Bearer" in conclusion(text).summary


@pytest.mark.parametrize(
    "text", ["Bearer hello", "the bearer of good news", "Bearer https://x.org"]
)
def test_bearer_with_a_value_is_not_empty(text: str) -> None:
    assert read(text) == Paste(None)


@pytest.mark.parametrize("text", ["a" * 50, "Zm9v" * 20, GOOGLE[1:], "q7" * 30, FITBIT[-43:]])
def test_a_long_word_of_no_known_form_is_unknown_and_never_invalid(text: str) -> None:
    for around in (text, f"Bearer {text}", json.dumps({"access_token": text})):
        credential = read(around).credential
        assert credential is not None
        assert credential.kind is Kind.UNKNOWN
        found = conclusion(around)
        assert found.verdict is Verdict.UNDETERMINED
        assert found.usable is None


def test_a_flawed_token_shows_no_more_of_itself_than_its_mask() -> None:
    for text in (FITBIT[:-1], f"{FITBIT}x", f"x{GOOGLE}", FITBIT.lower()):
        found = conclusion(text)
        words = " ".join((found.summary, *found.advice))
        assert not any(text[at : at + 12] in words for at in range(len(text) - 12))


@pytest.mark.parametrize("seam", ["\n\t", "\n> ", "\n# ", "\n", "\n2026-11-28 10:00:00 INFO "])
@pytest.mark.parametrize("behind", ["", "*", "\n", " thanks"])
@pytest.mark.parametrize("secret", [GOOGLE_SECRET, GOOGLE_REFRESH], ids=["secret", "refresh"])
def test_a_part_of_another_credential_is_reported_as_such(
    secret: str, behind: str, seam: str
) -> None:
    for at in range(30, len(secret)):
        text = f"{secret[:at]}{seam}{secret[at:]}{behind}"
        credential = read(text).credential
        assert credential is not None
        if seam.endswith(" INFO ") and len(secret) - at < 20:
            continue  # any word may stand there
        assert credential.secret.reveal() == secret or "are those of a part" in credential.doubt
        assert credential.doubt in " ".join(conclusion(text).advice)
