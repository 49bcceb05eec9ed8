"""Standard error without secrets, as a stream: what is written when, and what of it."""

import io
import sys

import pytest

from tests.support.tokens import FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE
from tokcheck.cli.shared.safe_stderr import SafeStderr
from tokcheck.core.secret import Secret

# As short as a secret of an application may be.
SHORT = "q8ZkT3vXw1LmN5Rb"


def _stream(*words: str, **environ: str) -> tuple[SafeStderr, io.StringIO]:
    target = io.StringIO()
    return SafeStderr(target, words, environ), target


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


def test_a_commit_id_and_a_name_that_looks_random_can_still_be_recognized() -> None:
    commit, name = "8d3f1c2ab45e6f708192a3b4c5d6e7f801234567", "chunk-DkLWh3sQ9xZ2aB7cE1.js"
    stream, target = _stream("scan", "--range", f"{commit}..HEAD", f"dist/{name}")
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
