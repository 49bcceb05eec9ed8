"""One account on the page, as a list item."""

from collections.abc import Iterable, Iterator, Mapping

from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.state.account_state import SKIP_WORDS, AccountState, SkipReason
from tokcheck.exporter.state.account_summary import summarize
from tokcheck.exporter.state.severity import (
    SIGNS,
    Severity,
    assess_severity,
    consent_ends_soon,
    explain_broken_grant,
    find_remediation,
    is_past_reset,
    quota_share_left,
    refresh_not_before,
    shown_verdict,
)
from tokcheck.exporter.web.page.html import escape_text, last_sync_html, time_html

_LOW = 0.2  # share of the quota that is left
# The grant's own advice fixes these, so that the verdict's would only mislead.
_FIXED_BY_GRANT = {Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID, Verdict.GRANT_BROKEN}


def row(state: AccountState, titles: Mapping[str, str], now: float, runs_out: float | None) -> str:
    """Return an account as one list item; ``runs_out`` is when its quota runs out, if known."""
    level = assess_severity(state, now)
    name = escape_text(state.name) or "(no visible name)"
    provider = state.provider
    title = "" if provider is None else escape_text(titles.get(provider, provider))
    facts = "".join(
        f'<div class="{kind}"><dt>{label}</dt><dd>{"<br>".join(lines)}</dd></div>'
        for kind, label, lines in _facts(state, now, runs_out)
        if lines
    )
    return (
        f'<li class="{level.css_class}"><div class="who"><h3><bdi>{name}</bdi></h3>'
        f'{_verdict(state, level, now)}<p class="api">{title}</p></div>'
        f'<p class="summary"><bdi>{escape_text(summarize(state, now).sentence)}</bdi></p>'
        f"{_action(state, now)}<dl>{facts}</dl>{_details(state, now)}</li>"
    )


def _verdict(state: AccountState, level: Severity, now: float) -> str:
    sign, words = SIGNS[level]
    shown = shown_verdict(state)
    if state.source_error:
        words = "no token"
    elif shown is not None:
        words = shown.value.replace("_", " ")
    remedy = find_remediation(state, now)
    if consent_ends_soon(state, now):
        words = f"{words}, consent ends soon"
    elif remedy is not None:
        words = f"{words}, {remedy.needs}" if shown else remedy.needs
    elif level is Severity.RUNNING_OUT:
        words = f"{words}, {SIGNS[level][1]}"
    return f'<p class="verdict"><span aria-hidden="true">{sign}</span> {words}</p>'


def _action(state: AccountState, now: float) -> str:
    """Return what the account's grant needs, with the command; empty if it needs nothing."""
    remedy = find_remediation(state, now)
    if remedy is None:
        return ""
    by = "" if remedy.by is None else f" {time_html(remedy.by, now)}"
    return (
        f'<div class="action"><p><b>{remedy.needs.capitalize()}:</b> {remedy.why}{by}</p>'
        f"<p><code>{escape_text(remedy.command)}</code></p></div>"
    )


def _facts(
    state: AccountState, now: float, runs_out: float | None
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the CSS class, label and lines of each fact; one without lines is left out."""
    quota = [line for one in state.quota for line in _quota_lines(one, now, state.name)]
    yield "quota", "Quota", quota
    yield "out", "Runs out", [] if runs_out is None else [time_html(runs_out, now)]
    expires = state.expires_at
    has_expired = is_expired(expires, now)
    label = "Expired" if has_expired else "Expires"
    yield "expires", label, [] if expires is None else [time_html(expires, now)]
    consent = state.refresh_expires_at
    label = "Consent ends"
    if is_expired(consent, now):
        label = "No refresh since" if state.broken else "Consent ended"
    yield "consent", label, [] if consent is None else [time_html(consent, now)]
    until = refresh_not_before(state, now)
    yield "limit", "No refresh before", [] if until is None else [time_html(until, now)]
    yield "next", "Next probe", [_next_probe(state, now)]
    succeeded = state.succeeded_at
    yield "success", "Last success", ["never" if succeeded is None else time_html(succeeded, now)]


def _quota_lines(quota: Quota, now: float, name: str) -> Iterator[str]:
    limit = None if quota.limit is None else f"{quota.limit:,} {quota.each_window}"
    if is_past_reset(quota, now):
        yield f"reset since; {limit}" if quota.limit else "reset since"
    elif limit is None:
        known = quota.remaining is not None
        yield f"{quota.remaining:,} requests left" if known else "not known"
    elif quota.remaining is None:
        yield f"{limit}, as documented" if quota.source == "documented" else limit
    else:
        left = quota_share_left(quota, now)
        css_class = "bar" if left is None or left > _LOW else "bar low"
        remaining = f"{quota.remaining:,} of {limit}"
        # The text beside the bar says the same; the label is for a screen reader at the bar.
        yield (
            f'<meter class="{css_class}" min="0" max="{max(quota.limit or 0, 1)}" '
            f'value="{max(quota.remaining, 0)}" '
            f'aria-label="Requests left for {escape_text(name)}">{remaining}</meter>'
            f'<span class="requests">{remaining}</span>'
        )
    if not is_past_reset(quota, now) and quota.reset_at is not None:
        yield f"resets {time_html(quota.reset_at.timestamp(), now)}"


def _next_probe(state: AccountState, now: float) -> str:
    """Return when the next probe is due, or that there is none, and why."""
    words = SKIP_WORDS[state.waiting] if state.waiting else None
    if state.next_probe_at is None:
        expires = state.expires_at
        if state.waiting is SkipReason.EXPIRED and expires is not None and expires > now:
            return "none: the token expires first"
        return "none" if words is None else f"none: {words.long}"
    due = "due" if state.next_probe_at <= now else time_html(state.next_probe_at, now)
    return due if words is None else f'{due} <span class="why">{words.short}</span>'


def _details(state: AccountState, now: float) -> str:
    """Return the folded part: advice, devices and counts; empty if there is none of them."""
    devices = state.devices
    grant_fixes = bool(state.broken) and state.verdict in _FIXED_BY_GRANT
    advice = () if grant_fixes else summarize(state, now).advice
    broken = explain_broken_grant(state)
    why = () if broken is None else (broken.sentence, broken.hint)
    sections = [
        _section("Grant", (escape_text(line) for line in why)),
        _section("What to do", (escape_text(line) for line in advice)),
        _section("Devices", (_device(device, state.timezone, now) for device in devices)),
        _section("Requests", _request_counts(state)),
    ]
    if not any(sections):
        return ""
    lowest = min(
        (device.battery_percent for device in devices if device.battery_percent is not None),
        default=None,
    )
    words = [
        "Why" if state.broken else "",
        "What to do" if advice else "",
        ("1 device" if len(devices) == 1 else f"{len(devices)} devices") if devices else "",
        f"battery {lowest} %" if lowest is not None else "",
    ]
    label = " · ".join(word for word in words if word) or "Requests"
    hidden = f'<span class="unseen"> of {escape_text(state.name)}</span>'
    return f"<details><summary>{label}{hidden}</summary>{''.join(sections)}</details>"


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
