"""``tokcheck.scan_text``: find pasted tokens in a text."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tokcheck.declarations.own_tables import own_tables
from tokcheck.declarations.set_addresses import providers_at_set_addresses
from tokcheck.library.call_arguments import check_arguments, checked_clock, hide_paste
from tokcheck.scan.allowlist import Allowlist
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk
from tokcheck.scan.runner import scan
from tokcheck.scan.settings import ScanSettings
from tokcheck.scan.sources.chunks import InMemorySource

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
        TypeError: If an argument is of another type; the message names it.

    """
    check_arguments(text=text)
    hidden = hide_paste(text)
    del text  # a traceback with local variables would show it
    check_arguments(path=path, providers=providers, environment=environment, now=now)
    environment = os.environ if environment is None else environment
    paths = [] if providers is None else [os.fspath(providers)]
    tables = tuple(own_tables(paths, environment).values())
    moment = checked_clock(now)()
    source = InMemorySource(_chunk(path, hidden))
    allows = Allowlist(ScanSettings()).allows
    in_use = providers_at_set_addresses(paths, environment)
    searcher = Searcher(moment.timestamp(), tables=tables, in_use=in_use)
    return scan([source], searcher, allows).findings


def _chunk(path: str, text: "Secret") -> Chunk:
    return Chunk(path, text.reveal().encode("utf-8", "replace"))
