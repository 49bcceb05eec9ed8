"""A report for people: the verdict, the next steps, then the details. Readable without colour."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from tokcheck.checks.clock_notes import NOTICED_SECONDS, is_noticeable
from tokcheck.checks.verdict import exit_code
from tokcheck.core.errors import ExitCode
from tokcheck.core.escape import without_commands
from tokcheck.core.humanize import (
    draw_bar,
    format_duration,
    format_moment,
    format_relative,
    format_wait,
    wrap_text,
)
from tokcheck.core.report import Device, Quota, Report
from tokcheck.providers.base import Provider

_LABEL = 12
_BAR = 24
_LOW = 0.2
# Too long to stand in front of every scope within 80 columns.
_GOOGLE = "https://www.googleapis.com/auth/"


_MOST_DEVICES = 3
_Row: TypeAlias = tuple[str, list[str]]


class Detail(Enum):
    """How much of a report to show."""

    QUIET = auto()
    """The headline and the next steps."""
    BRIEF = auto()
    """The same, and the stripped parts of the paste."""
    USUAL = auto()
    """All but what is long or rare."""
    VERBOSE = auto()
    """Everything."""


class Style(NamedTuple):
    """How to render: colours, block characters or plain ones, time zone, width."""

    colour: bool = False
    blocks: bool = True
    zone: tzinfo | None = None
    width: int = 80

    def paint(self, text: str, code: str) -> str:
        """Colour a text by an SGR code, or leave it."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


_GREEN, _YELLOW, _RED = "1;32", "1;33", "1;31"


def render(
    report: Report,
    style: Style,
    providers: Mapping[str, Provider],
    detail: Detail = Detail.USUAL,
) -> str:
    """Return the report as text that ends in a line break; ``providers`` by name."""
    lines = headline(report, style)
    is_long = detail in {Detail.USUAL, Detail.VERBOSE}
    parts = [_next_steps(report)]
    if is_long:
        parts.append(_details(report, style, providers, in_full=detail is Detail.VERBOSE))
    elif detail is Detail.BRIEF:
        parts.append(iter([_stripped_row(report)]))
    for part in parts:
        rows = [row for row in part if row[1]]
        if rows and is_long:
            lines.append("")
        for label, texts in rows:
            lines.extend(_row(label, texts, style))
    return without_commands("\n".join(lines) + "\n")


def headline(report: Report, style: Style) -> list[str]:
    """Return the verdict and the summary as wrapped lines; the colour follows the exit code."""
    word = "expires too soon" if report.expires_too_soon else report.verdict.value
    word = word.replace("_", " ").upper()
    colour = {ExitCode.USABLE: _GREEN, ExitCode.NOT_USABLE: _RED}.get(
        exit_code(report.verdict, report.usable), _YELLOW
    )
    if report.usable is None:  # not tried, which --offline ends with 0
        colour = _YELLOW
    lines = wrap_text(f"{word}  {report.summary}", style.width, more="  ")
    return [lines[0].replace(word, style.paint(word, colour), 1), *lines[1:]]


def _next_steps(report: Report) -> Iterator[_Row]:
    explains = report.explains
    if explains is not None:
        yield "Means", [explains.summary]
    yield "Next", [*(explains.advice if explains else ()), *report.advice]


def _stripped_row(report: Report) -> _Row:
    return "Stripped", ["; ".join(report.cleaned) + "."] if report.cleaned else []


def _details(
    report: Report, style: Style, providers: Mapping[str, Provider], *, in_full: bool
) -> Iterator[_Row]:
    claims = report.claims
    yield "Token", _token(report, providers)
    if claims is not None:
        ids = [claims.user_id and f"user {claims.user_id}"]
        ids.append(claims.client_id and f"application {claims.client_id}")
        yield "Account", [", ".join(part for part in ids if part)] if any(ids) else []
    yield (
        "Scopes",
        _table((scope.name, scope.access or "", scope.words) for scope in sorted(report.scopes)),
    )
    if claims is not None:
        yield "Expires", _expiry(report, claims.expires_at, style)
    yield "Quota", [_quota(quota, report.checked_at, style) for quota in report.quota]
    shown = len(report.devices) if in_full else _MOST_DEVICES
    rest = len(report.devices) - shown
    more = [f"and {rest} more (--verbose shows all)"] if rest > 0 else []
    yield "Devices", [*map(_device, report.devices[:shown]), *more]
    yield _stripped_row(report)
    yield "Response", _response(report, in_full=in_full)
    if not in_full:
        return
    for title, scopes in report.successors:
        intro = f"The same access under the {title} needs a new consent for:"
        names = [scope.removeprefix(_GOOGLE) for scope in scopes]
        yield "Successor", [intro, *names, f"(each begins with {_GOOGLE})"]


def _token(report: Report, providers: Mapping[str, Provider]) -> list[str]:
    credential = report.credential
    if credential is None:
        return []
    provider = providers.get(report.provider or "")
    words = credential.words
    return [
        f"{credential.masked}, "
        f"{provider.describe(words, report.claims) if provider else words}, "
        f"{credential.length} characters, fingerprint {credential.fingerprint}"
    ]


def _expiry(report: Report, expires_at: datetime | None, style: Style) -> list[str]:
    left = report.expires_in_seconds
    if expires_at is None or left is None:
        return ["not known"]
    relative = _relative(left)
    if not report.is_expiry_counted:
        relative += _clock_words(report, left)
    lifetime = report.claims.lifetime_seconds if report.claims else None
    of = f" (of {format_duration(lifetime)})" if lifetime and lifetime > 0 else ""
    return [f"{relative}{of}, {format_moment(expires_at, style.zone)}"]


def _relative(left: float) -> str:
    return format_relative(left)


def _clock_words(report: Report, left: float) -> str:
    """Return which clock gives a token ``left`` more seconds, where the clocks differ."""
    skew, claims = report.clock_skew_seconds, report.claims
    here = claims.seconds_left(report.checked_at) if claims else None
    if skew is None or here is None or not is_noticeable(skew):
        return ""
    if skew > 0:
        return " by the server's clock" if left < here - 1 else " by this computer's clock"
    by_server = left - skew
    lifetime = claims.lifetime_seconds if claims else None
    if lifetime is not None and by_server > lifetime + NOTICED_SECONDS:
        return " by this computer's clock"  # the server's is not the one of the token's issuer
    return f" by this computer's clock, {_relative(by_server)} by the server's"


def _quota(quota: Quota, now: datetime, style: Style) -> str:
    known = _format_requests(quota, style)
    if quota.reset_at is None:
        return known
    wait = format_wait((quota.reset_at - now).total_seconds())
    return f"{known}\nresets in {wait}, {format_moment(quota.reset_at, style.zone)}"


def _format_requests(quota: Quota, style: Style) -> str:
    each = quota.each_window
    if quota.limit is None:
        return f"{quota.remaining_words} left" if quota.remaining_words else "not known"
    if quota.remaining is None:
        known = f"{quota.limit} {quota.unit} {each}"
        documented = quota.source == "documented"
        return f"{known} (documented); {quota.unit} left unknown" if documented else known
    share = min(1.0, quota.remaining / quota.limit) if quota.limit else 0.0
    full, empty = draw_bar(quota.remaining, quota.limit, _BAR, blocks=style.blocks)
    colour = "32" if share > _LOW else "33" if quota.remaining else "31"
    bar = style.paint(full, colour) + empty
    return f"[{bar}] {quota.remaining_words}"


def _device(device: Device) -> str:
    parts = [device.name + (f" ({device.type.lower()})" if device.type else "")]
    level = None if device.battery_percent is None else f"{device.battery_percent} %"
    if device.battery or level:
        parts.append(f"battery {' '.join(p for p in (device.battery, level) if p)}")
    if device.last_sync:
        day, _, time = device.last_sync.partition("T")
        zone = "UTC" if device.last_sync_zone == "utc" else "in the account's own time"
        parts.append(f"last sync {' '.join(part for part in (day, time[:5], zone) if part)}")
    return ", ".join(parts)


def _response(report: Report, *, in_full: bool) -> list[str]:
    probe = report.probe
    if probe is None:
        return []
    requests = "1 request" if probe.requests == 1 else f"{probe.requests} requests"
    status = "none" if probe.status is None else f"HTTP {probe.status}"
    error = ""
    if probe.error is not None:
        words = [part for part in (probe.error.type, probe.error.message) if part]
        error = f": {' - '.join(words)}" if words else ""
    count = f" ({requests})" if in_full else ""
    return [f"{status} in {probe.duration_seconds:.1f} s{count}{error}"]


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = list(rows)
    if not cells:
        return []
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]) - 1)]
    return [
        "  ".join(
            [*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]
        ).rstrip()
        for row in cells
    ]


def _row(label: str, texts: list[str], style: Style) -> Iterator[str]:
    lead = style.paint(f"  {label}", "1") + " " * (_LABEL - len(label) - 2)
    for text in texts:
        for line in text.split("\n"):
            # A bar's colours take no room on the screen.
            hidden = line.count("\x1b[") * 5
            more = "" if label in {"Expires", "Means", "Next", "Token"} else "  "
            for part in wrap_text(line, style.width - _LABEL + hidden, more=more):
                yield lead + part
                lead = " " * _LABEL
