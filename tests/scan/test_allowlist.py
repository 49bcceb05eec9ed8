"""Exceptions for findings: marks in any comment and encoding, baseline, settings."""

import re
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scan.findings import finding
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE, fitbit
from tokcheck.core.credential import Kind
from tokcheck.scan import Baseline, BaselineEntry, Chunk, ScanSettings, columns
from tokcheck.scan.allowlist import Allowlist
from tokcheck.scan.ignore.inline_comments import InlineComments

_TODAY = date(2026, 1, 15)
_DEFAULTS = ScanSettings()
_EMPTY = Baseline()


def _allowlist(
    settings: ScanSettings = _DEFAULTS, baseline: Baseline = _EMPTY, today: date = _TODAY
) -> Allowlist:
    named = settings._replace(baseline="known.json")
    return Allowlist(named, lambda: today, {"known.json": baseline})


def _is_allowed(
    text: str | bytes, encoding: str = "utf-8", nth: int = 0, first_line: int = 1
) -> bool:
    """Return whether the token of a text is allowed at the place that the search reports."""
    data = text.encode(encoding) if isinstance(text, str) else text
    bare = data.replace(b"\0", b"")
    at = -1
    for _ in range(nth + 1):
        at = bare.index(FITBIT.encode(), at + 1)
    line = bare.count(b"\n", 0, at)
    column = len(bare[bare.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace"))
    found = finding(FITBIT, line=line + first_line, column=column + 1)
    chunk = Chunk("a.py", data, first_line)
    return _allowlist().allows(found, chunk)


@each_case(
    "mark",
    [
        "tokcheck: allow",
        "tokcheck:allow",
        "Tokcheck: Allow",
        "tokcheck: allow - it was revoked in 2025",
        "tokcheck: allow, gone",
        "pragma: allowlist secret",
        "pragma:allowlist-secret",
        "PRAGMA: ALLOWLIST SECRET",
        "pragma: whitelist secret",
        "gitleaks:allow",
        "trufflehog:ignore",
        "betterleaks:allow",
        "kingfisher:ignore",
        "Kingfisher:Ignore - why",
        "ggignore",
        "ggignore: why",
    ],
)
@each_case(
    "comment",
    [
        "# {}",
        "// {}",
        "/* {} */",
        "<!-- {} -->",
        "-- {}",
        "; {}",
        "' {}",
        "% {}",
        "{{# {} #}}",
        "{}",
    ],
)
def test_a_comment_of_any_syntax_allows_its_line(mark: str, comment: str) -> None:
    text = f'x = 1\nt = "{FITBIT}"  {comment.format(mark)}\ny = 2\n'
    assert _is_allowed(text)
    assert not _is_allowed(text.replace("  " + comment.format(mark), ""))


@pytest.mark.parametrize(
    "no_mark",
    [
        "tokcheck: allowed",
        "tokcheck: allow-nothing",
        "tokcheck allow",
        "tokcheck: deny",
        "pragma: allowlist",
        "pragma: no cover",
        "pragma: allowlist nextline secret",
        "GITLEAKS:ALLOW",
        "gitleaks: allow",
        "TruffleHog:Ignore",
    ],
)
def test_what_only_looks_like_a_mark_is_none(no_mark: str) -> None:
    assert not _is_allowed(f'x = 1\nt = "{FITBIT}"  # {no_mark}\n')


@pytest.mark.parametrize(
    "line",
    [
        "# tokcheck: allow",
        "    // gitleaks:allow",
        "<!-- pragma: allowlist secret -->",
        "/* tokcheck: allow, a sample of the documents */",
        "REM tokcheck: allow",
        "dnl tokcheck: allow",
        "{# trufflehog:ignore #}",
        " * tokcheck: allow",
        '   "# tokcheck: allow\\n",',
        "# pragma: allowlist nextline secret",
        "x = 1  # pragma: allowlist nextline secret",
        "// Pragma: Whitelist-NextLine-Secret",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_comment_on_its_own_line_allows_the_next_line(line: str, newline: str) -> None:
    token = f'"{FITBIT}"'
    assert _is_allowed(newline.join(["x = 1", line, token, ""]))
    assert _is_allowed(newline.join([line, token]))
    assert not _is_allowed(newline.join([line, "x = 1", token, ""]))
    assert not _is_allowed(newline.join([token, line, ""]))


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # tokcheck: allow",
        f'other = "{GOOGLE}"  # gitleaks:allow',
        "/* tokcheck: allow */ x = 1",
        "<!-- pragma: allowlist secret --> <p>text",
        "see tokcheck: allow",
    ],
)
def test_a_comment_beside_code_allows_no_other_line(line: str) -> None:
    assert not _is_allowed(f'{line}\n"{FITBIT}"\n')


@pytest.mark.parametrize(
    "encoding",
    ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "latin-1"],
)
def test_marks_are_read_in_any_encoding(encoding: str) -> None:
    assert _is_allowed(f'é = 1\nt = "{FITBIT}"  # tokcheck: allow\n', encoding)
    assert _is_allowed(f'# é: tokcheck: allow\nt = "{FITBIT}"\n'.replace("é: ", ""), encoding)
    assert not _is_allowed(f'é = 1  # tokcheck: allow\nt = "{FITBIT}"\n', encoding)


def test_the_mark_of_a_token_wrapped_over_lines_stands_on_the_first() -> None:
    wrapped = f"{FITBIT[:80]}\\\n{FITBIT[80:]}"
    data = f"x = 1\nt = {wrapped}\n".encode()
    allow = _allowlist()
    found = finding(FITBIT, line=2, column=5)
    assert not allow.allows(found, Chunk("a.sh", data))
    marked = data.replace(b"\\\n", b"\\ # tokcheck: allow\n")
    assert allow.allows(found, Chunk("a.sh", marked))


def test_in_a_huge_line_a_mark_far_away_is_another_ones() -> None:
    filler = "x" * 3_000_000
    assert not _is_allowed(f"{filler}/* tokcheck: allow */{filler};'{FITBIT}';{filler}")
    assert not _is_allowed(f"'{FITBIT}';{filler}/* tokcheck: allow */")
    assert _is_allowed(f"é{filler}/* tokcheck: allow */'{FITBIT}';{filler}")
    assert _is_allowed(f"é{filler};'{FITBIT}'/* tokcheck: allow */;{filler}")


def test_lines_are_counted_from_where_the_piece_begins() -> None:
    text = f"one\n'{FITBIT}' # tokcheck: allow\n'{FITBIT}'\n"
    assert _is_allowed(text, first_line=1_000_001)
    assert not _is_allowed(text, nth=1, first_line=1_000_001)


def test_columns_are_counted_from_where_the_piece_begins() -> None:
    data = f"'{FITBIT}' # tokcheck: allow".encode()
    chunk = Chunk("a.min.js", data, first_line=1, first_column=9_000_001)
    assert InlineComments().allow(chunk, 1, 9_000_002)


@pytest.mark.parametrize("line", [0, 1, 12, 99])
def test_a_line_that_the_piece_does_not_have_is_not_marked(line: int) -> None:
    assert not InlineComments().allow(Chunk("a", b"# tokcheck: allow\n\n", first_line=10), line, 1)


def test_a_piece_of_many_lines_is_not_gone_through_for_each_finding() -> None:
    count = 4_000
    data = b"x\n" * count + b"# tokcheck: allow\n" * count
    chunk = Chunk("a", data)
    marks = InlineComments()
    marked = [marks.allow(chunk, line, 1) for line in range(1, 2 * count + 1)]
    assert [False] * count + [True] * count == marked
    assert not marks.allow(chunk, 1, 1), "back to the beginning"
    assert not marks.allow(Chunk("b", b"x\nx\n"), 2, 1), "another chunk"


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.sampled_from(["x", "", "# tokcheck: allow", "é" * 70_000, "t # gitleaks:allow"]))
)
def test_marks_are_found_as_by_going_from_line_to_line(lines: list[str]) -> None:
    chunk = Chunk("a", "\n".join(lines).encode())
    marks = InlineComments()
    for number, line in enumerate(lines, 1):
        before = lines[number - 2] if number > 1 else ""
        expected = "allow" in line or before == "# tokcheck: allow"
        assert expected == marks.allow(chunk, number, 1)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["x" * 700, " ggignore ", "gitleaks:allow", "é" * 300]), max_size=30),
    st.lists(st.integers(0, 12_000), min_size=1, max_size=12),
)
def test_in_a_long_line_a_mark_near_the_place_counts(parts: list[str], places: list[int]) -> None:
    text = "".join(parts)
    chunk = Chunk("a", text.encode())
    marks = InlineComments()
    for at in places:
        near = text[max(0, at - 1_024) : at + 4_096]
        expected = "gitleaks:allow" in near or re.search(r"(?<![\w.])ggignore(?![\w-])", near)
        assert bool(expected) == marks.allow(chunk, 1, at + 1)


def test_a_line_with_many_findings_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def decode(line: bytes) -> str:
        read.append(len(line))
        return line.decode()

    monkeypatch.setattr(columns, "decode", decode)
    data = b"eyJhbGciOiJIUzI1NiJ9." * 1_000
    marks = InlineComments()
    for text in (data, data + b" # not allowed"):
        for at in range(1_000):
            assert not marks.allow(Chunk("a", text), 1, 1 + 21 * at)
    # And one without any word of a mark is not read at all.
    assert [len(text)] == [size for size in read if size]


@given(st.binary(max_size=200), st.integers(-2, 9), st.integers(-2, 300))
def test_no_bytes_and_no_place_break_it(data: bytes, line: int, column: int) -> None:
    assert InlineComments().allow(Chunk("a", data), line, column) in {True, False}


def test_a_known_finding_passes_until_its_day_is_over() -> None:
    salt = bytes(12)
    digest = sha256(FITBIT.encode()).digest()
    entry = BaselineEntry(
        sha256(salt + digest).hexdigest()[:24], "a.py", "access_token", "", "2026-01-15"
    )
    baseline = Baseline((salt,), [entry])
    chunk = Chunk("a.py", FITBIT.encode())
    found = finding(FITBIT, line=1, column=1)
    assert _allowlist(baseline=baseline).allows(found, chunk)
    assert not _allowlist(baseline=baseline, today=date(2026, 1, 16)).allows(found, chunk)
    assert not _allowlist(baseline=baseline).allows(finding(GOOGLE, line=1, column=1), chunk)


@pytest.mark.parametrize(
    ("bounds", "passes"),
    [
        (ScanSettings(), False),
        (ScanSettings(kinds=frozenset({Kind.REFRESH_TOKEN})), True),
        (ScanSettings(kinds=frozenset({Kind.ACCESS_TOKEN})), False),
        (ScanSettings(exclude=("*.py",)), True),
        (ScanSettings(exclude=("*.txt",)), False),
        (ScanSettings(ignore_expired=True), True),
    ],
)
def test_what_the_settings_leave_out_passes(bounds: ScanSettings, *, passes: bool) -> None:
    token = fitbit(exp=1)
    chunk = Chunk("a.py", token.encode())
    found = finding(token, line=1, column=1, expired=True)
    assert passes == _allowlist(bounds).allows(found, chunk)


@pytest.mark.parametrize("expired", [False, None])
def test_what_does_not_say_that_it_is_expired_is_not_ignored(expired: bool | None) -> None:  # noqa: FBT001 - a case
    found = finding(FITBIT, line=1, column=1, expired=expired)
    allow = _allowlist(ScanSettings(ignore_expired=True))
    assert not allow.allows(found, Chunk("a.py", FITBIT.encode()))
