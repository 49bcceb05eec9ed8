"""The baseline: what is known stays known, in any order, through updates and real merges."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.support.scan.findings import finding
from tests.support.tokens import FITBIT, FITBIT_SECRET, GOOGLE, GOOGLE_SECRET, google
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.scan import Baseline, BaselineEntry, Finding

_TODAY = date(2026, 1, 15)
_NOTHING = Baseline()


def _random(count: int) -> bytes:
    return bytes(range(count))


def _other_random(count: int) -> bytes:
    return bytes(range(100, 100 + count))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokcheck-baseline.json"


def _write(path: Path, *findings: Finding, previous: Baseline = _NOTHING) -> Baseline:
    return Baseline.write(str(path), findings, previous, _random)


def _edit_first_entry(path: Path, **fields: str) -> Baseline:
    """Edit the first entry of a file by hand."""
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "fingerprint" in line)
    changed = json.dumps(json.loads(line.removesuffix(",")) | fields) + ","
    path.write_text(text.replace(line, changed), encoding="utf-8")
    return Baseline.read(str(path))


def test_the_file_whole(path: Path, snapshot: SnapshotAssertion) -> None:
    _write(path, finding(FITBIT, "b.py"), finding(FITBIT, "a.py"), finding(GOOGLE, "Süd.env"))
    _edit_first_entry(path, reason="a sample of the documents", until="2026-12-31")
    assert snapshot == path.read_text(encoding="utf-8")


def test_without_a_file_nothing_is_known() -> None:
    assert not _NOTHING.has(finding(FITBIT), _TODAY)


def test_what_was_written_is_known_wherever_it_moves_to(path: Path) -> None:
    _write(path, finding(FITBIT))
    read = Baseline.read(str(path))
    assert read.has(finding(FITBIT), _TODAY)
    assert read.has(finding(FITBIT, "elsewhere.txt", line=99), _TODAY)
    assert not read.has(finding(GOOGLE), _TODAY)


def test_a_checkout_of_windows_is_the_same_baseline(path: Path) -> None:
    _write(path, finding(FITBIT, "src/a.py"), finding(GOOGLE, "src/b.py"))
    written = path.read_bytes()
    assert b"\r" not in written, "git shows no change of line ends where it converts none"
    # git may write CR LF there, and an editor a byte order mark.
    for checkout in (written.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + written):
        path.write_bytes(checkout)
        read = Baseline.read(str(path))
        assert read.has(finding(FITBIT, "src/a.py"), _TODAY)
        _write(path, finding(FITBIT, "src/a.py"), finding(GOOGLE, "src/b.py"), previous=read)
        assert written == path.read_bytes()


def test_the_file_has_no_token_and_no_fingerprint_without_salt(path: Path) -> None:
    tokens = (FITBIT, GOOGLE, GOOGLE_SECRET, FITBIT_SECRET)
    _write(path, *(finding(token, f"{token}.txt") for token in tokens))
    text = path.read_text(encoding="utf-8")
    for token in tokens:
        assert token not in text
        assert sha256(token.encode()).hexdigest()[:12] not in text
    other = path.with_name("other.json")
    Baseline.write(str(other), [finding(FITBIT)], _NOTHING, _other_random)
    assert set() == _fingerprints(path) & _fingerprints(other)


def test_a_salt_comes_from_the_system_by_default(path: Path) -> None:
    first = Baseline.write(str(path), [], _NOTHING).salts
    assert first != Baseline.write(str(path), [], _NOTHING).salts


def test_an_update_keeps_salt_reason_and_end_and_drops_what_is_gone(path: Path) -> None:
    first = _write(path, finding(FITBIT, "a.py"))
    written = _edit_first_entry(path, reason="a sample", until="2026-02-01")
    _write(path, finding(FITBIT, "moved.py"), finding(GOOGLE), previous=written)
    read = Baseline.read(str(path))
    assert first.salts == read.salts
    by_path = {entry.path: entry for entry in read.entries}
    assert {"moved.py", "a.py"} == set(by_path)
    assert ("a sample", "2026-02-01") == by_path["moved.py"][-2:]
    assert ("", "") == by_path["a.py"][-2:]
    _write(path, finding(GOOGLE), previous=read)
    assert {"a.py"} == {entry.path for entry in Baseline.read(str(path)).entries}


def test_of_two_reasons_the_one_of_the_same_place_is_kept(path: Path) -> None:
    baseline = _write(path, finding(FITBIT, "a.py"), finding(FITBIT, "b.py"))
    known = [entry._replace(reason=f"of {entry.path}") for entry in baseline.entries]
    written = _write(path, finding(FITBIT, "b.py"), previous=Baseline(baseline.salts, known))
    assert ["of b.py"] == [entry.reason for entry in written.entries]


@pytest.mark.parametrize(("day", "held"), [(-1, True), (0, True), (1, False)])
def test_an_entry_holds_to_the_end_of_its_last_day(path: Path, day: int, *, held: bool) -> None:
    _write(path, finding(FITBIT))
    read = _edit_first_entry(path, until=_TODAY.isoformat())
    assert held == read.has(finding(FITBIT), _TODAY + timedelta(days=day))


def test_an_entry_without_an_end_holds_whatever_its_double_says(path: Path) -> None:
    baseline = _write(path, finding(FITBIT))
    ended = baseline.entries[0]._replace(until="2020-01-01")
    doubled = Baseline(baseline.salts, [ended, baseline.entries[0], ended])
    assert doubled.has(finding(FITBIT), _TODAY)
    updated = _write(path, finding(FITBIT), previous=doubled)
    assert [""] == [entry.until for entry in updated.entries]


def test_the_modes_and_the_neighbours_of_a_file_stay(path: Path) -> None:
    target = path.with_name("kept.json")
    target.write_text("old", encoding="utf-8")
    path.symlink_to(target.name)
    _write(path, finding(FITBIT))
    assert path.is_symlink()
    assert Baseline.read(str(target)).has(finding(FITBIT), _TODAY)
    assert {path, target} == set(path.parent.iterdir())


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        _write(folder, finding(FITBIT))
    with pytest.raises(UsageError, match="cannot be written"):
        _write(tmp_path / "missing" / "b.json", finding(FITBIT))
    assert [folder] == list(tmp_path.iterdir())


_ENTRY = '{"fingerprint": "0123456789abcdef01234567", "path": "a", "kind": "access_token"%s}'
_FILE = '{\n"schema": "tokcheck.baseline/1",\n"salt": "%s",\n"entries": [\n%s\n]}\n'
_SALT = "00" * 12
_BROKEN = {
    "no JSON": (_FILE % (_SALT, _ENTRY % "" + "," + _ENTRY % " "), 0),
    # Python 3.13 names the line of the comma, those before it the next.
    "a comma too many": (
        _FILE % (_SALT, _ENTRY % "" + ","),
        5 if sys.version_info >= (3, 13) else 6,
    ),
    "empty": ("", 1),
    "a list": ("[]", 1),
    "another schema": ('{"schema": "other/1", "entries": []}', 1),
    "no entries": (f'{{"schema": "tokcheck.baseline/1", "salt": "{_SALT}"}}', 1),
    "no salt": ('{"schema": "tokcheck.baseline/1", "entries": []}', 1),
    "a salt of another length": (_FILE % ("00", _ENTRY % ""), 3),
    "a salt that is no text": (_FILE.replace('"%s"', "%s") % (1, _ENTRY % ""), 3),
    "a fingerprint of another length": (_FILE % (_SALT, '"0",\n{"fingerprint": "abc"}'), 6),
    "an entry that is none": (_FILE % (_SALT, "17"), 4),
    "another key": (_FILE % (_SALT, _ENTRY % ', "why": "x"'), 5),
    "a reason that is no text": (_FILE % (_SALT, _ENTRY % ', "reason": 1'), 5),
    "no date": (_FILE % (_SALT, '"0",\n' + _ENTRY % ', "until": "soon"'), 6),
    "a week for a date": (_FILE % (_SALT, _ENTRY % ', "until": "2026-W01-1"'), 5),
    "a merge": (_FILE % (_SALT, "<<<<<<< ours\n" + _ENTRY % "" + "\n=======\n>>>>>>> theirs"), 5),
    "nested": (_FILE % (_SALT, "[" * 100_000), 1),
}


@pytest.mark.parametrize("name", [name for name, (_, line) in _BROKEN.items() if line])
def test_a_broken_file_is_refused_with_its_line_and_what_to_do(path: Path, name: str) -> None:
    text, line = _BROKEN[name]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        Baseline.read(str(path))
    assert f"line {line}: " in refused.value.message
    assert refused.value.hint
    # An update reads the file as well.
    assert ("--update-baseline" in refused.value.hint) == ("Delete the file" in refused.value.hint)


def test_a_missing_and_an_unreadable_file_are_refused(path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        Baseline.read(str(path))
    assert "Write one: --update-baseline." == refused.value.hint
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match="cannot be read: line 1 is not UTF-8"):
        Baseline.read(str(path))
    with pytest.raises(UsageError, match="cannot be read"):
        Baseline.read(str(path.parent))


# UTF-8, for the digests.
_TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)
_TOKENS = st.lists(_TEXTS, unique=True, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_TOKENS, st.randoms(use_true_random=False), st.text(max_size=20))
def test_the_order_of_the_findings_does_not_matter(
    path: Path, tokens: list[str], random: Random, reason: str
) -> None:
    found = [
        finding(token.encode("utf-8", "replace").decode(), f"{i}.py")
        for i, token in enumerate(tokens)
    ]
    first = _write(path, *found)
    text = path.read_text(encoding="utf-8")
    random.shuffle(found)
    _write(path, *found, *found)
    assert text == path.read_text(encoding="utf-8")
    explained = Baseline(first.salts, [entry._replace(reason=reason) for entry in first.entries])
    written = _write(path, *found, previous=explained)
    read = Baseline.read(str(path))
    assert written.entries == read.entries
    assert all(read.has(each, _TODAY) for each in found)
    assert not read.has(finding("never found before"), _TODAY)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_TOKENS, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(
    path: Path, tokens: list[str], random: Random
) -> None:
    found = [finding(token) for token in tokens]
    _write(path, *found)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    entries = lines[4:-2] + [line for line in lines if "fingerprint" in line]
    random.shuffle(entries)
    path.write_text("\n".join([*lines[:4], *entries, *lines[-2:]]), encoding="utf-8")
    read = Baseline.read(str(path))
    assert all(read.has(each, _TODAY) for each in found)
    _write(path, *found, previous=read)
    assert text == path.read_text(encoding="utf-8"), "an update tidies up"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_any_path_and_reason_can_be_written(path: Path, text: str) -> None:
    baseline = _write(path, finding(FITBIT, text))
    explained = Baseline(baseline.salts, [baseline.entries[0]._replace(reason=text)])
    written = _write(path, finding(FITBIT, text), previous=explained)
    assert written.entries == Baseline.read(str(path)).entries
    assert text == written.entries[0].reason


def _fingerprints(path: Path) -> set[str]:
    return {entry.fingerprint for entry in Baseline.read(str(path)).entries}


def _git(folder: Path, *words: str) -> int:
    return subprocess.run(
        ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        check=False,
    ).returncode


def _branches(folder: Path, path: Path, found: list[Finding], known: list[Finding]) -> int:
    """Let each of two branches add one finding to a baseline, and merge them."""
    assert 0 == _git(folder, "init", "-q", "-b", "trunk")
    base = _write(path, *known)
    for branch, each in zip(("one", "two"), found, strict=True):
        _git(folder, "add", ".")
        _git(folder, "commit", "-qm", branch, "--allow-empty")
        _git(folder, "checkout", "-q", "-b", branch, "trunk" if branch == "two" else "HEAD")
        _write(path, *known, each, previous=base)
        assert 0 == _git(folder, "commit", "-qam", f"{branch} adds one")
    return _git(folder, "merge", "-q", "one")


def _in_bucket(digit: str, count: int, salt: bytes = _random(12)) -> list[Finding]:
    """Make findings with entries below one of the marks."""
    seeds = (finding(google(f"seed {number}"), f"{number}.py") for number in range(10_000))
    fits = (f for f in seeds if sha256(salt + f.digest).hexdigest().startswith(digit))
    return [next(fits) for _ in range(count)]


@pytest.mark.parametrize("digits", ["01", "10", "0f", "78", "ef"])
def test_git_merges_two_branches_that_each_added_an_entry(path: Path, digits: str) -> None:
    found = [_in_bucket(digit, 1)[0] for digit in digits]
    known = [finding(GOOGLE_SECRET, kind=Kind.CLIENT_SECRET)]
    assert 0 == _branches(path.parent, path, found, known)
    merged = Baseline.read(str(path))
    assert all(merged.has(each, _TODAY) for each in [*found, *known])
    _write(path, *found, *known, previous=merged)
    assert 0 == _git(path.parent, "diff", "--exit-code"), "the merge is as an update writes it"


def test_with_merge_union_neighbouring_entries_do_not_conflict(path: Path) -> None:
    path.with_name(".gitattributes").write_text(f"{path.name} merge=union\n", encoding="utf-8")
    found = _in_bucket("7", 2)
    assert 0 == _branches(path.parent, path, found, [])
    merged = Baseline.read(str(path))
    assert all(merged.has(each, _TODAY) for each in found)


def test_without_it_the_message_says_how_to_resolve_the_conflict(path: Path) -> None:
    found = _in_bucket("7", 2)
    assert 0 != _branches(path.parent, path, found, [])
    with pytest.raises(UsageError, match="a merge conflict is not resolved") as refused:
        Baseline.read(str(path))
    assert "Keep the lines of both sides" in refused.value.hint
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] not in "<=>"]
    path.write_text("\n".join(kept), encoding="utf-8")
    assert all(Baseline.read(str(path)).has(each, _TODAY) for each in found)


@pytest.mark.parametrize("digits", ["00", "01", "10", "0f", "f0", "77", "ff"])
def test_two_files_that_were_made_apart_are_merged_with_both_salts(path: Path, digits: str) -> None:
    folder = path.parent
    path.with_name(".gitattributes").write_text(f"{path.name} merge=union\n", encoding="utf-8")
    assert 0 == _git(folder, "init", "-q", "-b", "trunk")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "nothing known")
    both = []
    for branch, random, digit in zip(("one", "two"), (_random, _other_random), digits, strict=True):
        _git(folder, "checkout", "-q", "-b", branch, "trunk")
        both += _in_bucket(digit, 1, random(12))
        Baseline.write(str(path), both[-1:], _NOTHING, random)
        _git(folder, "add", ".")
        assert 0 == _git(folder, "commit", "-qm", branch)
    assert 0 == _git(folder, "merge", "-q", "one")
    merged = Baseline.read(str(path))
    assert 2 == len(merged.salts)
    assert all(merged.has(each, _TODAY) for each in both)
    updated = _write(path, *both, previous=merged)
    assert 1 == len(updated.salts)
    assert all(updated.has(each, _TODAY) for each in both)


def test_an_entry_is_made_of_texts_alone() -> None:
    assert ("fingerprint", "path", "kind", "reason", "until") == BaselineEntry._fields


def test_a_file_of_very_many_salts_is_refused(path: Path) -> None:
    salts = "".join(f'"salt": "{number:024x}",\n' for number in range(101))
    path.write_text(f'{{"schema": "tokcheck.baseline/1", {salts} "entries": []}}')
    with pytest.raises(UsageError, match="more than 100 salts"):
        Baseline.read(str(path))
