"""Readers of untrusted text take linear time: four times the text, not sixteen times the work.

Work is counted twice: the calls, which are the same on every machine, and the processor time of
this thread, in which one call may hide the reading of a whole text.
"""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from cProfile import Profile
from time import thread_time

import pytest

from tests.support.providers.paste_checks import read
from tests.support.suite.thoroughness import IS_THOROUGH, some_of
from tests.support.tokens import (
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    NOW,
    base64url,
    fitbit,
    google,
)
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.errors import UsageError
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import finder_for
from tokcheck.providers.observed.observed_input import read_responses
from tokcheck.providers.ready_made_providers import load_packaged
from tokcheck.scan import Chunk, Searcher
from tokcheck.scan.sources.git_changes import parse_changes
from tokcheck.scan.sources.git_history import pushed_revisions
from tokcheck.scan.sources.git_objects import parse_header

_PACKAGED = finder_for(load_packaged())

# Coverage's tracer would be measured with what it traces.
pytestmark = pytest.mark.untraced

SMALL = 4_096 if IS_THOROUGH else 2_048
HEADER = "eyJhbGciOiJIUzI1NiJ9"
OPEN_HEADER = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0."
BLOB = base64url(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(250)))

# Each is repeated without a rest, so that the text ends with the whole of it.
REPEATED = [
    "\\x65", "\\x65" * 20 + " ", "&#101;", "%65" * 20 + "\n", "=65", "\\145", "65 79 4a ",
    "ya29.", "<w:t>ya29.</w:t>", "1//0", "4/0A", "GOCSPX-", "AIza", "eyJ", "eyJhbGciOi", HEADER,
    f"{HEADER}.",
    OPEN_HEADER, f"{OPEN_HEADER}a\n", "ya29.a\n", "ya29.aB1\n\n", "_ya29.", "`ya29.a\n",
    "'ya29.aB\n", "ya\n29.", "y\na29.", "y\u200ba29.", "ya2 9.a", "y a 2 9 . ", "xya29.a\n",
    'ya29.a0"+"', "ya29.a0\\\n", "1//0abcdefghijklmnopqrstu\n", "code=4/0Aabcdefghijklmnopqrstu ",
    f"{GOOGLE_REFRESH}\n", f"{GOOGLE_SECRET} ", f"refresh_token={FITBIT_REFRESH}\n",
    f"fitbit secret={FITBIT_SECRET} ", "Bearer ", "Bearer", "bearer%20", "Basic YWJjZDplZmdo ",
    "%2F", "1%2F%2F0", "%", "%25", "%0A", "%2E", "\n", "\r\n", "\\n", "\\", "\u200b", "\ufeff",
    "\u00a0", " ", "\t", '"', "'", '"\n"', "`", ".", "..", "a.", "...", "\u2026", "-", "_", "-\n",
    "{", "}", "{{a", "(", "[", "<p>", "</p>", "<a", "&lt;", "&", "> ", "# ", "| ", "*", "=\n",
    "\x1b[0m", "\\u00", "YOUR_TOKEN", "my_", "your-", "the ", "xxxx ", "$(", "access_token=",
    "secret=", "refresh", "fitbit ", "12-aaaaaaaaaaaaaaaaaaa", ".apps.googleusercontent.com",
    "cHlhMjku", "eWEyOS", "ZXlKaGJHY2lPaUpJ", "0" * 64, "Ab1" * 9 + "\n", "\U0001f600",
]  # fmt: skip


_HANDED_OVER = [
    "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n{}\r\n", "< A: 1\n", "a: ", "{", "[",
    '{"a":', '{"status":200,"headers":{}}\n', '{"errors":[{"errorType":"x"}]} ', '{"error":"a"',
    "invalid_grant ", "error=access_denied&", "HTTP 401 ", "2026-11-29T10:00Z ERROR ", "('", "\\",
    "Traceback:\n", "a = 1\n", "[a]\n", "a.", '"""', "a = [", "# a\n", ":100644 100644 a b M\n",
    "refs/heads/a 1 refs/heads/a 2\n", "\n", "'", '"', "&", "%7B",
]  # fmt: skip


def _repeat(piece: str) -> Callable[[int], str]:
    return lambda size: piece * (size // len(piece))


def _secrets(size: int) -> str:
    return "\n".join(f"GOCSPX-{BLOB[n % 9000 : n % 9000 + 20]}{n}" for n in range(size // 35))


BUILT: dict[str, Callable[[int], str]] = {
    "a blob": _repeat(BLOB),
    "one token": lambda size: "ya29." + _repeat(BLOB)(size),
    "one token in lines": lambda size: "ya29." + _repeat(f"{BLOB[:64]}\n")(size),
    "one token in short lines": lambda size: '"ya29.' + _repeat(f"{BLOB[:5]}\n")(size),
    "one signature in lines": lambda size: OPEN_HEADER + _repeat(f"{BLOB[:64]}\n")(size),
    "wrapped tokens": _repeat(f"ya29.{BLOB[:60]}\n{BLOB[60:124]}\n\n"),
    "a long token and secrets": lambda size: (
        f"ya29.{_repeat(BLOB)(size // 2)}\n{_secrets(size // 2)}"
    ),
    "secrets in a token": lambda size: "ya29." + _secrets(size).replace("\n", ""),
    "tokens in one line": lambda size: " ".join(google(str(n)) for n in range(size // 180)),
    "signed tokens in one line": lambda size: " ".join(fitbit(iat=n) for n in range(size // 280)),
    "tokens before blanks": _repeat("ya29.a" + " " * 200),
    "tokens before marks": _repeat(f"ya29.{BLOB[:40]}{'|' * 99}\n"),
    "prefixes in Base64": lambda size: base64.b64encode(b"ya29." * (size * 3 // 20)).decode(),
    "headers in Base64": lambda size: base64.b64encode(b"eyJhbGciOi" * (size * 3 // 40)).decode(),
    "prefixes in UTF-16": _repeat("y\0a\0002\09\0.\0"),
    "headers in UTF-16": _repeat("\0".join("eyJhbGciOi") + "\0"),
}

CASES = [
    *(pytest.param(_repeat(piece), id=repr(piece)[:40]) for piece in REPEATED),
    *(pytest.param(build, id=name) for name, build in BUILT.items()),
]


def scan(text: str) -> object:
    """Search a text as a file of the provider with labelled credentials."""
    return list(Searcher(NOW.timestamp())(Chunk("fitbit.txt", text.encode())))


def count_calls(reader: Callable[[str], object], text: str) -> int:
    """Count the calls of functions, the interpreter's own included."""
    # It counts in C, several times as fast as a function for sys.setprofile.
    profile = Profile()
    profile.runcall(reader, text)
    return sum(entry.callcount for entry in profile.getstats())


def seconds(reader: Callable[[str], object], text: str) -> float:
    """Measure the processor time of this thread."""
    start = thread_time()
    reader(text)
    return thread_time() - start


def observe(text: str) -> object:
    """Read a text as what curl prints, or as an archive."""
    return read_responses(text, frozenset(), NOW).responses


def explain(text: str) -> object:
    """Explain a text as an error message."""
    return explain_message(text, REGISTRY, NOW)


def declare(text: str) -> object:
    """Read a text as a declaration of a provider."""
    try:
        return read_declaration(text, "acme.toml")
    except UsageError as error:
        return error


def list_changes(text: str) -> object:
    """Read a text as git's list of changes, what a push sends, and a header of an object."""
    fields = text.encode().split(b"\n")
    with suppress(UsageError):
        list(parse_changes(fields))
    with suppress(UsageError):
        pushed_revisions(fields, "origin")
    return parse_header(text.encode(), "0" * 40)


@pytest.mark.parametrize("reader", [observe, explain, declare, list_changes])
def test_what_is_handed_over_takes_linear_work(reader: Callable[[str], object]) -> None:
    for piece in _HANDED_OVER:
        assert_linear(_repeat(piece), reader)


# Characters that a token continues behind if that is damaged.
_SIGNS = "/+=@!?^#~%\\&.:|\u2013\xe9"


def read_declared(text: str) -> None:
    """Read a paste with the forms of all packaged providers."""
    _PACKAGED.find(text)


@pytest.mark.parametrize(
    "piece",
    ["ghp_", "ghp_a\n", "ghp_aB3dE5\n", "ghs_a.", "github_pat_",
     "ghp_aB3dE5gH7jK9mN1p\n",  # tokcheck: allow
     "ghp_aB3dE5gH7jK9mN1p</p>\n<p>", '"ghp_aB3dE5gH7jK9mN1p" +\n'],  # tokcheck: allow
)  # fmt: skip
def test_tokens_of_declared_providers_take_linear_work(piece: str) -> None:
    assert_linear(_repeat(piece), read_declared)


@pytest.mark.parametrize("prefix", ["ghp_", "glpat-", "glpat-a"])
@pytest.mark.parametrize("sign", _SIGNS)
def test_prefixes_behind_a_sign_take_linear_work(sign: str, prefix: str) -> None:
    assert_linear(_repeat(sign + prefix), read_declared, 4 * SMALL)


@pytest.mark.parametrize("reader", [read, scan])
@pytest.mark.parametrize("build", some_of(CASES))
def test_four_times_the_text_is_no_more_than_linear_work(
    build: Callable[[int], str], reader: Callable[[str], object]
) -> None:
    assert_linear(build, reader)


def assert_linear(
    build: Callable[[int], str], reader: Callable[[str], object], size: int = SMALL
) -> None:
    """Fail if the work for four times the text is far more than four times as much."""
    small, large = build(size), build(4 * size)
    reader(small)  # compiles what is compiled once
    # The constant is for what is read in windows longer than the small text.
    assert count_calls(reader, large) <= 6 * count_calls(reader, small) + 15_000
    once = seconds(reader, small)
    assert once < 1
    # A busy machine can make one measurement bad, but not the best of several. The constant is for
    # what only a longer text is tried for; what is quadratic takes several times as long.
    for _ in range(5):
        if seconds(reader, large) <= 8 * once + 0.06:
            return
        once = min(seconds(reader, small) for _ in range(2))
    pytest.fail("four times the text takes more than eight times as long")
