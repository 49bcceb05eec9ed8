"""The search of bytes finds what comparing every pattern at every place finds."""

from hypothesis import given
from hypothesis import strategies as st

from tokcheck.scan.detect.first_pass.byte_search import ByteSearch, FirstForm

# Few letters, so that patterns begin with others and occur.
_SHORT = st.text("abA\0", min_size=1, max_size=6).map(str.encode)


def _compare(patterns: list[bytes], data: bytes) -> list[tuple[bytes, int, int]]:
    """Return the matches, each behind the previous one; the first pattern at a place counts."""
    found, at = [], 0
    while at < len(data):
        pattern = next((each for each in patterns if data.startswith(each, at)), b"")
        if pattern:
            found.append((pattern, at, at + len(pattern)))
        at += len(pattern) or 1
    return found


@given(st.lists(_SHORT, min_size=1, max_size=80, unique=True), st.data())
def test_the_order_of_the_buckets_changes_no_match(
    patterns: list[bytes], draw: st.DataObject
) -> None:
    parts = draw.draw(st.lists(st.one_of(st.sampled_from(patterns), _SHORT), max_size=40))
    data = b"".join(parts)
    search = ByteSearch(patterns)
    found = [(search.patterns[number], *place) for number, *place in search.find(data)]
    assert _compare(patterns, data) == found


@given(st.lists(_SHORT, min_size=1, max_size=64, unique=True))
def test_every_pattern_is_searched(patterns: list[bytes]) -> None:
    assert sorted(patterns) == sorted(ByteSearch(patterns).patterns)


_FORMS = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=9, unique=True)


@given(_FORMS, st.text("abc", max_size=6))
def test_the_first_form_that_a_text_begins_with_counts(forms: list[str], text: str) -> None:
    first = FirstForm([(form.encode(), form) for form in forms])
    expected = next((form for form in forms if text.startswith(form)), None)
    assert expected == first.first_in(text.encode())
