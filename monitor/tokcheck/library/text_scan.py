"""``tokcheck.scan_text``: find pasted tokens in a text."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokcheck.library.paste_text import hide_paste
from tokcheck.scan.allowlist import Allowlist
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Piece
from tokcheck.scan.runner import scan
from tokcheck.scan.settings import ScanSettings
from tokcheck.scan.sources.chunks import MemorySource

if TYPE_CHECKING:
    from tokcheck.core.secret import Secret
    from tokcheck.scan.finding import Finding


def scan_text(
    text: str, *, path: str = "", now: Callable[[], datetime] | None = None
) -> "tuple[Finding, ...]":
    """Find the credentials in a text, as `tokcheck scan` does in a file with this text.

    A comment such as `tokcheck: allow` allows a finding; settings files and baselines are not read.

    Args:
        text: The text, of any length.
        path: The name of the file that the text is from: findings report it, and some forms count
            only in some files.
        now: Returns the present moment, with a time zone; the system's clock by default.

    Returns:
        The findings in the order of their places. They do not contain the credentials.

    """
    hidden = hide_paste(text)
    del text  # a traceback with local variables would show it
    moment = datetime.now(UTC) if now is None else now()
    source = MemorySource(_piece(path, hidden))
    allows = Allowlist(ScanSettings()).allows
    return scan([source], Searcher(moment.timestamp()), allows).findings


def _piece(path: str, text: "Secret") -> Piece:
    return Piece(path, text.reveal().encode("utf-8", "replace"))
