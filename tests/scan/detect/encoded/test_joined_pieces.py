"""Base64 in the pieces that a program joins, and tokens of declared providers in wide text."""

from base64 import b64encode
from hashlib import sha256
from random import Random
from string import ascii_letters, digits

from tests.support.scan.searching import finds_only, search
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.scan.detect.first_pass.anchors import DECLARED_STEMS

_BODY = "".join(Random(5).choices(ascii_letters + digits, k=36))
_TOKENS = (FITBIT, GOOGLE, f"ghp_{_BODY}", f"glpat-{_BODY[:20]}")
_FORMS = {
    "names": 'A = "{0}"\nB = "{1}"\nT = b64decode(A + B)\n',
    "template": 'A = "{0}"\nB = "{1}"\nT = f"{{A}}{{B}}"\n',
    "statements": 't = "{0}"\nt += "{1}"\n',
    "shell": 'A={0}\nB={1}\nT="$A$B"\n',
    "list": 'parts = ["{0}", "{1}"]\nT = "".join(parts)\n',
    "literals": 'T = "{0}" + "{1}"\n',
}


@each_case("form", _FORMS)
@each_case("cut", [20, 28, 33, 45, 50])
def test_the_pieces_of_a_text_in_base64_are_one(form: str, cut: int) -> None:
    for token in _TOKENS:
        for encoded in (b64encode(token.encode()), b64encode(f'{{"token":"{token}"}}'.encode())):
            text = encoded.decode()
            content = _FORMS[form].format(text[:cut], text[cut:])
            if len(text) > cut + 4:
                assert finds_only(content, token), content


@each_case("cut", [1, 2, 3, 4, 5, 6])
@each_case("form", ["names", "template", "literals"])
def test_the_first_characters_of_a_text_in_base64_may_be_a_piece(form: str, cut: int) -> None:
    for token in (FITBIT, GOOGLE):
        text = b64encode(token.encode()).decode()
        assert finds_only(_FORMS[form].format(text[:cut], text[cut:]), token)


@each_case("cut", [1, 2, 3, 4, 5, 6])
@each_case("form", ["names", "template"])
def test_the_first_characters_of_a_prefix_may_have_a_name(form: str, cut: int) -> None:
    for token in (FITBIT, GOOGLE):
        assert finds_only(_FORMS[form].format(token[:cut], token[cut:]), token)


def test_short_values_beside_a_token_are_no_part_of_it() -> None:
    text = f'A = "y"\nB = "{GOOGLE}"\nprint(A, B)\n'
    assert finds_only(text, GOOGLE)


@each_case("cut", [28, 32, 40])
def test_pieces_that_nothing_joins_leave_no_fingerprint_of_a_part_of_known_length(
    cut: int,
) -> None:
    token = f"ghp_{_BODY}"
    encoded = b64encode(token.encode()).decode()
    content = f'A = "{encoded[:cut]}"\nB = "word"\nC = A + B\n'
    digest = sha256(token.encode()).digest()
    assert [] == [one for one in search(content) if not one.fragment and one.digest != digest]


@each_case("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32"])
@each_case("front", ["", "a", "ab", "abc", "abcd", "abcde"])
def test_a_prefix_in_wide_text_in_base64_is_found(coding: str, front: str) -> None:
    for token in (f"ghp_{_BODY}", f"glpat-{_BODY[:20]}", f"dckr_pat_{_BODY[:27]}"):
        encoded = b64encode(f"{front} {token}\n".encode(coding)).decode()
        assert finds_only(f"T={encoded}\n", token)


def test_the_stems_are_those_of_the_ready_made_declarations() -> None:
    forms = [form for table in TABLES.values() for form in table.get("tokens", ())]
    prefixes = [form["prefix"] for form in forms if "prefix" in form]
    covered = [each for each in prefixes if each.startswith((*DECLARED_STEMS, "github"))]
    assert prefixes == covered
