"""The value types of a scan, and the digest that identifies a credential.

SHA-256 comes without OpenSSL, since loading that takes a twentieth of a scan before a commit.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from tokcheck.core.credential import Kind

# The modules behind hashlib, as the standard library's random uses them: _sha2 from Python 3.12 on,
# _sha256 before, hashlib where the interpreter has neither. The digest is the same.
_MODULES = ("_sha2", "_sha256", "hashlib")


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of the data's SHA-256."""
    return bytes(_sha256_type()(data).digest())


@lru_cache(maxsize=1)
def _sha256_type() -> Any:  # noqa: ANN401 - three modules' classes
    """Return the class; a module that is missing is searched for in all folders each time."""
    for name in _MODULES[:-1]:
        try:
            return import_module(name).sha256
        except ImportError:
            continue
    return import_module(_MODULES[-1]).sha256


class Piece(NamedTuple):
    """Some bytes to search: a file, a part of a large one, a git object, an archive's member."""

    path: str
    """The path that findings report, ``archive.zip!member`` in an archive."""
    data: bytes
    first_line: int = 1
    """The line of the file, from 1, in which the bytes begin."""
    first_column: int = 1
    """The column, from 1, in which they begin."""
    seen: int = 0
    """How many of the first bytes the previous piece had too; tokens in them were found there."""


class Unreadable(NamedTuple):
    """Something that could not be read."""

    path: str
    message: str


class Finding(NamedTuple):
    """A credential that was found."""

    path: str
    line: int
    """The line, from 1, in which it begins."""
    column: int
    """The column, in characters from 1, in which it begins."""
    kind: Kind
    provider: str | None
    expired: bool | None
    """Whether it is expired by its own claims; ``None`` if it has none."""
    digest: bytes
    """The SHA-256 of the whole credential, without the joints of a wrapped one."""
    masked: str
    advice: str
    """How to revoke it, in one or two sentences."""
    fragment: bool = False
    """Whether it may go on in the next line; then the digest may be that of its first lines."""

    @property
    def fingerprint(self) -> str:
        """Return the first 12 hexadecimal digits of the digest, which outputs show."""
        return self.digest.hex()[:12]


class ScanResult(NamedTuple):
    """The result of a scan."""

    findings: tuple[Finding, ...]
    """The findings in the order of path, line and column."""
    files: int
    """Files that were read."""
    bytes: int
    """Bytes that were read."""
    errors: tuple[Unreadable, ...]


def format_count(number: int, word: str) -> str:
    """Return a number with its noun: ``1 finding`` or ``2 findings``."""
    return f"{number} {word}{'s' * (number != 1)}"
