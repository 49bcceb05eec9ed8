"""``tokcheck clean``: print the bare token of a paste. A fast command: argparse, no typer."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokcheck.checks.bare_token import find_bare_token, with_explanation
from tokcheck.cli.shared.paste_input import describe_path, describe_source, from_words, is_typed
from tokcheck.cli.shared.pasted_argv import has_options
from tokcheck.core.errors import ExitCode
from tokcheck.declarations.provider_choice import choose_providers

if TYPE_CHECKING:
    from tokcheck.cli.shared.argparse_parser import Parser


def build_parser() -> "Parser":
    """Return the parser of the command line."""
    from tokcheck.cli.shared.argparse_parser import Parser

    parser = Parser(
        prog="tokcheck clean",
        usage="[OPTIONS] [PASTE]...",
        description="Print the access token that a paste contains, and nothing else. Notes about "
        "what was stripped go to stderr. Nothing is sent.",
        examples=("T=$(pbpaste | tokcheck clean) && export T",),
        exit_codes="Exit codes: 0 printed, 1 no token to print, 2 wrong usage. In export T=$(...), "
        "the shell would hide them.",
    )
    parser.add_paste()
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code: 0 printed, 1 no token to print, 2 usage."""
    # Loading argparse takes longer than finding a token.
    words = list(argv)
    if has_options(argv):
        words = build_parser().parse_paste(argv).paste
    unpacked: list[str] = []
    text = from_words(words, sys.stdin, sys.stderr, unpacked.append)
    known, _, load_more = choose_providers(None, None, os.environ)
    now = datetime.now(UTC)
    bare = find_bare_token(text, known, now, load_more)
    if bare.refusal is not None:
        from tokcheck.accounts.explanation import explain_message

        bare = with_explanation(bare, text, now, explain_message, load_more)
    paste, refusal, explained = bare.paste, bare.refusal, bare.explained
    credential = paste.credential
    if refusal is not None or credential is None:
        from tokcheck.checks import verdict, without_token
        from tokcheck.core.escape import without_commands

        lines: tuple[str, ...] = ()
        if without_token.is_empty(text):
            empty = (
                verdict.conclude_nothing_pasted()
                if is_typed(words)
                else without_token.conclude_empty(describe_source(words), text)
            )
            lines = (empty.summary, *empty.advice)
        elif explained is not None and refusal is not None:
            more = "To read what to do about it, paste it into: tokcheck validate"
            lines = (refusal.summary, explained.summary, more)
        elif refusal is not None:
            advice = describe_path(words, "tokcheck clean < {}") if credential is None else None
            lines = (refusal.summary, *(advice or refusal.advice))
        sys.stderr.write(without_commands("".join(f"{line}\n" for line in lines)))
        return ExitCode.NOT_USABLE
    sys.stdout.write(credential.secret.reveal() + "\n")
    if cleaned := (*unpacked, *paste.cleaned):
        sys.stderr.write(f"stripped: {'; '.join(cleaned)}\n")
    if credential.doubt:
        sys.stderr.write(f"note: {credential.doubt}\n")
    return ExitCode.USABLE
