"""The error about a token file without a grant: it names the file's content. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tokcheck.accounts.token_files.notations.readings import is_error_message
from tokcheck.accounts.token_files.notations.text_forms import begins_as_json
from tokcheck.checks.message_explanation import Explain, explain_error_message
from tokcheck.core.credential import Kind
from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.core.errors import UsageError, join_lines
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.encoding.base64_text import decode_base64_runs
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.providers.base import Provider, finder_for
from tokcheck.providers.ready_made_providers import load_packaged
from tokcheck.storage.shell_words import quote

_EXPECTED = (
    "A token file contains a refresh_token and, preferably, an access_token: the JSON response of "
    "a token endpoint, or the file of python-fitbit, fitbit-grafana, google-auth, rclone or Home "
    "Assistant; JSON, YAML, TOML, settings and variables of a shell are read."
)
_BARE = "To import a refresh token alone, pass --provider and --client-id."
_WORD = LazyRegex(r"(?i:refresh[ _-]{0,2}token)")
_EMPTY = LazyRegex(
    r"(?i:refresh[ _-]?token)[\"'\\]{0,3}\s{0,9}(?:=>|[:=])\s{0,9}"
    r"(?:(?i:null|none|nil|undefined|false)\b|~|[\"']{2}|(?=[,;}\r\n]|\Z))"
)
# A text that may be the value of a refresh token somewhere.
_POSSIBLE = LazyRegex(r"(?<![\w-])(?:[0-9a-f]{64}|1//0[\w-]{20,})(?![\w-])")
_ACCESS = LazyRegex(
    r"(?i)(?<![a-z])(?:access_?)?token[\"'\\]{0,3}\s{0,9}(?:=>|[:=])\s{0,9}[\"'\\]{0,3}[\w.-]{20}"
)
_CLIENT = LazyRegex(r"(?i)client[ _-]?id[\"'\\]{0,3}\s{0,9}(?:=>|[:=])")
_CONTROL = LazyRegex(r"[\0-\x08\x0e-\x1a]")
_SQLITE = "SQLite format 3\0"
_HEAD = 4_000
_DIRECTIVE = LazyRegex(r"#[ \t]{0,9}(?:define|include|if|ifdef|ifndef|endif|pragma|undef|else)\b")
_COMMENTS = ("#", ";", "//")
_OTHER_KINDS = frozenset(
    {Kind.CLIENT_SECRET, Kind.AUTHORIZATION_CODE, Kind.CLIENT_ID, Kind.ID_TOKEN}
)
_CONSENT = (
    "Google issues a refresh token only for access_type=offline, and again only with "
    "prompt=consent; this requests both: tokcheck login google-health"
)
_BROKEN = "Create the file again with the program that wrote it, or correct it there."


def missing_grant_error(
    text: str,
    name: str,
    providers: Mapping[str, Provider],
    wanted: str | None = None,
    *,
    has_application: bool = False,
    explain: Explain | None = None,
) -> UsageError:
    """Return the error about a text without a grant.

    ``name`` is the file's name in messages, ``wanted`` the expected provider, ``has_application``
    whether an application was found, and ``explain`` returns the meaning of an error message, or
    ``None``.
    """
    if not text.strip(" \t\r\n\0"):
        return UsageError(f"{name} is empty.", _EXPECTED)
    value: Any = None
    if begins_as_json(text):
        try:
            value = parse_json(text)
        except DocumentError as error:
            return error.usage_error(name, "JSON", _BROKEN)
    if (special := _special_file_error(text, value, name)) is not None:
        return special
    # No advice on an error message depends on the present moment.
    if explain is not None:
        now = datetime.now(UTC)
        found = explain_error_message(text, explain, providers, load_packaged, now, wanted)
        if found is not None:
            explained = found.explanation
            return UsageError(
                f"{name} contains an error message, and no tokens. {explained.summary}",
                join_lines(*explained.advice),
            )
    if is_error_message(text):
        return UsageError(
            f"{name} contains an error message of a token endpoint or an API, and no tokens.",
            _EXPECTED,
        )
    if _CONTROL.search(text[:_HEAD]) is not None:
        return _binary_file_error(text, name)
    if has_application and not any(each.search(text) for each in (_WORD, _ACCESS, _POSSIBLE)):
        return UsageError(
            f"{name} describes an application; it contains no tokens of a user.",
            "Pass it after the file with the tokens: tokcheck accounts import TOKENS FILE",
        )
    return _missing_token_error(text, name, finder_for(providers).find(text, wanted), wanted)


def _empty_content(text: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return what a text without any value contains; empty for other texts."""
    text = text.strip()
    if value in ({}, []):
        return json.dumps(value)
    if text in {"null", '""', "''"}:
        return text
    if value is not None and not _has_value(value) and _EMPTY.search(text) is None:
        return "empty lists and objects"
    lines_of_text = filter(None, map(str.strip, text.splitlines()))
    is_comment = all(
        line.startswith(_COMMENTS) and _DIRECTIVE.match(line) is None for line in lines_of_text
    )
    return "comments" if is_comment else ""


def _has_value(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether JSON contains anything but empty containers and ``null``."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict | list):
            left += each.values() if isinstance(each, dict) else each
        elif each is not None:
            return True
    return False


def _missing_token_error(text: str, name: str, found: Paste, wanted: str | None) -> UsageError:
    """Return the error about a text of which some other program made a token file."""
    decoded = decode_base64_runs(text)
    if decoded is not None and decoded.is_part:
        return UsageError(
            f"{name} contains a compressed text that is cut or damaged, so its tokens may be too.",
            "Copy or compress the text again.",
        )
    credential = found.credential
    kind = Kind.ACCESS_TOKEN if found.candidates else credential and credential.kind
    foreign = credential is not None and credential.provider not in {None, "google-health"}
    consent = "" if foreign or wanted == "fitbit" else f" {_CONSENT}"
    empty = _EMPTY.search(text)
    if empty is not None:
        return UsageError(
            f"The refresh token in line {_line_of(text, empty.start())} of {name} is empty.",
            f"Import the file in which the program keeps its tokens.{consent}",
        )
    word = _WORD.search(text)
    if word is not None:
        return _unread_token_error(text, name, _line_of(text, word.start()))
    possible = _POSSIBLE.search(text)
    if possible is not None and (kind is Kind.ACCESS_TOKEN or _CLIENT.search(text) is not None):
        return UsageError(
            f"{name} has no field refresh_token, but a word that may be one in line "
            f"{_line_of(text, possible.start())}.",
            "Write it in this form, and import that: refresh_token=VALUE",
        )
    if kind is Kind.ACCESS_TOKEN:
        return UsageError(
            "The file has no refresh_token, so tokcheck could not refresh the account. It has only "
            "an access token.",
            f"{_EXPECTED} To check an access token: tokcheck validate" + consent,
        )
    if "=" in text or ":" in text:
        return UsageError(
            "The file has no refresh_token, so tokcheck could not refresh the account.",
            f"{_EXPECTED} To check an access token: tokcheck validate",
        )
    if credential is not None and credential.kind in _OTHER_KINDS:
        return UsageError(
            f"{name} contains {credential.words} and no refresh token.", f"{_EXPECTED} {_BARE}"
        )
    return UsageError("This is not a token file.", f"{_EXPECTED} {_BARE}")


def _line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _binary_file_error(text: str, name: str) -> UsageError:
    if text.startswith(_SQLITE):
        return UsageError(
            f"{name} is an SQLite database, which tokcheck does not import.",
            "Export the tokens with the program that wrote it. A store of tokcheck's own is used "
            "where it is: set TOKCHECK_HOME to its folder.",
        )
    return UsageError(
        f"{name} is a binary file.", "Export the tokens as JSON with the program that wrote it."
    )


def _unread_token_error(text: str, name: str, line: int) -> UsageError:
    possible = _POSSIBLE.search(text)
    if possible is not None:
        return UsageError(
            f"{name} names a refresh token in line {line}. Line {_line_of(text, possible.start())} "
            "contains a word that may be one, but it is not the value of that name.",
            "Write it in this form, and import that: refresh_token=VALUE",
        )
    return UsageError(
        f"{name} names a refresh token in line {line}, but no token could be read there.",
        f"Check that the value is there and complete. {_BARE}",
    )


def _special_file_error(
    text: str,
    value: Any,  # noqa: ANN401 - any JSON
    name: str,
) -> UsageError | None:
    """Return the error about a file without any value, of an application or a service account.

    ``None`` if it is neither.
    """
    empty = _empty_content(text, value)
    if empty:
        return UsageError(f"{name} is empty: it contains only {empty}.", _EXPECTED)
    if not isinstance(value, dict):
        return None
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
