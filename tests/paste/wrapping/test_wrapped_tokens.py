"""A wrapped token comes out exactly or is refused, whatever stands around its lines."""

import pytest

from tests.support.attack.wrapped_tokens import GRIDS, TOKEN_KINDS, Grid, opaque
from tests.support.providers.paste_checks import read, sendable_token
from tokcheck.core.credential import Flaw

# Every so many texts of a grid: the fuzzer `lines` draws from all of them.
_STEP = {
    "openings": 31,
    "short ends": 11,
    "statements": 1,
    "markup": 1,
    "prompts": 31,
    "values": 23,
    "literals": 5,
    "marks": 5,
    "glued prompts": 3,
}

grids = pytest.mark.parametrize("name", GRIDS)


@pytest.mark.untraced
@grids
def test_a_wrapped_token_comes_out_exactly_or_is_refused(name: str) -> None:
    wrong = []
    for seed, kind in enumerate(("opaque", "HS256", "opaque")):
        token = TOKEN_KINDS[kind].make(seed)
        texts = GRIDS[name].texts(token, _STEP[name], seed)
        wrong += [text for text in texts if sendable_token(text) not in {token, None}]
    assert [] == wrong


def _wrapped_token(opening: str, width: int = 80, number: int = 150) -> tuple[str, str]:
    token = opaque(1, number).replace("-", "x")
    lines = [token[at : at + width] for at in range(0, len(token), width)]
    return token, "\n".join(opening.format(number) + line for number, line in enumerate(lines, 1))


@pytest.mark.parametrize(
    "opening",
    ["ERROR: ", "INFO:app:", "remote: ", "2026-11-28 10:00:0{} INFO ", "[pod/x] ", "web-1  | ",
     "$ ", "\x1b[0m", "file.txt:{}:", "&gt; ", "\u276f "],
)  # fmt: skip
def test_an_opening_that_lines_repeat_is_taken_off(opening: str) -> None:
    token, text = _wrapped_token(opening)
    assert token == sendable_token(f"{text}\n")
    assert "openings of lines inside it" in read(text).cleaned
    assert token == sendable_token(f"{_wrapped_token(opening, 48)[1]}\n{opening.format(9)}done\n")


@pytest.mark.parametrize("prompt", ["dquote> ", "cmdand quote> ", "More? ", "    -> ", "...> "])
@pytest.mark.parametrize("mark", ["\\", "^", " \\"])
def test_a_known_prompt_behind_a_continued_line_is_taken_off(mark: str, prompt: str) -> None:
    token = opaque(2)
    assert token == sendable_token(f"{token[:80]}{mark}\n{prompt}{token[80:]}\n")


def test_values_behind_the_same_label_are_not_joined() -> None:
    token, other = opaque(3), opaque(4)[5:]
    for label in ("token: ", "key_{}: ", "Bearer ", "access_token="):
        credential = read(f"{label.format(1)}{token}\n{label.format(2)}{other}\n").credential
        assert credential is not None
        assert Flaw.CUT_OFF is credential.flaw, label


@pytest.mark.parametrize("sign", ["-", "'", '"', "("])
@pytest.mark.parametrize("name", ["mydb", "db2"])
def test_the_prompt_of_a_database_is_taken_off_if_the_line_before_has_its_name(
    name: str, sign: str
) -> None:
    token = opaque(4)
    lines = [f"{name}=# set my.t = '{token[:80]}", f"{name}{sign}# {token[80:]}';"]
    assert token == sendable_token("\n".join(lines))
    assert sendable_token("\n".join([token[:80], lines[1]])) is None


@pytest.mark.parametrize(
    ("prompt", "front"),
    [("PS C:\\Users\\a> ", ""), ("C:\\Users\\a>", ""), ("mysql> ", ""), ("bash-5.1$ ", ""),
     ("MariaDB [(none)]> ", ""), ("root@host:/# ", ""), ("alex@host:~$ ", "alex@host:~$ cat x\n")],
)  # fmt: skip
def test_a_prompt_of_sure_form_is_cut_off_and_named(front: str, prompt: str) -> None:
    for token in (opaque(5), TOKEN_KINDS["HS256"].make(5)):
        for rest in ("", "ls\n"):
            text = f"{front}{token}{prompt}{rest}"
            assert token == sendable_token(text)
            assert "a prompt glued to its end" in read(text).cleaned


@pytest.mark.parametrize("prompt", ["alex@host:~$ ", "host:~ alex$ ", "ksh-5.1$ "])
def test_a_prompt_whose_beginning_is_uncertain_is_refused(prompt: str) -> None:
    if prompt[0].isalpha():
        credential = read(f"{opaque(6)}{prompt}").credential
        assert credential is not None
        assert (Flaw.DAMAGED, "a prompt is glued to its end") == (
            credential.flaw,
            credential.reason,
        )


@pytest.mark.parametrize(
    "behind",
    [
        "\nTZ=UTC\n",
        "\nA=1",
        '\nETag: "x"',
        "\nLC_ALL=C\nB=2",
        " | user",
        "\n1//05tests-x9k_Q7wLmR4",  # tokcheck: allow
    ],
)
def test_a_whole_token_before_another_value_is_whole(behind: str) -> None:
    for number in (150, 213):
        token = opaque(7, number)
        assert token in {
            sendable_token(token + behind),
            *(c.secret.reveal() for c in read(token + behind).candidates),
        }


def test_every_grid_draws_from_its_texts() -> None:
    grid = Grid(lambda token, first, second: f"{token}{first}{second}", ("ab", "cd"))
    assert ["xac", "xad", "xbc", "xbd"] == list(grid.texts("x", 1))
    assert ["xad", "xbd"] == list(grid.texts("x", 2, 1))


@pytest.mark.parametrize("rest", ["KfpW", "Kq8pWwqZ", "m", "Kq8pWwqZ4fE-W_s6Zz0q"])
@pytest.mark.parametrize("mark", "!#$&'()*+,:;<=>?@[]^`{|}~")
def test_percent_encoded_marks_in_front_of_both_lines_are_no_opening(mark: str, rest: str) -> None:
    token = opaque(6, 100)
    for opening in ("%27", "%22", "%3E", f"%{ord(mark):02X}", f"%25{ord(mark):02X}"):
        text = f"{opening}{token}%0A%{ord(mark):02X}{rest}"
        assert sendable_token(text) in {token + rest, None}, text


@pytest.mark.parametrize("rest", ["m:", "k:", "Q:"])
@pytest.mark.parametrize("line_break", ["\\n", "\\r\\n", "\\u000a", "\\\\n"])
def test_a_letter_in_front_of_a_written_break_is_no_folder(line_break: str, rest: str) -> None:
    token = opaque(7, 200)
    text = f"{token}{line_break}{rest}{line_break}```"
    assert sendable_token(text) in {token + rest[0], None}


def test_a_folder_of_windows_behind_a_token_is_text() -> None:
    token = opaque(8, 200)
    for folder in ("C:\\new\\table>", "C:\\Users\\a>", "D:\\\\src>"):
        assert token == sendable_token(f"{token}\n{folder} dir\n")
