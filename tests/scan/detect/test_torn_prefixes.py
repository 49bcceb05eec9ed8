"""A credential that is wrapped or split inside its prefix, and digits over two lines."""

from tests.support.scan.searching import finds_only, search
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    google,
)

_JOINTS = (
    "\n", "\r\n", "\n    ", "\\\n", "=\n", "\n> ", '" + "', '"\n  "', "' '", '" "', "' . '",
    '" +\n    "', "\\n", '\\" \\"', "` + `", "\n\t",
)  # fmt: skip


def test_a_token_split_in_its_prefix_is_found_whole() -> None:
    failed = []
    for token, longest in (
        (FITBIT, 6), (GOOGLE, 6), (GOOGLE_REFRESH, 6), (GOOGLE_SECRET, 8),
    ):  # fmt: skip
        for at in range(1, longest + 1):
            for joint in (*_JOINTS, "%0A", "<br>", "<br/>\n"):
                quote = next((each for each in ('\\"', '"', "'", "`") if each in joint), "")
                text = f"x = {quote}{token[:at]}{joint}{token[at:]}{quote}\n"
                if not finds_only(text, token):
                    failed.append((token[:5], at, joint))
    assert [] == failed


def test_each_of_several_torn_tokens_is_found() -> None:
    tokens = [google(str(number)) for number in range(60)]
    text = "".join(f'x = "{token[:3]}" + "{token[3:]}"\n' for token in tokens)
    assert finds_only(text, tokens)


def test_digits_over_two_lines_are_found_whole() -> None:
    failed = [
        (at, joint)
        for at in (1, 10, 32, 40, 63)
        for joint in _JOINTS
        if not finds_only(
            f'refresh_token = "{FITBIT_REFRESH[:at]}{joint}{FITBIT_REFRESH[at:]}"\n',
            FITBIT_REFRESH,
        )
    ]
    assert [] == failed


def test_a_secret_over_two_lines_is_found_whole() -> None:
    text = f'fitbit_client_secret = "{FITBIT_SECRET[:20]}"\n    "{FITBIT_SECRET[20:]}"\n'
    assert finds_only(text, FITBIT_SECRET)


def test_parts_of_a_prefix_by_chance_are_no_token() -> None:
    for text in (
        "x = y / 1 // 0123abcdABCD0123abcdABCDxyz\n",
        "a = 1/\n/0abcdefghijklmnopqrstuvw\n",
        "GOC SPX-0123abcdABCD0123abcdABCDxyz",
        "ya 29.a0AbCdEfGh",
        "https://host.test/v1//0/index.html",
    ):
        assert [] == search(text), text
