"""``tokcheck.scan_text`` finds what a scan of a file with the same text finds."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tokcheck
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, NOW
from tokcheck.cli.main import main


def test_a_finding_has_a_place_and_no_token() -> None:
    text = f"# Notes\n  token = '{FITBIT}'\n"
    (finding,) = tokcheck.scan_text(text, path="notes.py", now=lambda: NOW)
    assert ("notes.py", 2, 12) == (finding.path, finding.line, finding.column)
    assert ("access_token", "fitbit", False, "error") == (
        finding.kind,
        finding.provider,
        finding.expired,
        finding.level,
    )
    assert FITBIT not in repr(finding)
    assert tokcheck.check(FITBIT, offline=True).to_dict()["credential"]["fingerprint"] == (
        finding.fingerprint
    )


def test_a_text_without_tokens_has_no_findings() -> None:
    assert () == tokcheck.scan_text("nothing here\n" * 100)


def test_a_comment_allows_a_finding() -> None:
    assert () == tokcheck.scan_text(f"t = '{FITBIT}'  # tokcheck: allow")


_TEXTS = [
    f"a {FITBIT}\nb {GOOGLE}\n",
    f'{{"refresh_token": "{FITBIT_REFRESH}"}}',
    f"é {GOOGLE} ü {FITBIT}",
    f"curl -H 'Authorization: Bearer {FITBIT[:60]}\\\n{FITBIT[60:]}'",
]


@pytest.mark.parametrize("text", _TEXTS)
def test_the_findings_are_those_of_the_command(
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text(text, encoding="utf-8")
    main(["scan", "--format", "json", "notes.txt"])
    printed = json.loads(capsys.readouterr().out)["findings"]
    keys = ("path", "line", "column", "kind", "provider", "expired", "fingerprint", "masked")
    found = tokcheck.scan_text(text, path="notes.txt")
    assert found
    assert [tuple(one[key] for key in keys) for one in printed] == [
        tuple(getattr(one, key) for key in keys) for one in found
    ]


_ACME = """
name = "acme"
address = "https://api.acme.example"
check = "/me"

[[tokens]]
prefix = "acme_"
"""


@pytest.mark.parametrize("way", ["providers", "environment", "os.environ"])
def test_the_users_declarations_count_as_for_the_command(
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(_ACME)
    file.chmod(0o600)
    text = "key = acme_0aB3dE5gH7jK9mN2pQ4rS6tU8"
    (tmp_path / "notes.txt").write_text(text)
    monkeypatch.delenv("TOKCHECK_PROVIDERS", raising=False)
    assert () == tokcheck.scan_text(text)
    main(["scan", "--format", "json", "--providers", str(file), str(tmp_path / "notes.txt")])
    (printed,) = json.loads(capsys.readouterr().out)["findings"]
    if way == "providers":
        (found,) = tokcheck.scan_text(text, providers=file)
    elif way == "environment":
        (found,) = tokcheck.scan_text(text, environment={"TOKCHECK_PROVIDERS": str(file)})
    else:
        monkeypatch.setenv("TOKCHECK_PROVIDERS", str(file))
        (found,) = tokcheck.scan_text(text)
    assert ("acme", printed["fingerprint"]) == (found.provider, found.fingerprint)


def test_a_declaration_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(tokcheck.UsageError):
        tokcheck.scan_text("nothing", providers=tmp_path / "missing.toml")


@given(st.text() | st.text(st.characters(exclude_categories=())))
def test_any_text_is_scanned(text: str) -> None:
    assert isinstance(tokcheck.scan_text(text), tuple)


def test_bytes_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        tokcheck.scan_text(FITBIT.encode())  # type: ignore[arg-type]
