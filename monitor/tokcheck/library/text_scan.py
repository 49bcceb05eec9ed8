"""``tokcheck.scan_text``: find pasted tokens in a text."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokcheck.declarations.named_files import sets_addresses
from tokcheck.declarations.own_tables import own_tables
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
    text: str,
    *,
    path: str = "",
    providers: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] | None = None,
) -> "tuple[Finding, ...]":
    """Find the credentials in a text, as `tokcheck scan` does in a file with this text.

    A comment such as `tokcheck: allow` allows a finding; settings files and baselines are not read.

    Args:
        text: The text, of any length.
        path: The name of the file that the text is from: findings report it, and some forms count
            only in some files.
        providers: A file or folder with declarations of further providers.
        environment: Where declarations (`TOKCHECK_PROVIDERS`) are named, and addresses of services
            set; `os.environ` by default.
        now: Returns the present moment, with a time zone; the system's clock by default.

    Returns:
        The findings in the order of their places. They do not contain the credentials.

    Raises:
        UsageError: If the declarations cannot be used.

    """
    hidden = hide_paste(text)
    del text  # a traceback with local variables would show it
    environment = os.environ if environment is None else environment
    paths = [] if providers is None else [os.fspath(providers)]
    tables = tuple(own_tables(paths, environment).values())
    moment = datetime.now(UTC) if now is None else now()
    source = MemorySource(_piece(path, hidden))
    allows = Allowlist(ScanSettings()).allows
    in_use: Mapping[str, frozenset[str]] = {}
    if sets_addresses(environment):
        from tokcheck.declarations.known_providers import providers_at_set_addresses

        in_use = providers_at_set_addresses(paths, environment)
    searcher = Searcher(moment.timestamp(), tables=tables, in_use=in_use)
    return scan([source], searcher, allows).findings


def _piece(path: str, text: "Secret") -> Piece:
    return Piece(path, text.reveal().encode("utf-8", "replace"))
