"""A credential without a form of its own belongs to the owner that the text names, or to none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import conclusion, read
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, FITBIT_CODE, FITBIT_REFRESH, FITBIT_SECRET
from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict
from tokcheck.providers import FINDER

_UUID = "123e4567-e89b-42d3-a456-426614174000"
_DIGITS = {32: FITBIT_SECRET, 40: FITBIT_CODE, 64: FITBIT_REFRESH}


@pytest.mark.parametrize("raw", [*_DIGITS.values(), _UUID, FITBIT_CODE.upper()])
@pytest.mark.parametrize(
    "place",
    ["@", '"@"', "Bearer @", '{"access_token": "@"}', "access_token=@",
     "curl https://api.example.org/me -H 'Authorization: Bearer @'",
     "Of Fitbit's API:\n\ncurl https://api.example.org/me -H 'Authorization: Bearer @'"],
)  # fmt: skip
def test_digits_are_nobodys_without_a_name(raw: str, place: str) -> None:
    credential = read(place.replace("@", raw)).credential
    assert credential is not None
    assert (Kind.UNKNOWN, None, "") == (credential.kind, credential.provider, credential.service)
    found = conclusion(place.replace("@", raw))
    assert (Verdict.UNDETERMINED, None) == (found.verdict, found.usable)
    assert "UUID" in found.summary or "hexadecimal digits" in found.summary
    assert "Nothing was sent" in found.advice[0]


@pytest.mark.parametrize("raw", [FITBIT_CODE, FITBIT_REFRESH])
def test_the_expected_provider_names_them(raw: str) -> None:
    credential = read(raw, "fitbit").credential
    assert credential is not None
    assert credential.provider == "fitbit"
    assert credential.kind in {Kind.AUTHORIZATION_CODE, Kind.REFRESH_TOKEN}


_STRAVA = "https://www.strava.com/api/v3/athlete"


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("Strava", f'curl -X GET "{_STRAVA}" -d access_token=@'),
        ("Strava", f"curl -G {_STRAVA} \\\n  -d access_token=@"),
        ("Strava", f"curl \\\n  -H 'Authorization: Bearer @' \\\r\n  {_STRAVA}"),
        ("Strava", "STRAVA_ACCESS_TOKEN: Bearer @"),
        ("Strava", json.dumps({"fitbit": {"id": "x"}, "strava": {"access_token": "@"}})),
        ("WHOOP", "curl https://api.prod.whoop.com/developer/v2 -H 'Authorization: Bearer @'"),
        ("Oura", "fetch('https://api.ouraring.com/v2', {headers: {Authorization: 'Bearer @'}})"),
        ("Withings", "See Fitbit.\nWithings:\naccess_token=@"),
        ("Spotify", "FITBIT_CLIENT_ID=23TEST\nSPOTIFY=1\naccess_token: @\n"),
    ],
)
def test_the_service_that_the_text_names_is_named(owner: str, text: str) -> None:
    for raw in (*_DIGITS.values(), "BQDkj3kj4h5KJHkjh34kj5hkjhKJHKJh"):
        found = conclusion(text.replace("@", raw))
        assert (Verdict.WRONG_PROVIDER, False) == (found.verdict, found.usable), raw
        assert owner in found.summary
        credential = read(text.replace("@", raw)).credential
        assert credential is not None
        assert credential.provider is None


def test_a_stravas_token_is_no_code_of_fitbits() -> None:
    text = f'curl -X GET "{_STRAVA}" -d access_token={FITBIT_CODE}'
    found = conclusion(text)
    assert "Strava" in found.summary
    assert "xchange" not in " ".join(found.advice)


@pytest.mark.parametrize(
    "text",
    [
        "FITBIT_REFRESH_TOKEN=@", "fitbit:\n  refresh_token: @\n", '{"fitbitRefreshToken": "@"}',
        "curl https://api.fitbit.com/oauth2/token -d refresh_token=@",
        "strava: x\ncurl https://api.fitbit.com/oauth2/token -d refresh_token=@",
        f'{{"access_token": "{FITBIT[:90]}", "refresh_token": "@"}} # Fitbit',
    ],
)  # fmt: skip
def test_fitbits_own_are_fitbits(text: str) -> None:
    found = [
        item
        for item in (read(text.replace("@", FITBIT_REFRESH)).credential,)
        if item is not None and item.kind is Kind.REFRESH_TOKEN
    ]
    assert [item.provider for item in found] in (["fitbit"], [])


@settings(max_examples=inputs(200), derandomize=True, deadline=None)
@given(
    st.text(st.characters(codec="ascii"), max_size=200),
    st.sampled_from(sorted(_DIGITS.values())),
    st.text(st.characters(codec="ascii"), max_size=200),
)
def test_without_a_name_no_text_makes_them_a_providers(front: str, raw: str, behind: str) -> None:
    text = f"{front} {raw} {behind}"
    owner = FINDER.evidence().owner_of(text, len(front) + 1, len(front) + 1 + len(raw))
    assert owner is None or any(
        name in text.lower()
        for name in ("fitbit", "google-health", *(n for s in FINDER.services() for n in s.names))
    )


def test_a_far_name_does_not_count() -> None:
    evidence = FINDER.evidence()
    text = "fitbit" + " " * 2_000 + FITBIT_CODE
    assert evidence.owner_of(text, text.index(FITBIT_CODE), len(text)) is None
    assert "fitbit" == evidence.owner_of(text[1_500:].replace(" ", "fitbit ", 1), 600, 640)


@pytest.mark.parametrize(
    ("owner", "host"),
    [
        ("fitbit", "api.fitbit.com"), ("fitbit", "FITBIT.com"), ("Strava", "www.strava.com"),
        (None, "notfitbit.com"), (None, "api.fitbit.com.evil.example"), (None, "notstrava.com"),
        (None, "strava.com.evil.example"), (None, "fitbit.example.org"),
    ],
)  # fmt: skip
def test_a_host_is_its_domains_owner(owner: str | None, host: str) -> None:
    text = f"curl https://{host}/oauth2/token -d code={FITBIT_CODE}"
    start = text.index(FITBIT_CODE)
    found = FINDER.evidence().owner_of(text, start, len(text))
    assert owner == found


@pytest.mark.parametrize(
    "text",
    ["see fitbitfake.com: code @", "notfitbit.com gave me refresh_token=@",
     "api.fitbit.com.evil.example refresh_token=@", "https://notfitbit.com/x refresh_token=@"],
)  # fmt: skip
def test_a_host_that_only_contains_a_name_is_not_its_owners(text: str) -> None:
    for digits in ("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c", "0f1e2d3c4b5a6978" * 4):
        credential = read(text.replace("@", digits)).credential
        assert credential is None or credential.provider is None


@pytest.mark.parametrize(
    "text", ["api.fitbit.com gave me refresh_token=@", "www.fitbit.com: refresh_token=@"]
)
def test_a_host_of_the_provider_names_it(text: str) -> None:
    credential = read(text.replace("@", "0f1e2d3c4b5a6978" * 4)).credential
    assert credential is not None
    assert credential.provider == "fitbit"


@pytest.mark.parametrize("quote", ["", '"', "'"])
@pytest.mark.parametrize("front", ["", "export ", "$env:"])
@pytest.mark.parametrize("name", ["YOUR_TOKEN", "MY_STRAVA_TOKEN", "TOKEN"])
def test_the_value_of_a_variable_is_judged_and_not_its_name(
    name: str, front: str, quote: str
) -> None:
    digits = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
    credential = read(f"{front}{name}={quote}{digits}{quote}").credential
    assert credential is not None
    assert credential.secret.reveal() == digits


@pytest.mark.parametrize(
    ("owner", "label"),
    [
        ("Oura", "OURA_TOKEN"),
        ("Oura", "ouraToken"),
        ("Oura", "my-oura.token"),
        (None, "OURAPP_TOKEN"),
        (None, "our_app_token"),
        (None, "token"),
        ("Polar", "POLAR_ACCESS_TOKEN"),
        (None, "bipolar_access_token"),
        ("Strava", "mystravatoken"),
    ],
)
def test_a_short_name_counts_as_a_word_of_its_own_only(owner: str | None, label: str) -> None:
    credential = read(f"{label}: {FITBIT_SECRET}").credential
    assert credential is not None
    assert (f"a token of {owner}" if owner else "") == credential.service


def test_the_id_of_a_commit_behind_a_label_is_no_credential() -> None:
    for label in ("sha", "commit", "git-sha", "build.revision", "md5", "password"):
        assert read(f"{label}: {FITBIT_CODE}").credential is None
