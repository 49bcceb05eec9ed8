"""One account on the page."""

from collections.abc import Iterable, Iterator, Mapping

from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.state.account_state import Skip, Standing
from tokcheck.exporter.state.severity import (
    SIGNS,
    Concern,
    concern,
    ends_soon,
    explanation,
    mending,
    past,
    share,
)
from tokcheck.exporter.web.page.html import at, last_sync, text

_LOW = 0.2
# What a new login mends, so that other advice would only mislead.
_OF_THE_GRANT = {Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID, Verdict.GRANT_BROKEN}
_ENDLESS = "until its text changes"
_WAITING: Mapping[Skip, tuple[str, str]] = {
    # Why the next probe waits until then; why there is none.
    Skip.BUDGET: ("its share of calls is spent", "its share of calls is spent"),
    Skip.RESERVE: ("few calls are left", "few calls are left"),
    Skip.RATE_LIMITED: ("rate-limited until then", "rate-limited"),
    Skip.EXPIRED: ("expired", f"expired, {_ENDLESS}"),
    Skip.REFUSED: ("refused", f"refused, {_ENDLESS}"),
    Skip.NO_TOKEN: ("no token to try", "no token to try"),
    Skip.SERVICE_GONE: ("the service ended", "the service ended"),
    Skip.BACKOFF: ("after errors", "after errors"),
    Skip.LEDGER: ("the spend cannot be written", "the spend cannot be written"),
}


def row(standing: Standing, titles: Mapping[str, str], now: float, runs_out: float | None) -> str:
    """Return an account as one list item; ``runs_out`` is when its quota will be gone."""
    state = concern(standing, now)
    name = text(standing.name) or "(no visible name)"
    provider = standing.provider
    title = "" if provider is None else text(titles.get(provider, provider))
    facts = "".join(
        f'<div class="{kind}"><dt>{label}</dt><dd>{"<br>".join(lines)}</dd></div>'
        for kind, label, lines in _facts(standing, now, runs_out)
        if lines
    )
    return (
        f'<li class="{state.name.lower()}"><div class="who"><h3><bdi>{name}</bdi></h3>'
        f'{_verdict(standing, state, now)}<p class="api">{title}</p></div>'
        f'<p class="summary"><bdi>{text(standing.fault or standing.summary)}</bdi></p>'
        f"{_again(standing, now)}<dl>{facts}</dl>{_more(standing, now)}</li>"
    )


def _verdict(standing: Standing, state: Concern, now: float) -> str:
    sign, words = SIGNS[state]
    if standing.fault:
        words = "no token"
    elif standing.verdict is not None:
        words = standing.verdict.value.replace("_", " ")
    need = mending(standing, now)
    if ends_soon(standing, now):
        words = f"{words}, consent ends soon"
    elif need is not None:
        words = f"{words}, {need.needs}" if standing.verdict else need.needs
    elif state is Concern.SOON:
        words = f"{words}, {SIGNS[state][1]}"
    return f'<p class="verdict"><span aria-hidden="true">{sign}</span> {words}</p>'


def _again(standing: Standing, now: float) -> str:
    need = mending(standing, now)
    if need is None:
        return ""
    by = "" if need.by is None else f" {at(need.by, now)}"
    return (
        f'<div class="again"><p><b>{need.needs.capitalize()}:</b> {need.why}{by}</p>'
        f"<p><code>{text(need.command)}</code></p></div>"
    )


def _facts(
    standing: Standing, now: float, runs_out: float | None
) -> Iterator[tuple[str, str, list[str]]]:
    quota = [line for one in standing.quota for line in _quota(one, now, standing.name)]
    yield "quota", "Quota", quota
    yield "out", "Runs out", [] if runs_out is None else [at(runs_out, now)]
    expires = standing.expires_at
    yield "expires", _expiry(expires, now), [] if expires is None else [at(expires, now)]
    consent = standing.refresh_expires_at
    ended = "Consent ends"
    if consent is not None and consent <= now:
        ended = "No refresh since" if standing.broken else "Consent ended"
    yield "consent", ended, [] if consent is None else [at(consent, now)]
    yield "next", "Next look", [_next(standing, now)]
    seen = standing.succeeded_at
    yield "seen", "Seen", ["never" if seen is None else at(seen, now)]


def _expiry(expires: float | None, now: float) -> str:
    return "Expired" if expires is not None and expires <= now else "Expires"


def _quota(quota: Quota, now: float, name: str) -> Iterator[str]:
    each = "an hour" if quota.window == "hour" else f"a {quota.window}"
    if past(quota, now):
        yield f"reset since; {_limit(quota)}{each}" if quota.limit else "reset since"
    elif quota.remaining is None or quota.limit is None:
        yield f"{_limit(quota)}{each}" if quota.limit is not None else _left(quota)
    else:
        known = f"{quota.remaining:,} of {quota.limit:,} {each}"
        left = share(quota, now)
        level = "" if left is None or left > _LOW else " low"
        # The text beside it says the same; the label is for who comes to the bar alone.
        yield (
            f'<meter class="bar{level}" min="0" max="{max(quota.limit, 1)}" '
            f'value="{max(quota.remaining, 0)}" '
            f'aria-label="Calls left of {text(name)}">{known}</meter>'
            f'<span class="calls">{known}</span>'
        )
    if not past(quota, now) and quota.reset_at is not None:
        yield f"resets {at(quota.reset_at.timestamp(), now)}"


def _limit(quota: Quota) -> str:
    return f"{quota.limit:,} " if quota.limit is not None else ""


def _left(quota: Quota) -> str:
    return "not known" if quota.remaining is None else f"{quota.remaining:,} calls left"


def _next(standing: Standing, now: float) -> str:
    then, never = _WAITING.get(standing.waiting, ("", "")) if standing.waiting else ("", "")
    if standing.next_probe_at is None:
        expires = standing.expires_at
        if standing.waiting is Skip.EXPIRED and expires is not None and expires > now:
            return "none: it expires before"
        return f"none: {never}" if never else "none"
    when = "due" if standing.next_probe_at <= now else at(standing.next_probe_at, now)
    return f'{when} <span class="why">{then}</span>' if then else when


def _more(standing: Standing, now: float) -> str:
    devices = standing.devices
    mended = bool(standing.broken) and standing.verdict in _OF_THE_GRANT
    advice = () if mended else standing.advice
    broken = explanation(standing)
    why = () if broken is None else (broken.sentence, broken.hint)
    sections = [
        _listed("Grant", (text(line) for line in why)),
        _listed("Next", (text(line) for line in advice)),
        _listed("Devices", (_device(device, standing.timezone, now) for device in devices)),
        _listed("Requests", _requests(standing)),
    ]
    if not any(sections):
        return ""
    lowest = min(
        (device.battery_percent for device in devices if device.battery_percent is not None),
        default=None,
    )
    words = [
        "Why" if standing.broken else "",
        "What to do" if advice else "",
        ("1 device" if len(devices) == 1 else f"{len(devices)} devices") if devices else "",
        f"battery {lowest} %" if lowest is not None else "",
    ]
    label = " · ".join(word for word in words if word) or "Requests"
    hidden = f'<span class="unseen"> of {text(standing.name)}</span>'
    return f"<details><summary>{label}{hidden}</summary>{''.join(sections)}</details>"


def _listed(title: str, items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<h4>{title}</h4><ul>{lines}</ul>" if lines else ""


def _device(device: Device, timezone: str | None, now: float) -> str:
    kind = f" ({text(device.type.lower())})" if device.type else ""
    parts = [f"<bdi>{text(device.name)}</bdi>{kind}"]
    level = None if device.battery_percent is None else f"{device.battery_percent} %"
    words = [text(device.battery or ""), level or ""]
    if any(words):
        parts.append(f"battery {' '.join(word for word in words if word)}")
    if device.last_sync:
        parts.append(f"last sync {last_sync(device, timezone, now)}")
    return ", ".join(parts)


def _requests(standing: Standing) -> Iterator[str]:
    for result, number in sorted(standing.probes.items()):
        yield f"{number:,} {result.value.replace('_', ' ')}"
    for refresh, number in standing.refreshes.items():
        if number:
            yield f"{number:,} refresh: {refresh.value}"
    for reason, number in sorted(standing.skipped.items()):
        yield f"{number:,} not sent: {reason.value.replace('_', ' ')}"
