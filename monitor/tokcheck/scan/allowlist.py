"""Which findings are ignored: by the settings, by the baseline or by an inline comment."""

from typing import TYPE_CHECKING

from tokcheck.scan.finding import Finding, Piece
from tokcheck.scan.settings import ScanSettings

if TYPE_CHECKING:
    from datetime import date

    from tokcheck.scan.ignore.baseline import Baseline
    from tokcheck.scan.ignore.inline_comments import InlineComments


class Allowlist:
    """Decides which findings are ignored.

    ``today`` is compared with the end dates of the baseline; ``None`` if there is no baseline.
    """

    def __init__(
        self, settings: ScanSettings, baseline: "Baseline | None", today: "date | None"
    ) -> None:
        self._settings = settings
        self._baseline = baseline
        self._today = today
        self._comments: InlineComments | None = None

    def allows(self, finding: Finding, piece: Piece) -> bool:
        """Return whether a finding in a piece is ignored."""
        settings = self._settings
        return (
            (bool(settings.kinds) and finding.kind not in settings.kinds)
            or (settings.ignore_expired and finding.expired is True)
            or settings.excludes(finding.path)
            or self._is_known(finding)
            or self._inline_comments().allow(piece, finding.line, finding.column)
        )

    def _is_known(self, finding: Finding) -> bool:
        if self._baseline is None or self._today is None:
            return False
        return self._baseline.has(finding, self._today)

    def _inline_comments(self) -> "InlineComments":
        if self._comments is None:
            from tokcheck.scan.ignore.inline_comments import InlineComments  # findings are rare

            self._comments = InlineComments()
        return self._comments
