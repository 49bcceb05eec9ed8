"""The command line of ``tokcheck scan``."""

import argparse
from typing import Any

from tokcheck.cli.shared.argparse_parser import Parser
from tokcheck.scan.formats import NAMES

MOST_JOBS = "1024"


class _InOrder(argparse.Action):
    """Collects ``--format`` and ``--output`` in their order, as ``(option, value)``."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - argparse's
        option_string: str | None = None,
    ) -> None:
        """Add one."""
        name = (option_string or "").lstrip("-")
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), (name, values)])


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="tokcheck scan",
        usage="[OPTIONS] [PATH]...",
        description="Find pasted API tokens in files and commits. Nothing is sent, unless you "
        "pass --validate.",
        examples=(
            "tokcheck scan --staged",
            "tokcheck scan --history --format sarif --output findings.sarif",
        ),
        exit_codes="Exit codes: 0 no findings, 1 findings, 2 wrong usage, 3 something could not be "
        "read.",
        allow_abbrev=False,
    )
    parser.arguments.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="A file or a folder, without the files that git ignores; - reads standard input "
        "(default: the current folder).",
    )
    options = parser.options
    what = options.add_mutually_exclusive_group()
    what.add_argument("--staged", action="store_true", help="Scan what the next commit adds.")
    what.add_argument(
        "--range", metavar="A..B", help="Scan what these commits add, and their messages."
    )
    what.add_argument(
        "--history",
        action="store_true",
        help="Scan all commits of all branches, tags and stashes.",
    )
    what.add_argument(
        "--message", metavar="PATH", help="Scan a commit message, for a commit-msg hook."
    )
    what.add_argument(
        "--pre-commit",
        action="store_true",
        help="Scan what the pre-commit program names: the commits in its variables, or else the "
        "paths, as they are staged or on disk.",
    )
    what.add_argument(
        "--install-hook",
        action="store_true",
        help="Write git's own hooks, which scan every commit; with --pre-push, every push as well.",
    )
    what.add_argument(
        "--uninstall-hook", action="store_true", help="Remove the hooks that --install-hook wrote."
    )
    options.add_argument(
        "--pre-push",
        metavar="REMOTE",
        nargs="?",
        const="",
        help="Scan what a push sends to this remote, for a pre-push hook.",
    )
    options.add_argument(
        "--format",
        metavar="FORMAT",
        choices=NAMES,
        action=_InOrder,
        dest="outputs",
        default=[],
        help=f"Print {', '.join(NAMES[:-1])} or {NAMES[-1]} (default: text; repeatable, each with "
        "an --output).",
    )
    options.add_argument(
        "--output",
        metavar="PATH",
        action=_InOrder,
        dest="outputs",
        help="Write the --format before it to this file.",
    )
    options.add_argument(
        "--baseline", metavar="PATH", help="Ignore the findings that this file lists."
    )
    options.add_argument(
        "--update-baseline", action="store_true", help="Write the findings to the baseline."
    )
    options.add_argument(
        "--ignore-expired",
        action="store_true",
        help="Ignore tokens that are expired by their own claims.",
    )
    options.add_argument(
        "--validate",
        action="store_true",
        help="Send one probe for each access token to its provider, and list those that work "
        "first; not in a hook.",
    )
    options.add_argument(
        "--providers",
        metavar="PATH",
        action="append",
        help="Find the tokens of the providers that this file or folder declares, too "
        "(repeatable).",
    )
    options.add_argument(
        "--exclude",
        metavar="GLOB",
        action="append",
        default=[],
        help="Exclude paths by a pattern as in .gitignore (repeatable).",
    )
    options.add_argument(
        "--no-gitignore", action="store_true", help="Also scan the files that git ignores."
    )
    options.add_argument(
        "--exit-zero", action="store_true", help="Exit as if there were no findings."
    )
    options.add_argument(
        "--jobs",
        metavar="N",
        help=f"Use 1 to {MOST_JOBS} processes for a large scan (default: one for each core).",
    )
    return parser
