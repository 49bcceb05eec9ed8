"""Which findings are ignored: by the settings, by a baseline or by an inline comment."""

from typing import TYPE_CHECKING

from tokcheck.scan.finding import Chunk, Finding
from tokcheck.scan.settings import ProjectSettings, ScanSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from tokcheck.scan.ignore.baseline import Baseline
    from tokcheck.scan.ignore.inline_comments import InlineComments


class Allowlist:
    """Decides which findings are ignored.

    ``today`` returns the day for the end dates of the baselines; ``None`` if no baseline counts.
    ``baselines`` are those that were read already, by their files; others are read when needed.
    With ``all_kinds``, neither its kind nor its expiry lets a finding be ignored.
    """

    def __init__(
        self,
        settings: ScanSettings | ProjectSettings,
        today: "Callable[[], date] | None" = None,
        baselines: "dict[str, Baseline] | None" = None,
        *,
        all_kinds: bool = False,
    ) -> None:
        self._settings = settings
        self._today = today
        self._baselines = dict(baselines or {})
        self._all_kinds = all_kinds
        self._comments: InlineComments | None = None

    def allows(self, finding: Finding, chunk: Chunk) -> bool:
        """Return whether a finding in a chunk is ignored."""
        settings = self._settings.for_path(finding.path)
        return (
            (not self._all_kinds and settings.ignores_kind(finding.kind, finding.expired))
            or self._settings.excludes(finding.path)
            or self._is_known(finding, settings.baseline)
            or self._inline_comments().allow(chunk, finding.line, finding.column)
        )

    def _is_known(self, finding: Finding, file: str | None) -> bool:
        if self._today is None or file is None:
            return False
        if file not in self._baselines:
            from tokcheck.scan.ignore.baseline import Baseline  # few folders have one of their own

            self._baselines[file] = Baseline.read(file)
        return self._baselines[file].has(finding, self._today())

    def _inline_comments(self) -> "InlineComments":
        if self._comments is None:
            from tokcheck.scan.ignore.inline_comments import InlineComments  # findings are rare

            self._comments = InlineComments()
        return self._comments
