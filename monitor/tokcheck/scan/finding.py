"""The value types of a scan, and the digest that identifies a credential.

SHA-256 comes without OpenSSL, since loading that takes a twentieth of a scan before a commit.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any, Literal, NamedTuple

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


Level = Literal["error", "warning", "note"]

STDIN = "<stdin>"
"""The path that findings in standard input report."""


class BlobOrigin(NamedTuple):
    """Where in the history of a repository some bytes come from."""

    commit: str
    """The full id of the commit that adds them; empty if a tag has them and is of no commit."""
    number: int
    """Its place in the history; a parent's number is lower."""
    object: str
    """The id of the blob; that of the commit for its message."""
    tag: bool = False
    """Whether a tag has them and no branch: its message, or a file that it is of."""
    head: bool = False
    """Whether they stand in front of a message, where the commits of a person are all alike."""

    @property
    def is_message(self) -> bool:
        """Return whether the bytes are the commit's message."""
        return self.object == self.commit

    @property
    def is_of_file(self) -> bool:
        """Return whether the bytes are those of a file of the commit."""
        return not (self.tag or self.is_message)


class Commit(NamedTuple):
    """The first commit that adds a credential to a path."""

    id: str
    """Its full id."""
    author: str
    date: str
    """When it was written: RFC 3339, in UTC; empty if git has no valid date."""
    in_head: bool | None
    """Whether HEAD still has the credential, anywhere; ``None`` if there is no HEAD."""

    @property
    def short(self) -> str:
        """Return the first 12 digits of its id, which texts show."""
        return self.id[:12]


class Chunk(NamedTuple):
    """Some bytes to search: a file, a part of a large one, a git object, an archive's member."""

    path: str
    """The path that findings report, ``archive.zip!member`` in an archive."""
    data: bytes
    first_line: int = 1
    """The line of the file, from 1, in which the bytes begin."""
    first_column: int = 1
    """The column, from 1, in which they begin."""
    seen: int = 0
    """How many of the first bytes the previous chunk had too; tokens in them were found there."""
    origin: BlobOrigin | None = None
    """The commit that adds them; ``None`` outside of history."""


class Clean(NamedTuple):
    """Files that were read and searched together, and have nothing in them."""

    paths: tuple[str, ...]
    bytes: int


class Unreadable(NamedTuple):
    """Something that could not be read."""

    path: str
    message: str


class Advice(NamedTuple):
    """The advice on a finding, in sentences."""

    revocation: str
    """How such a credential is revoked, or why there is nothing to revoke."""
    command: str = ""
    """The command that ends it."""
    place: str = ""
    """Where it stands, if not in the content of a file."""
    service: str = ""
    """Its service, if that is not a provider."""
    fragment: str = ""
    """That a part of it may be missing."""

    @property
    def text(self) -> str:
        """All of it, the command first."""
        parts = (self.command, self.place, self.service, self.revocation, self.fragment)
        return " ".join(filter(None, parts))


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
    remedy: Advice
    fragment: bool = False
    """Whether it may continue in the next line; then the digest may be that of its first lines."""
    end_line: int = 0
    """The line, from 1, in which it ends; 0 if that is unknown."""
    end_column: int = 0
    """The column behind its last character, from 1."""
    expires_at: float | None = None
    """The Unix time of its expiry by its own claims; ``None`` if it has none."""
    origin: BlobOrigin | None = None
    """The bytes of history in which it was found."""
    commit: Commit | None = None
    """The first commit that adds it to this path; ``None`` outside of history."""
    archive: str | None = None
    """The path of the archive that has it in a member."""
    stand_in: str | None = None
    """A file of HEAD that stands for a message or a tag; of a commit, one that it changes."""
    line_hash: str = ""
    """GitHub's hash of its line; empty if it was not requested."""
    is_note: bool = False
    """Whether it is worth a note only, and no failure."""
    verdict: str | None = None
    """The verdict of its provider, as ``validate`` has it; ``None`` if it was not probed."""
    works: bool | None = None
    """Whether it works by that verdict; ``None`` if that is unknown."""
    is_sent_elsewhere: bool = False
    """Whether a host of no known provider gets it where it stands: then its provider does not."""

    @property
    def advice(self) -> str:
        """The advice, in sentences."""
        return self.remedy.text

    @property
    def fingerprint(self) -> str:
        """Return the first 12 hexadecimal digits of the digest, which outputs show."""
        return self.digest.hex()[:12]

    @property
    def level(self) -> Level:
        """Return how bad it is, in the words of SARIF."""
        if self.is_note:
            return "note"
        return "warning" if self.expired or self.works is False else "error"


class ScanResult(NamedTuple):
    """The result of a scan."""

    findings: tuple[Finding, ...]
    """The findings in the order of path, line and column."""
    files: int
    """Files that were read."""
    bytes: int
    """Bytes that were read."""
    errors: tuple[Unreadable, ...]
    started_at: float = 0.0
    """When the scan began, as Unix time."""
    ended_at: float = 0.0
    """When it ended."""
    paths: frozenset[str] = frozenset()
    """The paths of the files that were read."""


def format_count(number: int, word: str) -> str:
    """Return a number with its noun: ``1 finding`` or ``2 findings``."""
    return f"{number} {word}{'s' * (number != 1)}"
