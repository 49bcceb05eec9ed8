"""A token that a program puts together from names, elements and calls is found whole."""

from hashlib import sha256

import pytest

from tests.support.providers.paste_checks import hard_wrap
from tests.support.scan.searching import finds_only, search
from tests.support.tokens import FITBIT, GOOGLE, make_jwt

_HEAD, _BODY, _SIGNATURE = FITBIT.split(".")
_A, _B, _C = FITBIT[:60], FITBIT[60:150], FITBIT[150:]
_G, _H, _I = GOOGLE[:50], GOOGLE[50:90], GOOGLE[90:]
_RSA = make_jwt({"iss": "Fitbit", "sub": "7TESTS"}, {"alg": "RS256"}).rpartition(".")[0]
_RSA_SIGNATURE = (FITBIT + GOOGLE.replace(".", "")).replace(".", "")[:342]

_SIGNED = (
    f'A = "{_A}"\nB = "{_B}"\nC = "{_C}"\nT = A + B + C\n',
    f'A = "{_A}"\nB = "{_B}{_C}"\nT = A + B\n',
    f"A='{_A}'\nB='{_B}'\nC='{_C}'\nTOKEN=$A$B$C\n",
    f"export A={_A}\nexport B={_B}\nexport C={_C}\n",
    f'head = "{_HEAD}"\nbody = "{_BODY}"\nsig = "{_SIGNATURE}"\nt = f"{{head}}.{{body}}.{{sig}}"\n',
    f"const head = '{_HEAD}';\nconst body = '{_BODY}';\nconst sig = '{_SIGNATURE}';\n"
    "const t = `${head}.${body}.${sig}`;\n",
    f'parts = ["{_HEAD}", "{_BODY}", "{_SIGNATURE}"]\ntoken = ".".join(parts)\n',
    f'parts = [\n    "{_HEAD}",\n    "{_BODY}",\n    "{_SIGNATURE}",\n]\n',
    f"parts = ('{_HEAD}.', '{_BODY}.', '{_SIGNATURE}')\n",
    f"- {_HEAD}\n- {_BODY}\n- {_SIGNATURE}\n",
    f't = "{_A}"\nt += "{_B}"\nt += "{_C}"\n',
    f'$t = "{_A}";\n$t .= "{_B}";\n$t .= "{_C}";\n',
    f't = ""\nt = t + "{_A}"\nt = t + "{_B}"\nt = t + "{_C}"\n',
    f'sb.append("{_A}");\nsb.append("{_B}");\nsb.append("{_C}");\n',
    f'new StringBuilder("{_A}").append("{_B}").append("{_C}")\n',
    f'parts = []\nparts.append("{_HEAD}")\nparts.append("{_BODY}")\nparts.append("{_SIGNATURE}")\n',
    f'{{"header": "{_HEAD}", "payload": "{_BODY}", "signature": "{_SIGNATURE}"}}',
    f'{{"protected": "{_HEAD}",\n "payload": "{_BODY}",\n "signature": "{_SIGNATURE}"}}',
    f"head: {_HEAD}\nbody: {_BODY}\nsignature: {_SIGNATURE}\n",
    f'C = "{_C}"\nB = "{_B}"\nA = "{_A}"\nT = A + B + C\n',
    f'A = "{_A}"\nNAME = "fitbit"\nB = "{_B}"\nURL = "https://api.test"\nC = "{_C}"\n',
    f'"{_A}", name, "{_B}", "x", "{_C}"',
    f'var a = "{_HEAD}." + "{_BODY}";\nvar b = ".{_SIGNATURE}";\n',
    f'A := "{_A}"\nB := "{_B}"\nC := "{_C}"\nt := fmt.Sprintf("%s%s%s", A, B, C)\n',
    f'#define A "{_A}"\n#define B "{_B}"\n#define C "{_C}"\n',
    f'<add key="a" value="{_A}"/>\n<add key="b" value="{_B}"/>\n<add key="c" value="{_C}"/>\n',
)
_OPAQUE = (
    f't = "{_G}"\nt += "{_H}"\nt += "{_I}"\n',
    f"$t = '{_G}';\n$t .= '{_H}';\n$t .= '{_I}';\n",
    f't = "{_G}"\nt = t + "{_H}"\nt = t + "{_I}"\n',
    f'sb.append("{_G}");\nsb.append("{_H}");\nsb.append("{_I}");\n',
    f'sb = new StringBuilder("{_G}");\nsb.append("{_H}").append("{_I}");\n',
    f'A = "{_G}"\nB = "{_H}"\nC = "{_I}"\nT = A + B + C\n',
    f'A="{_G}"\nB="{_H}"\nC="{_I}"\nTOKEN="$A$B$C"\n',
    f'A="{_G}"\nB="{_H}"\nC="{_I}"\nTOKEN=${{A}}${{B}}${{C}}\n',
    f'a = "{_G}"\nb = "{_H}"\nc = "{_I}"\nt = f"{{a}}{{b}}{{c}}"\n',
    f"const a = '{_G}', b = '{_H}{_I}';\nconst t = `${{a}}${{b}}`;\n",
    f'a = "{_G}"\nb = "{_H}{_I}"\nt = "".join([a, b])\n',
    f'let a = "{_G}";\nlet b = "{_H}{_I}";\nlet t = a.concat(b);\n',
    f'A <- "{_G}"\nB <- "{_H}{_I}"\nt <- paste0(A, B)\n',
    f'a := "{_G}"\nb := "{_H}{_I}"\nt := a + b\n',
    f'local a = "{_G}"\nlocal b = "{_H}{_I}"\nlocal t = a .. b\n',
    f't = "{_G}"\nt << "{_H}{_I}"\n',
    f'"{_G}".concat("{_H}", "{_I}")',
    f'"{_G}".concat("{_H}").concat("{_I}")',
    f'new StringBuilder().append("{_G}").append("{_H}").append("{_I}")',
    f'let t = concat!("{_G}", "{_H}", "{_I}");',
    f'paste0("{_G}", "{_H}", "{_I}")',
    f'"".join(["{_G}", "{_H}", "{_I}"])',
    f'["{_G}","{_H}","{_I}"].join("")',
    f'this.t = "{_G}";\nthis.t += "{_H}";\nthis.t += "{_I}";\n',
)


def test_the_pieces_of_a_signed_token_are_put_together() -> None:
    assert [] == [text for text in _SIGNED if not finds_only(text, FITBIT)]


def test_the_pieces_of_an_opaque_token_are_put_together_by_the_program() -> None:
    assert [] == [text for text in _OPAQUE if not finds_only(text, GOOGLE)]


def test_a_signature_of_open_length_is_put_together() -> None:
    head, body = _RSA.split(".")
    for text in (
        f'["{head}", "{body}", "{_RSA_SIGNATURE}"]',
        f"head: {head}\nbody: {body}\nsig: {_RSA_SIGNATURE}\n",
    ):
        assert finds_only(text, f"{_RSA}.{_RSA_SIGNATURE}")


@pytest.mark.parametrize(
    "joint", ["\n", "<br>", '",\n"', '"; b="', "</li><li>", "\nx ", "\n* ", "\n-", "\\n"]
)
def test_a_part_of_a_signature_of_open_length_is_a_fragment(joint: str) -> None:
    whole = f"{_RSA}.{_RSA_SIGNATURE}"
    digest = sha256(whole.encode()).digest()
    for width in range(20, 95, 3):
        for end in ("", "&gt;", '"', "%22"):
            findings = search(hard_wrap(whole, width, joint) + end)
            assert all(item.fragment or item.digest == digest for item in findings), (width, end)


def test_the_mark_of_a_removed_line_is_no_certain_part_of_a_signature() -> None:
    for more in range(9):
        head = make_jwt({"iss": "Fitbit", "sub": "7" * more}, {"alg": "RS256"}).rpartition(".")[0]
        whole = f"{head}.{_RSA_SIGNATURE}"
        digest = sha256(whole.encode()).digest()
        for width in range(66, 100):
            findings = search("-" + hard_wrap(whole, width, "\n-"))
            assert all(item.fragment or item.digest == digest for item in findings), width


@pytest.mark.parametrize("word", ["body", "t", "fitbit", "name", "Bearer", "access_token"])
def test_a_word_of_fitting_length_is_no_certain_end_of_a_signature(word: str) -> None:
    part, rest = FITBIT[: -len(word)], FITBIT[-len(word) :]
    digest = sha256(FITBIT.encode()).digest()
    for text in (f'{{"{word}": "> {part}\\n> {rest}"}}', f'n = "{word}"; a = "{part}"; b = {rest}'):
        assert all(item.fragment or item.digest == digest for item in search(text)), text


def test_pieces_that_complete_nothing_are_no_token() -> None:
    for text in (
        f'A = "{_A}"\nB = "{_B[1:]}"\nC = "{_C}"\n',
        f'["{_HEAD}", "{_BODY}", "name"]',
        f'["{_HEAD}", "{_BODY}"]',
        f'{{"header": "{_HEAD}", "payload": "{_BODY}", "signature": "your-signature"}}',
        f'A = "{_A}"\nB = "{_C}"\n',
    ):
        assert [] == search(text), text


def test_pieces_of_many_beginnings_take_no_long_time() -> None:
    assert [] == search(f'"{_HEAD}", "{_BODY[:-4]}", "a", "b", "c", "d", "e", "f",\n' * 2_000)


def test_a_string_behind_a_signature_in_bytecode_is_no_part_of_it() -> None:
    token = f"{_RSA}.{_RSA_SIGNATURE[:341]}A"
    data = b"\xda\x08requestsi\xb8s\x0b\x02\0\0" + token.encode() + b"z9gl-python/3.7 auth/1.1\0\0"
    assert finds_only(data, token)
