"""Tokens of other services that expired years ago, in the folders of tests."""

import json

import pytest

from tests.scan.conftest import Repository, Scan
from tests.support.scan.findings import finding
from tests.support.tokens import make_jwt
from tokcheck.core.credential import Kind
from tokcheck.scan.annotation.old_tokens import classify_old_tokens
from tokcheck.scan.finding import Finding
from tokcheck.scan.settings import ScanSettings

_NOW = 1_800_000_000.0
_TOKEN = make_jwt({"iss": "https://idp.test", "exp": 1_600_000_000})
_OLD = finding(_TOKEN, kind=Kind.JWT_OTHER, provider=None, expired=True, expires_at=1_600_000_000.0)


@pytest.mark.parametrize(
    ("level", "path"),
    [
        ("note", "tests/a.py"),
        ("note", "pkg/test/a.go"),
        ("note", "src/__tests__/a.js"),
        ("note", "Tests/Fixtures/a.json"),
        ("note", "testdata/a"),
        ("note", "spec/a.rb"),
        ("note", "a.zip!tests/a.py"),
        ("note", "./tests/a.py"),
        ("warning", "contest/a.py"),
        ("warning", "tests.py"),
        ("warning", "src/a.py"),
        ("warning", "/elsewhere/tests/a.py"),
        ("warning", "../tests/a.py"),
    ],
)
def test_a_folder_of_tests_makes_a_note(level: str, path: str) -> None:
    (found,) = classify_old_tokens([_OLD._replace(path=path)], ScanSettings(), _NOW)
    assert (level, level == "note") == (found.level, found.is_note)


@pytest.mark.parametrize(
    "one",
    [
        _OLD._replace(kind=Kind.ACCESS_TOKEN, provider="fitbit"),
        _OLD._replace(expires_at=None),
        _OLD._replace(expires_at=_NOW - 700 * 86_400),
    ],
    ids=["fitbit", "without expiry", "recent"],
)
def test_nothing_else_is_a_note(one: Finding) -> None:
    one = one._replace(path="tests/a.py")
    assert [one] == list(classify_old_tokens([one], ScanSettings(), _NOW))


def test_the_setting_decides() -> None:
    one = _OLD._replace(path="tests/a.py")
    fail, ignore = (ScanSettings(old_tokens_in_tests=word) for word in ("fail", "ignore"))
    assert [one] == list(classify_old_tokens([one], fail, _NOW))
    assert [] == list(classify_old_tokens([one], ignore, _NOW))


def test_a_note_is_no_failure(repository: Repository, scan: Scan) -> None:
    repository.write("tests/a.py", f'T = "{_TOKEN}"\n')
    result = scan("--format", "json")
    assert (0, "no findings and 1 note in 1 file\n") == (result.code, result.err)
    (found,) = json.loads(result.out)["findings"]
    assert ("note", True) == (found["level"], found["expired"])
    text = scan().out
    assert "expired years ago, in a test folder" in text
    repository.write("a.py", f'T = "{_TOKEN}"\n')
    assert (1, "1 finding and 1 note in 2 files\n") == scan()[::2]
    repository.write("tokcheck.toml", '[scan]\nold-tokens-in-tests = "fail"\nexclude = ["/a.py"]\n')
    assert (1, "1 finding in 2 files\n") == scan()[::2]
