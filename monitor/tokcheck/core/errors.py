"""The error tree and the exit codes.

Every error that a user may see is a :class:`TokcheckError`. It carries one sentence (the problem),
a hint (the next step) and the exit code of the process. The entry point prints both and returns the
code; nothing else in the package exits. The whole tree, with the exit codes and the module of each
class::

    TokcheckError                  tokcheck.core.errors
    ├── UsageError           2     tokcheck.core.errors
    │   ├── DeclarationError 2     tokcheck.declarations.declaration_text
    │   └── SharedGrantError 2     tokcheck.accounts.revocation
    ├── NetError             3     tokcheck.core.errors
    ├── StorageError         3     tokcheck.storage.errors
    │   └── ForeignFileError 3     tokcheck.storage.errors
    ├── LedgerError          3     tokcheck.exporter.ledger.ledger_errors
    │   ├── LedgerDamagedError  3  tokcheck.exporter.ledger.ledger_errors
    │   ├── LedgerFullError  3     tokcheck.exporter.ledger.ledger_errors
    │   ├── LedgerLockedError 3    tokcheck.exporter.ledger.ledger_errors
    │   └── LedgerSlowError  3     tokcheck.exporter.ledger.ledger_errors
    ├── StoreError           3     tokcheck.accounts.errors
    │   └── LostError        3     tokcheck.accounts.errors
    ├── GrantError           1     tokcheck.accounts.errors
    ├── OAuthError           1 3 4 tokcheck.accounts.errors
    ├── ConsentError         1 3 4 tokcheck.accounts.errors
    │   └── ForeignError     1     tokcheck.accounts.errors
    ├── NotRevocableError    1     tokcheck.cli.commands.revoke.leaked_token
    ├── NoTokenError         1     tokcheck.library.cleaning
    ├── PostgresError        3     tokcheck.storage.postgres.database_errors
    ├── OutputError          3     tokcheck.cli.commands.scan.outputs
    └── WorkerLostError      3     tokcheck.scan.workers

Rooms below a class cannot import it, so the tree is text, and a test compares it with the classes.

A message may contain paths, keys and values that others wrote. A line break or an escape sequence
in one of them would write lines that look like those of tokcheck, so each text is made one
printable line; a text of several lines is built by :func:`join_lines`.
"""

from enum import IntEnum

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from typing import Any


class ExitCode(IntEnum):
    """The exit code of a process; the table is part of the public interface."""

    USABLE = 0
    NOT_USABLE = 1
    USAGE = 2
    COULD_NOT_TELL = 3
    RATE_LIMITED = 4
    BUG = 70
    INTERRUPTED = 130


class _Lines(str):
    """A text of several lines, each printable."""

    __slots__ = ()


def join_lines(*texts: str) -> str:
    """Return these texts as the lines of a message or a hint."""
    return _Lines("\n".join(map(_one_line, texts)))


def _one_line(text: str) -> str:
    if text.isprintable() or isinstance(text, _Lines):
        return text
    from tokcheck.core.escape import printable  # noqa: PLC0415 - most texts are printable

    return printable(text)


class TokcheckError(Exception):
    """An error with a sentence for people, and a hint with the next step."""

    exit_code: ExitCode = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = _one_line(message)
        self.hint = _one_line(hint)
        super().__init__(self.message)

    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]  # a view, in place of a list
        """The hint, which a traceback prints below the message, and the notes of others."""
        others: list[str] = self.__dict__.get("notes", [])
        return [self.hint, *others] if self.hint else others

    def add_note(self, note: str) -> None:
        """Add a note, as a test's library does."""
        self.__dict__.setdefault("notes", []).append(note)

    def __reduce__(self) -> "tuple[Any, ...]":
        # The parameters of a subclass are not the arguments that BaseException remembers.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    kind: type[TokcheckError], args: "tuple[Any, ...]", facts: "dict[str, Any]"
) -> TokcheckError:
    """Return an error that was pickled or copied."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class UsageError(TokcheckError):
    """The command line, the environment or an input file is wrong."""

    exit_code = ExitCode.USAGE


class NetError(TokcheckError):
    """A request got no response, which says nothing about the token.

    ``reached`` is whether the request may have reached the server. Only one that certainly did
    not may be sent again without spending a second request of a quota. The message may continue a
    sentence, and ends one.
    """

    exit_code = ExitCode.COULD_NOT_TELL

    def __init__(self, kind: str, message: str, hint: str = "", *, reached: bool) -> None:
        super().__init__(message if message.endswith(".") else f"{message}.", hint)
        self.kind = kind
        self.reached = reached


def source_lines(error: BaseException) -> str:
    """Return the source lines of an error without its text, which may repeat a token."""
    source_lines: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        name = code.co_filename.replace("\\", "/").rpartition("/")[2]
        source_lines.append(f"{name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(source_lines[-4:])
