"""One account on the page, as a list item."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote

from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import format_relative_to_minute
from tokcheck.core.report import Device, Quota
from tokcheck.exporter.display.account_view import AccountView
from tokcheck.exporter.display.next_probe import NextProbe
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.account_summary import provider_title
from tokcheck.exporter.state.severity import (
    LOW_SHARE,
    SIGNS,
    Severity,
    is_past_reset,
    quota_share_left,
)
from tokcheck.exporter.web.page.html import (
    FORM_FIELD,
    escape_text,
    last_sync_html,
    moment_html,
    time_html,
)
from tokcheck.exporter.web.page.sparkline import sparkline

_REFUSAL_SECONDS = 86_400.0  # for so long, a refusal is shown


def row(
    view: AccountView,
    titles: Mapping[str, str],
    now: float,
    *,
    compact: bool = False,
    form_token: str | None = None,
) -> str:
    """Return an account as one list item; ``compact`` folds one that is fine into a line.

    ``form_token`` adds a button that requests a probe, with this token in its form.
    """
    state = view.state
    is_line = compact and view.severity >= Severity.NOT_PROBED and not state.source_error
    name = f"<h3><bdi>{escape_text(state.name) or '(no visible name)'}</bdi></h3>"
    title = escape_text(titles.get(state.provider or "") or provider_title(state))
    facts = "".join(
        f'<div class="{kind}"><dt>{label}</dt><dd>{"<br>".join(lines)}</dd></div>'
        for kind, label, lines in _facts(
            view, now, drawing="" if is_line else sparkline(state, now)
        )
        if lines
    )
    who = f'{_verdict(view)}<p class="api">{title}</p></div>'
    body = (
        f'<p class="summary"><bdi>{escape_text(view.summary.sentence)}</bdi></p>'
        f"{_action(view, now)}<dl>{facts}</dl>"
        f"{'' if form_token is None else _probe_button(state, form_token)}"
    )
    if is_line:
        return (
            f'<li class="{view.severity.word} compact"><details><summary>{name}'
            f'{_verdict(view, "span")}<span class="brief">{_brief(view, now)}</span></summary>'
            f'<div class="who"><p class="api">{title}</p></div>{body}'
            f"{''.join(_sections(view, now))}</details></li>"
        )
    return (
        f'<li class="{view.severity.word}"><div class="who">{name}{who}{body}'
        f"{_details(view, now)}</li>"
    )


def _verdict(view: AccountView, element: str = "p") -> str:
    sign = SIGNS[view.severity][0]
    return (
        f'<{element} class="verdict"><span aria-hidden="true">{sign}</span> '
        f"{view.words}</{element}>"
    )


def _probe_button(state: AccountState, form_token: str) -> str:
    """Return a button that requests a probe."""
    target = escape(quote(state.name, safe="", errors="replace"))
    return (
        f'<form method="post" action="-/probe?account={target}">'
        f'<input type="hidden" name="{FORM_FIELD}" value="{form_token}">'
        "<button>Probe now</button></form>"
    )


def _brief(view: AccountView, now: float) -> str:
    """Return a line about an account that is fine: its scarcest quota, and when it is reset."""
    state, quota = view.state, view.quota
    if quota is None or quota.remaining is None or is_past_reset(quota, state, now):
        return ""
    of = "" if quota.limit is None else f" of {quota.limit:,}"
    each = f" {escape_text(quota.each_window)}" if len(state.quota) > 1 else ""
    reset = quota.reset_at
    resets = (
        "" if reset is None else f", resets {format_relative_to_minute(reset.timestamp() - now)}"
    )
    return f"{sparkline(state, now)}<span>{quota.remaining:,}{of}{each}{resets}</span>"


def _action(view: AccountView, now: float) -> str:
    """Return the need of the account's grant, with the command; empty if there is none."""
    remedy = view.remedy
    if remedy is None:
        return ""
    by = "" if remedy.by is None else f" {time_html(remedy.by, now)}"
    return (
        f'<div class="action"><p><b>{remedy.needs.capitalize()}:</b> {remedy.why}{by}</p>'
        f"<p><code>{escape_text(remedy.command)}</code></p></div>"
    )


def _facts(view: AccountView, now: float, *, drawing: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the CSS class, label and lines of each fact; one without lines is left out."""
    state, runs_out = view.state, view.runs_out_at
    quota: list[str] = []
    for one in state.quota:
        quota += _quota_lines(one, state, now)
        if drawing and one is view.quota:
            quota.append(drawing)
    yield "quota", "Quota", quota
    yield "refused", "Last refusal", list(_last_refusal(state, now))
    yield "out", "Runs out", [] if runs_out is None else list(_runs_out(view, runs_out, now))
    expires = state.expires_at
    has_expired = is_expired(expires, now)
    label = "Expired" if has_expired else "Expires"
    yield "expires", label, [] if expires is None else [time_html(expires, now)]
    broken, consent = state.broken, state.refresh_expires_at
    yield "consent", "No refresh since", [] if broken is None else [time_html(broken.at, now)]
    if broken is not None and broken.reason.is_of_grant:
        consent = None  # it ended then
    label = "Consent ended" if is_expired(consent, now) else "Consent ends"
    yield "consent", label, [] if consent is None else [time_html(consent, now)]
    until = view.refresh_not_before
    yield "limit", "No refresh before", [] if until is None else [time_html(until, now)]
    yield "next", "Next probe", [_next_probe(view.next_probe, now)]
    yield "success", "Last result", [_last_success(state, now)]


def _runs_out(view: AccountView, runs_out: float, now: float) -> Iterator[str]:
    """Yield when the quota runs out, and of several windows which one."""
    yield time_html(runs_out, now)
    quota = view.quota
    if quota is not None and quota.limit is not None and len(view.state.quota) > 1:
        yield f"of {quota.limit:,} {escape_text(quota.each_window)}"


def _last_refusal(state: AccountState, now: float) -> Iterator[str]:
    """Yield when a response last named exceeded limits, and which; nothing after a day."""
    refusal = state.last_refusal
    if refusal is not None and now - refusal.at < _REFUSAL_SECONDS:
        yield time_html(refusal.at, now)
        yield from map(escape_text, refusal.limits)


def _quota_lines(quota: Quota, state: AccountState, now: float) -> Iterator[str]:
    unit = "" if quota.unit == "requests" else f"{escape_text(quota.unit)} "
    each = escape_text(quota.each_window)
    limit = None if quota.limit is None else f"{quota.limit:,} {unit}{each}"
    if is_past_reset(quota, state, now):
        yield f"reset since; {limit}" if quota.limit else "reset since"
    elif limit is None:
        known = quota.remaining is not None
        window = f"{each} " if quota.is_window_known else ""
        counted = escape_text(quota.unit)
        yield f"{quota.remaining:,} {counted} {window}left" if known else "not known"
    elif quota.remaining is None:
        yield f"{limit}, as documented" if quota.source == "documented" else limit
    else:
        left = quota_share_left(quota, state, now)
        css_class = "bar" if left is None or left >= LOW_SHARE else "bar low"
        remaining = f"{quota.remaining:,} of {limit}"
        # The text beside the bar says the same; the label is for a screen reader at the bar.
        yield (
            f'<meter class="{css_class}" min="0" max="{max(quota.limit or 0, 1)}" '
            f'value="{max(quota.remaining, 0)}" '
            f'aria-label="{unit.capitalize() or "Requests "}left for {escape_text(state.name)}">'
            f"{remaining}</meter>"
            f'<span class="requests">{remaining}</span>'
        )
        if quota.source == "counted":
            yield "at most: only observed requests are counted"
    if not is_past_reset(quota, state, now) and quota.reset_at is not None:
        yield f"resets {time_html(quota.reset_at.timestamp(), now)}"


def _next_probe(probe: NextProbe, now: float) -> str:
    """Return the sentence about the next probe, with its moment beside it."""
    beside = "" if probe.at is None else f" {moment_html(probe.at, now)}"
    return probe.words + beside


def _last_success(state: AccountState, now: float) -> str:
    if state.succeeded_at is not None:
        return time_html(state.succeeded_at, now)
    return "unknown" if state.record_unread else "never"


def _details(view: AccountView, now: float) -> str:
    """Return the folded part: advice, devices and counts; empty if there is none of them."""
    state, sections = view.state, _sections(view, now)
    if not any(sections):
        return ""
    lowest = min(
        (one.battery_percent for one in state.devices if one.battery_percent is not None),
        default=None,
    )
    count = len(state.devices)
    words = [
        "Why" if state.broken else "",
        "What to do" if view.summary.advice else "",
        ("1 device" if count == 1 else f"{count} devices") if count else "",
        f"battery {lowest} %" if lowest is not None else "",
    ]
    label = " · ".join(word for word in words if word) or "Requests"
    hidden = f'<span class="unseen"> of {escape_text(state.name)}</span>'
    return f"<details><summary>{label}{hidden}</summary>{''.join(sections)}</details>"


def _sections(view: AccountView, now: float) -> list[str]:
    state = view.state
    why = () if view.broken is None else (view.broken.sentence, view.broken.hint)
    return [
        _section("Grant", (escape_text(line) for line in why)),
        _section("What to do", (escape_text(line) for line in view.summary.advice)),
        _section("Devices", (_device(device, state.timezone, now) for device in state.devices)),
        _section("Requests", _request_counts(state)),
    ]


def _section(title: str, items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<h4>{title}</h4><ul>{lines}</ul>" if lines else ""


def _device(device: Device, timezone: str | None, now: float) -> str:
    kind = f" ({escape_text(device.type.lower())})" if device.type else ""
    parts = [f"<bdi>{escape_text(device.name)}</bdi>{kind}"]
    percent = None if device.battery_percent is None else f"{device.battery_percent} %"
    words = [escape_text(device.battery or ""), percent or ""]
    if any(words):
        parts.append(f"battery {' '.join(word for word in words if word)}")
    if device.last_sync:
        parts.append(f"last sync {last_sync_html(device, timezone, now)}")
    return ", ".join(parts)


def _request_counts(state: AccountState) -> Iterator[str]:
    for result, count in sorted(state.probes.items()):
        yield f"{count:,} {result.value.replace('_', ' ')}"
    for refresh, count in state.refreshes.items():
        if count:
            yield f"{count:,} refresh: {refresh.value}"
    for reason, count in sorted(state.skipped.items()):
        yield f"{count:,} not sent: {reason.value.replace('_', ' ')}"
