"""Programs that put a token together, in the notations of the texts that quote a program.

A joint takes the pieces of a token and returns a program, a notation takes that and returns a text.
"""

import html
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

Joint = Callable[[Sequence[str]], str]
Notation = Callable[[str], str]


def _joined_by(seam: str, begin: str, end: str) -> Joint:
    return lambda pieces: begin + seam.join(pieces) + end


def _statements(first: str, following: str) -> Joint:
    return lambda pieces: "".join(
        (following if number else first).format(piece) for number, piece in enumerate(pieces)
    )


def _names(pieces: Sequence[str]) -> str:
    names = "ABCDEFGHIJKL"[: len(pieces)]
    defined = "".join(f'{name} = "{piece}"\n' for name, piece in zip(names, pieces, strict=True))
    return f"{defined}T = {' + '.join(names)}\n"


JOINTS: dict[str, Joint] = {
    "plus": _joined_by('" + "', 'x = "', '"\n'),
    "plus and a line": _joined_by('" +\n     "', 'x = ("', '")\n'),
    "plus and a backslash": _joined_by('" + \\\n     "', 'x = "', '"\n'),
    "neighbours": _joined_by('" "', 'x = "', '"\n'),
    "lines": _joined_by('"\n     "', 'x = ("', '")\n'),
    "full stop": _joined_by('" . "', '$x = "', '";\n'),
    "list": _joined_by('",\n  "', 't = [\n  "', '",\n]\ntoken = "".join(t)\n'),
    "append": lambda pieces: (
        "t = []\n" + "".join(f't.append("{piece}")\n' for piece in pieces) + 'token = "".join(t)\n'
    ),
    "names": _names,
    "added": _statements('t = "{}"\n', 't += "{}"\n'),
    "added to nothing": lambda pieces: (
        't = ""\n' + "".join(f't += "{piece}"\n' for piece in pieces)
    ),
}


def _as_json(program: str) -> str:
    return json.dumps({"code": program})


def _as_notebook(program: str, indent: int | None = 1) -> str:
    lines = [f"{line}\n" for line in program.splitlines()]
    return json.dumps({"cells": [{"source": lines}]}, indent=indent)


def _as_html(program: str) -> str:
    return f"<pre>{html.escape(program)}</pre>\n"


def _in_single_quotes(program: str) -> str:
    return program.replace('"', "'")


NOTATIONS: dict[str, Notation] = {
    "itself": str,
    "single": _in_single_quotes,
    "HTML": _as_html,
    "HTML, single": lambda program: _as_html(_in_single_quotes(program)),
    "HTML, decimal": lambda program: "<pre>" + program.replace('"', "&#34;") + "</pre>\n",
    "HTML, all": lambda program: _as_html(program).replace("+", "&#43;"),
    "JSON": _as_json,
    "JSON, escaped": lambda program: _as_json(program).replace('\\"', "\\u0022"),
    "JSON in HTML": lambda program: _as_html(_as_json(program)),
    "notebook": _as_notebook,
    "notebook of one line": lambda program: _as_notebook(program, None),
}


def split_at(token: str, *cuts: int) -> list[str]:
    """Return the pieces of a token that is cut at some places."""
    return [token[first:last] for first, last in pairwise((0, *cuts, len(token)))]


def split_programs(pieces: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the programs with these pieces: the joint, the notation, and the text."""
    for joint, program in JOINTS.items():
        for notation, write in NOTATIONS.items():
            yield joint, notation, write(program(pieces))
