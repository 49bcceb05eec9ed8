"""Texts in which a token is wrapped behind the openings of lines, prompts, joints and marks.

Nothing but the token, or a refusal, may come out of one.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise, product
from random import Random
from typing import NamedTuple

from tests.support.tokens import base64url, fitbit, make_jwt, random_characters
from tokcheck.core.credential import Kind


class TokenKind(NamedTuple):
    """A kind of token, what labels it, and how one is made."""

    kind: Kind
    make: Callable[[int], str]
    label: str = ""


def _rs256(seed: int) -> str:
    token = make_jwt(
        {"iss": "https://accounts.google.com", "sub": str(seed), "exp": 1_900_000_000},
        {"alg": "RS256", "kid": "tests"},
    )
    return token.rpartition(".")[0] + "." + base64url(random_characters(256, seed).encode())


def opaque(seed: int, number: int = 150) -> str:
    """Return an opaque access token with so many characters behind its prefix."""
    return f"ya29.{random_characters(number, seed)}"


TOKEN_KINDS = {
    "opaque": TokenKind(Kind.ACCESS_TOKEN, opaque),
    "HS256": TokenKind(Kind.ACCESS_TOKEN, lambda seed: fitbit(sub=f"7TES{seed:02}")),
    "RS256": TokenKind(Kind.ID_TOKEN, _rs256),
    "refresh": TokenKind(Kind.REFRESH_TOKEN, lambda seed: f"1//0{random_characters(99, seed)}"),
    "digits": TokenKind(
        Kind.REFRESH_TOKEN,
        lambda seed: random_characters(32, seed).encode().hex(),
        "fitbit refresh_token=",
    ),
}

# With a place for the line's number, which also counts seconds.
LINE_OPENINGS = (
    "ERROR: ", "INFO: ", "remote: ", "stderr: ", "INFO:app:", "INFO:root:", "WARNING  ", "[out] ",
    "2026-11-28 10:00:0{n} INFO ", "2026-11-28T10:00:0{n}.12{n}Z ", "[pod/x] ", "[pod/x-7f9c/app] ",
    "web-1  | ", "app_1 | ", "> ", "$ ", "10:00:0{n} ", "[10:00:0{n}] ", "E/Tag: ", "Anna> ",
    "<13>Nov 28 10:00:0{n} host app: ", "Nov 28 10:00:0{n} host app[12]: ", "D (12{n}) app: ",
    "{n}: ", "{n}\t", "0000{n}0: ", "file.txt:{n}:", "file.txt-{n}-", "\u276f ", "... ", "%% ",
    "-- ", "&gt; ", "\x1b[0m", "\x1b[32minfo\x1b[0m: ", "| ", "* ", "// ", "# ", "; ", "' ", ":: ",
    "rem ", "REM ", "dnl ", "[INFO] ", "(app) ", "app: ", "app | ", "app> ", "E  ", "!! ", "~ ",
    "\u2502 ", "\u251c ", "\u2514 ", "+ ", "+++ ", "- ", "\t", "    ", "$env:x ", "node:{n} ",
    "I1128 10:00:0{n}.00000{n} 1 main.go:1{n}] ", "time=10:00:0{n} msg=", 'level=info msg="',
    "Step {n}/9 : ", "#{n} 0.12{n} ", "==> ", "--> ", "=> ", ">>> ", "In [{n}]: ", "kernel: ",
    "\u00bb ", "\u2022 ", "@@ ", "a.py:{n}: ", "stdout | ", "\u2713 ", "\u2716 ",
)  # fmt: skip
_NEWLINES = ("\n", "\r\n", "\x0b", "\x85", "\u2028", "\r")
WIDTHS = (48, 64, 76, 80, 100, 120, 128)


def _pieces(token: str, width: int) -> list[str]:
    return [token[at : at + width] for at in range(0, len(token), width)]


def behind_openings(
    token: str, opening: str, width: int, newline: str, first: str, end: str
) -> str:
    """Return the token in lines that begin alike: all of them, or all but the first."""
    lines = _pieces(token, width)
    last = ["done"] if end == "opened" else []
    fronts = [opening.replace("{n}", str(number)) for number in range(1, len(lines) + 2)]
    if not first:
        fronts[0] = ""
    body = newline.join(front + line for front, line in zip(fronts, lines + last, strict=False))
    return body + {"opened": newline, "done": f"{newline}done{newline}"}.get(end, end)


# The opening of the first line, and that of those behind it.
FIRST_OPENINGS = (
    ("{n}:", "{n}-"), ("a.log:{n}:", "a.log-{n}-"), ("a.log:", "a.log-"), ("{n}-", "{n}-"),
    ("mysql> ", "    -> "), ("PS> ", ">> "), ("$ ", "> "), (">>> ", "... "), ("db=# ", "db'# "),
    ("In [1]: ", "   ...: "), ("      ", "     & "), ("", "{n}40  "), ("", "E   "), ("", "REM "),
    ("", "2026-11-28T10:00:0{n}Z "), ("", "INFO: "), ("", "> "),
    *((opening, opening) for opening in LINE_OPENINGS),
    *((opening, opening) for opening in ("E   ", "  {n} \u2502 ", "OUT: ", "{n}. ", "% ", "Jo: ")),
)  # fmt: skip


def short_at_end(token: str, openings: tuple[str, str], label: str, size: int, end: str) -> str:
    """Return the token in three lines, of which the last one is short."""
    size += (len(token) - size + len(label)) % 2
    width = (len(token) - size + len(label)) // 2
    first = width - len(label)
    lines = [label + token[:first], token[first : first + width], token[first + width :]]
    closing = '",' if label.endswith('"') else ""
    lines = [*lines[:2], lines[2] + closing, *([end] if end else [])]
    return "".join(
        openings[number > 1].replace("{n}", str(number)) + line + "\n"
        for number, line in enumerate(lines, 1)
    )


CONTINUATIONS = ("\\", "^", "`", " \\", " ^", " `", "=", '" +', '" \\', "' +", "")
PROMPTS = (
    "dquote> ", "quote> ", "bquote> ", "cmdand> ", "pipe> ", "heredoc> ", "cmdsubst> ", "for> ",
    "while quote> ", "> ", "2> ", "More? ", ">> ", "PS> ", "PS C:\\> ", "web-1  | ", "... ",
    "...> ", "    -> ", '    "> ', "mysql> ", "postgres-# ", "postgres'# ", "$ ", "% ", "# ",
    "\u276f ", 'irb(main):002"> ', "irb(main):002:0> ", "lua> ", ">>> ", "host$ ", "alex@host:~$ ",
    "bash-5.1$ ", "sqlite> ", "   ...> ", "ftp> ", "C:\\>", "app> ", "x> ", "$dquote> ", "=> ",
    "iex(1)> ", "scala> ", "ghci| ", "In [2]: ", "   ...: ", "     | ", "? ", "! ", "~ ", "7> ",
)  # fmt: skip


def behind_prompts(token: str, mark: str, prompt: str, width: int, front: str, end: str) -> str:
    """Return the token in lines that a shell continues behind a prompt."""
    quote = mark.strip(" +\\^`=")
    opened = f"{front}{quote}" if not front.endswith('"') else front.replace('"', quote or '"')
    body = f"{mark}\n{prompt}{quote}".join(_pieces(token, width))
    closing = quote or ('"' if opened.endswith('"') else "")
    return f"{opened}{body}{closing}{end}"


OPERATORS = (
    "& vbCrLf &", "& vbNewLine &", "& vbLf &", "& Chr(10) &", "& Chr(13) & Chr(10) &", "&_\n",
    "& _\n", "& Environment.NewLine &", ". PHP_EOL .", ". '' .", '. "\\n" .',
    "+ Environment.NewLine +", "+ os.linesep +", "+ '\\n' +", '+ "\\n" +', "+ EOL +", "+ os.EOL +",
    "+ System.lineSeparator() +", '+ System.getProperty("line.separator") +', "+ chr(10) +",
    "<< std::endl <<", "<< endl <<", '<< "\\n" <<', "<<", "~", "||", "..", "++", "<>", "^", "|>",
    "+ #13#10 +", "#13#10", "|| CHR(10) ||", "|| chr(13) ||", "|| char(10) ||", "& CHAR(10) &",
    ".concat(", ") + (", "+ String.fromCharCode(10) +", "+ '\\r\\n' +", "& $crlf &", "+ nl +",
    ".. '\\n' ..", ".. [[\n]] ..", '<> "\\n" <>', '++ "\\n" ++', "<> nl() <>", "%", "//", "$", "*",
    "!", "@", "@@", "|", "/", "\\", "&amp;", "+=", ".=", "&=", "||=", ",", ", ", ";", " ", "\n",
    "`n", "`r`n", " `n ", "$nl", "$'\\n'", "${NL}", "%NL%", "\\\n", "+ /* x */", "/* x */", "# x\n",
    "// x\n", "-- x\n", "(*x*)",
)  # fmt: skip


def in_literals(token: str, operator: str, quote: str, width: int, space: str, front: str) -> str:
    """Return the token in the literals that an operator of some language joins."""
    seam = f"{quote}{space}{operator}{space}{quote}"
    closing = ")" if front.endswith("(") else "\n"
    return f"{front}{quote}{seam.join(_pieces(token, width))}{quote}{closing}"


# The texts in front of a token's first piece, in front of each one behind it, and at the end. The
# places are for a quotation mark and for the piece's number.
STATEMENTS = (
    ("new StringBuilder({q}", "{q}).append({q}", "{q}).toString();"),
    ("s.append({q}", "{q}).append({q}", "{q});"), ("s.push({q}", "{q}).push({q}", "{q});"),
    ("s.append({q}", "{q}); s.append({q}", "{q});"), ("t={q}", "{q};t+={q}", "{q}"),
    ("$t = {q}", "{q}; $t += {q}", "{q}"), ("$t = {q}", "{q}; $t .= {q}", "{q};"),
    ("$t = {q}", "{q};$t.={q}", "{q};"), ("t = {q}", "{q}; t = t + {q}", "{q}\n"),
    ("t = {q}", "{q}; t = t & {q}", "{q}\n"), ("t << {q}", "{q}; t << {q}", "{q}\n"),
    ("strcpy(t, {q}", "{q}); strcat(t, {q}", "{q});"),
    ("strcpy(t,{q}", "{q});strcat(t,{q}", "{q});"), ("T={q}", "{q}{o}", "{o}\n"),
    ("t = {q}", "{q} + {o}", "{o}\n"), ("t = {q}", "{q} . {o}", "{o};\n"),
    ("t = {q}", "{q}.concat({q}", "{q})\n"), ("P{n} = {q}", "{q}; P{n} = {q}", "{q}\n"),
    ("P{n} = {q}", "{q}\nP{n} = {q}", "{q}\nT = 1\n"),
)  # fmt: skip
MARKUP = (
    ("{{\\rtf1 token: ", "\\par\n", "\\par\n}}"), ("{{\\rtf1 ", "\\line\n", "}}"),
    ("{{\\rtf1 ", "\\line ", "}}"), ("{{\\rtf1 ", "\\par ", "}}"),
    ("\\texttt{{", "\\linebreak\n", "}}\n"), ("\\texttt{{", "\\linebreak[4] ", "}}\n"),
    ("\\texttt{{", "\\newline\n", "}}\n"), ("\\texttt{{", "\\allowbreak{{}}", "}}\n"),
    ("(", ") Tj T*\n(", ") Tj\n"), ("(", ") Tj\nT*\n(", ") Tj\n"), ("(", ") show\n(", ") show\n"),
    ("(", ") Tj\n0 -14 Td\n(", ") Tj\n"), ("(", ") show 72 700 moveto (", ") show\n"),
    ("set T=", "\nset T=%T%", "\n"), ("@set T=", "\r\n@set T=%T%", "\r\n"),
    ('set "T=', '"\nset "T=%T%', '"\n'), ("T=", "\nT=$T", "\n"), ("T=", "\nT=${{T}}", "\n"),
    ("T=", "\nT+=", "\n"), ("T=", "; T+=", "\n"), ("T='", "'\nT+='", "'\n"),
)  # fmt: skip


def in_statements(
    token: str, statement: tuple[str, str, str], quote: str, pieces: int, first: int
) -> str:
    """Return the token in pieces that statements or marks of a document join."""
    size = max(1, (len(token) - first) // (pieces - 1))
    cuts = [0, *(first + size * number for number in range(pieces - 1)), len(token)]
    begin, seam, end = (
        part.replace("{q}", quote).replace("{o}", '"' if quote == "'" else "'")
        for part in statement
    )
    parts = [token[at:to] for at, to in pairwise(cuts)]
    text = begin.replace("{n}", "1") + parts[0]
    for number, part in enumerate(parts[1:], 2):
        text += seam.replace("{n}", str(number)) + part
    return (text + end).replace("{{", "{").replace("}}", "}")


MARKS_BETWEEN = (
    "---", "-", "--", "----", "===", "=", "***", "* * *", "- - -", "___", "...", ".", "\u2026",
    "+++", "~~~", "```", "|", "||", ">", ">>", "#", "##", "//", "/", "\\", ":", "::", ";", ",", "&",
    "$", "%", "@", "!", "?", "\u2014", "\u2013", "\u2022", "\u23ce", "\u21a9", "<hr>", "<br>",
    "<!-- -->", "|---|", "+---+", "[...]", "(...)", "<snip>", "--8<--", "-- More --", "--More--",
    "lines 1-2", "\x0c", "Page 2", "- 2 -", "\u2502", "\u2500\u2500\u2500", '"""', "'''", '"', "'",
    "^", "`", "[", "]",
)  # fmt: skip


def between_marks(token: str, mark: str, width: int, form: str, end: str) -> str:
    """Return the token in lines that marks separate or end."""
    return form.format(mark).join(_pieces(token, width)) + end


GLUED_PROMPTS = (
    "alex@host:~$ ", "root@host:/# ", "bash-5.1$ ", "sh-5.1$ ", "PS C:\\> ", "PS C:\\Users\\a> ",
    "PS /home/a> ", "C:\\Users\\a>", "C:\\>", "mysql> ", "sqlite> ", "(venv) alex@host:~$ ",
    "(base) alex@host ~ % ", "alex@host ~ % ", "[alex@host ~]$ ", "alex@host:~/dir$ ",
    "postgres=# ", "MariaDB [(none)]> ", "irb(main):001:0> ", ">>> ", "> ", "$ ", "% ", "# ",
    "\u276f ", "\u279c  ~ ", "host:~ alex$ ", "host% ", "host# ", "host$ ", "redis> ",
    "127.0.0.1:6379> ", "ftp> ", "sftp> ", "In [2]: ", "iex(1)> ", "scala> ", "ghci> ", "julia> ",
    "node> ", "psql> ", "test> ", "alex$ ", "alex> ", "~ $ ", "~/dir $ ", "/ # ", "/app # ",
    "\x1b[32malex@host\x1b[0m:~$ ", "D:\\x>", "\x1b]0;alex@host: ~\x07alex@host:~$ ",
    "\x1b[?2004halex@host:~$ ", "osh$ ", "fish> ", "%\n$ ", "\u23ce", "\u23ce\n", "\u00b6",
    "dash-0.5$ ", "ksh$ ", "zsh% ", "bash$ ",
)  # fmt: skip


def before_prompts(token: str, prompt: str, front: str, rest: str, width: int) -> str:
    """Return the token with the next prompt directly behind it: no line break was printed."""
    body = "\n".join(_pieces(token, width))
    return f"{front}{body}{{p}}{rest}".replace("{p}", prompt)


WRITTEN_BREAKS = ("%0A", "%0D%0A", "<br>", "<br/>", "&#10;", "&#xA;", "\\n", "\n", "\r\n", "\\r\\n")
NEXT_VALUES = (
    "1//05tests-{r20}", "GOCSPX-{r28}", "ghp_{r36}", "name=x", "name={r20}", "user_id=7TESTS",
    "TZ=UTC", "A=1", "ETag: x", 'ETag: W/"{r20}"', "X=y", "id: 5", "expires_in=3599", "x9", "aB",
    "k", "Q7", "ok", "no", "Zq4", "xYz", "done", "HOME=/root", "LC_ALL=C", "x=1", "a: b", "7TESTS",
    "USER=alex", "PATH=/usr/bin:/bin", "refresh_token=1//05tests-{r20}", "state={r20}", "q={r20}",
    "sub: {r20}", "{r6}", "{r3}", "{r12}=", "X-Request-Id: {r20}", "Date: Mon", "a=b&c=d",
)  # fmt: skip


def before_values(token: str, newline: str, value: str, front: str, width: int, end: str) -> str:
    """Return the token in front of a written line break and another value."""
    seed = len(newline) * 7 + len(front) * 3 + width
    for size in (20, 28, 36, 12, 6, 3):
        value = value.replace(f"{{r{size}}}", random_characters(size, seed))
    body = newline.join(_pieces(token, width))
    return f"{front}{body}{newline}{value}{end.replace('{n}', newline)}"


class Grid(NamedTuple):
    """Texts of one kind: each is built of a token and of one value of every axis."""

    build: Callable[..., str]
    axes: tuple[Sequence[object], ...]

    def texts(self, token: str, step: int, first: int = 0) -> Iterator[str]:
        """Yield every so many of the texts."""
        for values in islice(product(*self.axes), first, None, step):
            yield self.build(token, *values)

    def draw(self, token: str, random: Random) -> str:
        """Return any of the texts."""
        return self.build(token, *(random.choice(axis) for axis in self.axes))


GRIDS: dict[str, Grid] = {
    "openings": Grid(
        behind_openings,
        (LINE_OPENINGS, WIDTHS, _NEWLINES, ("first", ""), ("", "\n", "done", "opened")),
    ),
    "short ends": Grid(
        short_at_end,
        (
            FIRST_OPENINGS,
            ("", "token: ", '"access_token": "'),
            (1, 2, 3, 5, 8, 12, 16, 20, 30),
            ("", "done", "expires_in: 3599"),
        ),
    ),
    "prompts": Grid(
        behind_prompts,
        (CONTINUATIONS, PROMPTS, WIDTHS, ("", "$ ", 'export T="', "Bearer "), ("", "\n")),
    ),
    "literals": Grid(
        in_literals,
        (OPERATORS, ('"', "'"), (40, 64, 76), (" ", "", "\n    "), ("t = ", "", "print(")),
    ),
    "statements": Grid(
        in_statements, (STATEMENTS, ('"', "'"), (2, 3), (24, 40, 64, 77, 100, 120, 140, 150))
    ),
    "markup": Grid(in_statements, (MARKUP, ("",), (2, 3), (24, 40, 64, 77, 100, 120, 140, 150))),
    "marks": Grid(
        between_marks,
        (
            MARKS_BETWEEN,
            WIDTHS,
            ("\n{}\n", "{}\n", "\n{}", "\n\n{}\n\n", " {}\n", "\n{} "),
            ("", "\ndone\n"),
        ),
    ),
    "glued prompts": Grid(
        before_prompts,
        (
            GLUED_PROMPTS,
            ("", "TOKEN=", "$ cat x\n", "alex@host:~$ cat x\n", "{p}cat x\n", '"', "Bearer "),
            ("", "\n", "ls\n", "exit\n{p}"),
            (300, 76),
        ),
    ),
    "values": Grid(
        before_values,
        (
            WRITTEN_BREAKS,
            NEXT_VALUES,
            ("", "Bearer ", "token=", "TOKEN=", "<p>", "> "),
            (300, 76, 100),
            ("", "\n", "{n}more=1"),
        ),
    ),
}
