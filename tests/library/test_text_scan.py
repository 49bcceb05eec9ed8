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


@given(st.text() | st.text(st.characters(exclude_categories=())))
def test_any_text_is_scanned(text: str) -> None:
    assert isinstance(tokcheck.scan_text(text), tuple)


def test_bytes_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        tokcheck.scan_text(FITBIT.encode())  # type: ignore[arg-type]
