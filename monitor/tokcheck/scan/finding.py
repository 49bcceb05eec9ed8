"""The value types of a scan: what is looked through, and what was found in it.

SHA-256 without OpenSSL, whose loading takes a twentieth of a commit's check.
"""

from importlib import import_module
from typing import Any, NamedTuple

from tokcheck.core.credential import Kind

# As the standard library's own random does, the module behind hashlib is taken where the
# interpreter has it: _sha2 from Python 3.12 on, _sha256 before. The digest is the same.
_MODULES = ("_sha2", "_sha256", "hashlib")


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of the data's SHA-256."""
    return bytes(_made(data).digest())


def _made(data: bytes) -> Any:  # noqa: ANN401 - three modules' classes
    for name in _MODULES[:-1]:
        try:
            return import_module(name).sha256(data)
        except ImportError:
            continue
    return import_module(_MODULES[-1]).sha256(data)


class Piece(NamedTuple):
    """Some bytes to look through: a file, a part of a huge one, a blob, an archive's member.

    ``path`` is how findings name it (``archive.zip!member`` in an archive). ``first_line`` and
    ``first_column``, both from 1, say where in the file the bytes begin; the first ``seen`` bytes
    were part of the piece before, and a token that ends among them was found there.
    """

    path: str
    data: bytes
    first_line: int = 1
    first_column: int = 1
    seen: int = 0


class Unreadable(NamedTuple):
    """Something that should have been looked through and could not be read."""

    path: str
    message: str


class Finding(NamedTuple):
    """A credential that was found.

    ``line`` and ``column``, from 1, are where it begins, the column in characters. ``expired``
    is what its own claims say, ``None`` where they say nothing. ``fingerprint`` is the first 12
    hexadecimal digits of ``digest``, the SHA-256 of the whole credential with its joints taken
    out. ``advice`` is one sentence or two: where to revoke it.
    """

    path: str
    line: int
    column: int
    kind: Kind
    provider: str | None
    expired: bool | None
    digest: bytes
    masked: str
    advice: str

    @property
    def fingerprint(self) -> str:
        """How outputs name the credential."""
        return self.digest.hex()[:12]


class Scanned(NamedTuple):
    """The result of a scan: findings in the order of path, line and column."""

    findings: tuple[Finding, ...]
    files: int
    bytes: int
    errors: tuple[Unreadable, ...]
