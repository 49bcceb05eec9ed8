"""The error about a token file in which no grant was found: what it is instead. Pure."""

from collections.abc import Mapping
from shlex import quote
from typing import Any

from tokcheck.accounts.token_files.text_forms import begins_as_json
from tokcheck.core.credential import Kind
from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.base import Provider, finder_for

_EXPECTED = (
    "A token file contains a refresh_token and, preferably, an access_token: the JSON response of "
    "a token endpoint, or the file of python-fitbit, fitbit-grafana, google-auth, rclone or Home "
    "Assistant; JSON, YAML, TOML, settings and variables of a shell are read."
)
_BARE = "To import a refresh token alone, pass --provider and --client-id."
_WORD = LazyRegex(r"(?i:refresh[ _-]{0,2}token)")
# The fields of an error: RFC 6749, section 5.2, and Fitbit's and Google's own.
_ERROR = LazyRegex(
    r"[\"']errors?\\?[\"']\s*:\s*(?:\\?[\"'][a-z_]{4,60}\\?[\"']|\[\s*\{|\{)|[\"']errorType\\?[\"']\s*:"
)
_BROKEN = "Create the file again with the program that wrote it, or correct it there."


def missing_grant_error(text: str, name: str, providers: Mapping[str, Provider]) -> UsageError:
    """Return the error about a text without a grant; ``name`` is what to call the file."""
    text = text.lstrip("\ufeff")
    if not text.strip(" \t\r\n\0"):
        return UsageError(f"{name} is empty.", _EXPECTED)
    value: Any = None
    if begins_as_json(text):
        try:
            value = parse_json(text)
        except DocumentError as error:
            return error.usage_error(name, "JSON", _BROKEN)
    if isinstance(value, dict) and (special := _special_file_error(value, name)):
        return special
    if is_error_message(text):
        return UsageError(
            f"{name} contains an error message of a token endpoint or an API, and no tokens.",
            "To have it explained, paste it into: tokcheck validate",
        )
    word = _WORD.compiled.search(text)
    if word is not None:
        line = text.count("\n", 0, word.start()) + 1
        return UsageError(
            f"{name} names a refresh token in line {line}, but no token could be read there.",
            f"Check that the value is there and complete. {_BARE}",
        )
    found = finder_for(providers).find(text)
    credential = found.credential
    kind = Kind.ACCESS_TOKEN if found.candidates else credential and credential.kind
    if kind is Kind.ACCESS_TOKEN:
        return UsageError(
            "The file has no refresh_token, so tokcheck could not refresh the account. It has only "
            "an access token.",
            f"{_EXPECTED} To check an access token: tokcheck validate",
        )
    if isinstance(value, dict) or "=" in text or ":" in text:
        return UsageError(
            "The file has no refresh_token, so tokcheck could not refresh the account.",
            f"{_EXPECTED} To check an access token: tokcheck validate",
        )
    return UsageError("This is not a token file.", f"{_EXPECTED} {_BARE}")


def is_error_message(text: str) -> bool:
    """Return whether a text has the fields of an error of a token endpoint or an API."""
    return _ERROR.search(text) is not None


def _special_file_error(value: Mapping[str, Any], name: str) -> UsageError | None:
    """Return the error about a file of an application or of a service account, if it is one."""
    if value.get("type") == "service_account":
        return UsageError(
            f"{name} is the key of a service account, which no user has consented to.",
            "Log in as a user, with an OAuth client of the type Desktop or Web: tokcheck login "
            "google-health --client-file client_secret.json",
        )
    for kind in ("installed", "web"):
        client = value.get(kind)
        if isinstance(client, dict) and "client_id" in client:
            path = "client_secret.json" if name.startswith("The ") else quote(name)
            return UsageError(
                f"{name} describes an application; it contains no tokens of a user.",
                f"Get the consent of a user with it: tokcheck login google-health "
                f"--client-file {path}",
            )
    return None
