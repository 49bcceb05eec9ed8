"""The command line of ``tokcheck validate``."""

from tokcheck.cli.shared.argparse_parser import Parser
from tokcheck.cli.shared.provider_name import (
    DECLARATIONS_HELP,
    DECLARATIONS_OPTION,
    PROVIDER_METAVAR,
    ProviderName,
)

_TIMEOUT = "10s"


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="tokcheck validate",
        usage="[OPTIONS] [PASTE]...",
        description="Check a token: what it is, whether it works, and how much of its rate limit "
        "is left.",
        examples=(
            "tokcheck validate",
            "pbpaste | tokcheck validate -",
            "wl-paste | tokcheck validate -",
            "tokcheck validate --file token.txt",
            "tokcheck validate --env FITBIT_TOKEN --min-ttl 1h --require-scope sleep",
        ),
        exit_codes="Exit codes: 0 usable, 1 not usable, 2 wrong usage, 3 could not tell, 4 usable "
        "but rate-limited now, 70 a bug, 130 interrupted. With --offline, 0 means that the token "
        "looks valid. With --lines, the exit code is the worst result, in the order 1, 3, 4, 0.",
        allow_abbrev=False,
    )
    parser.add_paste()
    add = parser.options.add_argument
    add(
        "--offline",
        action="store_true",
        help="Send nothing; check form, claims and expiry only.",
    )
    add(
        "--provider",
        metavar=PROVIDER_METAVAR,
        help=f"The provider, if the token does not show it: {', '.join(ProviderName)}, or "
        "another one of `tokcheck providers list`.",
    )
    add(DECLARATIONS_OPTION, metavar="PATH", action="append", help=DECLARATIONS_HELP)
    add(
        "--api-url",
        metavar="URL",
        help="Send requests to this server instead of the provider's.",
    )
    add(
        "--require-scope",
        metavar="NAME",
        action="append",
        default=[],
        help="Require this scope, or several separated by commas (repeatable). Exit 1 "
        "if one is missing.",
    )
    add(
        "--min-ttl",
        metavar="TIME",
        help="Exit 1 if the token expires within this time, such as 90s, 15m or 1h30m.",
    )
    add(
        "--timeout",
        metavar="TIME",
        default=_TIMEOUT,
        help=f"Limit the time of each request (default: {_TIMEOUT}).",
    )
    add("--json", action="store_true", help="Print the report as JSON.")
    add("--env", metavar="VAR", help="Read the paste from this environment variable.")
    add("--file", metavar="PATH", help="Read the paste from this file; - is standard input.")
    add(
        "--account",
        metavar="NAME",
        help="Check the token of this stored account; refresh it first if needed.",
    )
    add(
        "--lines",
        action="store_true",
        help="Check one paste per line, and print one JSON object per line.",
    )
    add("--quiet", action="store_true", help="Print only the verdict and what to do next.")
    add(
        "--verbose",
        action="store_true",
        help="Print all devices, the matching scopes of the other API and the number of "
        "requests as well.",
    )
    return parser
