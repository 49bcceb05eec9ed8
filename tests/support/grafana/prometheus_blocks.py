"""The last hour of a scene as blocks of Prometheus, so that range queries have data at once."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.grafana.programs import run
from tests.support.grafana.scene import EXPORTER, Scene
from tokcheck.exporter.metrics import Exposition
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.metrics.samples import provider_label
from tokcheck.exporter.state import AccountState

_SECONDS, _STEP = 4080, 60
_COMMENT = re.compile(r"^#.*\n", re.MULTILINE)
_LABELLED = re.compile(r"^([a-z_:0-9]+)\{(.*)$", re.MULTILINE)
_BARE = re.compile(r"^([a-z_:0-9]+) (.*)$", re.MULTILINE)


def write(scene: Scene, instance: str, data: Path, step: int = _STEP) -> None:
    """Write the hour before the scene opens, with one scrape every ``step`` seconds."""
    text = data.with_suffix(".txt")
    own = f'job="tokcheck",instance="{instance}"'
    with text.open("w", encoding="utf-8") as file:
        exposition = Exposition(EXPORTER)
        before: dict[str, AccountState] = {}
        for at in range(int(scene.opens) - _SECONDS, int(scene.opens), step):
            for state in scene.states(at):
                if state != before.get(state.name):
                    exposition.put(state)
                    before[state.name] = state
            file.write(_samples(exposition.render(TextFormat.TEXT, at).decode(), own, at))
            for state in before.values():
                file.write(_samples("".join(_recording_lines(state, at)), own, at))
            file.write(f"up{{{own}}} 1 {at}\nscrape_duration_seconds{{{own}}} 0.02 {at}\n")
        file.write("# EOF\n")
    run("promtool", "tsdb", "create-blocks-from", "openmetrics", text, data)
    text.unlink()


def _samples(text: str, own: str, at: int) -> str:
    """Return a text with a target's labels and the time in every line, and without comments."""
    text = _COMMENT.sub("", text)
    text = _LABELLED.sub(rf"\g<1>{{{own},\g<2> {at}", text)
    return _BARE.sub(rf"\g<1>{{{own}}} \g<2> {at}", text)


def _recording_lines(state: AccountState, at: int) -> Iterator[str]:
    """Yield the lines of the recorded series that are queried over a range."""
    for quota in state.quota:
        if quota.remaining is None or not quota.limit or quota.reset_at is None:
            continue
        if quota.reset_at.timestamp() <= at:
            continue
        account = f'provider="{provider_label(state)}",account="{state.name}"'
        labels = f'{account},window="{quota.window}"'
        left = quota.remaining / quota.limit
        yield f"account_window:tokcheck_quota_remaining:ratio{{{labels}}} {left}\n"
        yield f"account_window:tokcheck_quota_remaining:twentieths{{{labels}}} {int(20 * left)}\n"
        yield f"account_window:tokcheck_quota_at_reset:forecast_ratio{{{labels}}} {left / 2}\n"
