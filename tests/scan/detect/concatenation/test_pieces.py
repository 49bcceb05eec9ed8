"""A token that a program puts together from names, elements and calls is found whole."""

from hashlib import sha256
from itertools import product

import pytest

from tests.support.providers.paste_checks import hard_wrap
from tests.support.scan.searching import finds_only, search
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
    google,
    make_jwt,
    random_characters,
)

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
    f'{{"payload": "{_BODY}", "protected": "{_HEAD}", "signature": "{_SIGNATURE}"}}',
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


_R = f"{_H}{_I}"
# Each joins the first two, or all three pieces.
_EXPRESSIONS = (
    f'self.a = "{_G}"\nself.b = "{_R}"\nself.t = self.a + self.b\n',
    f'o.a = "{_G}"\no.b = "{_R}"\no.t = o.a + o.b\n',
    f"$this->a = '{_G}';\n$this->b = '{_R}';\n$t = $this->a . $this->b;\n",
    f"define('A', '{_G}');\ndefine('B', '{_R}');\n$t = A . B;\n",
    f"const A = '{_G}';\nconst B = '{_R}';\n$t = self::A . self::B;\n",
    f'd["a"] = "{_G}"\nd["b"] = "{_R}"\nt = d["a"] + d["b"]\n',
    f'd = {{"a": "{_G}", "b": "{_R}"}}\nt = d["a"] + d["b"]\n',
    f"const o = {{ a: '{_G}', b: '{_R}' }};\nconst t = `${{o.a}}${{o.b}}`;\n",
    f'p = ["{_G}", "{_H}", "{_I}"]\nt = p[0] + p[1] + p[2]\n',
    f'p = ["{_G}", "{_H}", "{_I}"]\nt = "".join(p)\n',
    f"const p = ['{_G}', '{_H}', '{_I}'];\nconst t = p.join('');\n",
    f'a, b, c = "{_G}", "{_H}", "{_I}"\nt = a + b + c\n',
    f'char t[400] = "{_G}";\nstrcat(t, "{_H}");\nstrcat(t, "{_I}");\n',
    f'strcpy(t, "{_G}");\nstrcat(t, "{_H}");\nstrcat(t, "{_I}");\n',
    f'#define A "{_G}"\n#define B "{_R}"\nchar *t = A B;\n',
    f"A = {_G}\nB = {_R}\nTOKEN = $(A)$(B)\n",
    f"A={_G}\nB={_R}\nTOKEN=${{A}}${{B}}\n",
    f"T={_G}\nT+={_R}\n",
    f"set a {_G}\nset b {_R}\nset -gx TOKEN $a$b\n",
    f"set A={_G}\r\nset B={_R}\r\nset TOKEN=%A%%B%\r\n",
    f"ENV A={_G}\nENV B={_R}\nENV T=$A$B\n",
    f"echo -n {_G}; echo {_R}\n",
    f'echo -n "{_G}" > f\necho -n "{_H}" >> f\necho "{_I}" >> f\n',
    f"printf '{_G}'; printf '{_R}'\n",
    f"printf '%s' '{_G}' '{_R}'\n",
    f'locals {{\n  a = "{_G}"\n  b = "{_R}"\n  t = "${{local.a}}${{local.b}}"\n}}\n',
    f't = join("", ["{_G}", "{_H}", "{_I}"])\n',
    f'Token: !Join ["", ["{_G}", "{_H}", "{_I}"]]\n',
    f'{{"Fn::Join": ["", ["{_G}", "{_R}"]]}}',
    f'val t = buildString {{\n  append("{_G}")\n  append("{_R}")\n}}\n',
    f'let a = "{_G}"\nlet b = "{_R}"\nlet t = "\\(a)\\(b)"\n',
    f'NSMutableString *t = [NSMutableString stringWithString:@"{_G}"];\n'
    f'[t appendString:@"{_R}"];\n',
    f"t = %w[{_G} {_H} {_I}].join\n",
    f'strings.Join([]string{{"{_G}", "{_H}", "{_I}"}}, "")\n',
    f't = "{{}}{{}}".format("{_G}", "{_R}")\n',
    f'String.format("%s%s", "{_G}", "{_R}")\n',
    f't = String.Join("", "{_G}", "{_R}");\n',
    f"t = ['{_G}' ...\n     '{_R}'];\n",
    f'String t = F("{_G}") + F("{_R}");\n',
    f't = "{_G}" + // one\n    "{_R}";\n',
    f't = ("{_G}"  # one\n     "{_R}")\n',
    f"$a: '{_G}';\n$b: '{_R}';\n$t: $a + $b;\n",
    f'{{"source": ["a = \\"{_G}\\"\\n", "b = \\"{_R}\\"\\n", "t = a + b"]}}',
)
# Other uses of the same values join nothing.
_WHOLE = (
    f'A = "{GOOGLE}"\nB = "zA3_dfK9sdEf93Rtz0Qw"\nf(A, B)\n',
    f'd["a"] = "{GOOGLE}"\nd["b"] = "zA3_dfK9sdEf93Rtz0Qw"\nf(d["a"], d["b"])\n',
    f'A={GOOGLE}\nB=zA3_dfK9sdEf93Rtz0Qw\nrun $A $B\nC="$A:$B"\n',
    f'p = ["{GOOGLE}", "zA3_dfK9sdEf93Rtz0Qw"]\nt = ",".join(p)\n',
    f'",".join(["{GOOGLE}", "zA3_dfK9sdEf93Rtz0Qw"])\n',
    f'print(A + B)\nA = "{GOOGLE}"\nB = "name"\n',
    f't = "{GOOGLE}"  # a token\n"zA3_dfK9sdEf93Rtz0Qw"\n',
    f'p = ["{GOOGLE}",  # a token\n     "zA3_dfK9sdEf93Rtz0Qw"]\n',
    f"T := {GOOGLE}\nU := zA3_dfK9sdEf93Rtz0Qw\nall:\n\trun $(T) $(U)\n",
    f'x = "${{a}}:${{b}}"\na = "{GOOGLE}"\nb = "zA3_dfK9sdEf93Rtz0Qw"\n',
    f'String.format("%s:%s", "{GOOGLE}", "zA3_dfK9sdEf93Rtz0Qw")',
    f'x.append("{GOOGLE}")\ny.append("zA3_dfK9sdEf93Rtz0Qw")\n',
    f"echo {GOOGLE}; echo zA3_dfK9sdEf93Rtz0Qw\n",
    f'b = "zA3_dfK9sdEf93Rtz0Qw"\na = "x"\nc = a + b\na = "{GOOGLE}"\n',
)


def test_the_pieces_of_a_signed_token_are_put_together() -> None:
    assert [] == [text for text in _SIGNED if not finds_only(text, FITBIT)]


def test_the_pieces_of_an_opaque_token_are_put_together_by_the_program() -> None:
    assert [] == [text for text in _OPAQUE if not finds_only(text, GOOGLE)]


def test_an_expression_joins_the_pieces_of_an_opaque_token() -> None:
    assert [] == [text for text in _EXPRESSIONS if not finds_only(text, GOOGLE)]


def test_an_expression_joins_the_pieces_of_any_opaque_credential() -> None:
    for raw in (GOOGLE_REFRESH, GOOGLE_SECRET):
        a, b = raw[:20], raw[20:]
        for text in (f'A = "{a}"\nB = "{b}"\nT = A + B\n', f"A={a}\nB={b}\nT=$A$B\n"):
            assert finds_only(text, raw), text


_X, _Y = FITBIT_REFRESH[:32], FITBIT_REFRESH[32:]
_Y1, _Y2 = _Y[:12], _Y[12:]
# No form shows what the digits are: the label of the expression does.
_LABELLED = (
    f'A="{_X}"; B="{_Y}"; REFRESH_TOKEN=A+B\n',
    f'A = "{_X}"\nB = "{_Y}"\nrefresh_token = A + B\n',
    f'A = "{_X}"\nB = "{_Y}"\nT = A + B\nrefresh_token = T\n',
    f'A = "{_X}"\nB = "{_Y1}"\nC = "{_Y2}"\nrefresh_token = A + B + C\n',
    f"A={_X}\nB={_Y}\nREFRESH_TOKEN=$A$B\n",
    f'A="{_X}"\nB="{_Y}"\nexport FITBIT_REFRESH_TOKEN="${{A}}${{B}}"\n',
    f'REFRESH_A="{_X}"\nREFRESH_B="{_Y}"\nREFRESH_TOKEN=$REFRESH_A$REFRESH_B\n',
    f'a = "{_X}"\nb = "{_Y}"\nrefresh_token = f"{{a}}{{b}}"\n',
    f"const a = '{_X}', b = '{_Y}';\nconst refreshToken = `${{a}}${{b}}`;\n",
    f"const a = '{_X}';\nconst b = '{_Y}';\nsend({{ refreshToken: a + b }});\n",
    f'a := "{_X}"\nb := "{_Y}"\nrefreshToken := a + b\n',
    f"$a = '{_X}';\n$b = '{_Y}';\n$refresh_token = $a . $b;\n",
    f'self.a = "{_X}"\nself.b = "{_Y}"\nself.refresh_token = self.a + self.b\n',
    f'local a = "{_X}"\nlocal b = "{_Y}"\nlocal refresh_token = a .. b\n',
    f'A = "{_X}"\nrefresh_token = A + "{_Y}"\n',
    f"set A={_X}\r\nset B={_Y}\r\nset REFRESH_TOKEN=%A%%B%\r\n",
    f'locals {{\n  a = "{_X}"\n  b = "{_Y}"\n  refresh_token = "${{local.a}}${{local.b}}"\n}}\n',
)
_NOT_LABELLED = (
    f'A = "{_X}"\nB = "{_Y}"\nsha256 = A + B\n',
    f'A = "{_X}"\nB = "{_Y}"\nrefresh_token = fetch(A, B)\n',
    f'A = "{_X}"\nB = "{_Y}"\nrefresh_token = A or B\n',
    f'A = "{_X}"\nB = "{_Y1}"\nrefresh_token = A + B\n',
    f'A = "{_X}"\nB = "{_Y.upper()}"\nrefresh_token = A + B\n',
    f'refresh_token = A + B\nC = "{_X}"\nD = "{_Y}"\n',
)


def test_an_expression_behind_a_label_joins_digits() -> None:
    assert [] == [text for text in _LABELLED if not finds_only(text, FITBIT_REFRESH)]
    assert [] == [text for text in _NOT_LABELLED if search(text)]


@pytest.mark.parametrize("letter", "ubfRN")
def test_the_first_letter_of_a_piece_without_a_quotation_mark_is_its_own(letter: str) -> None:
    token = f"{GOOGLE[:40]}{letter}{GOOGLE[41:]}"
    assert finds_only(f'A={token[:40]}\nB={token[40:]}\nT="$A$B"\n', token)


@pytest.mark.parametrize("cut", [*range(5, 60, 5), 100])
def test_a_first_piece_of_any_length_is_joined(cut: int) -> None:
    first, rest = GOOGLE[:cut], GOOGLE[cut:]
    for text in (
        f'A = "{first}"\nB = "{rest}"\nT = A + B\n',
        f't = "{first}"\nt += "{rest}"\n',
        f'["{first}", "{rest}"].join("")\n',
        f'sb.append("{first}");\nsb.append("{rest}");\n',
        f't = "%s%s" % ("{first}", "{rest}")\n',
    ):
        assert finds_only(text, GOOGLE), text
    assert [] == search(f'A = "{GOOGLE[:15]}"\nB = "{rest}"\n')


def test_what_no_expression_joins_stays_as_it_is() -> None:
    digest = sha256(GOOGLE.encode()).digest()
    assert [] == [text for text in _WHOLE if {digest} != {item.digest for item in search(text)}]


def test_tokens_that_a_program_collects_are_two() -> None:
    other = google("b")
    for text in (
        f'tokens.append("{GOOGLE}")\ntokens.append("{other}")\n',
        f'"".join(["{GOOGLE}", "{other}"])',
    ):
        assert finds_only(text, {GOOGLE, other}), text


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


def test_underscores_of_emphasis_are_no_part_of_a_signed_token() -> None:
    wrong = []
    for number in range(30):
        token = fitbit(sub=f"7USER{number}")
        head, body, signature = token.split(".")
        for mark in ("_", "__", "**_"):
            end = mark[::-1]
            for width in (64, 76, 100):
                lines = [token[at : at + width] for at in range(0, len(token), width)]
                shapes = (
                    mark + "\n".join(lines) + f"{end}\n",
                    "\n".join(f"{mark}{line}{end}" for line in lines) + "\n",
                )
                wrong += [(number, mark, width, s) for s in shapes if not finds_only(s, token)]
            parts = ".".join(f"{mark}{part}{end}" for part in (head, body, signature))
            wrong += [] if finds_only(parts, token) else [(number, mark, 0, parts)]
    assert [] == [(number, mark, width) for number, mark, width, _ in wrong]


def test_a_payload_behind_its_header_is_completed_by_no_other_token() -> None:
    # Between the ends of two cut tokens, characters decode together by chance.
    for front, end in product(range(1, 6), range(120, 200)):
        text = f"{FITBIT[front:]} \n {FITBIT[:end]}\n"
        assert [] == [hit for hit in search(text) if not hit.fragment], (front, end)


def test_letters_of_a_value_are_no_use_of_its_name() -> None:
    token = f"xoxe-T{random_characters(40, 3)}x"
    assert finds_only(f'T = "{token[:6]}" + "{token[6:]}"\n', token)
