"""Random values and damaged texts, for fuzzers."""

import string
from random import Random
from typing import Any

_ODD = (
    "\x00", "\x1b[31m", "\r", "\n", "\t", "\u200b", "\u202e", "\ufeff", "\ud800", "\x85", "\u2028",
    "é", "\u017f", "\u0130", "\uff05", "😀", "\\", '"', "'", "`", "%", "%2F", "%00", "&amp;",
    "::error::", "//", "..",
    "{", "}", "[", "]", "<", ">", "=", ",", ":", ";", "null", "NaN", "1e999", "-1", "0x10", "٣",
)  # fmt: skip
_NUMBERS = (
    0, -1, 1, 2**31, 2**53, 2**63, 10**20, 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"),
    1_800_000_000, 1_800_000_000_000,
)  # fmt: skip
ALPHABET = string.ascii_letters + string.digits + "-_"


def odd_text(random: Random, longest: int = 40) -> str:
    """Return a text of odd and of ordinary pieces."""
    parts = [
        random.choice(_ODD)
        if random.random() < 0.4
        else "".join(random.choices(ALPHABET + " .", k=random.randint(0, 8)))
        for _ in range(random.randint(0, 6))
    ]
    return "".join(parts)[:longest]


def odd_value(random: Random, keys: tuple[str, ...] = (), depth: int = 3) -> Any:
    """Return a value as JSON or TOML may hold it; objects prefer these keys."""
    roll = random.random()
    if depth and roll < 0.25:
        names = [
            random.choice(keys) if keys and random.random() < 0.7 else odd_text(random, 12)
            for _ in range(random.randint(0, 4))
        ]
        return {name: odd_value(random, keys, depth - 1) for name in names}
    if depth and roll < 0.4:
        return [odd_value(random, keys, depth - 1) for _ in range(random.randint(0, 3))]
    if roll < 0.6:
        return random.choice(_NUMBERS)
    if roll < 0.7:
        return random.choice((None, True, False))
    return odd_text(random)


def nested_text(random: Random) -> str:
    """Return a text that is nested deeply, or holds a very large number."""
    depth = random.choice((10, 1_000, 20_000))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}"), ("[[", "]]"), ("{a=", "}")))
    return random.choice(
        (opening * depth, opening * depth + "1" + closing * depth, "9" * 5_000, "x=" + "9" * 5_000)
    )


def damaged_text(random: Random, text: str) -> str:
    """Return the text with some characters dropped, repeated, replaced or inserted."""
    for _ in range(random.randint(0, 3)):
        at = random.randint(0, len(text))
        match random.randrange(5):
            case 0:
                text = text[:at] + text[at + random.randint(1, 8) :]
            case 1:
                text = text[:at] + random.choice(_ODD) + text[at:]
            case 2:
                text = text[:at]
            case 3:
                text = text[:at] + text[max(0, at - 20) :]
            case _:
                text = text[:at] + odd_text(random) + text[at + 1 :]
    return text


def damaged_bytes(random: Random, data: bytes) -> bytes:
    """Return the bytes with some of them dropped, repeated or replaced."""
    damaged = bytearray(data)
    for _ in range(random.randint(1, 6)):
        at = random.randint(0, len(damaged))
        match random.randrange(4):
            case 0:
                del damaged[at : at + random.randint(1, 16)]
            case 1:
                damaged[at:at] = random.randbytes(random.randint(1, 8))
            case 2:
                damaged[at : at + 1] = random.randbytes(1)
            case _:
                damaged[at : at + 4] = random.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f"))
    return bytes(damaged)
