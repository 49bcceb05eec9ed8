"""A token that is published or written by hand is no finding, and a random one is."""

import base64
import hashlib
import re

import pytest

from tests.support.scan.searching import search
from tests.support.tokens import FITBIT_CODE, FITBIT_SECRET, base64url, make_jwt
from tokcheck.scan.detect.published_samples import DIGESTS
from tokcheck.scan.detect.sample_tokens import is_sample


def _payload(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


# The claims of the documents, signed again: whatever the key, they are samples.
_PUBLISHED = [
    _payload('{"iss":"joe",', ' "exp":1300819380,', ' "http://example.com/is_root":true}'),
    b'{"some":"payload"}',
    b'{"k":"value"}',
    b'{"foo":"bar"}',
    b'{"iss":"https://dev-87evx9ru.auth0.com/","sub":"aW4Cca79xReLWUz0aE2H6kD0O3cXBVtC@clients",'
    b'"aud":"https://expenses-api","iat":1572006954,"exp":1572006964,'
    b'"azp":"aW4Cca79xReLWUz0aE2H6kD0O3cXBVtC","gty":"client-credentials"}',
    b'{"sub":"1234567890","name":"John Doe","admin":true,"iat":1516239022}',
    b'{"loggedInAs":"admin","iat":1422779638}',
    b'{"exp":1430343735,"scopes":"wpro wloc wnut wsle wset whr wwei wact wsoc","sub":"ABCDEF",'
    b'"aud":"IJKLMN","iss":"Fitbit","typ":"access_token","iat":1430340135}',
    b'{\n "iss": "http://server.example.com",\n "sub": "248289761001",\n "aud": "s6BhdRkqt3",\n'
    b' "nonce": "n-0S6_WzA2Mj",\n "exp": 1311281970,\n "iat": 1311280970\n}',
]


def test_published_claims_are_no_finding_whoever_signs_them() -> None:
    found = [text for text in _PUBLISHED if search(f"token = {make_jwt({}, raw=text)}\n")]
    assert [] == found
    changed = make_jwt({}, raw=_PUBLISHED[1].replace(b"payload", b"other"))
    assert 1 == len(search(f"token = {changed}\n"))


def test_published_opaque_samples_are_no_finding() -> None:
    half = "c643a63c072f0f05478e9d18b991db80", "ef6061e4f8e6c822d83fed53e5fafdd7"
    code = "7b64c4b088b9c841d15b", "cac15d4aa7433d35af3e"
    assert [] == search(f"fitbit\nrefresh_token: {''.join(half)}\n")
    assert [] == search(f"https://fitbit.test/?code={''.join(code)}#_=_\n")
    assert 1 == len(search(f"fitbit\nrefresh_token: {''.join(reversed(half))}\n"))


def test_the_list_holds_digests_alone() -> None:
    assert [] == [each for each in DIGESTS if not re.fullmatch("[0-9a-f]{64}", each)]


_RANDOM = base64url(hashlib.sha512(b"random").digest())


@pytest.mark.parametrize(
    "text",
    [
        "GOCSPX-your-client-secret-goes-here",
        "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k",
        "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K",
        "1//0_the_long_string_that_google_gave_you_when_you_logged_in",
        "1//0_aaaa-bbbb-cccc-dddd-eeee-ffff-gggg-hhhh-iiii-jjjj-kkkk-llll",
        "ya29.the-long-string-that-google-gave-you-when-you-logged-in",
    ],
)
def test_what_is_written_by_hand_is_no_finding(text: str) -> None:
    assert [] == search(f"x = {text}\n")


@pytest.mark.parametrize("prefix", ["GOCSPX-", "1//0", "ya29."])
def test_what_is_random_is_a_finding(prefix: str) -> None:
    assert 1 == len(search(f"x = {prefix}{_RANDOM}\n"))


_DIGESTS = {"sha256": 43, "sha384": 64, "sha512": 86}


@pytest.mark.parametrize("prefix", ["GOCSPX-", "ya29.", "glc_", "hf_", "sq0atp-"])
def test_the_digest_of_a_file_that_begins_as_a_token_does_is_none(prefix: str) -> None:
    for name, length in _DIGESTS.items():
        digest = f"{prefix}{_RANDOM}"[:length]
        for text in (f"a/b.py,{name}={digest},120\n", f'"integrity": "{name}-{digest}=="\n'):
            assert [] == search(text), text


def test_a_token_behind_the_name_of_a_digest_is_one() -> None:
    token = f"ya29.{_RANDOM}"
    for text in (f"sha256={token}\n", f"sha256 of {token}\n", f"sha={token[:60]}\n"):
        assert 1 == len(search(text)), text


def test_many_of_one_character_in_a_row_are_written_by_hand() -> None:
    for text in ("ghu_InstallationUserToServer000000000000", "ya29.a0AfB_byC1AAAAAAAAq3ZrT5uXw9"):
        assert is_sample(text)
    made_up = "ghu_InstallationUserToServer0000000q8ZrW"  # tokcheck: allow
    assert not is_sample(made_up)


def test_hardly_any_random_credential_is_taken_for_a_sample() -> None:
    randoms = (
        base64.urlsafe_b64encode(hashlib.sha256(f"{number}".encode()).digest()[:21]).decode()
        for number in range(20_000)
    )
    assert [] == [each for each in randoms if is_sample(f"GOCSPX-{each}")]


@pytest.mark.parametrize(
    ("found", "path", "text"),
    [
        (0, "x.txt", "fitbit source code @\n"),
        (0, "x.json", '{"name": "fitbit", "code": "@"}'),
        (0, "x.yaml", "fitbit:\n  code: @\n"),
        (0, "uv.lock", "fitbit = 1\n?code=@\n"),
        (0, "a/package-lock.json", '"fitbit": {"authorization_code": "@"}'),
        (1, "x.txt", "https://fitbit.test/?code=@\n"),
        (1, "x.txt", "fitbit: authorization_code: @\n"),
        (1, "x.json", '{"grant_type": "authorization_code", "code": "@", "host": "fitbit"}'),
        (1, "x.sh", "curl https://api.fitbit.com/oauth2/token -d code=@\n"),
        (1, "x.txt", "the Fitbit code: @\n"),
    ],
)
def test_a_sha_1_is_a_code_only_where_the_text_says_so(found: int, path: str, text: str) -> None:
    assert found == len(search(text.replace("@", FITBIT_CODE), path))


def test_a_digest_behind_secret_in_a_lock_file_is_no_credential() -> None:
    text = f"fitbit\nclient_secret = {FITBIT_SECRET}\n"
    assert (0, 1) == (len(search(text, "poetry.lock")), len(search(text, "poetry.toml")))


def test_a_samples_word_counts_in_capitals() -> None:
    assert is_sample("ya29.a0AfB3xYpQ7EXAMPLEwZk2LmN8rT")  # tokcheck: allow
