"""``tokcheck clean``: print the bare token of a paste. A fast command: argparse, no typer."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tokcheck.check import verdict
from tokcheck.cli.shared.argparse_parser import Parser
from tokcheck.cli.shared.paste_input import from_words
from tokcheck.cli.shared.pasted_argv import split
from tokcheck.core.errors import ExitCode
from tokcheck.providers import FINDER, REGISTRY

_FLAGS = ("-h", "--help")


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="tokcheck clean",
        usage="[OPTIONS] [PASTE]...",
        description="Print the access token that a paste contains, and nothing else. Notes about "
        "what was stripped go to stderr. Nothing is sent.",
        example="export T=$(pbpaste | tokcheck clean)",
    )
    parser.arguments.add_argument(
        "paste",
        nargs="*",
        metavar="PASTE",
        help="A token, or any text that contains one, such as a curl command with or without "
        "quotation marks. Without it, or with -, standard input is read; a terminal prompts.",
    )
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code: 0 printed, 1 no token to print, 2 usage."""
    options, words = split(list(argv), _FLAGS, ())
    words = build_parser().parse_args([*options, "--", *words]).paste
    paste = FINDER.find(from_words(words, sys.stdin, sys.stderr))
    credential = paste.credential
    owner = REGISTRY.get((credential and credential.provider) or "")
    refusal = verdict.conclude_from_paste(paste, owner.instead if owner else {}, datetime.now(UTC))
    if refusal is not None or credential is None:
        lines = (refusal.summary, *refusal.advice) if refusal else ()
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        return ExitCode.NOT_USABLE
    sys.stdout.write(credential.secret.reveal() + "\n")
    if paste.cleaned:
        sys.stderr.write(f"stripped: {'; '.join(paste.cleaned)}\n")
    if credential.doubt:
        sys.stderr.write(f"note: {credential.doubt}\n")
    return ExitCode.USABLE
