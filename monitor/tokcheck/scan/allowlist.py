"""What a scan lets pass: what is marked, in the baseline, or out of the settings' bounds."""

from typing import TYPE_CHECKING

from tokcheck.scan.config import Settings
from tokcheck.scan.finding import Finding, Piece
from tokcheck.scan.ignore.baseline import Baseline
from tokcheck.scan.ignore.inline_comments import Marks

if TYPE_CHECKING:
    from datetime import date


class Allow:
    """Tells which findings do not count.

    ``today`` is the day on which a baseline's entries may have ended; ``None`` if there is none.
    """

    def __init__(self, settings: Settings, baseline: Baseline, today: "date | None") -> None:
        self._settings = settings
        self._baseline = baseline
        self._today = today
        self._marks = Marks()

    def allows(self, finding: Finding, piece: Piece) -> bool:
        """Tell whether a finding of a piece does not count."""
        settings = self._settings
        return (
            (bool(settings.kinds) and finding.kind not in settings.kinds)
            or (settings.ignore_expired and finding.expired is True)
            or settings.excludes(finding.path)
            or (self._today is not None and self._baseline.holds(finding, self._today))
            or self._marks.allow(piece, finding.line, finding.column)
        )
