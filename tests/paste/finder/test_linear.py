"""No paste takes more than linear time, including the worst known inputs.

A time is compared only with one of the same input at a quarter of the size, and only where it is
long enough to mean anything, so a slow or busy machine does not fail these tests.
"""

import hashlib
from collections.abc import Callable, Iterator
from itertools import count
from time import process_time

import pytest

from tests.support.providers.paste_checks import read
from tests.support.suite.thoroughness import IS_THOROUGH
from tests.support.tokens import FITBIT, GOOGLE, base64url, fitbit, google, make_jwt

# Coverage's tracer would be measured with what it traces: it takes more than half of the time.
pytestmark = pytest.mark.untraced

LONGEST = (1024 if IS_THOROUGH else 256) * 1024
# A repeated piece shows at 64 KiB what it does; what is built of several needs twice of that.
LARGE_REPEATED, LARGE_BUILT = LONGEST // 16, LONGEST // 8
# Less is too short to compare; what grows with its square is 3 s of the largest paste.
SHORTEST = 0.0125
HEADER = "eyJhbGciOiJIUzI1NiJ9"
BLOB = base64url(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(250)))

REPEATED = [
    "eyJ", "eyJ.", "eyJ ", "eyJ\n", "eyJ\u200b", 'eyJ"+"', "eyJ\\n", "e y J", "e\ny\nJ\n", "e",
    "ey", "e ", 'e"+"',
    "e\\n", "e\\", f"{HEADER}.\n", f"{HEADER}. ", f"{HEADER}.", f'{HEADER}."\n"',
    f"{HEADER}.\u200b", HEADER,
    f"{HEADER}.{'A' * 43}\n", "ya29.", "ya29. ", "ya29.\n", "ya29", "y a 2 9 . ", 'ya29.a0"+"',
    "ya29.a0\\\n",
    "xya29.a\n", '"ya29.a\n', "ya29.a0Bc1\n", "Bearer ", "Bearer", "bearer:", "bearer%20",
    "code=", "4/0",
    "4%2F0", "1//0", "%", "%2", "%25", "%2525", "%0A", "%2E", "<a", "[a", "{{a", "${", "$(", " ",
    "\t",
    "\n", "\r\n", "\u200b", "\ufeff", "\u00a0", "AIza", "access_token=", 'access_token":',
    "client_id=",
    "secret=", "Basic ", "Basic abcd", ".apps.googleusercontent.com", '"', "'", "`", "\\", '\\"',
    '""', '"\n"',
    '"\\\n', "> ", "# ", "|", "=\n", "...", "\u2026", "xxxx ", "YOUR_", "your token ", "my ",
    "curl ", "-H ",
    "-", "_", "*", "^\n", "\\u00", "\\u200b", "\x1b[", "\x1b[0m", "&#10;", "&", "<br>", "null ",
    "0" * 40 + " ",
    "INFO: ya29.a0Bc1\n", "1: a0Bc1dEf2\n", "x\\\ndquote> ", "ya29.a0PS C:\\>",
    "T+=ya29.a\n", "\x1b[0mya29.a0Bc\n", f"INFO: {GOOGLE[:60]}\n", '"ya29.a0" & x & ', "\n---\n",
    "a/", "a.", "refresh_token=", "export A=", "A=", "token:", "GOCSPX-", "-u ", "22AAAA:",
    "\U0001f600",
    FITBIT[:100], f"{FITBIT[:100]} ", f"{FITBIT[:-5]}\n", f"{GOOGLE[:50]}\n",
    f"e{' ' * 39}y{' ' * 39}",
    "name: A_TOKEN\n", "name: A_TOKEN\nvalue: ", f"name:{' ' * 8}a{' ' * 80}", "key=a value=",
    "ENV A_TOKEN ",
    "set -x ", "setx a ",
]  # fmt: skip


def _many(make: Callable[[int], str], seam: str = "\n") -> Callable[[int], str]:
    def build(size: int) -> str:
        pieces: list[str] = []
        length = 0
        for number in count():
            pieces.append(make(number))
            length += len(pieces[-1]) + len(seam)
            if length >= size:
                break
        return seam.join(pieces)[:size]

    return build


def _repeat(piece: str) -> Callable[[int], str]:
    return lambda size: (piece * (size // len(piece) + 1))[:size]


def _lines(width: int, seam: str = "\n") -> Callable[[int], str]:
    body = seam.join(BLOB[at : at + width] for at in range(0, len(BLOB), width)) + seam
    return _repeat(body)


BUILT: dict[str, Callable[[int], str]] = {
    "a blob": _repeat(BLOB),
    "blobs with beginnings in them": _repeat(BLOB[:500] + "eyJ"),
    "a header and a blob": lambda size: f"{HEADER}.{_repeat(BLOB)(size)}"[:size],
    "headers and blobs": _repeat(f"{HEADER}.{BLOB}."),
    "headers and wrapped blobs": _many(lambda _: f"{HEADER}.{_lines(10)(9000)}"),
    "headers and single characters": _many(lambda _: f"{HEADER}.{_lines(1)(9000)}"),
    "beginnings and single characters": _many(lambda _: f"eyJh{_lines(1)(9000)}"),
    "many tokens": _many(lambda number: fitbit(iat=number)),
    "many tokens glued together": _many(lambda number: fitbit(iat=number), ""),
    "many cut tokens": _many(lambda number: fitbit(iat=number)[:-5]),
    "many tokens without a beginning": _many(lambda number: fitbit(iat=number)[21:]),
    "many lower-case tokens": _many(lambda number: fitbit(iat=number).lower()),
    "many opaque tokens": _many(lambda number: google(str(number))),
    "many quoted opaque tokens": _many(lambda number: google(str(number)), '"\n"'),
    "many shortened opaque tokens": _many(lambda number: google(str(number))[:50] + "\u2026"),
    "many tokens of others": _many(lambda number: make_jwt({"iss": "x", "n": number})),
    "many ID tokens": _many(lambda number: make_jwt({"iss": "accounts.google.com", "n": number})),
    "one opaque token": lambda size: "ya29." + _repeat(BLOB)(size),
    "one opaque token in lines": lambda size: "ya29.a0" + _lines(64)(size),
    "one opaque token in short lines": lambda size: '"ya29.a0' + _lines(6)(size),
    "one opaque token in literals": lambda size: '"ya29.a0' + _lines(6, '" +\n"')(size),
    "a token in front of blanks": lambda size: FITBIT + " " * size,
    "a token behind blanks": lambda size: " " * size + FITBIT,
    "a token behind quotation marks": lambda size: '"' * size + FITBIT,
    "a token behind lines": lambda size: "\n" * size + FITBIT,
    "a deep payload": lambda size: make_jwt(None, raw=b'{"a":' * (size // 8) + b"}" * (size // 8)),
    "deep headers": _many(lambda _: base64url(b'{"alg":' * 1500)),
    "long headers": _many(lambda _: base64url(b'{"alg":' + b"[" * 900 + b"]" * 900 + b"}") + "."),
}  # fmt: skip


def _cases() -> Iterator[object]:
    for piece in REPEATED:
        yield pytest.param(_repeat(piece), LARGE_REPEATED, id=repr(piece)[:40])
    for name, build in BUILT.items():
        yield pytest.param(build, LARGE_BUILT, id=name)


def seconds(text: str) -> float:
    """Measure the processor time that reading a paste takes."""
    start = process_time()
    read(text)
    return process_time() - start


@pytest.mark.parametrize(("build", "size"), list(_cases()))
def test_no_input_takes_more_than_linear_time(build: Callable[[int], str], size: int) -> None:
    small, large = build(size // 4), build(size)
    read(build(size // 64))  # compiles what is compiled once
    # The small one first: what is far worse than linear shows there without an hour of waiting.
    once = seconds(small)
    assert once < 2
    took = seconds(large)
    if took < SHORTEST or took <= 12 * once:
        return
    # A busy machine can make one measurement bad, but not the best of several.
    assert min(map(seconds, [large] * 3)) <= 12 * min(map(seconds, [small] * 3))


# All of these are among the pieces above, so that a part of the largest paste shows their time.
@pytest.mark.parametrize(
    ("piece", "size"),
    [
        ("eyJ ", LONGEST // 4),
        ("e y J", LONGEST // 4),
        ("ya29. ", LONGEST // 4),
        ("xya29.a\n", LONGEST // 4),
        (f"{HEADER}.\n", LONGEST),
    ],
)
def test_the_worst_inputs_stay_fast(piece: str, size: int) -> None:
    # About a second on an idle machine; what is wrong would take minutes.
    assert seconds(_repeat(piece)(size)) < 60 * size / LONGEST
