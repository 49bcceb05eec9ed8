"""Of two tokens of one user and application, the newer one is meant, and the other is named."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, NOW, fitbit, google
from tokcheck.core.report import Verdict

_AT = int(NOW.timestamp())


def token(age: int, life: int = 28_800, **claims: Any) -> str:
    """Make a Fitbit token that was issued ``age`` seconds ago."""
    return fitbit(iat=_AT - age, exp=_AT - age + life, **claims)


OLD, NEW = token(40_000), token(100)
_NOTE = "left aside: an older token of the same user and application"
_LAYOUTS = (
    "{old}\n{new}\n",
    "{new}\n{old}\n",
    "Access token expired: {old}. Visit https://dev.fitbit.com\nNew Access Token : {new}\n",
    "#FITBIT_TOKEN={old}\nFITBIT_TOKEN={new}\n",
    "-  token: {old}\n+  token: {new}\n",
    '{{"old": "{old}", "new": "{new}"}}',
)


@pytest.mark.parametrize("layout", _LAYOUTS)
def test_the_newer_one_is_taken(layout: str) -> None:
    text = layout.format(old=OLD, new=NEW)
    assert NEW == sendable_token(text)
    notes = [note for note in read(text).cleaned if note.startswith("left aside")]
    assert len(notes) == 1
    assert notes[0].startswith(_NOTE)
    assert OLD not in notes[0]


def test_any_number_of_older_ones_is_left_aside() -> None:
    many = [token(age) for age in range(100, 300_000, 3_000)]
    assert many[0] == sendable_token("\n".join(reversed(many)))
    assert len(read("\n".join(many)).cleaned) < 8


def test_a_cut_older_one_is_left_aside_and_a_cut_newer_one_is_not() -> None:
    assert NEW == sendable_token(f"{OLD[:-5]}\n{NEW}")
    assert sendable_token(f"{OLD}\n{NEW[:-5]}") is None


@pytest.mark.parametrize(
    "other",
    [
        token(40_000, sub="OTHER1"),
        token(40_000, aud="23OTHR"),
        token(40_000, sub=None),
        token(40_000, life=31_536_000),  # older, and lives longer
        fitbit(iat=_AT - 100, exp=_AT + 28_700, scopes="rnut"),  # of the same second
        GOOGLE,
    ],
)
def test_what_no_order_decides_is_listed(other: str) -> None:
    for text in (f"{NEW}\n{other}", f"{other}\n{NEW}"):
        found = conclusion(text)
        assert found.verdict is Verdict.AMBIGUOUS
        assert len(found.advice) == 3


def test_the_list_names_user_application_age_and_expiry() -> None:
    expired = token(40_000, sub="OTHER1")
    found = conclusion(f"{NEW}\n{expired}\n{GOOGLE}\n")
    assert (
        "(fitbit): user 7TESTS, application 23TEST, issued 2 min ago, expires in 7 h 58 min."
        in found.advice[0]
    ) or "issued 1 min 40 s ago" in found.advice[0]
    assert "user OTHER1" in found.advice[1]
    assert "expired 3 h 6 min ago" in found.advice[1]
    assert "does not contain its user" in found.advice[2]


@pytest.mark.parametrize("mark", ["#", "# ", "//", ";", "--", "-"])
def test_an_opaque_token_on_an_unused_line_is_left_aside(mark: str) -> None:
    other = google("second")
    used = f"+TOKEN={GOOGLE}" if mark == "-" else f"TOKEN={GOOGLE}"
    lines = (f"{mark}TOKEN={other}", used)
    text = "\n".join(lines) + "\n"
    assert GOOGLE == sendable_token(text)
    assert any("a token in a line that is" in note for note in read(text).cleaned)
    # The other way round, a mark of the next line may also be that of a wrapped token.
    assert sendable_token("\n".join(reversed(lines)) + "\n") in {GOOGLE, None}


@pytest.mark.parametrize(
    "text",
    [
        "#A={0}\nB={1}\n", "- {0}\n- {1}\n", "# {0}\n{1}\n", "#T={0}\n#T={1}\n", "T={0}\nT={1}\n",
        "{0}\n# {1}\n",
    ],
)  # fmt: skip
def test_a_mark_alone_decides_nothing(text: str) -> None:
    found = read(text.format(GOOGLE, google("second")))
    assert found.credential is None
    assert len(found.candidates) == 2


@settings(max_examples=inputs(200), derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-50_000, 50_000), st.sampled_from([3_600, 28_800]), st.sampled_from("AB")
        ),
        min_size=2,
        max_size=6,
        unique=True,
    )
)
def test_what_is_taken_is_newer_than_all_of_its_user(rows: list[tuple[int, int, str]]) -> None:
    made = {token(age, life, sub=f"USER{user}"): (age, life, user) for age, life, user in rows}
    text = "\n".join(made)
    taken = sendable_token(text)
    if taken is None:
        assert conclusion(text).verdict is Verdict.AMBIGUOUS
        return
    age, life, user = made[taken]
    assert {user} == {row[2] for row in rows}
    assert all(age <= row[0] and life - age >= row[1] - row[0] for row in rows)


def test_one_token_alone_is_left_as_it_is() -> None:
    assert () == read(FITBIT).cleaned
