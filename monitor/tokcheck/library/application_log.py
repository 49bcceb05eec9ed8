"""The log of the application that uses the package: problems there raise no error."""

import logging

from tokcheck.core.errors import TokcheckError

LOG = logging.getLogger("tokcheck")
LOG.addHandler(logging.NullHandler())  # nothing is printed unless the application configures it


def cause_of(error: Exception) -> str:
    """Return the message of an error of tokcheck, and the name of another, which may hold more."""
    return error.message if isinstance(error, TokcheckError) else type(error).__name__
