"""Contents of files that cost a search the most: many beginnings of credentials, and many."""

import base64
import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Collection
from functools import partial
from itertools import count

from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
    google,
)

_HEAD, _BODY, _SIGNATURE = FITBIT.split(".")
_PIECES = (
    "eyJ", "eyJ.", "eyJ\n", 'eyJ"', "eyJhbGciOi", "eyJhbGciOi\n", "e\ny\nJ\n", ".eyJ", _HEAD,
    f"{_HEAD}.", f"{_HEAD}.\n", f'"{_HEAD}." ', f'"{_HEAD}",\n', f"{_HEAD}.{_BODY}.",
    f"{FITBIT[:-5]}\n",
    f'A="{FITBIT[:60]}"\n', f'["{_HEAD}", "{_BODY}", "a", "b"],\n',
    f'"{_HEAD}.{_BODY[:-4]}" "x" "y" ',
    FITBIT, f"{FITBIT} ", f"{FITBIT}\n", f"x_{FITBIT} ", f"{FITBIT.replace('.', '&#46;')}\n",
    "ya29", "ya29.", "ya29.\n", "ya29. ", 'ya29."+"', "ya29.a0\n", "ya29&#46;", "ya29\\.", "9.a0",
    "a29.", f"{GOOGLE[:50]}\n", f"{GOOGLE}\n", f"{GOOGLE} ",
    f't="{GOOGLE[:60]}"\nt+="{GOOGLE[60:]}"\n',
    f'A="{GOOGLE[:60]}"\nB=A+A+A+A\n', 'A="ya29.a0a"\nT=A+A+A+A+A+A+A+A+A+A+A+A+A+A\n',
    "1//", "1//0", "//0", "1%2F%2F0", "1\\/\\/0", "1&#47;", "1/\n", f"{GOOGLE_REFRESH}\n",
    "GOCS", "GOCSPX-", f"ya29.{'aB3x' * 9}=\n", f"ya29.{'d6c0' * 16}=\n", f"1//0{'aB3x' * 9} ",
    "SPX-", f"{GOOGLE_SECRET}\n", "4/0", "code=4/0", "refresh", "refresh_token", "refresh_token=",
    "refresh_token,", "refresh_token,\n", "refresh\\_token",
    "refresh_token: value value value value ",
    f"refresh_token {FITBIT_REFRESH[:60]}\n", f"refresh_token={FITBIT_REFRESH}\n",
    f"refresh_token,{FITBIT_REFRESH}\n", f"fitbit refresh_token={FITBIT_REFRESH}\n",
    f'"value": "{FITBIT_REFRESH}", ', f"{FITBIT_REFRESH}\n", f"{FITBIT_REFRESH[:32]} secret=",
    "fitbit ",
    "fitbit secret", "Basic ", "0", "a", "\n", "\0", "&#46;", "\\_", "=2E", "%2E", "\\", '"',
    '"gh" ', '"hf"', "ghp\u200b",
    " ", "\u200b", "<w:t>ya29.</w:t>", "<w:t>eyJ</w:t>", f"{_HEAD}%2e", f"{_HEAD}&#46;",
    f'"{_HEAD}." + ',
    '"ya29." + "abcdef" + ', "ya29&#46;aB3", "=79=61=32=39=2E", "%79%61%32%39%2E",
    "\\x79\\x61\\x32\\x39", "\\x65", "%65%79%4A", "AKIA", "glpat-",
    "M10.5 20.1c1.5-3 4//5 1//0 2 9.a0", "{", "\U0001f600",
    "H4sI", "H4sIAAAA\n", f"{'H4sIAAAA' * 9}\n", f"{'SDRzSUFB' * 9}\n", f"eJw{'A' * 40} ",
    "ghp_", "ghp_ ", "ghp_aaaa\n", f"ghp_{GOOGLE[5:40]}\n", "ghp\\_", "ghp\\_\n", "Z2hwX2",
    "Z2hwX2A=\n",
    f"strava_token={GOOGLE[5:25]}\n", 'strava_token="', f'strava token = "{GOOGLE[8:28]}" + ',
    " xoxb-a1\n", "EAA ", "EAAb1c2d3e4f5 ", '"npm_"', 'npm_a1" + ', "sk-", "sk-A1b2c3d4e5f6 ",
    "sk-ant-aB3x'", 'MTAw5"', "discord MjAw1\n", "iscord", f"c2st{'a' * 24} ", "xoxb&#45;aaaaaaaa ",
    'Z2hwX2A=\nab1="gh"\nab2=ab1\n',
    "ZXlKaGJHY2lPaQ", "ZXlKaGJHY2lPaQ==\n", "eWEyOS", "LmV5S", "Z" * 76 + "\n", "A",
)  # fmt: skip


def _random(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def _repeat(piece: bytes, size: int) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


def _many(make: Callable[[int], str], size: int) -> bytes:
    parts: list[str] = []
    length = 0
    for number in count():
        parts.append(make(number))
        length += len(parts[-1])
        if length >= size:
            break
    return "".join(parts).encode()[:size]


_BUILT: dict[str, Callable[[int], str]] = {
    "different signed tokens": lambda number: f"{fitbit(sub=f'U{number}')}\n",
    "different signed tokens in one line": lambda number: f"{fitbit(sub=f'U{number}')} ",
    "different opaque tokens": lambda number: f"{google(str(number))}\n",
    "different secrets": lambda number: (
        f"GOCSPX-{base64.urlsafe_b64encode(_random(number))[:28].decode()}\n"
    ),
    "different digits": lambda number: (
        f"refresh_token={hashlib.sha256(str(number).encode()).hexdigest()}\n"
    ),
    "rows": lambda number: (
        f"x,{hashlib.sha256(str(number).encode()).hexdigest()}\n" if number else "a,refresh_token\n"
    ),
    "random Base64": lambda number: base64.b64encode(_random(number)).decode(),
    "random Base64 lines": lambda number: base64.encodebytes(_random(number) * 2).decode(),
    "hexadecimal digits": lambda number: _random(number).hex(),
    "minified code": lambda number: (
        f'function f{number}(a,b){{return a?b:{number}}}var refresh{number}="x",code={number};'
    ),
    "JSON": lambda number: (
        f'{{"id": {number}, "refresh_token": "{_random(number).hex()}", "access_token": "x"}}, '
    ),
    "tokens as entities": lambda number: (
        "".join(f"&#{ord(letter)};" for letter in google(str(number))) + " "
    ),
    "tokens percent-encoded": lambda number: (
        "".join(f"%{ord(letter):02x}" for letter in google(str(number))) + "%20"
    ),
    "pieces": lambda number: f'a{number} = "{_HEAD}"\nb{number} = "{_BODY[: number % 90]}"\n',
}


def zip_of_zips(size: int) -> bytes:
    """Return a zip file of so many bytes in all, in zip files of several levels."""
    data = base64.b64encode(b"".join(map(_random, range(size // 256))))
    for _ in range(8):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a", data)
            if len(data) < size // 2:
                archive.writestr("b", data)
        data = stream.getvalue()
    return data


def hostile_contents(size: int, names: Collection[str] | None = None) -> dict[str, bytes]:
    """Return contents of so many bytes, by a short description; with ``names``, these alone."""
    return {name: make(size) for name, make in _makers().items() if names is None or name in names}


def _makers() -> dict[str, Callable[[int], bytes]]:
    """Return the functions that make a content of some size, by its description."""
    makers: dict[str, Callable[[int], bytes]] = {
        f"{piece[:30]!r}, repeated": partial(_repeat, piece.encode()) for piece in _PIECES
    }
    makers |= {name: partial(_many, make) for name, make in _BUILT.items()}
    return makers | {
        f"{text[:30]!r} {words}": partial(make, text)
        for text in _ENCODED
        for words, make in _ENCODINGS.items()
    }


def _plain(text: str, size: int) -> bytes:
    return _repeat(text.encode(), size)


_ENCODED = (
    f"{_HEAD}.",
    f"{FITBIT} ",
    f"{GOOGLE}\n",
    f"refresh_token={FITBIT_REFRESH}\n",
    "ya29.",
)
_ENCODINGS: dict[str, Callable[[str, int], bytes]] = {
    "in Base64": lambda text, size: base64.b64encode(_plain(text, size))[:size],
    "in Base64 lines": lambda text, size: base64.encodebytes(_plain(text, size))[:size],
    "in Base64 twice": lambda text, size: base64.b64encode(base64.b64encode(_plain(text, size)))[
        :size
    ],
    "in gzip in Base64": lambda text, size: _repeat(
        base64.b64encode(gzip.compress(_plain(text, size // 4))) + b"\n", size
    ),
    "in UTF-16": lambda text, size: _repeat(text.encode("utf-16-le"), size),
    "in UTF-32": lambda text, size: _repeat(text.encode("utf-32-be"), size),
    "in UTF-16, apart": lambda text, size: _repeat(text.encode("utf-16-be") + b"\0\0\xff", size),
}
