"""Nothing is allowed but what the baseline holds."""

from tests.scan.standins.baseline import Baseline
from tests.scan.standins.settings import Settings
from tokcheck.scan.finding import Finding, Piece


class Allow:
    """Tells which findings do not count."""

    def __init__(self, settings: Settings, baseline: Baseline, today: object) -> None:
        self.settings = settings
        self.known = baseline.known
        self.today = today

    def allows(self, finding: Finding, _piece: Piece) -> bool:
        """Tell whether a finding does not count."""
        return finding.fingerprint in self.known
