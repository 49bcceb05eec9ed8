"""Which findings are ignored: by the settings, by the baseline or by an inline comment."""

from typing import TYPE_CHECKING

from tokcheck.scan.finding import Finding, Piece
from tokcheck.scan.ignore.baseline import Baseline
from tokcheck.scan.ignore.inline_comments import InlineComments
from tokcheck.scan.settings import ScanSettings

if TYPE_CHECKING:
    from datetime import date


class Allowlist:
    """Decides which findings are ignored.

    ``today`` is compared with the end dates of the baseline; ``None`` if there is no baseline.
    """

    def __init__(self, settings: ScanSettings, baseline: Baseline, today: "date | None") -> None:
        self._settings = settings
        self._baseline = baseline
        self._today = today
        self._comments = InlineComments()

    def allows(self, finding: Finding, piece: Piece) -> bool:
        """Return whether a finding in a piece is ignored."""
        settings = self._settings
        return (
            (bool(settings.kinds) and finding.kind not in settings.kinds)
            or (settings.ignore_expired and finding.expired is True)
            or settings.excludes(finding.path)
            or (self._today is not None and self._baseline.has(finding, self._today))
            or self._comments.allow(piece, finding.line, finding.column)
        )
