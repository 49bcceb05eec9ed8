"""A token in pieces that are values of names and are joined by them."""

from hashlib import sha256

import pytest

from tests.support.providers.paste_checks import sendable_token
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.tokens import random_characters
from tokcheck.core.credential import Kind

_FIRST = f"ya29.{random_characters(110, 1)}"
_LONG = random_characters(50, 2)


@each_case(
    "text",
    ["A=@\nB=%\nT=$A$B\n", "A=@\nB=%\nT=A+B\n", "A=@\nB=%\nT=${A}${B}\n", 'A=@\nB=%\nT="$A$B"\n',
     'A=@\nB=%\nT="${A}""${B}"\n', "export A=@\nexport B=%\nexport T=$A$B",
     "set A=@\r\nset B=%\r\nset T=%A%%B%", "set A=@\nset B=%\nset T=!A!!B!", "A=@; B=%; T=$A$B",
     "A=@ B=% sh -c 'echo $A$B'", "B=%\nA=@\nT=$A$B", "A = @\nB = %\nT = A + B\n",
     "A=@\nB=%\nT={A}{B}\n", "A: @\nB: %\nT: {{ A }}{{ B }}\n", "const a=@, b=%; t=a+b",
     "$a=@\n$b=%\n$t=$a.$b", "A=@\nB=%\nC=x\nT=$A$B$C\n", "A=@\nB=%\nT=A & B\n",
     "A:=@\nB:=%\nT=A..B",
     "FIRST=@\nSECOND=%\n# together\nGOOGLE_TOKEN=${FIRST}${SECOND}\n"],
)  # fmt: skip
@each_case("rest", [_LONG, _LONG[:9], _LONG[:3]])
def test_pieces_that_are_joined_by_names_are_never_whole(text: str, rest: str) -> None:
    text = text.replace("%", "\0", 1).replace("@", _FIRST).replace("\0", rest)
    assert sendable_token(text) in {_FIRST + rest, None}
    whole = sha256((_FIRST + rest).encode()).digest()
    assert {
        finding.digest
        for finding in search(text)
        if finding.kind is Kind.ACCESS_TOKEN and not finding.fragment
    } <= {whole}


@pytest.mark.parametrize(
    "text",
    ['T=@\nUSER_ID=x1\ncurl -H "Authorization: Bearer $T" https://x.org/$USER_ID\n',
     'T=@\nHEADER="Bearer $T"\n', 'U=7T\nT=@\nAUTH="$U:$T"\n', "U=7T\nT=@\necho $U$T\n",
     "T=@\nexport T\n", "T=@\necho $T$UNSET\n", "T=@\nTIME=1\nEND=TIME+1\n",
     "T=@\nHOST=x1\nPATH=y2\nURL=$HOST$PATH\n", "T=@\nVALUE=a1\necho $T $VALUE\n",
     "T=@\necho $T$T\n"],
)  # fmt: skip
def test_names_that_are_not_joined_leave_a_token_whole(text: str) -> None:
    assert _FIRST + _LONG == sendable_token(text.replace("@", _FIRST + _LONG))
