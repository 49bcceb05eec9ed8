"""The options of the web server, besides the web configuration file."""

import re
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.listening.address import Address, Target

METRICS_PATH = "/metrics"
HEALTH_PATH = "/-/healthy"
MAY_CHANGE = "tokcheck.may_change"
"""The key of an ASGI scope: whether this client may reload the configuration and probe."""
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_OWN_PATHS = ("/-/", "/api/")


class WebOptions(NamedTuple):
    """The options of the web server."""

    targets: tuple[Target, ...] = (Address("127.0.0.1", 19150),)
    """Where it listens."""
    config: Path | None = None
    """The web configuration file: TLS, passwords, headers, rate limit."""
    metrics_path: str = METRICS_PATH
    enable_lifecycle: bool = False
    """Whether anyone who can connect may reload and probe. Without it, that is so on loopback, and
    elsewhere for clients with a password or a certificate."""
    open_health: bool = False
    """Whether ``/-/healthy`` is answered without a password."""


def check_targets(targets: Sequence[Target]) -> None:
    """Check that no address includes another one.

    :raises UsageError: if one does, so that not both can be opened.
    """
    addresses = [target for target in targets if isinstance(target, Address)]
    for wide, narrow in permutations(addresses, 2):
        if wide.includes(narrow):
            raise UsageError(
                f"{wide} includes {narrow}.",
                "Name only one of them with --listen, or choose another port.",
            )


def parse_metrics_path(text: str) -> str:
    """Return a path for the metrics.

    :raises UsageError: if it is no path, or one that is in use.
    """
    path = text.rstrip("/")
    if not _PATH.fullmatch(path) or f"{path}/".startswith(_OWN_PATHS):
        raise UsageError(
            "--telemetry-path is not a path for metrics.",
            "Write a path such as /metrics, of letters, digits and . _ ~ -, "
            "outside of /-/ and /api/.",
        )
    return path
