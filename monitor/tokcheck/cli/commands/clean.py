"""``tokcheck clean``: print the bare token of a paste. A light command: argparse, no typer."""

import sys
from collections.abc import Sequence

from tokcheck.check import verdict
from tokcheck.cli.shared.argparse_parser import Parser
from tokcheck.cli.shared.paste_input import from_words
from tokcheck.cli.shared.pasted_argv import split
from tokcheck.core.errors import ExitCode
from tokcheck.providers import FINDER, REGISTRY

_FLAGS = ("-h", "--help")


def parser() -> Parser:
    """Return the command's parser."""
    made = Parser(
        prog="tokcheck clean",
        description="Print the bare access token of a paste and nothing else; "
        "what was stripped is said on stderr. Nothing is sent anywhere.",
        epilog="example: export T=$(pbpaste | tokcheck clean)",
    )
    made.add_argument(
        "paste",
        nargs="*",
        metavar="PASTE",
        help="a token or anything that holds one, a whole unquoted curl command included; "
        "- or a pipe reads standard input; with neither, a terminal is asked",
    )
    return made


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code: 0 printed, 1 no token to print, 2 usage."""
    options, words = split(list(argv), _FLAGS, ())
    words = parser().parse_args([*options, "--", *words]).paste
    paste = FINDER.find(from_words(words, sys.stdin, sys.stderr))
    credential = paste.credential
    owner = REGISTRY.get((credential and credential.provider) or "")
    refusal = verdict.of_paste(paste, owner.instead if owner else {})
    if refusal is not None or credential is None:
        lines = (refusal.summary, *refusal.advice) if refusal else ()
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        return ExitCode.NOT_USABLE
    sys.stdout.write(credential.secret.reveal() + "\n")
    if paste.cleaned:
        sys.stderr.write(f"stripped: {'; '.join(paste.cleaned)}\n")
    return ExitCode.USABLE
