"""A pause that a response requests is kept, however far it reaches, and shown as it is kept."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.exporter.simulated_exporter import (
    HOUR,
    START,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.display.account_view import view_account
from tokcheck.exporter.display.accounts_json import to_object
from tokcheck.exporter.display.overview import build_overview
from tokcheck.exporter.display.terminal.account_table import render_accounts
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.state.account_state import SKIP_WORDS, SkipReason
from tokcheck.exporter.web.page import document
from tokcheck.exporter.web.page.document import View
from tokcheck.sandbox import Sandbox
from tokcheck.sandbox.state.canned_responses import CannedResponse

pytestmark = pytest.mark.anyio
_DEVICES = "/1/user/-/devices.json"
_RESET = "tokcheck_quota_reset_timestamp_seconds"
_NEXT = "tokcheck_probe_next_timestamp_seconds"
_LIMITED = (
    b'{"errors": [{"errorType": "system", "message": "Too Many Requests"}], "success": false}'
)
_DAY = 24 * HOUR


class PauseCase(NamedTuple):
    """The headers of a refusal, and for how many seconds no probe follows."""

    seconds: float
    retry_after: str = ""
    reset: str = ""
    status: int = 429


PAUSES = [
    PauseCase(40, reset="40"),
    PauseCase(1_800, reset="1800"),
    PauseCase(1_800, retry_after="1800", reset="20"),
    PauseCase(9 * HOUR, reset=str(9 * 3_600)),
    PauseCase(9 * HOUR, retry_after=str(9 * 3_600), reset="600"),
    PauseCase(_DAY, reset="99999999"),
    PauseCase(_DAY, retry_after="9999999", reset="600"),
    PauseCase(9 * HOUR, retry_after=str(9 * 3_600), status=503),
    PauseCase(_DAY, retry_after="9999999", status=503),
]


def _folder_of_anna(parent: Path, token: str) -> Path:
    """Return a new folder of tokens that has one for anna."""
    folder = parent / "tokens"
    folder.mkdir()
    (folder / "anna").write_text(token)
    return folder


def answer(pause: PauseCase) -> CannedResponse:
    headers = [("Fitbit-Rate-Limit-Limit", "150"), ("Fitbit-Rate-Limit-Remaining", "0")]
    headers = [*headers, ("Fitbit-Rate-Limit-Reset", pause.reset)] if pause.reset else []
    if pause.retry_after:
        headers.append(("Retry-After", pause.retry_after))
    return CannedResponse(pause.status, tuple(headers), _LIMITED if pause.status == 429 else b"")


@pytest.mark.parametrize(
    ("pause", "window"),
    [
        *((pause, "15s") for pause in PAUSES),
        (PAUSES[1], "1h"),
        (PAUSES[3], "1h"),
        (PAUSES[1], "1d"),
    ],
    ids=str,
)
async def test_no_probe_is_sent_before_the_end_of_a_pause(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, pause: PauseCase, window: str
) -> None:
    config = tmp_path / "accounts.toml"
    config.write_text(f'defaults.window = "{window}"\ndefaults.share = 0.5\n')
    selection = Selection(config, variables={"anna": "ANNA"})
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    chosen = settings(sandbox.url, selection, tmp_path, {"ANNA": token})
    sandbox.state.canned_responses.put("GET", _DEVICES, answer(pause))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert 1 == device_requests(sandbox.state)
        planned = exporter.metric(_NEXT)
        assert planned is not None
        assert planned >= START + pause.seconds
        if pause.status == 429:
            # A day in the place of a longer time is no header's.
            shown = None if pause.seconds == _DAY else START + pause.seconds
            assert shown == exporter.metric(_RESET), "shown and kept are the same"
        else:
            assert exporter.metric(_RESET) in {None, START + HOUR}, "a pause is no quota"
        await exporter.run_for(pause.seconds - 1)
        assert 1 == device_requests(sandbox.state)
        sandbox.state.canned_responses.remove()
        await exporter.run_for(planned + HOUR - virtual.moment)
        assert 1 < device_requests(sandbox.state)


@pytest.mark.parametrize(
    ("pause", "mismatch"),
    [
        (PauseCase(50_000, reset="50000"), 1),
        (PauseCase(50_000, retry_after="50000", reset="50000"), 1),
        (PauseCase(50_000, retry_after="50000", reset="600"), 0),
        (PauseCase(50_000, retry_after="50000"), 0),
        (PauseCase(600, retry_after="600", reset="600"), 0),
    ],
    ids=str,
)
async def test_a_reset_beyond_the_window_is_noticed_beside_a_pause_of_the_same_length(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, pause: PauseCase, mismatch: int
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    sandbox.state.canned_responses.put("GET", _DEVICES, answer(pause))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        assert mismatch == exporter.metric("tokcheck_quota_window_mismatch")
        assert START + pause.seconds == exporter.metric(_RESET)
        await exporter.run_for(pause.seconds - 1)
        assert 1 == device_requests(sandbox.state)


@pytest.mark.parametrize("is_observed", [False, True])
@pytest.mark.parametrize(("status", "left"), [(429, 0), (200, 0), (200, 50)])
async def test_a_reset_of_more_than_a_day_is_noticed(
    tmp_path: Path,
    virtual: VirtualTime,
    sandbox: Sandbox,
    status: int,
    left: int,
    *,
    is_observed: bool,
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    names = ("limit", "remaining", "reset")
    numbers = (150, left, 200_000)
    headers = {
        f"fitbit-rate-limit-{name}": str(number)
        for name, number in zip(names, numbers, strict=True)
    }
    if not is_observed:
        response = CannedResponse(status, tuple(headers.items()), b"[]")
        sandbox.state.canned_responses.put("GET", _DEVICES, response)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        if is_observed:
            virtual.moment += 1
            assert await exporter.service.engine.observe("anna", status, headers)
        assert 1 == exporter.metric("tokcheck_quota_window_mismatch")
        (state,) = exporter.service.account_states()
        (hint,) = [
            line
            for line in view_account(state, virtual.now()).summary.advice
            if "windows of 1 h" in line
        ]
        assert "The server's resets fit a window of at least 2 days 7 h, but" in hint


_LIMIT_HEADERS = {"fitbit-rate-limit-limit": "150", "fitbit-rate-limit-remaining": "0"}


@pytest.mark.parametrize(
    ("refusals", "seconds", "words"),
    [
        ([("3000", "")], 3000, "resets in 50 min"),
        ([("", "3000")], 3000, "wait 50 min"),
        ([("3000", ""), ("", "600")], 3000, "resets in 50 min"),
        ([("", "3000"), ("", "600")], 3000, "wait 50 min"),
        ([("", "600"), ("", "3000")], 3000, "wait 50 min"),
        ([("1200", "3000")], 3000, "resets in 50 min"),
        ([("1200", ""), ("", "3000")], 3000, "to wait 50 min"),
    ],
)
@pytest.mark.parametrize("was_refused", [False, True], ids=["", "after a refused probe"])
async def test_the_end_of_observed_refusals_is_one_moment_wherever_it_is_shown(
    tmp_path: Path,
    virtual: VirtualTime,
    sandbox: Sandbox,
    refusals: list[tuple[str, str]],
    seconds: int,
    words: str,
    *,
    was_refused: bool,
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    if was_refused:
        probe = CannedResponse(429, (("Retry-After", "700"),), _LIMITED)
        sandbox.state.canned_responses.put("GET", _DEVICES, probe)
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        virtual.moment += 1
        for reset, retry_after in refusals:
            headers = {"retry-after": retry_after} if retry_after else {}
            headers |= {**_LIMIT_HEADERS, "fitbit-rate-limit-reset": reset} if reset else {}
            assert await exporter.service.engine.observe("anna", 429, headers)
            virtual.moment += 0.001
        (state,), now = exporter.service.account_states(), virtual.now()
        end = START + (HOUR if was_refused else 1 + seconds)  # by the sandbox's own headers
        assert end == pytest.approx(state.pause_until, abs=1)
        view = view_account(state, now)
        assert ("to wait 59 min 59 s" if was_refused else words) in view.summary.sentence
        assert state.next_probe_at is not None
        assert end - 1 <= state.next_probe_at <= end + 300
        ends = [quota.reset_at for quota in state.quota if quota.remaining == 0]
        assert all(reset is not None and reset.timestamp() <= end + 1 for reset in ends)


async def test_a_pause_outlives_a_new_token_of_the_same_user(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    issue = sandbox.state.issue_fitbit_token
    folder = _folder_of_anna(tmp_path, issue(lifetime=72 * 3600))
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    sandbox.state.canned_responses.put("GET", _DEVICES, answer(PauseCase(0, reset="9000")))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        (folder / "anna").write_text(issue(lifetime=71 * 3600))
        sandbox.state.canned_responses.remove()
        await exporter.run_for(60)
        (state,) = exporter.service.account_states()
        view = view_account(state, virtual.moment)
        assert "unverified, rate-limited" == view.words
        advice = " ".join(view.summary.advice)
        assert "A new token does not end it." in advice
        assert "Slow down" not in advice
        await exporter.run_for(9_000 - 61)
        assert 1 == device_requests(sandbox.state)
        await exporter.run_for(HOUR)
        assert 2 <= device_requests(sandbox.state)


async def test_a_pause_holds_for_all_accounts_of_the_same_user(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    issue = sandbox.state.issue_fitbit_token
    folder = _folder_of_anna(tmp_path, issue(lifetime=72 * 3600))
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    async with simulated_exporter(chosen, virtual) as exporter:
        (folder / "ben").write_text(issue(lifetime=71 * 3600))
        await exporter.run_for(HOUR)
        sandbox.state.canned_responses.put("GET", _DEVICES, answer(PauseCase(0, reset="9000")))
        while exporter.metric("tokcheck_token_verdict", verdict="rate_limited") != 1:
            await exporter.run_for(60)
        sent, ends = device_requests(sandbox.state), virtual.moment + 9_000 - 120
        await exporter.run_for(1_400)
        for state in exporter.service.account_states():
            assert state.next_probe_at is not None
            assert state.next_probe_at >= ends, "known to each at its next turn"
        await exporter.run_for(ends - virtual.moment)
        assert sent == device_requests(sandbox.state)
        sandbox.state.canned_responses.remove()
        await exporter.run_for(HOUR)
        assert sent + 2 <= device_requests(sandbox.state)


class Turn(NamedTuple):
    """The events between two runs, and the seconds that pass before the second one."""

    name: str
    file: str
    lifetime_hours: int
    seconds: float


STEPS = [
    Turn("again", "", 0, 60),
    Turn("a new token", "anna", 71, 60),
    Turn("a new token once more", "anna", 70, 60),
    Turn("a second file", "ben", 69, 60),
    Turn("both again", "", 0, 60),
]


async def test_a_pause_belongs_to_the_user_over_runs_tokens_and_accounts(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    problems: list[str] = []
    issue = sandbox.state.issue_fitbit_token
    pauses = [one for one in PAUSES if one.seconds > 600]
    for number, pause in enumerate(pauses):
        home = tmp_path / str(number)
        folder = home / "tokens"
        folder.mkdir(parents=True)
        (folder / "anna").write_text(issue(lifetime=72 * 3600))
        chosen = settings(sandbox.url, Selection(tokens_dir=folder), home, {})
        sandbox.state.canned_responses.put("GET", _DEVICES, answer(pause))
        before, ends = device_requests(sandbox.state), virtual.moment + pause.seconds
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.service.engine.run_once()
        for step in STEPS:
            virtual.moment += step.seconds
            if step.file:
                (folder / step.file).write_text(issue(lifetime=step.lifetime_hours * 3600))
            async with simulated_exporter(chosen, virtual) as exporter:
                await exporter.service.engine.run_once()
                sent = device_requests(sandbox.state) - before
                planned = exporter.metric(_NEXT, account=step.file or "anna")
            if (sent, planned is not None and planned >= ends) != (1, True):
                problems.append(f"{pause}: {step.name}: {sent} requests, next at {planned}")
        sandbox.state.canned_responses.remove()
        virtual.moment = ends + 300
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.service.engine.run_once()
        if device_requests(sandbox.state) - before < 3:
            problems.append(f"{pause}: not probed after it")
    assert [] == problems


async def test_a_reset_in_no_seconds_is_now(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=72 * 3600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    sandbox.state.canned_responses.put("GET", _DEVICES, answer(PauseCase(0, reset="0")))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
        planned = exporter.metric(_NEXT)
        assert planned is not None
        assert START + 30 <= planned <= START + 125, "soon after"


async def test_once_does_not_probe_a_token_that_expires_before_its_next_probe(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=600)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    for _ in range(4):
        async with simulated_exporter(chosen, virtual) as exporter:
            await exporter.service.engine.run_once()
        virtual.moment += 60
    assert 1 == device_requests(sandbox.state)


async def test_a_pause_is_shown_whatever_the_token(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    issue = sandbox.state.issue_fitbit_token
    folder = _folder_of_anna(tmp_path, issue(lifetime=72 * 3600))
    chosen = settings(sandbox.url, Selection(tokens_dir=folder), tmp_path, {})
    sandbox.state.canned_responses.put("GET", _DEVICES, answer(PAUSES[3]))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.service.engine.run_once()
    (folder / "anna").write_text(issue(lifetime=71 * 3600))
    async with simulated_exporter(chosen, virtual) as exporter:
        await exporter.run_for(60)
        probe = asyncio.create_task(exporter.service.probe("anna"))
        await asyncio.sleep(0)
        await exporter.run_for(1)
        response = await probe
        states, now = exporter.service.account_states(), exporter.service.now()
    (shown,) = to_object(build_overview(states, now))["accounts"]
    assert "2026-01-15T21:00:00Z" == shown["probe"]["paused_until"]
    assert "paused" == shown["probe"]["waiting"]
    assert "requested a pause of this user's requests until 21:00 UTC" in " ".join(shown["advice"])
    page = document.render(states, {}, View(now))
    assert "requested a pause of this user&#x27;s requests until 21:00 UTC" in page
    assert response is not None
    assert not response.sent
    assert response.sentence.startswith(f"Not probed: {SKIP_WORDS[SkipReason.PAUSED].long}. ")
    assert response.sentence.endswith(" Next probe: in 9 h, after the pause.")
    assert "in 9 h, after the pause" in page
    (view,) = build_overview(states, now).views(states)
    table = render_accounts([view], now, width=160)
    assert "in 9 h, after the pause" in table[-1].plain
