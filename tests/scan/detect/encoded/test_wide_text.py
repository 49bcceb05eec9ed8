"""Text in UTF-16 and UTF-32, with a mark or without one: all that is found in UTF-8, in place."""

from base64 import b64encode

from tests.support.scan.searching import finds_only, search
from tests.support.tokens import (
    FITBIT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)

_ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_TEXTS = (
    (f"token={FITBIT}", FITBIT),
    (f"token={GOOGLE}", GOOGLE),
    (f"x={GOOGLE_REFRESH}", GOOGLE_REFRESH),
    (f"x={GOOGLE_SECRET}", GOOGLE_SECRET),
    (f"?code={GOOGLE_CODE}", GOOGLE_CODE),
    (f'"refresh_token": "{FITBIT_REFRESH}"', FITBIT_REFRESH),
    (f"REFRESH_TOKEN={FITBIT_REFRESH}", FITBIT_REFRESH),
    (f"FITBIT_CLIENT_SECRET={FITBIT_SECRET}", FITBIT_SECRET),
    (f"fitbit https://app.test/?code={FITBIT_CODE}#_=_", FITBIT_CODE),
    (f'"{FITBIT[:70]}" +\n "{FITBIT[70:]}"', FITBIT),
    (f"t: {FITBIT[:70]}\n  {FITBIT[70:]}", FITBIT),
    (f"x={FITBIT.replace('.', '%2E')}", FITBIT),
    (f"日本 {GOOGLE_REFRESH}", GOOGLE_REFRESH),
    (f"令牌 {GOOGLE_SECRET}", GOOGLE_SECRET),
    (f"Ċ਀ \u672c {FITBIT}", FITBIT),
)


def _encodings(text: str) -> list[tuple[str, bytes]]:
    plain = [(encoding, text.encode(encoding)) for encoding in _ENCODINGS]
    marked = [(f"{name} marked", f"\ufeff{text}".encode(name)) for name in _ENCODINGS]
    return plain + marked


def test_every_form_is_found_whole() -> None:
    failed = [
        (name, text)
        for content, token in _TEXTS
        for text in (content, f"{content}\r\n", f"[a]\r\nb = 1\r\n{content}\r\n\r\n")
        for name, data in _encodings(text)
        if not finds_only(data, token)
    ]
    assert [] == failed


def test_lines_and_columns_are_counted_in_characters() -> None:
    for front, line, column in (
        ("", 1, 1), ("x=", 1, 3), ("schlüssel = ", 1, 13), ("令牌=", 1, 4), ("😀 ", 1, 3),
        ("a\r\n令牌=", 2, 4), ("令\n牌\n\n  ", 4, 3), ("Ċ਀x ", 1, 5),
    ):  # fmt: skip
        for token in (FITBIT, GOOGLE):
            for name, data in _encodings(f"{front}{token}\n"):
                found = [(item.line, item.column) for item in search(data)]
                if front.isascii() or "marked" in name:
                    assert [(line, column)] == found, (front, name)
                else:
                    assert 1 == len(found), (front, name)


def test_text_among_other_bytes_is_found() -> None:
    noise = bytes(range(1, 256)) * 3
    for name, data in _encodings(f"x={FITBIT}"):
        for front in (b"\0\0\0\0", noise[:8] + b"\0\0\0\0", noise[:9] + b"\0\0\0\0"):
            for behind in (b"", b"\0\0\0\0", b"\0\0\0\0" + noise):
                if "be" not in name or behind[:1] != b"\1":
                    assert finds_only(front + data + behind, FITBIT), (name, front, behind)


def test_each_of_several_texts_is_found() -> None:
    for encoding in _ENCODINGS:
        data = f"a={FITBIT}\nb={GOOGLE}\nREFRESH_TOKEN={FITBIT_REFRESH}\n".encode(encoding)
        assert finds_only(data, {FITBIT, GOOGLE, FITBIT_REFRESH}), encoding
        assert [1, 2, 3] == [item.line for item in search(data)]


def test_base64_in_utf_16_is_read() -> None:
    failed = [
        (name, text)
        for text, token in _TEXTS
        if text.isascii() and "itbit" not in text and "CLIENT" not in text and "code" not in text
        for front in ("", "z", "zz")
        for name, data in _encodings(
            f"  a: {b64encode((front + ' ' + text).encode()).decode()}\r\n"
        )
        if "utf-16" in name and not finds_only(data, token)
    ]
    assert [] == failed
