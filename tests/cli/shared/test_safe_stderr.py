"""Standard error without secrets, as a stream: what is written when, and what of it."""

import io
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.attack.spellings import SPELLINGS, spell, unspell
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    random_characters,
)
from tokcheck.cli.shared.safe_stderr import SafeStderr
from tokcheck.core.secret import Secret

# As short as a secret of an application may be.
SHORT = "q8ZkT3vXw1LmN5Rb"


def _stream(*words: str, **environ: str) -> tuple[SafeStderr, io.StringIO]:
    target = io.StringIO()
    return SafeStderr(target, words, environ), target


@pytest.mark.parametrize(
    "client_id",
    [
        "5fe01282e4424132" * 2,
        "b85297e8a87f0c3d" * 4,
        "1b2c3d4e-93a7-4f21-8c1b-1234567890ab",
        "aX3dq9Zk7TbvL2mWc8Rf",
    ],
)
@pytest.mark.parametrize("is_one_word", [False, True])
def test_a_client_id_stays_in_the_address_that_a_login_opens(
    client_id: str, *, is_one_word: bool
) -> None:
    words = (f"--client-id={client_id}",) if is_one_word else ("--client-id", client_id)
    stream, target = _stream("login", "spotify", *words)
    address = f"https://example.com/authorize?client_id={client_id}&scope=x\n"
    stream.write(address)
    assert address == target.getvalue()


@pytest.mark.parametrize(
    "secret",
    [
        FITBIT,
        GOOGLE,
        GOOGLE_SECRET,
        GOOGLE_REFRESH,
        GOOGLE_REFRESH.replace("//", "/"),
        *(
            f"{prefix}{random_characters(40, 5)}"
            for prefix in ("ghp_", "glpat-", "sk-ant-", "npm_")
        ),
    ],
)
def test_a_token_that_only_a_file_contains_is_redacted(secret: str) -> None:
    """Such as the path of a baseline in the settings of a repository."""
    stream, target = _stream("scan", "x.txt")
    stream.write(f"tokcheck: The baseline {secret} cannot be read.\n")
    assert secret[-16:] not in target.getvalue()


@pytest.mark.parametrize("secret", [FITBIT, GOOGLE_SECRET, GOOGLE])
def test_a_secret_in_the_place_of_a_client_id_is_redacted(secret: str) -> None:
    stream, target = _stream("login", "spotify", "--client-id", secret)
    stream.write(f"id {secret}\n")
    assert secret not in target.getvalue()


def test_a_line_is_written_when_it_is_complete() -> None:
    stream, target = _stream()
    assert 4 == stream.write("one ")
    assert "" == target.getvalue()
    stream.write("line\nand ")
    assert "one line\n" == target.getvalue()
    stream.flush()
    assert "one line\nand " == target.getvalue()
    stream.write("more")
    stream.close()
    assert "one line\nand more" == target.getvalue()


@pytest.mark.parametrize("secret", [FITBIT_SECRET, FITBIT_REFRESH, SHORT])
@pytest.mark.parametrize("place", ["word", "variable"])
@pytest.mark.parametrize("end", ["\n", ""], ids=["line", "flush"])
def test_a_known_secret_is_redacted_in_every_piece(secret: str, place: str, end: str) -> None:
    stream, target = (
        _stream("token", secret) if place == "word" else _stream("token", CI_SECRET=secret)
    )
    stream.write(f"whole {secret} and ")
    stream.write(f"a piece {secret[1:]}{end}")
    stream.flush()
    masked = Secret(secret).masked
    assert f"whole {masked} and a piece [redacted]{end}" == target.getvalue()


@each_case(
    "value",
    [f"/nowhere/{FITBIT_REFRESH}/key", " ".join(FITBIT_REFRESH), "%25".join(("", *FITBIT_SECRET))],
)
def test_a_secret_in_the_place_of_a_keys_path_is_redacted_as_on_the_command_line(
    value: str,
) -> None:
    stream, target = _stream("serve", TOKCHECK_ENCRYPTION_KEY_FILE=value)
    stream.write(f"{value} cannot be read.\n")
    assert value not in target.getvalue()
    assert "cannot be read.\n" in target.getvalue()


@pytest.mark.parametrize("digits", ["61", "5F", "2e", "41"])
def test_the_label_of_a_secret_is_no_part_of_it(digits: str) -> None:
    secret = f"{digits}0c9d31f4b8a77e6025d4c1b3f9a8e7d6c5b4"
    stream, target = _stream("revoke", f"strava refresh_token={secret}")
    stream.write(f"revoke a refresh token. An access token ends it: {secret[4:30]}\n")
    assert "revoke a refresh token. An access token ends it: [redacted]\n" == target.getvalue()


@pytest.mark.parametrize("length", [40, 64])
@pytest.mark.parametrize("words", ["--range @..HEAD", "--range HEAD..@", "--range=@..@"])
def test_the_id_of_a_commit_in_a_range_is_no_secret(words: str, length: int) -> None:
    commit = ("8d3f1c2ab45e6f708192a3b4c5d6e7f801234567" * 2)[:length]
    stream, target = _stream("scan", *words.replace("@", commit).split())
    stream.write(f"Invalid revision range {commit}..HEAD\n")
    assert f"Invalid revision range {commit}..HEAD\n" == target.getvalue()


def test_a_commit_id_and_a_name_that_looks_random_can_still_be_recognized() -> None:
    commit, name = "8d3f1c2ab45e6f708192a3b4c5d6e7f801234567", "chunk-DkLWh3sQ9xZ2aB7cE1.js"
    stream, target = _stream("scan", f"{commit}..HEAD", f"dist/{name}")
    stream.write(f"bad revision {commit}..HEAD, dist/{name} cannot be read\n")
    shown = "bad revision 8d3f…67..HEAD, dist/chun…E1.js cannot be read\n"
    assert shown == target.getvalue()


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_an_unknown_token_is_redacted_even_if_it_is_written_in_two_parts(token: str) -> None:
    stream, target = _stream()
    stream.write(f"read {token[:9]}")
    stream.write(f"{token[9:]} here\n")
    assert "read [redacted] here\n" == target.getvalue()


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("\\x1b[31mred\n", "\x1b[31mred\n"),
        ("caf\u00e9 \\u202eexe\n", "caf\u00e9 \u202eexe\n"),
        ("\\x3a:error::no\n", "::error::no\n"),
        ("a ##\\[group]\n", "a ##[group]\n"),
    ],
)
def test_what_a_terminal_or_a_runner_would_obey_is_escaped(shown: str, text: str) -> None:
    stream, target = _stream()
    stream.write(text)
    assert shown == target.getvalue()


def test_a_stream_is_not_wrapped_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    target = io.StringIO()
    monkeypatch.setattr(sys, "stderr", target)
    for _ in range(2):
        SafeStderr.install([], {})
        assert isinstance(sys.stderr, SafeStderr)
        assert target is sys.stderr.stream


KINDS = (FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_CODE, GOOGLE_SECRET)
spellings = st.sampled_from(SPELLINGS)
widths = st.integers(1, 4)


def _pieces_left(secret: str, shown: str) -> list[str]:
    """Return the pieces of a secret that a text still holds when all spellings are undone."""
    plain = unspell(shown)
    pieces = {secret[at : at + 12] for at in range(len(secret) - 11)}
    return sorted(piece for piece in pieces if piece in plain)


@settings(max_examples=inputs(300), derandomize=True, deadline=None)
@given(st.sampled_from(KINDS), spellings, widths, st.text("abc: /'\n", max_size=12))
def test_an_unknown_token_is_redacted_in_every_spelling(
    secret: str, form: str, every: int, before: str
) -> None:
    stream, target = _stream()
    stream.write(f"{before} {spell(secret, form, every)} {before}")
    stream.flush()
    assert [] == _pieces_left(secret, target.getvalue())
    assert "[redacted]" in target.getvalue()


@settings(max_examples=inputs(300), derandomize=True, deadline=None)
@given(st.sampled_from([*KINDS, FITBIT_SECRET, FITBIT_REFRESH]), spellings, spellings, widths)
def test_a_known_token_is_redacted_in_every_spelling(
    secret: str, given_as: str, shown_as: str, every: int
) -> None:
    stream, target = _stream("scan", spell(secret, given_as, every))
    stream.write(f"{spell(secret, shown_as, every)} and {secret[3:20]}\n")
    assert [] == _pieces_left(secret, target.getvalue())


@pytest.mark.parametrize("secret", KINDS)
@pytest.mark.parametrize("form", SPELLINGS)
def test_what_stands_around_a_spelled_token_stays(secret: str, form: str) -> None:
    stream, target = _stream()
    stream.write(f"a/{spell(secret, form)}: no such file\n")
    assert "a/[redacted]: no such file\n" == target.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "C:\\users\\admin\\u2026\\x.txt: 100% of 5%20files & 3 more = 4A",
        "/home/caf%C3%A9/%E4%B8%AD%E6%96%87/a%20b%2Fc.txt &amp; &#8230; \\d+\\.\\w{3}",
        "key=ab&other=cd%3D1 =3D =E2=80=A6",
    ],
)
def test_other_spelled_texts_stay(text: str) -> None:
    stream, target = _stream()
    stream.write(f"{text}\n")
    assert f"{text}\n" == target.getvalue()
