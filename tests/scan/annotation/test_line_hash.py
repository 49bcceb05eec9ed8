"""GitHub's hash of a line: the values of its own tests, and its rolling hash written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import FITBIT
from tokcheck.scan import Chunk
from tokcheck.scan.annotation.line_hash import LineHashingSearch, line_hashes
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.sources.chunks import name_chunk

_GREETINGS = (
    "e9496ae3ebfced30:1 fb7c023a8b9ccb3f:1 ce8ba1a563dcdaca:1 e20e36e16fcb0cc8:1 "
    "b3edc88f2938467e:1 c8e28b0b4002a3a0:1 c129715d7a2bc9a3:1"
)


# https://github.com/github/codeql-action/blob/main/src/fingerprints.test.ts
@pytest.mark.parametrize(
    ("hashes", "text"),
    [
        ("c129715d7a2bc9a3:1", ""),
        (
            "271789c17abda88f:1 54703d4cd895b18:1 180aee12dab6264:1 a23a3dc5e078b07b:1",
            " a\nb\n  \t\tc\n d",
        ),
        (_GREETINGS, " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n"),
        (_GREETINGS, " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n"),
        (
            "a7f2ff13bc495cf2:1 a7f2ff13bc495cf2:2 a7f2ff13bc495cf2:3 a7f2ff13bc495cf2:4 "
            "a7f2ff13bc495cf2:5 a7f2ff13bc495cf2:6 a7f2ff1481e87703:1 a9cf91f7bbf1862b:1 "
            "55ec222b86bcae53:1 cc97dc7b1d7d8f7b:1 c129715d7a2bc9a3:1",
            "Lorem ipsum dolor sit amet.\n" * 10,
        ),
    ],
)
def test_the_hashes_are_those_of_github(hashes: str, text: str) -> None:
    lines = range(1, text.count("\n") + 2)
    assert dict(zip(lines, hashes.split(), strict=True)) == line_hashes(text, lines)


def test_a_line_behind_a_lone_carriage_return_is_where_a_finding_counts_it() -> None:
    # GitHub counts the second one as line 4.
    text = " hello; \t\nworld!!!\r\r  \t\r  Greetings\n End\n"
    hashes = _by_definition(text)
    assert {1: hashes[0], 2: hashes[1], 3: hashes[5]} == line_hashes(text, (1, 2, 3))


@given(st.text(st.sampled_from("ab \t\r\n🎉é"), max_size=300))
def test_the_hashes_are_those_of_the_rolling_hash(text: str) -> None:
    text = text.replace("\r", "\r\n")
    expected = dict(enumerate(_by_definition(text), 1))
    assert expected == line_hashes(text, range(1, text.count("\n") + 2))


def _by_definition(text: str) -> list[str]:
    """Return the hashes of all lines, character by character as GitHub's program does it."""
    stream: list[int] = []
    starts: list[int] = []
    is_start, after_return = True, False
    units = text.encode("utf-16-le")
    for code in [*(units[at] | units[at + 1] << 8 for at in range(0, len(units), 2)), 0xFFFF]:
        if code in {0x20, 0x09} or (after_return and code == 0x0A):
            after_return = False
            continue
        after_return = code == 0x0D
        if is_start:
            starts.append(len(stream))
        stream.append(0x0A if after_return else code)
        is_start = stream[-1] == 0x0A
    stream += [0] * 100
    seen: dict[int, int] = {}
    hashes = []
    for start in starts:
        value = sum(code * 37 ** (99 - at) for at, code in enumerate(stream[start : start + 100]))
        value %= 1 << 64
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def test_findings_get_the_hash_of_their_line() -> None:
    search = LineHashingSearch(Searcher(1_800_000_000.0))
    text = f"x\n{FITBIT}\n{FITBIT}\n"
    hashes = line_hashes(text, (2, 3))
    chunk = Chunk("a", text.encode())
    assert [hashes[2], hashes[3]] == [one.line_hash for one in search(chunk)]
    # A later chunk of a large file does not know the lines before it, nor does a name.
    later = [one.line_hash for one in search(chunk._replace(seen=1))]
    assert ["", ""] == later
    assert [""] == [one.line_hash for one in search(name_chunk(FITBIT))]
