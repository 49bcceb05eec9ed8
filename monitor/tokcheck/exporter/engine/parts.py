"""The collaborators of the engine."""

from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.refreshing.auto_refresh import AutoRefresh
from tokcheck.exporter.sources.registry import AccountRegistry
from tokcheck.exporter.state.account_state import StateSink
from tokcheck.providers.base import Provider
from tokcheck.transport.endpoints import Endpoints


class Parts(NamedTuple):
    """The sources, the prober, the ledger and the sink of the engine."""

    registry: AccountRegistry
    prober: Prober
    ledger: RequestLedger
    sink: StateSink
    providers: Mapping[str, Provider]
    endpoints: Endpoints
    auto_refresh: AutoRefresh
