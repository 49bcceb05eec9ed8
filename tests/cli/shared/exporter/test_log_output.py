import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.cli.shared.exporter.account_options import LogFormat, LogLevel
from tokcheck.cli.shared.exporter.log_output import stderr_log
from tokcheck.exporter.log.events import Event, Level

_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ "]+)(?: |$)')


def _line(capsys: pytest.CaptureFixture[str], form: LogFormat, message: str, account: str) -> str:
    capsys.readouterr()
    stderr_log(form, LogLevel.DEBUG)(
        Event.PROBE, message, account=account, requests=1, status=None, duration_seconds=0.25
    )
    line = capsys.readouterr().err
    assert 1 == line.count("\n")
    assert line.endswith("\n")
    return line[:-1]


def test_the_three_forms(capsys: pytest.CaptureFixture[str]) -> None:
    text = _line(capsys, LogFormat.TEXT, "anna: probed", "anna")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ anna: probed", text)
    values = json.loads(_line(capsys, LogFormat.JSON, "anna: probed", "anna"))
    assert ["time", "level", "event", "account", "requests", "duration_seconds", "message"] == list(
        values
    )
    assert ("debug", "probe", 1, 0.25) == (
        values["level"], values["event"], values["requests"], values["duration_seconds"],
    )  # fmt: skip
    logfmt = _line(capsys, LogFormat.LOGFMT, 'anna: "probed"', "anna b")
    end = (
        r'event=probe account="anna b" requests=1 duration_seconds=0.25 message="anna: \"probed\""'
    )
    assert logfmt.partition(" level=debug ")[2] == end


def test_a_run_that_ends_logs_without_times(capsys: pytest.CaptureFixture[str]) -> None:
    stderr_log(LogFormat.TEXT, LogLevel.INFO, times=False)(Event.CONFIG_NOTE, "A\nnote.")
    assert "A note.\n" == capsys.readouterr().err


def test_the_levels_of_the_option_are_those_of_the_events() -> None:
    assert [level.word for level in Level] == [str(level) for level in LogLevel]


@pytest.mark.parametrize("level", list(LogLevel))
def test_less_important_events_are_left_out(
    capsys: pytest.CaptureFixture[str], level: LogLevel
) -> None:
    log = stderr_log(LogFormat.LOGFMT, level)
    for event in (Event.PROBE, Event.VERDICT, Event.EXPOSED, Event.BUG):
        log(event, "x")
    got = re.findall(r"level=(\w+)", capsys.readouterr().err)
    order = ["debug", "info", "warning", "error"]
    assert order[order.index(str(level)) :] == got


def test_any_text_is_one_line_that_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    @given(st.text(max_size=60), st.text(max_size=30))
    def check(message: str, account: str) -> None:
        values = json.loads(_line(capsys, LogFormat.JSON, message, account))
        logfmt = _line(capsys, LogFormat.LOGFMT, message, account)
        assert logfmt.isascii()
        assert logfmt.isprintable()
        pairs = {
            name: json.loads(value) if value.startswith('"') else value
            for name, value in _PAIR.findall(logfmt)
        }
        assert pairs["message"] == values["message"]
        assert pairs["account"] == values["account"]
        assert values["message"].isprintable()
        assert _line(capsys, LogFormat.TEXT, message, account).endswith(values["message"])

    check()


def test_a_closed_stream_ends_the_log_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    stderr_log(LogFormat.JSON, LogLevel.INFO)(Event.CONFIG_RELOADED, "x")
