"""``tokcheck token``: print a fresh access token. A light command: argparse, no typer.

A token that lives long enough costs one look into the store; what a refresh needs is loaded only
for one.
"""

import math
import os
import sys
import time
from collections.abc import Sequence

from tokcheck.accounts.store import fast_read
from tokcheck.cli.shared.argparse_parser import Parser
from tokcheck.cli.shared.data_folder import data_folder
from tokcheck.core.errors import ExitCode

_LEAD = 300.0


def parser() -> Parser:
    """Return the command's parser."""
    made = Parser(
        prog="tokcheck token",
        description="Print a fresh access token of a stored account and nothing else; it is "
        "refreshed first if it is about to expire, once however many processes ask.",
        epilog='example: curl -H "Authorization: Bearer $(tokcheck token alex)" URL',
    )
    made.add_argument("name", metavar="NAME", help="an account, see tokcheck accounts list")
    made.add_argument(
        "--min-ttl",
        metavar="TIME",
        help="refresh it if it lives no longer than this: 90s, 15m, 1h; 5m if not given",
    )
    return made


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code; a grant that is broken raises, as all do."""
    options = parser().parse_args(argv)
    lead = _LEAD
    if options.min_ttl is not None:
        from tokcheck.core.humanize import parse_duration

        lead = parse_duration(options.min_ttl)
    folder = str(data_folder(os.environ))
    access = fast_read.fresh(folder, options.name, time.time() + lead)
    if access is None:
        from tokcheck.cli.shared.account_store import fresh

        grant = fresh(options.name, lead, os.environ)
        access, left = grant.access, (grant.expires_at or math.inf) - time.time()
        if left <= lead:
            from tokcheck.core.humanize import duration

            sys.stderr.write(
                f"note: this token lives for {duration(left)}, and no longer ones are given.\n"
            )
    sys.stdout.write(access.reveal() + "\n")
    return ExitCode.USABLE
