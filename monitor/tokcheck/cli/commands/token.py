"""``tokcheck token``: print a fresh access token. A fast command: argparse, no typer.

A token that is valid long enough costs one read of the store; the modules of a refresh are loaded
only for one.
"""

import math
import os
import sys
import time
from collections.abc import Sequence

from tokcheck.accounts.store.fast_read import read_fresh_token
from tokcheck.cli.shared.pasted_argv import has_options
from tokcheck.core.errors import ExitCode
from tokcheck.storage.data_folder import data_folder_text

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from tokcheck.cli.shared.argparse_parser import Parser

_MIN_TTL = 300.0


def build_parser() -> "Parser":
    """Return the parser of the command line."""
    from tokcheck.cli.shared.argparse_parser import Parser

    parser = Parser(
        prog="tokcheck token",
        usage="[OPTIONS] NAME",
        description="Print a fresh access token of a stored account, and nothing else. A token "
        "that is about to expire is refreshed first, once even if several processes need it.",
        examples=("T=$(tokcheck token alex) && export T", "tokcheck token alex --min-ttl 1h"),
        exit_codes="Exit codes: 0 printed, 1 the account cannot be refreshed, 2 wrong usage, 3 "
        "could not tell, 4 rate-limited now.",
    )
    parser.arguments.add_argument(
        "name", metavar="NAME", help="A stored account; `tokcheck accounts list` shows them."
    )
    parser.options.add_argument(
        "--min-ttl",
        metavar="TIME",
        help="Refresh the token if it expires within this time, such as 90s, 15m or 1h30m "
        "(default: 5m).",
    )
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code; a grant that is broken raises, as all do."""
    name, min_ttl, is_required = argv[0] if argv else "", _MIN_TTL, False
    if len(argv) != 1 or has_options(argv):  # loading argparse takes longer than reading a token
        options = build_parser().parse_args(argv)
        name = options.name
        if options.min_ttl is not None:
            from tokcheck.core.humanize import parse_duration

            min_ttl, is_required = parse_duration(options.min_ttl), True
    folder = data_folder_text(os.environ)
    access = None
    if not os.environ.get("TOKCHECK_DATABASE"):
        access = read_fresh_token(folder, name, min_ttl, time.time(), lasting=not is_required)
    if access is None:
        from tokcheck.cli.shared.account_store import read_fresh_grant

        grant, is_left_over = read_fresh_grant(name, min_ttl, os.environ, is_required=is_required)
        now = time.time()
        ends = grant.known_expiry(now)
        access, left = grant.access, math.inf if ends is None else ends - now
        if left <= 0:
            from tokcheck.checks.clock_notes import describe_expired_on_arrival

            sys.stderr.write(f"note: {describe_expired_on_arrival(now)}\n")
        elif left <= min_ttl:
            from tokcheck.core.humanize import format_duration

            reason = "the provider issues none for longer."
            if grant.refresh is None:
                reason = "without a refresh token, it cannot be refreshed."
            elif is_left_over:
                reason = "to fail instead, pass --min-ttl."
            sys.stderr.write(f"note: this token is valid for {format_duration(left)}; {reason}\n")
    sys.stdout.write(access.reveal() + "\n")
    return ExitCode.USABLE
