"""Read a paste from an environment variable, and name the variable in messages."""

from collections.abc import Mapping

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import looks_secret, plain, redact


def read_variable(name: str, environ: Mapping[str, str]) -> str:
    """Return the value of a variable, which may be empty.

    :raises UsageError: if it is not set.
    """
    value = environ.get(name)
    if value is None:
        hint = "Set and export it, then try again."
        raise UsageError(f"{describe_variable(name)} is not set.", hint)
    return value


def describe_variable(name: str) -> str:
    """Return a variable's name with its article, as the beginning of a sentence.

    It is redacted if it looks like a token, which may have been put in its place. A name with
    spaces at an end or other invisible characters is quoted: without them it is another name.
    """
    if looks_secret(name):
        return f"The variable {plain(redact(name))}"
    return f"The variable {name if name and name == plain(name) else repr(name)}"
