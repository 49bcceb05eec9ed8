"""What ``validate`` calls a token of a known service, ``scan`` finds by its prefix."""

from base64 import b64encode
from hashlib import sha256
from random import Random

import pytest

from tests.support.scan.random_match import random_match
from tests.support.scan.searching import finds_only, search
from tests.support.suite.cases import each_case
from tokcheck.core.credential import Kind
from tokcheck.providers.known_services.undeclared import UNDECLARED
from tokcheck.scan.detect.labelled import service_prefixes
from tokcheck.scan.detect.labelled.declared_names import DeclaredNames
from tokcheck.scan.detect.sample_tokens import is_sample

_FORMS = [form for service in UNDECLARED for form in service.forms]
_SECRET = [form for form in _FORMS if form.is_secret]

_FIRST_DIGITS = dict(
    zip(("MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"), "123456789", strict=True)
)


def _token(prefix: str, seed: int = 1) -> str:
    """Return a random token with a prefix, which never looks like a sample by chance."""
    if len(prefix) == len("MT"):
        random = Random(f"{prefix}{seed}")
        number = _FIRST_DIGITS[prefix] + "".join(random.choices("0123456789", k=17))
        rest = ".".join(random_match(rf"\w{{{n}}}", random) for n in (6, 38))
        return f"{b64encode(number.encode()).decode()}.{rest}"
    form = next(form for form in _SECRET if form.prefix == prefix)
    random = Random(f"{prefix}{seed}")
    rest = next(
        rest
        for rest in (random_match(form.rest, random) for _ in range(100))
        if not is_sample(rest) and rest[-1].isalnum()
    )
    return prefix + rest


def test_the_first_pass_knows_the_prefixes_of_the_table() -> None:
    assert [form.prefix for form in _SECRET] == [*service_prefixes.PREFIXES]


@pytest.mark.parametrize("prefix", service_prefixes.PREFIXES)
def test_a_token_of_every_service_is_found_and_named(prefix: str) -> None:
    token = _token(prefix)
    words = next(form.words for form in _SECRET if form.prefix == prefix)
    around = "discord_token" if "Discord" in words else "token"
    for text in (
        "{}", "TOKEN={}\n", 'x = "{}"', "curl -H 'Authorization: Bearer {}' https://x.example",
        "a: {}, b", '{{"body": "say\\n{}"}}', "<td>{}</td>",
    ):  # fmt: skip
        content = f"# {around}\n{text.format(token)}"
        (found,) = search(content)
        assert (sha256(token.encode()).digest(), None) == (found.digest, found.provider), content
        assert f"It is {words}." in found.advice
    assert finds_only(f"# {around}\nx: {token}\n".encode("utf-16"), token) or (
        prefix not in service_prefixes.WIDE
    )


@each_case("prefix", [prefix for prefix in service_prefixes.PREFIXES if prefix[:2].isalpha()])
def test_a_token_alone_in_base64_is_found(prefix: str) -> None:
    if len(prefix) < 3 or prefix[0] == "e":
        return
    token = _token(prefix)
    encoded = b64encode(token.encode()).decode()
    assert finds_only(f"data:\n  token: {encoded}\n", token)


def test_kinds_are_those_of_the_table() -> None:
    assert [Kind.REFRESH_TOKEN] == [found.kind for found in search(f"x={_token('xoxe-')}")]
    assert [Kind.API_KEY] == [found.kind for found in search(f"x={_token('sk-ant-')}")]


@each_case(
    "text",
    [
        "npm_config_registry=https://x npm_package_name=1 startswith('npm_lifecycle')",
        "sk-fading-circle sk-circle1 sk-md2 risk-adjusted task-1234567890",
        "hf_transfer hf_hub_download2 secret_key_base secret_2 pat-1 SG.1",
        "xoxb- xoxb-not-a-real-token xoxb-your-token-here xoxb-xxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",  # of Amazon's documentation
        "MTIME MTA ODT NDK EAAccessoryManager EAA",
        f"AC{'0a1b2c3d' * 4} SK{'9f8e7d6c' * 4}",  # no secrets
        'prefix = "npm_" + name',
        # Hexadecimal digits of a font, in lines.
        "\n".join(["EAAC" + "0A1B2C3D4E5F6789" * 4, "9F8E7D6C5B4A3210" * 4, "C0FFEE12" * 8]),
    ],
)
def test_a_name_or_a_sample_is_none(text: str) -> None:
    assert [] == search(text)


def test_a_word_that_begins_as_a_prefix_does_is_no_place() -> None:
    words = "npm_config_cache sk-fading-circle secret_key_base hf_hub_download glc_context pat-x"
    assert [] == [*DeclaredNames().places(words.encode())]


@each_case("cut", [5, 9, 20])
@each_case(
    "form",
    [
        'A = "{0}"\nB = "{1}"\nT = A + B\n',
        't = "{0}"\nt += "{1}"\n',
        'T = "{0}" + "{1}"\n',
        'A={0}\nB={1}\nT="$A$B"\n',
    ],
)
def test_a_token_in_pieces_is_found_whole_or_as_a_part(form: str, cut: int) -> None:
    for prefix in ("xoxb-", "sk-ant-", "npm_", "AKIA"):
        token = _token(prefix)
        at = max(cut, len(prefix))
        found = search(form.format(token[:at], token[at:]))
        wrong = [
            one
            for one in found
            if not one.fragment and one.digest != sha256(token.encode()).digest()
        ]
        assert [] == wrong, prefix
        assert found, prefix


@each_case("behind", ["/20200101/us-east-1/s3", "%2F20200101%2F", "+x", ":secret", ","])
def test_a_token_of_fixed_length_is_whole_whatever_follows(behind: str) -> None:
    token = _token("AKIA")
    assert finds_only(f"Credential={token}{behind}\n", token)


@each_case("sign", ["\\u002d", "\\x2d", "%2D", "%252D", "&#45;", "&#x2D;", "=2D"])
def test_a_sign_of_a_prefix_may_be_written_in_another_notation(sign: str) -> None:
    for prefix in ("xoxb-", "xapp-"):
        token = _token(prefix)
        assert finds_only(f'x: "{token.replace("-", sign)}"\n', token), prefix
