"""A report for people: the verdict first, 80 columns, readable without colour."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from tokcheck.check.clock_notes import NOTICED_SECONDS, is_noticeable
from tokcheck.core.escape import without_commands
from tokcheck.core.humanize import draw_bar, format_duration, format_moment
from tokcheck.core.report import Device, Quota, Report, Verdict
from tokcheck.providers.base import Provider

_LABEL = 12
_BAR = 24
_LOW = 0.2
# Too long to stand in front of every scope within 80 columns.
_GOOGLE = "https://www.googleapis.com/auth/"


class Style(NamedTuple):
    """How to render: colours, block characters or plain ones, time zone, width."""

    colour: bool = False
    blocks: bool = True
    zone: tzinfo | None = None
    width: int = 80

    def paint(self, text: str, code: str) -> str:
        """Colour a text by an SGR code, or leave it."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


_COLOURS = {True: "1;32", False: "1;31", None: "1;33"}


def render(report: Report, style: Style, providers: Mapping[str, Provider]) -> str:
    """Return the report as text that ends in a line break; ``providers`` by name."""
    lines = headline(report, style)
    rows = [row for row in _rows(report, style, providers) if row[1]]
    if rows:
        lines.append("")
    for label, texts in rows:
        lines.extend(_row(label, texts, style))
    return without_commands("\n".join(lines) + "\n")


def brief(report: Report, style: Style) -> str:
    """Return only the verdict, what was stripped, and the advice."""
    lines = headline(report, style)
    if report.cleaned:
        lines.extend(_row("Stripped", ["; ".join(report.cleaned) + "."], style))
    if report.advice:
        lines.extend(_row("Next", list(report.advice), style))
    return without_commands("\n".join(lines) + "\n")


def headline(report: Report, style: Style) -> list[str]:
    """Return the verdict and the summary as wrapped lines."""
    word = "expires too soon" if report.expires_too_soon else report.verdict.value
    word = word.replace("_", " ").upper()
    is_limited = report.verdict is Verdict.RATE_LIMITED and report.usable
    colour = "1;33" if is_limited else _COLOURS[report.usable]
    lines = textwrap.wrap(
        f"{word}  {report.summary}", style.width, subsequent_indent="  ", break_on_hyphens=False
    )
    return [lines[0].replace(word, style.paint(word, colour), 1), *lines[1:]]


def _rows(
    report: Report, style: Style, providers: Mapping[str, Provider]
) -> Iterator[tuple[str, list[str]]]:
    claims = report.claims
    yield "Token", _token(report, providers)
    if claims is not None:
        ids = [claims.user_id and f"user {claims.user_id}"]
        ids.append(claims.client_id and f"application {claims.client_id}")
        yield "Account", [", ".join(part for part in ids if part)] if any(ids) else []
    yield (
        "Scopes",
        _table(
            (scope.name, scope.access or "", scope.description or "unknown here")
            for scope in sorted(report.scopes)
        ),
    )
    if claims is not None:
        yield "Expires", _expiry(report, claims.expires_at, style)
    yield "Quota", [_quota(quota, report.checked_at, style) for quota in report.quota]
    yield "Devices", [_device(device) for device in report.devices]
    for title, scopes in report.successors.items():
        intro = f"The same access under the {title} needs a new consent for:"
        names = [scope.removeprefix(_GOOGLE) for scope in scopes]
        yield "Successor", [intro, *names, f"(each begins with {_GOOGLE})"]
    yield "Stripped", ["; ".join(report.cleaned) + "."] if report.cleaned else []
    yield "Response", _response(report)
    if report.explains is not None:
        yield "Means", [report.explains.summary]
    yield "Next", [*(report.explains.advice if report.explains else ()), *report.advice]


def _token(report: Report, providers: Mapping[str, Provider]) -> list[str]:
    credential = report.credential
    if credential is None:
        return []
    provider = providers.get(report.provider or "")
    words = credential.words
    return [
        f"{credential.secret.masked}, "
        f"{provider.describe(words, report.claims) if provider else words}, "
        f"{len(credential.secret)} characters, fingerprint {credential.secret.fingerprint}"
    ]


def _expiry(report: Report, expires_at: datetime | None, style: Style) -> list[str]:
    left = report.expires_in_seconds
    if expires_at is None or left is None:
        return ["not known"]
    relative = _relative(left)
    if not report.is_expiry_counted:
        relative += _whose_clock(report, left)
    lifetime = report.claims.lifetime_seconds if report.claims else None
    of = f" (of {format_duration(lifetime)})" if lifetime and lifetime > 0 else ""
    return [f"{relative}{of}, {format_moment(expires_at, style.zone)}"]


def _relative(left: float) -> str:
    return f"in {format_duration(left)}" if left >= 0 else f"{format_duration(-left)} ago"


def _whose_clock(report: Report, left: float) -> str:
    """Return by whose clock a token lives for ``left`` more seconds, where the clocks differ."""
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
    wait = format_duration((quota.reset_at - now).total_seconds())
    return f"{known}\nresets in {wait}, {format_moment(quota.reset_at, style.zone)}"


def _format_requests(quota: Quota, style: Style) -> str:
    each = quota.each_window
    if quota.limit is None:
        return "not known" if quota.remaining is None else f"{quota.remaining} requests left"
    if quota.remaining is None:
        known = f"{quota.limit} requests {each}"
        documented = quota.source == "documented"
        return f"{known} (documented); requests left unknown" if documented else known
    share = min(1.0, quota.remaining / quota.limit) if quota.limit else 0.0
    full, empty = draw_bar(quota.remaining, quota.limit, _BAR, blocks=style.blocks)
    colour = "32" if share > _LOW else "33" if quota.remaining else "31"
    bar = style.paint(full, colour) + empty
    return f"[{bar}] {quota.remaining} of {quota.limit} requests {each}"


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


def _response(report: Report) -> list[str]:
    probe = report.probe
    if probe is None:
        return []
    requests = "1 request" if probe.requests == 1 else f"{probe.requests} requests"
    status = "" if probe.status is None else f", HTTP {probe.status}"
    error = ""
    if probe.error is not None:
        words = [part for part in (probe.error.type, probe.error.message) if part]
        error = f": {' - '.join(words)}" if words else ""
    return [f"{requests}{status}, {probe.duration_seconds:.1f} s{error}"]


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = list(rows)
    if not cells:
        return []
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]) - 1)]
    return [
        "  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in cells
    ]


def _row(label: str, texts: list[str], style: Style) -> Iterator[str]:
    lead = style.paint(f"  {label}", "1") + " " * (_LABEL - len(label) - 2)
    for text in texts:
        for line in text.split("\n"):
            # A bar's colours take no room on the screen.
            hidden = line.count("\x1b[") * 5
            wrapped = textwrap.wrap(
                line,
                style.width - _LABEL + hidden,
                break_long_words=False,
                break_on_hyphens=False,
                replace_whitespace=False,
                drop_whitespace=True,
                subsequent_indent="" if label in {"Expires", "Means", "Next", "Token"} else "  ",
            )
            for part in wrapped:
                yield lead + part
                lead = " " * _LABEL
