"""Texts in which a line of a wrapped token looks by chance like something else.

Nothing but the token, or a refusal, may come out of one.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple
from urllib.parse import quote

from tests.support.tokens import fitbit, random_characters

_WIDTH = 76


class ChanceText(NamedTuple):
    """A text, and the token in it."""

    text: str
    token: str


def opaque_lines(lines: int, seed: int, width: int = _WIDTH) -> list[str]:
    """Return the full lines of an opaque token, none of which ends in a hyphen."""
    drawn = random_characters(lines * width - len("ya29."), seed).replace("-", "x")
    token = f"ya29.{drawn}"
    return [token[at : at + width] for at in range(0, len(token), width)]


_PROMPTS = (
    "redis> ", "fish> ", "alex@host:~$ ", "mysql> ", "postgres=# ", "PS C:\\> ", "C:\\>",
    "MariaDB [(none)]> ", "bash-5.1$ ", "ghci> ",
)  # fmt: skip


def hyphens_before_prompts() -> Iterator[ChanceText]:
    """Yield last lines that begin as an option does, with the next prompt glued to them."""
    rests = ("-de", "-e", "-host", "--id", "-a-b")
    fronts = ("", "Bearer ", "TOKEN=", "$ cat x\n")
    for lines, rest, prompt, front in product((1, 2, 3), rests, _PROMPTS, fronts):
        pieces = [*opaque_lines(lines, lines), rest]
        for behind in ("", f"exit\n{prompt}"):
            yield ChanceText(f"{front}{chr(10).join(pieces)}{prompt}{behind}", "".join(pieces))


def last_lines_as_prompts() -> Iterator[ChanceText]:
    """Yield last lines that read as the prompt of an unfinished statement, with text behind."""
    ends = ("-# ", "'# ", '"# ', "(# ", "-> ", "'> ", '"> ', "(> ", "> ", ">> ")
    rests = ("g", "g-", "gL", "if", "gLz3", "gLz3CDuOI2GEQbTr", "gLz3CDuOI2GEQbTr-")
    behinds = ("thanks", "x", "it works", "5f2e", "a3B9x", random_characters(30, 5))
    for lines, rest, end, behind in product((1, 2, 3), rests, ends, behinds):
        pieces = [*opaque_lines(lines, lines), rest]
        whole = "".join(pieces) + ("-" if end.startswith("-") else "")
        front = end[0] if end[0] in "\"'(" else ""
        for seam in ("\n", "\r\n"):
            yield ChanceText(f"T={front}{seam.join(pieces)}{end}{behind}\n", whole)


def short_words_behind_hyphens() -> Iterator[ChanceText]:
    """Yield last lines of a hyphen and a word of two letters."""
    ends = ("", "\n", "/X", " x", "|", ".", "</code>", ")")
    seams = ("\n", "\r\n", "\\n", "\n> ")
    for lines, rest, seam, end in product((1, 2, 3), ("-us", "-in", "-to"), seams, ends):
        pieces = [*opaque_lines(lines, lines), rest]
        yield ChanceText(f"<code>{seam.join(pieces)}{end}", "".join(pieces))


def _escape_of(form: str) -> dict[int, str]:
    return {ord(sign): form.format(ord(sign)) for sign in "#>|/*;: \t"}


def digits_behind_encoded_openings() -> Iterator[ChanceText]:
    """Yield lines that begin with digits, behind openings of which each character is encoded."""
    openings = ("# ", "  ", "\t", "> ", "// ", "| ", "; ", "* ", "\u2502 ")
    ends = ("", "~2", " thanks", '"', ".", "|")
    kinds = {"opaque": "ya29." + random_characters(196, 8), "signed": fitbit()}
    percent = ("%0A", "%250A", "%0D%0A")
    escapes = (("\\n", "\\u{:04x}"), ("\\n", "\\x{:02x}"), ("\\u000a", "\\u{:04X}"))
    for token, opening, end, width in product(kinds.values(), openings, ends, (14, 48, 76)):
        pieces = [token[:width]]
        whole = [token[:width]]
        for number, at in enumerate(range(width, len(token), width)):
            piece = token[at : at + width]
            if token.startswith("ya29."):
                piece = f"{(number + 2) % 10}{piece[1:]}"
            pieces.append(piece)
            whole.append(piece)
        for newline in percent:
            encode = quote(opening, safe="")
            if newline == "%250A":
                encode = encode.replace("%", "%25")
            body = f"{newline}{encode}".join(pieces)
            yield ChanceText(f"{encode}{body}{quote(end, safe='')}", "".join(whole))
        for newline, form in escapes:
            encode = opening.translate(_escape_of(form))
            yield ChanceText(f"{encode}{f'{newline}{encode}'.join(pieces)}{end}", "".join(whole))


_PREFIXES = (
    "r8_", "sk-", "hf_", "rk_", "gsk_", "npm_", "ghp_", "ntn_", "xai-", "EAAB", "AKIA", "ASIA",
    "AIza", "eyJ", "glmlt-", "glab-",
)  # fmt: skip


def beginnings_of_others() -> Iterator[ChanceText]:
    """Yield lines that begin as the credentials of another service do."""
    seams = (
        "\n", "\r\n", "\n> ", "\n# ", "\n  ", " \\\n", '" +\n  "', "\\n", "%0A", "\nINFO: ", " ",
    )  # fmt: skip
    for prefix, seam, at, size in product(_PREFIXES, seams, (1, 2), (20, _WIDTH)):
        pieces = opaque_lines(3, len(prefix) + at)
        pieces[at] = prefix + pieces[at][len(prefix) :]
        pieces = [*pieces[:2], pieces[2][:size]]
        opened = '"' if '"' in seam else ""
        for end in ("", "\n", "|"):
            text = f"T={opened}{seam.join(pieces)}{end or opened}"
            yield ChanceText(text, "".join(pieces))


def hexadecimal_digits_behind_variables() -> Iterator[ChanceText]:
    """Yield commands of cmd that append pieces, which begin with hexadecimal digits."""
    names = ("T", "TOKEN", "ACCESS_TOKEN", "DB", "t2")
    codes = ("5f", "5F", "2e", "2d", "0A", "20", "22", "43", "252d")
    forms = ("set {0}={1}", "@set {0}={1}", 'set "{0}={1}"', "SET {0}={1}")
    for name, code, form, size in product(names, codes, forms, (2, 3, 40)):
        first = opaque_lines(2, 5)
        rest = (code + random_characters(40, size))[: max(size, len(code))]
        pieces = ["".join(first), rest, f"{code}F"]
        for count, newline in product((2, 3), ("\n", "\r\n")):
            values = [pieces[0], *(f"%{name}%{piece}" for piece in pieces[1:count])]
            lines = [form.format(name, value) for value in values]
            yield ChanceText(newline.join(lines) + newline, "".join(pieces[:count]))


def hexadecimal_digits_behind_percent_signs() -> Iterator[ChanceText]:
    """Yield lines behind a percent sign, of which some begin with two hexadecimal digits."""
    ends = ("", "\n", "\ndone\n", " thanks")
    for code, at, size, end in product(("2d", "5f", "2E", "252d", "5F"), (1, 2, 3), (13, 50), ends):
        pieces = opaque_lines(4, size + at, 50)
        pieces = [pieces[0], *(f"s{piece[1:]}" for piece in pieces[1:])]
        pieces[at] = code + pieces[at][len(code) :]
        pieces[3] = pieces[3][:size]
        for newline in ("\n", "\r\n"):
            yield ChanceText(f"{f'{newline}%'.join(pieces)}{end}", "".join(pieces))


CHANCE_LINES = {
    "hyphens before prompts": hyphens_before_prompts,
    "last lines as prompts": last_lines_as_prompts,
    "short words behind hyphens": short_words_behind_hyphens,
    "digits behind encoded openings": digits_behind_encoded_openings,
    "beginnings of others": beginnings_of_others,
    "hexadecimal digits behind variables": hexadecimal_digits_behind_variables,
    "hexadecimal digits behind percent signs": hexadecimal_digits_behind_percent_signs,
}
