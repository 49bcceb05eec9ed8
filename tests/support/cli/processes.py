"""Commands as processes: forks where the system can fork, which is faster, else new processes."""

import sys

if sys.platform == "win32":
    from tests.support.cli.spawn_client import SpawnedCommand as Piped
else:
    from tests.support.cli.fork_client import Piped

__all__ = ["Piped"]
