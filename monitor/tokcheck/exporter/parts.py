"""The collaborators of the engine."""

from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.exporter.auto_refresh import AutoRefresh
from tokcheck.exporter.ledger.ledger import Ledger
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.sources.registry import AccountRegistry
from tokcheck.exporter.state.account_state import StateSink
from tokcheck.providers.base import Provider
from tokcheck.transport.endpoints import Endpoints


class Parts(NamedTuple):
    """What the engine polls, probes with, records in, and publishes to."""

    registry: AccountRegistry
    prober: Prober
    ledger: Ledger
    sink: StateSink
    providers: Mapping[str, Provider]
    endpoints: Endpoints
    auto_refresh: AutoRefresh
