"""What the light commands share: an argparse parser that repeats no secret in its errors."""

import argparse
from functools import partial
from typing import Any, NoReturn

from tokcheck.core.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are a :class:`UsageError`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own options
        # Left to itself, the formatter imports shutil to ask for the terminal's width.
        super().__init__(formatter_class=partial(argparse.HelpFormatter, width=80), **options)

    def error(self, message: str) -> NoReturn:
        """Raise what was wrong, with no secret in it."""
        from tokcheck.core.redact import redact  # most command lines are right

        raise UsageError(f"{redact(message)}.", f"{self.prog} --help shows what it takes.")
