"""The live view's screen: what it shows at each size, and what the keys do."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from tests.support.exporter.fake_backend import ALL, AT, EXPIRED, FINE, LIMITED
from tests.support.exporter.grant_states import GRANTS
from tokcheck.core.report import Quota
from tokcheck.exporter.display.terminal.screen import Frame, Messages, Screen, draw, press
from tokcheck.exporter.state import AccountState
from tokcheck.exporter.state.severity import Notice

MANY = (LIMITED, EXPIRED, *(FINE._replace(name=f"study-{n:03}") for n in range(498)))
START = Screen()
KEYS = [
    "up", "down", "page-up", "page-down", "home", "end", "enter", "escape", "backspace",
    "/", "?", "k", "j", "b", " ", "g", "G", "p", "x", "ü",
]  # fmt: skip


def _draw(
    states: Sequence[AccountState],
    screen: Screen = START,
    size: tuple[int, int] = (100, 24),
    **options: object,
) -> tuple[Frame, list[str]]:
    """Return a frame and its lines, and assert that it fits."""
    file = io.StringIO()
    console = Console(file=file, width=size[0], height=size[1], no_color=True, legacy_windows=False)
    frame = draw(states, AT, screen, console, **options)  # type: ignore[arg-type]
    console.print(frame.content)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert len(lines) <= size[1]
    assert max(map(cell_len, lines), default=0) <= size[0]
    return frame, lines


def _names(lines: Sequence[str]) -> list[str]:
    words = [line.split() for line in lines]
    return [line[0] for line in words if line and line[0].startswith(("study-", "ni", "gr"))]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("count", [1, 9, 500])
def test_the_screen_at_each_width(width: int, count: int, snapshot: SnapshotAssertion) -> None:
    states = {1: (FINE,), 9: (*ALL, GRANTS[1]), 500: MANY}[count]
    _, lines = _draw(states, size=(width, 24), messages=Messages(("12:00:00Z Watching them",)))
    assert snapshot == "\n".join(lines)


def test_of_more_accounts_than_rows_the_worst_are_shown_and_the_rest_counted() -> None:
    frame, lines = _draw(MANY)
    assert 20 == frame.rows
    assert "1 problem, 1 warning among 500 accounts" == lines[0]
    assert ["grace-course", "nightly-fetcher", "study-000"] == _names(lines)[:3]
    assert "1 to 20 of 500 · … 480 more · 1 broken, 1 rate-limited, 498 fine" == lines[-2]


def test_a_key_probes_the_first_account_on_the_screen() -> None:
    frame, lines = _draw(MANY)
    assert _names(lines)[0] == frame.first
    frame, lines = _draw(MANY, press(frame.screen, "j", frame.rows))
    assert ("nightly-fetcher", "nightly-fetcher") == (frame.first, _names(lines)[0])
    assert press(frame.screen, "p", frame.rows).wants_probe
    assert None is _draw([])[0].first


@pytest.mark.parametrize("screen", [Screen(is_typing=True), Screen(shows_help=True)])
def test_the_letter_of_that_key_in_a_filter_or_the_help_probes_nothing(screen: Screen) -> None:
    assert not press(screen, "p", 1).wants_probe


@pytest.mark.parametrize("height", [8, 24])
def test_what_became_of_a_probe_is_shown_until_the_next_key(height: int) -> None:
    answer = "12:00:00Z anna: Not probed: the budget is spent."
    frame, lines = _draw([FINE], Screen(answer=answer), (100, height))
    assert answer == lines[-1]
    assert "" == press(frame.screen, "x", frame.rows).answer


def test_the_footer_says_what_is_filtered() -> None:
    _, lines = _draw(MANY, Screen(filter="study-00"))
    assert (
        "filter 'study-00': 10 of 500 accounts · all: 1 broken, 1 rate-limited, 498 fine"
        == lines[-2]
    )
    _, lines = _draw(MANY, Screen(filter="study-", is_typing=True), (140, 24))
    assert lines[-2].startswith("1 to 20 of 498 · … 478 more · filter 'study-': 498 of 500 acc")


def test_one_account_is_one() -> None:
    _, lines = _draw([FINE])
    assert "1 account, no problem" == lines[0]
    assert "1 fine" == lines[-2]


def test_one_account_is_one_under_a_filter() -> None:
    _, lines = _draw([FINE], Screen(filter="zzz"))
    assert "filter 'zzz': 0 of 1 account · all: 1 fine" == lines[-2]


def test_without_accounts_it_says_so() -> None:
    _, lines = _draw([])
    assert "No accounts" == lines[0]
    assert "There are no accounts yet." == lines[-2]


def test_keys_scroll_within_the_list() -> None:
    frame, lines = _draw(MANY)

    def after(*keys: str) -> int:
        nonlocal frame, lines
        for key in keys:
            frame, lines = _draw(MANY, press(frame.screen, key, frame.rows))
        return frame.screen.top

    assert [1, 2, 3, 2, 1, 0, 0] == [after(k) for k in ("down", "j", "enter", "k", "up", "up", "k")]
    assert [20, 40, 20, 0, 0] == [after(k) for k in ("page-down", " ", "b", "page-up", "b")]
    assert 480 == after("end", "page-down", "down")
    assert "study-497" == _names(lines)[-1]
    assert "481 to 500 of 500 · 1 broken, 1 rate-limited, 498 fine" == lines[-2]
    assert [0, 480, 0] == [after(key) for key in ("g", "G", "home")]


def test_a_list_that_became_short_is_shown_from_its_start() -> None:
    frame, lines = _draw([FINE], Screen(top=480))
    assert 0 == frame.screen.top
    assert "1 account, no problem" == lines[0]


def test_the_filter_is_typed_kept_and_removed() -> None:
    screen = Screen(top=40)
    for key in "/STUDY-49qx":
        screen = press(screen, key, 20)
    screen = press(press(screen, "backspace", 20), "backspace", 20)
    assert Screen(0, "STUDY-49", is_typing=True) == screen
    _, lines = _draw(MANY, screen)
    assert [f"study-{n}" for n in range(490, 498)] == _names(lines)
    assert "/STUDY-49_   Enter keeps the filter, Esc removes it" == lines[-1]
    screen = press(screen, "enter", 20)
    _, lines = _draw(MANY, screen)
    assert lines[0].endswith("8 accounts with 'STUDY-49' in the name, Esc shows all")
    assert Screen() == press(screen, "escape", 20)
    assert Screen() == press(press(press(Screen(), "/", 9), "z", 9), "escape", 9)


def test_a_filter_without_an_account_keeps_the_totals() -> None:
    _, lines = _draw(MANY, Screen(filter="zzz"))
    assert "0 accounts with 'zzz'" in lines[0]
    expected = "filter 'zzz': 0 of 500 accounts · all: 1 broken, 1 rate-limited, 498 fine"
    assert expected == lines[-2]


def test_help_is_shown_and_left_by_any_key() -> None:
    screen = press(Screen(top=7), "?", 20)
    _, lines = _draw(MANY, screen)
    assert "Keys" == lines[0]
    assert any(line.startswith("  q  ") for line in lines)
    assert Screen(top=7) == press(screen, "x", 20)
    assert press(screen, "q", 20).is_closed


@pytest.mark.parametrize("size", [(80, 8), (60, 10), (40, 13), (80, 24)])
@pytest.mark.parametrize("blocks", [True, False])
def test_the_help_names_every_key_in_a_small_window(
    size: tuple[int, int],
    blocks: bool,  # noqa: FBT001 - a case
) -> None:
    _, lines = _draw(MANY, Screen(shows_help=True), size, blocks=blocks)
    text = " ".join(" ".join(lines).split())
    for words in ("q quit", "Page Up b", "Home g, End G", "/ filter", "Esc ", "p probe", "? show"):
        assert words in text
    assert text.endswith(("this help", "this help.", "go first."))


@pytest.mark.parametrize("size", [(80, 8), (60, 10), (40, 12), (80, 24)])
def test_a_long_answer_to_a_probe_is_not_cut(size: tuple[int, int]) -> None:
    spent = "the budget of this window is spent " * 2
    answer = f"12:00:00Z anna: Not probed: {spent}until 13:00."
    _, lines = _draw(MANY, Screen(answer=answer), size)
    assert " ".join(lines).endswith(answer)
    assert _names(lines) or "gra" in "".join(lines)


def test_q_quits_unless_it_is_typed() -> None:
    assert press(Screen(), "q", 20).is_closed
    assert not press(Screen(is_typing=True), "q", 20).is_closed


def test_without_keys_none_is_offered() -> None:
    _, lines = _draw(MANY, has_keys=False)
    assert "Ctrl-C quits" == lines[-1]


def test_a_terminal_without_unicode_gets_ascii() -> None:
    states = (*MANY, LIMITED._replace(name="n" * 60))
    for screen in (Screen(), Screen(shows_help=True)):
        _, lines = _draw(states, screen, size=(60, 24), blocks=False)
        assert [] == [line for line in lines if not line.replace("·", "").isascii()]


@pytest.mark.parametrize("height", [1, 5, 8, 15, 16, 30])
@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_small_window_shows_at_least_one_account(width: int, height: int) -> None:
    frame, lines = _frame_of_any_height(width, height)
    assert frame.rows >= 1
    if height >= 6:
        assert _names(lines) or "gra" in "".join(lines)


def _frame_of_any_height(width: int, height: int) -> tuple[Frame, list[str]]:
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, no_color=True)
    frame = draw(
        (*GRANTS, *MANY),
        AT,
        Screen(),
        console,
        messages=Messages(("a" * 300,) * 3, (Notice("b", "b" * 300),) * 2),
    )
    console.print(frame.content)
    return frame, file.getvalue().splitlines()


@given(st.lists(st.sampled_from(KEYS), max_size=40), st.integers(0, 60))
def test_any_keys_leave_a_screen_that_can_be_drawn(keys: list[str], count: int) -> None:
    screen = Screen()
    for key in keys:
        frame, _ = _draw(MANY[:count], screen)
        assert frame.screen.top <= max(0, count - 1)
        screen = press(frame.screen, key, frame.rows)
    _draw(MANY[:count], screen)


@given(st.text(max_size=80), st.integers(20, 200))
def test_any_name_fits(name: str, width: int) -> None:
    _draw([FINE._replace(name=name), LIMITED], Screen(filter=name[:3]), size=(width, 24))


@pytest.mark.parametrize(
    ("words", "quota"),
    [
        ("197 left", (Quota("vm 180s", None, 197, None, "headers"),)),
        (
            "197 left in 3 minutes (vm)",
            (
                Quota("vm 180s", None, 197, None, "headers"),
                Quota("vm 1800s", None, 1297, None, "headers"),
            ),
        ),
        ("not known", (Quota("vm 180s", None, None, None, "headers"),)),
    ],
)
def test_what_is_left_of_an_unknown_limit_is_shown(words: str, quota: tuple[Quota, ...]) -> None:
    _, lines = _draw([FINE._replace(quota=quota, observed_at=AT - 10)], size=(140, 24))
    row = next(line for line in lines if FINE.name in line)
    assert words in row
