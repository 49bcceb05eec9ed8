"""The error of files that tokcheck refuses to use in their current state."""

from pathlib import Path

from tokcheck.core.errors import ExitCode, TokcheckError


class StorageError(TokcheckError):
    """A file or folder is not what it must be: private, regular, and of a known version.

    ``problem`` completes a sentence that begins with the path, so that a caller can put the path
    into a sentence of its own.
    """

    exit_code = ExitCode.COULD_NOT_TELL

    def __init__(self, path: Path, problem: str, hint: str) -> None:
        super().__init__(f"{path} {problem}.", hint)
        self.path = path
        self.problem = problem


class ForeignFileError(StorageError):
    """A database was written by another program."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "does not contain the data that tokcheck needs: another program created or changed it",
            "Move it away or restore a backup, or name another folder with TOKCHECK_HOME.",
        )
