"""The names of the commands; the fast ones run without typer.

A fast command is a module with ``main(argv) -> int`` and one argparse parser.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from tokcheck.cli.shared.argparse_parser import Parser

Main = Callable[[Sequence[str]], int]

# The fast commands in the order of the help, and their lines there.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "validate": "Check a pasted token.",
        "clean": "Print the bare token of a paste.",
        "scan": "Find tokens in files and commits.",
        "token": "Print a fresh access token of an account.",
    }
)
# The commands of typer, which follow. Each is a module with a function of its own name, or with
# build_group() for a group of commands; a class COMMAND beside it replaces typer's, and
# help_epilog() returns the end of its help.
OTHER_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "serve": "Export remaining quotas to Prometheus.",
        "watch": "Watch accounts live in the terminal.",
        "observe": "Record the quota that your own requests report.",
        "login": "Log in with OAuth and store the account.",
        "revoke": "Revoke a leaked token at its provider.",
        "accounts": "Manage the stored accounts.",
        "providers": "Show providers, and check declarations.",
        "demo": "Show what tokcheck does, without a token.",
        "sandbox": "Run fakes of the APIs on this computer.",
        "completion": "Print the completion script of a shell.",
    }
)


def load_main(name: str) -> Main:
    """Import a fast command and return its ``main``."""
    # The function of importlib would take a tenth of the time of a fast command to load.
    main: Main = __import__(f"tokcheck.cli.commands.{name}", fromlist=["main"]).main
    return main


def load_parser(name: str) -> "Parser":
    """Import a fast command and return its parser."""
    parser: Parser = __import__(f"tokcheck.cli.commands.{name}", fromlist=["main"]).build_parser()
    return parser
