"""The argparse parser of the fast commands; its errors repeat no secret."""

import argparse
from functools import partial
from typing import Any, NoReturn

from tokcheck.core.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser that raises :class:`UsageError`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own options
        # Left to itself, the formatter imports shutil to ask for the terminal's width.
        super().__init__(formatter_class=partial(argparse.HelpFormatter, width=80), **options)

    def error(self, message: str) -> NoReturn:
        """Raise a :class:`UsageError` with the message, secrets redacted."""
        from tokcheck.core.redact import redact  # most command lines are right

        raise UsageError(f"{redact(message)}.", f"See {self.prog} --help.")
