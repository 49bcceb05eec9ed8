"""``tokcheck clean``: print the bare token of a paste. A fast command: argparse, no typer."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from tokcheck.check import without_token
from tokcheck.cli.shared.argparse_parser import Parser
from tokcheck.cli.shared.paste_input import describe_source, from_words
from tokcheck.cli.shared.pasted_argv import split
from tokcheck.core.errors import ExitCode
from tokcheck.paste.finder import Paste
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
    text = from_words(words, sys.stdin, sys.stderr)
    paste = FINDER.find(text)
    credential = paste.credential
    owner = REGISTRY.get((credential and credential.provider) or "")
    now = datetime.now(UTC)
    refusal = without_token.conclude_from_text(text, paste, owner.instead if owner else {}, now)
    if refusal is not None or credential is None:
        from tokcheck.core.escape import without_commands

        lines = _describe_message(text, paste) or ()
        if without_token.is_empty(text):
            empty = without_token.conclude_empty(describe_source(words), text)
            lines = (empty.summary, *empty.advice)
        elif refusal is not None and not lines:
            lines = (refusal.summary, *refusal.advice)
        sys.stderr.write(without_commands("".join(f"{line}\n" for line in lines)))
        return ExitCode.NOT_USABLE
    sys.stdout.write(credential.secret.reveal() + "\n")
    if paste.cleaned:
        sys.stderr.write(f"stripped: {'; '.join(paste.cleaned)}\n")
    if credential.doubt:
        sys.stderr.write(f"note: {credential.doubt}\n")
    return ExitCode.USABLE


def _describe_message(text: str, paste: Paste) -> tuple[str, ...]:
    """Return what to say about an error message; nothing if the text is none."""
    if not text.strip() or not without_token.may_be_message(paste):
        return ()
    from tokcheck.accounts.explanation import explain_message

    explained = explain_message(text, REGISTRY, datetime.now(UTC))
    if explained is None:
        return ()
    title = REGISTRY[explained.provider].title if explained.provider else None
    found = without_token.conclude_error_message(title, text)
    more = "To read what to do about it, paste it into: tokcheck validate"
    return (found.summary, explained.summary, more)
