"""The complete report for people, at a fixed moment."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.support.tokens import FITBIT, GOOGLE, NOW
from tokcheck.checks.render_text import Detail, Style, headline, render
from tokcheck.checks.verdict import conclude, exit_code
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import ExitCode
from tokcheck.core.report import (
    Claims,
    Device,
    Probe,
    ProbeError,
    Quota,
    Report,
    Successor,
    Verdict,
    describe_credential,
)
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.fitbit import same_access, scope

_SCOPES = tuple(scope(code) for code in ("wset", "wsle", "whr", "xyz"))

_FULL = Report(
    verdict=Verdict.VALID,
    usable=True,
    summary="This Fitbit Web API token works: 37 of 150 requests an hour are left.",
    advice=("The header fitbit-rate-limit-reset is not a whole number and was ignored.",),
    provider="fitbit",
    credential=describe_credential(Credential(Kind.ACCESS_TOKEN, Secret(FITBIT), "fitbit")),
    cleaned=("the curl command around it", "the word Bearer", "2 line breaks inside it"),
    claims=Claims("23TEST", "7TESTS", NOW - timedelta(hours=1), NOW + timedelta(hours=7)),
    checked_at=NOW,
    scopes=_SCOPES,
    probe=Probe(1, 200, None, 0.2345),
    quota=(Quota("hour", 150, 37, NOW + timedelta(minutes=20), "headers"),),
    devices=(
        Device("Charge 5", "TRACKER", "High", 78, "2026-01-15T12:55:01.000", "account-local"),
        Device("Aria", "SCALE", "Low", None, None, None),
        Device("A phone", None, None, None, "2026-01-15T11:55:01Z", "utc"),
    ),
    successors=tuple(Successor(*each) for each in same_access(_SCOPES).items()),
)
_REPORTS = {
    "everything": _FULL,
    "few requests left": _FULL._replace(
        quota=(Quota("hour", 150, 9, None, "headers"),), devices=(), scopes=(), successors=()
    ),
    "no requests left": _FULL._replace(
        verdict=Verdict.RATE_LIMITED,
        quota=(Quota("hour", 150, 0, NOW + timedelta(hours=1), "headers"),),
        devices=(),
        scopes=(),
        successors=(),
    ),
    "a documented limit": _FULL._replace(
        provider="google-health",
        credential=describe_credential(
            Credential(Kind.ACCESS_TOKEN, Secret(GOOGLE), "google-health")
        ),
        claims=Claims(expires_at=None),
        quota=(Quota("minute", 300, None, None, "documented"),),
        devices=(),
        scopes=(),
        successors=(),
    ),
    "a limit and nothing else": _FULL._replace(
        quota=(
            Quota("hour", 150, None, NOW + timedelta(seconds=9), "headers"),
            Quota("hour", None, 4, None, "headers"),
            Quota("hour", None, None, NOW + timedelta(seconds=9), "headers"),
        ),
        devices=(),
        scopes=(),
        successors=(),
    ),
    "refused": _FULL._replace(
        verdict=Verdict.REVOKED_OR_INVALID,
        usable=False,
        summary="The Fitbit Web API rejects this token: it was revoked.",
        advice=("Have the user authorize the application again.",),
        claims=Claims(None, None, None, NOW - timedelta(days=3)),
        probe=Probe(
            1, 401, ProbeError("invalid_token", "Access token invalid: [redacted]. Visit"), 0.1
        ),
        quota=(),
        devices=(),
        scopes=(),
        successors=(),
    ),
    "no token": _FULL._replace(
        verdict=Verdict.NO_TOKEN,
        usable=False,
        summary="No token found in the input.",
        advice=(),
        provider=None,
        credential=None,
        cleaned=(),
        claims=None,
        scopes=(),
        probe=None,
        quota=(),
        devices=(),
        successors=(),
    ),
}


@pytest.mark.parametrize("name", _REPORTS)
def test_a_report_without_colour(name: str, snapshot: SnapshotAssertion) -> None:
    text = render(_REPORTS[name], Style(), REGISTRY)
    assert snapshot == text
    assert [] == [line for line in text.splitlines() if len(line) > 80]


def test_a_report_in_the_persons_own_zone_and_plain_characters(snapshot: SnapshotAssertion) -> None:
    style = Style(blocks=False, zone=ZoneInfo("Asia/Kolkata"))
    text = render(_FULL, style, REGISTRY)
    assert snapshot == text
    assert text.isascii() or "…" in text


def test_colours_change_nothing_but_the_colours() -> None:
    for report in _REPORTS.values():
        coloured = render(report, Style(colour=True), REGISTRY)
        assert "\x1b[1" in coloured
        plain = coloured
        for code in ("1;32", "1;31", "1;33", "32", "33", "31", "1", "0"):
            plain = plain.replace(f"\x1b[{code}m", "")
        assert render(report, Style(), REGISTRY) == plain


@pytest.mark.parametrize("detail", Detail)
def test_each_detail_shows_more(detail: Detail, snapshot: SnapshotAssertion) -> None:
    many = _FULL._replace(devices=_FULL.devices * 2)
    assert snapshot == render(many, Style(), REGISTRY, detail)


def test_what_to_do_next_comes_before_the_details() -> None:
    for name, report in _REPORTS.items():
        text = render(report, Style(), REGISTRY)
        labels = re.findall(r"^  ([A-Z][a-z]+) ", text, re.MULTILINE)
        assert "Next" not in labels[1:], name


def test_the_headline_never_contradicts_the_exit_code() -> None:
    green, red = "\x1b[1;32m", "\x1b[1;31m"
    for verdict, usable, too_soon in product(Verdict, (True, False, None), (True, False)):
        conclusion = conclude(verdict, "x")
        if usable is not conclusion.usable and not (too_soon and usable is False):
            continue  # no check ends so
        report = _FULL._replace(verdict=verdict, usable=usable, expires_too_soon=too_soon)
        first = headline(report, Style(colour=True))[0]
        code = exit_code(verdict, usable)
        assert (code == ExitCode.USABLE and usable is True) is first.startswith(green), first
        assert (code == ExitCode.NOT_USABLE) is first.startswith(red), first
        if code != ExitCode.USABLE:
            assert "VALID " not in first, first


@given(width=st.integers(40, 160))
def test_every_width_of_a_terminal_is_kept(width: int) -> None:
    for report in _REPORTS.values():
        lines = render(report, Style(width=width), REGISTRY, Detail.VERBOSE).splitlines()
        # A scope's name is not broken.
        assert [] == [line for line in lines if len(line) > width and "googlehealth." not in line
                      and "https://" not in line]  # fmt: skip


@given(
    limit=st.none() | st.integers(0, 10**6),
    remaining=st.none() | st.integers(0, 10**6),
    seconds=st.none() | st.integers(-(10**6), 10**9),
    name=st.text(max_size=200),
)
def test_any_quota_and_any_device_is_drawn(
    limit: int | None, remaining: int | None, seconds: int | None, name: str
) -> None:
    reset = None if seconds is None else NOW + timedelta(seconds=seconds)
    report = _FULL._replace(
        quota=(Quota("hour", limit, remaining, reset, "headers"),),
        devices=(Device(name, None, None, None, None, None),),
    )
    assert "VALID" in render(report, Style(), REGISTRY)


def test_a_moment_at_the_end_of_time_is_drawn_in_any_zone() -> None:
    late = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    report = _FULL._replace(claims=Claims(expires_at=late))
    style = Style(zone=ZoneInfo("Asia/Tokyo"))
    assert "9999-12-31 23:59 UTC" in render(report, style, REGISTRY)


@pytest.mark.parametrize(
    ("skew", "left", "is_counted", "shown"),
    [
        (0, 7, False, "in 7 h (of 8 h), "),
        (60, 7, False, "in 7 h (of 8 h), "),
        (7200, 5, False, "in 5 h by the server's clock (of 8 h), "),
        (-3600, 7, False, "in 7 h by this computer's clock, in 8 h by the server's (of 8 h), "),
        (-7200, 7, False, "in 7 h by this computer's clock (of 8 h), "),
        (-7200, 7, True, "in 7 h (of 8 h), "),
        (86_400, 7, False, "in 7 h by this computer's clock (of 8 h), "),
    ],
)
def test_a_token_lives_by_the_clock_that_is_named(
    skew: int,
    left: int,
    is_counted: bool,  # noqa: FBT001 - a row
    shown: str,
) -> None:
    report = _FULL._replace(
        clock_skew_seconds=skew, seconds_left=left * 3600.0, is_expiry_counted=is_counted
    )
    assert left * 3600 == report.expires_in_seconds
    assert f"Expires {shown}" in " ".join(render(report, Style(), REGISTRY).split())


@pytest.mark.parametrize(("left", "seconds"), [(0.5, 0), (0.0, 0), (-0.5, -1), (-1.0, -1)])
def test_an_expiry_that_is_just_past_is_negative(left: float, seconds: int) -> None:
    report = _FULL._replace(seconds_left=left)
    assert seconds == report.expires_in_seconds
    assert seconds == report.to_dict()["expires_in_seconds"]
