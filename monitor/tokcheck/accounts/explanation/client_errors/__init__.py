"""Errors that a client raises by itself: its library's, and those of its connection."""

from tokcheck.accounts.explanation.client_errors.connection_errors import (
    CERTIFICATE,
    OTHER_ORIGIN,
    PROXY,
    UNREACHABLE,
)
from tokcheck.accounts.explanation.client_errors.google_errors import (
    GOOGLE_ERRORS,
    MISSING_SCOPES,
)
from tokcheck.accounts.explanation.client_errors.library_errors import (
    GOOGLE_NODE_ERRORS,
    LIBRARY_ERRORS,
)
from tokcheck.accounts.explanation.client_errors.tool_errors import GCLOUD, RCLONE_ERRORS

__all__ = ["BY_CODE", "CLIENT_ERRORS", "GCLOUD", "MISSING_SCOPES"]

CLIENT_ERRORS = (
    *LIBRARY_ERRORS,
    *GOOGLE_NODE_ERRORS,
    *GOOGLE_ERRORS,
    *RCLONE_ERRORS,
    CERTIFICATE,
    PROXY,
    OTHER_ORIGIN,
    UNREACHABLE,
)
BY_CODE = {error.code: error for error in (*CLIENT_ERRORS, GCLOUD)}
