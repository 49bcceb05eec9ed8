"""The exposition depends on the present states only, whatever happened before."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.support.exporter.generated_states import AT, EXPORTER, EXPORTERS, QUOTAS, STATES
from tests.support.exporter.reference_exposition import parse
from tests.support.suite.thoroughness import inputs
from tokcheck.core.report import Quota
from tokcheck.exporter.metrics import Exposition
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.state import AccountState, ExporterInfo

_FEW = st.sampled_from(["a", "b", "c", "\N{SNOWMAN}"])


class ExpositionChanges(RuleBasedStateMachine):
    """Accounts are added, changed, removed and added again over time, with scrapes in between."""

    @initialize()
    def start(self) -> None:
        self.exposition = Exposition(EXPORTER)
        self.exporter = EXPORTER
        self.states: dict[str, AccountState] = {}
        self.now = AT

    @rule(name=_FEW, state=STATES)
    def put(self, name: str, state: AccountState) -> None:
        self.states[name] = state._replace(name=name)
        self.exposition.put(self.states[name])

    @rule(name=_FEW, quota=st.lists(QUOTAS, min_size=1, max_size=2).map(tuple))
    def put_quota(self, name: str, quota: tuple[Quota, ...]) -> None:
        known = self.states.get(name, AccountState(name, observed_at=AT))
        self.states[name] = known._replace(quota=quota)
        self.exposition.put(self.states[name])

    @rule(name=_FEW)
    def put_again(self, name: str) -> None:
        if name in self.states:
            self.exposition.put(self.states[name])

    @rule(name=_FEW)
    def remove(self, name: str) -> None:
        self.states.pop(name, None)
        self.exposition.remove(name)

    @rule(exporter=EXPORTERS)
    def own(self, exporter: ExporterInfo) -> None:
        self.exporter = exporter
        self.exposition.put_exporter(exporter)

    @rule(seconds=st.integers(0, 2_000))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(seconds=st.integers(61, 20_000))
    def set_clock_back(self, seconds: int) -> None:
        self.now -= seconds

    @rule(form=st.sampled_from(TextFormat))
    def scrape(self, form: TextFormat) -> None:
        fresh = Exposition(self.exporter)
        for state in self.states.values():
            fresh.put(state)
        expected = parse(fresh.render(form, self.now), form)
        assert expected == parse(self.exposition.render(form, self.now), form)


TestChanges = ExpositionChanges.TestCase
TestChanges.settings = settings(max_examples=inputs(60), stateful_step_count=25, deadline=None)
