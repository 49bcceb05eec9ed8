"""An exporter with expired leases shows no account, whatever its sources do meanwhile."""

import gzip
from collections.abc import AsyncIterator, Collection, Container
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.exporter.registries import Timer
from tests.support.exporter.sandbox_store import FITBIT, consented_grant, put
from tests.support.exporter.simulated_exporter import (
    SimulatedExporter,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.sources.registry import Selection
from tokcheck.exporter.sources.selection import ClusterState, Term
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.anyio


class LeasedShare:
    """Leases that last for ten seconds, and are renewed unless the database is away."""

    def __init__(self) -> None:
        self.timer = Timer()
        self.term = Term(timer=self.timer)
        self.held = {"anna", "bo"}
        self.is_away = False
        self.cluster = ClusterState("study")

    def choose(self, names: Collection[str], known: Container[str]) -> Collection[str]:
        if not self.is_away:
            self.term = Term(self.timer.seconds + 10, self.timer)
            return self.held & set(names)
        return () if self.term.is_over() else [name for name in names if name in known]

    def choose_named(self, names: Collection[str]) -> Collection[str]:
        del names
        return ()

    def close(self) -> None:
        pass


@asynccontextmanager
async def leased_exporter(
    share: LeasedShare, virtual: VirtualTime, sandbox: Sandbox, folder: Path
) -> AsyncIterator[SimulatedExporter]:
    """Run an exporter with these leases until both accounts are known."""
    home = folder / "home"
    for name in sorted(share.held):
        put(home, consented_grant(sandbox.state, FITBIT)._replace(name=name))
    chosen = settings(sandbox.url, Selection(home=home, accounts=True), folder, {})
    async with simulated_exporter(chosen._replace(share=share), virtual) as exporter:
        await exporter.run_for(120)
        yield exporter


def shown_names(exporter: SimulatedExporter) -> set[str]:
    """Return the names of the accounts that metrics, their compressed form, and the page show."""
    service = exporter.service
    plain = service.respond_to_scrape("", "").body.decode()
    assert (
        plain.split("# HELP tokcheck_exporter")[0]
        == (
            gzip.decompress(service.respond_to_scrape("", "gzip").body)
            .decode()
            .split("# HELP tokcheck_exporter")[0]
        )
    )
    names = {name for name in ("anna", "bo") if f'account="{name}"' in plain}
    assert names == {state.name for state in service.account_states()}
    assert (float(len(names)) or None) == exporter.metric("tokcheck_accounts{")
    return names


async def test_accounts_are_shown_while_the_leases_last(
    virtual: VirtualTime, sandbox: Sandbox, tmp_path: Path
) -> None:
    share = LeasedShare()
    async with leased_exporter(share, virtual, sandbox, tmp_path) as exporter:
        engine = exporter.service.engine
        assert {"anna", "bo"} == shown_names(exporter)
        share.is_away = True
        await engine.poll_sources()
        share.timer.seconds += 9
        assert {"anna", "bo"} == shown_names(exporter)
        # The next poll may be waiting for the database: the clock alone counts.
        share.timer.seconds += 1
        assert set() == shown_names(exporter)
        assert frozenset() == exporter.service.probeable_accounts()
        assert await exporter.service.probe("anna") is None
        (notice,) = exporter.service.notices()
        assert notice.sentence.startswith("The leases of this exporter are over")
        await engine.poll_sources()
        assert set() == shown_names(exporter)
        share.is_away, share.held = False, {"bo"}
        await engine.poll_sources()
        assert {"bo"} == shown_names(exporter)
        assert () == tuple(exporter.service.notices())


async def test_after_a_pause_a_renewal_alone_brings_nothing_back(
    virtual: VirtualTime, sandbox: Sandbox, tmp_path: Path
) -> None:
    """What another exporter has taken meanwhile is dropped first."""
    share = LeasedShare()
    async with leased_exporter(share, virtual, sandbox, tmp_path) as exporter:
        share.timer.seconds += 60
        share.held = {"bo"}
        share.choose(("anna", "bo"), ())  # the poll's thread has got so far
        assert not share.term.is_over()
        assert set() == shown_names(exporter)
        await exporter.service.engine.poll_sources()
        assert {"bo"} == shown_names(exporter)
