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
