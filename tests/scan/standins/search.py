"""A search that is good enough for tests of what is read: whole tokens, by two expressions."""

import re
from collections.abc import Iterator
from hashlib import sha256

from tokcheck.credential import Kind
from tokcheck.scan.finding import Finding, Piece

_TOKEN = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]{43}|ya29\.[\w-]+")


class Searcher:
    """Finds tokens in a piece."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self, piece: Piece) -> Iterator[Finding]:
        """Yield the findings of a piece."""
        for match in _TOKEN.finditer(piece.data):
            if match.end() <= piece.seen:
                continue
            before = piece.data[: match.start()].decode("utf-8", "replace")
            line = piece.first_line + before.count("\n")
            column = len(before.rpartition("\n")[2]) + (1 if "\n" in before else piece.first_column)
            yield Finding(
                piece.path,
                line,
                column,
                Kind.ACCESS_TOKEN,
                "fitbit",
                None,
                sha256(match.group()).digest(),
                "eyJhbG…",
                "Revoke it.",
            )
