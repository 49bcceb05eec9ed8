"""Fingerprints, a line each."""

from collections.abc import Iterable
from pathlib import Path

from tokcheck.scan.finding import Finding


class Baseline:
    """The known findings of a file."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.known = frozenset(known)

    @classmethod
    def read(cls, path: str) -> "Baseline":
        """Read a file."""
        return cls(Path(path).read_text().split())

    @classmethod
    def write(cls, path: str, findings: Iterable[Finding], _previous: "Baseline") -> "Baseline":
        """Write a file."""
        known = sorted({finding.fingerprint for finding in findings})
        Path(path).write_text("".join(f"{each}\n" for each in known))
        return cls(known)
