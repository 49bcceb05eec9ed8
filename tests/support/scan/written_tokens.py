"""Ways in which programs and people write a token, as a table of names and functions.

A way takes a token and returns a text in which it stands once, whole.
"""

import base64
import gzip
import html
import json
import quopri
import urllib.parse
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from tests.support.providers.paste_checks import hard_wrap

Way = Callable[[str], str]

_NEWLINES = {
    "lf": "\n", "crlf": "\r\n", "cr": "\r", "indented": "\n    ", "tab": "\n\t", "quoted": "\n> ",
    "comment": "\n# ", "slashes": "\n// ", "backslash": "\\\n", "caret": "^\r\n", "soft": "=\n",
    "escaped": "\\n", "twice escaped": "\\\\n", "br": "<br>", "br lf": "<br/>\n", "entity": "&#10;",
    "percent": "%0A", "percent crlf": "%0D%0A",
}  # fmt: skip
_SEAMS = {
    "plus": '" +\n    "', "juxtaposed": '" "', "lines": '"\n    "', "dot": "' . '",
    "single": "' + '",
    "escaped": '\\" + \\"', "escaped juxtaposed": '\\" \\"', "ampersand": '" & "',
    "pipes": "' || '",
    "continued": '" \\\n  "', "comma": '",\n  "', "notebook": '\\n",\n   "', "tilde": '" ~ "',
    "back-ticks": "` + `", "plus before": '"\n    + "', "raw": '" r"',
}  # fmt: skip
SPELLINGS: dict[str, Callable[[str], str]] = {
    "decimal entity": lambda sign: f"&#{ord(sign)};",
    "hex entity": lambda sign: f"&#x{ord(sign):X};",
    "padded entity": lambda sign: f"&#x{ord(sign):04x};",
    "x": lambda sign: f"\\x{ord(sign):02x}",
    "u": lambda sign: f"\\u{ord(sign):04x}",
    "U": lambda sign: f"\\u{ord(sign):04X}",
    "long U": lambda sign: f"\\U{ord(sign):08x}",
    "u in braces": lambda sign: f"\\u{{{ord(sign):x}}}",
    "x in braces": lambda sign: f"\\x{{{ord(sign):x}}}",
    "octal": lambda sign: f"\\{ord(sign):03o}",
    "CSS": lambda sign: f"\\{ord(sign):02x} ",
    "twice": lambda sign: f"\\\\u{ord(sign):04x}",
    "percent": lambda sign: f"%{ord(sign):02X}",
    "percent twice": lambda sign: f"%25{ord(sign):02X}",
    "quoted-printable": lambda sign: f"={ord(sign):02X}",
    "backslash": lambda sign: f"\\{sign}",
}
_NAMED = {".": "period", "_": "lowbar", "/": "sol", "-": "hyphen"}


CHARACTERS: dict[str, Callable[[str], str]] = {
    **{name: way for name, way in SPELLINGS.items() if name not in {"CSS", "backslash"}},
    "octal of C": lambda letter: f"\\0{ord(letter):o}",
    "hexadecimal": lambda letter: f"{ord(letter):02x}",
    "hexadecimal in capitals": lambda letter: f"{ord(letter):02X}",
}
"""Notations in which every character of a text may be written."""

_BASE64_JOINTS = {"": ""} | {key: _NEWLINES[key] for key in ("lf", "crlf", "indented", "escaped")}

_PLAIN: dict[str, Way] = {
    "bare": lambda token: token,
    "assigned": lambda token: f"TOKEN={token}\n",
    "header": lambda token: f"curl -H 'Authorization: Bearer {token}' https://api.test/\n",
    "json": lambda token: json.dumps({"access_token": token, "expires_in": 28800}),
    "json in json": lambda token: json.dumps(json.dumps({"access_token": token})),
    "query": lambda token: f"https://app.test/#access_token={token}&user_id=7TESTS\n",
    "quoted url": lambda token: urllib.parse.quote(f"x#access_token={token}&u=1", safe=""),
    "html": lambda token: f"<p>{html.escape(token)}</p>",
    "markdown": lambda token: f"**{token}**",
    "terminal": lambda token: f"\x1b[32m{token}\x1b[0m",
    "quoted-printable": lambda token: quopri.encodestring(f"t={token}\n".encode()).decode(),
}


def ways() -> Iterator[tuple[str, Way]]:
    """Yield the ways with their names."""
    yield from _PLAIN.items()
    for (name, newline), width in product(_NEWLINES.items(), (40, 60, 64, 76, 100)):
        yield f"wrapped at {width}, {name}", partial(_wrap_lines, width, newline)
    for (name, seam), width in product(_SEAMS.items(), (50, 80, 120)):
        yield f"split at {width}, {name}", partial(_split_literal, width, seam)
    for (name, spelling), signs in product(SPELLINGS.items(), (".", "_", "-", "_-.", "/")):
        yield f"spelled {signs}, {name}", partial(_quoted_spelling, signs, spelling)
    for name in CHARACTERS:
        yield f"all spelled, {name}", partial(_all_spelled, name)
    yield "named entities", lambda token: f"<td>{_with_names(token)}</td>"
    for (name, newline), front in product(_BASE64_JOINTS.items(), ("", "Bearer ", "token: ")):
        for width in (64, 76) if newline else (0,):
            yield f"Base64 of {front!r} at {width}, {name}", partial(_data, front, width, newline)
    yield "Base64 of UTF-16", _powershell
    yield "Base64 twice", lambda token: f"x: {base64_lines(base64_lines(token))}\n"
    yield "gzip in Base64", partial(_release, 1)
    yield "gzip in Base64 twice", partial(_release, 2)


def spell(token: str, signs: str, spelling: Callable[[str], str]) -> str:
    """Write the signs of a token in another notation."""
    return "".join(spelling(each) if each in signs else each for each in token)


def spell_all(text: str, notation: str) -> str:
    """Write every character in one of the notations."""
    return "".join(map(CHARACTERS[notation], text)).strip()


def base64_lines(text: str, width: int = 0, newline: str = "\n", encoding: str = "utf-8") -> str:
    """Return a text in Base64, wrapped at a width if one is given."""
    encoded = base64.b64encode(text.encode(encoding)).decode()
    return hard_wrap(encoded, width, newline) if width else encoded


def _with_names(token: str) -> str:
    return "".join(f"&{_NAMED[each]};" if each in _NAMED else each for each in token)


def _wrap_lines(width: int, newline: str, token: str) -> str:
    return f"token: {hard_wrap(token, width, newline)}\n"


def _split_literal(width: int, seam: str, token: str) -> str:
    return f't = "{hard_wrap(token, width, seam)}"\n'


def _quoted_spelling(signs: str, spelling: Callable[[str], str], token: str) -> str:
    return f'x = "{spell(token, signs, spelling)}"\n'


def _all_spelled(notation: str, token: str) -> str:
    return f"x = '{spell_all(token, notation)}'\n"


def _data(front: str, width: int, newline: str, token: str) -> str:
    return f"data: {base64_lines(front + token, width, newline)}\n"


def _release(times: int, token: str) -> str:
    data = gzip.compress(json.dumps({"config": {"token": token}, "notes": "Größe"}).encode())
    for _ in range(times):
        data = base64.b64encode(data)
    return f"release: {data.decode()}\n"


def _powershell(token: str) -> str:
    return f"powershell -enc {base64_lines(f'$t = {token}', encoding='utf-16-le')}\n"
