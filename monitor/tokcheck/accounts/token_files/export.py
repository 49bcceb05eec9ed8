"""Export a grant, secrets included, as the token file of another program.

:mod:`tokcheck.accounts.token_files.token_file` lists the formats and their sources.
"""

import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from tokcheck.accounts.errors import explain_errors
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.token_files.grant_provider import GRAFANA_NAMES
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names
from tokcheck.core.secret import Secret
from tokcheck.storage.shell_words import quote


def checked_output_path(path: Path, *, replace: bool) -> Path:
    """Return ``path`` if a file may be written there; ``replace`` allows one that exists.

    :raises UsageError: if it may not. A device or a link is never replaced: the rename would put
        a file in its place, for every other program as well.
    """
    with explain_errors(path):
        try:
            existing = path.lstat()
        except FileNotFoundError:
            existing = None
    if existing is None:
        if not path.parent.is_dir():
            raise UsageError(
                f"The folder {path.parent} does not exist.",
                "Create it first, or name a file in another folder.",
            )
    elif not stat.S_ISREG(existing.st_mode):
        raise UsageError(
            f"{path} is not a regular file.",
            "Name a new file: links are not followed. To print the tokens instead, leave out "
            "--output.",
        )
    elif not replace:
        raise UsageError(
            f"{path} exists already and was not changed.",
            "Name another file, or pass --replace to overwrite it.",
        )
    return path


def is_in_repository(path: Path) -> bool:
    """Return whether a file is in the working tree of a git repository."""
    folders = path.absolute().parents
    # A folder above may be one that the user may not enter.
    return any(os.path.exists(folder / ".git") for folder in folders)  # noqa: PTH110


def token_file_text(
    grant: Grant, file_format: str, now: float, token_endpoint: str | None = None
) -> str:
    """Return the text of a token file in one of ``FORMATS``.

    ``token_endpoint`` is the address that refreshes the grant; ``None`` if it is not known.

    :raises UsageError: if the grant lacks what the other program needs.
    """
    return FORMATS[file_format](grant, now, token_endpoint)


def _token_response(grant: Grant, now: float, token_endpoint: str | None) -> str:
    del token_endpoint
    # Fitbit's tokens name both themselves. A client ignores names that it does not know (RFC 6749,
    # section 5.1), and without these the file could not be imported again.
    client = grant.client
    is_named = client.provider == "fitbit"
    return _json(
        {
            "access_token": _access(grant),
            "expires_in": _seconds_left(grant, now),
            "refresh_token": None if grant.is_lasting else _refresh(grant),
            "provider": None if is_named else client.provider,
            "client_id": None if is_named else client.client_id or None,
            "scope": " ".join(grant.scopes) or None,
            "token_type": "Bearer",
            "user_id": grant.user_id,
        }
    )


def _python_fitbit(grant: Grant, now: float, token_endpoint: str | None) -> str:
    del token_endpoint
    _require_provider(grant, ("fitbit",), "python-fitbit")
    ends = grant.known_expiry(now)
    expires_at = now if ends is None else ends
    return (
        "[Login Parameters]\n"
        f"client_id = {grant.client.client_id}\n"
        f"client_secret = {_client_secret(grant, 'python-fitbit')}\n"
        f"access_token = {_access(grant)}\n"
        f"refresh_token = {_refresh(grant)}\n"
        f"expires_at = {expires_at:.0f}\n"
    )


def _fitbit_grafana(grant: Grant, now: float, token_endpoint: str | None) -> str:
    del token_endpoint
    _require_provider(grant, GRAFANA_NAMES, "fitbit-grafana")
    return _json(
        {
            "provider": GRAFANA_NAMES[grant.client.provider],
            "access_token": _access(grant),
            "refresh_token": _refresh(grant),
            "saved_at_utc": datetime.fromtimestamp(int(now), UTC).isoformat(),
            "expires_in": _seconds_left(grant, now),
        }
    )


def _google_auth(grant: Grant, now: float, token_endpoint: str | None) -> str:
    _require_provider(grant, ("google-health",), "google-auth")
    expiry = None
    ends = grant.known_expiry(now)
    if ends is not None:
        when = datetime.fromtimestamp(int(ends), UTC)
        expiry = when.replace(tzinfo=None).isoformat() + "Z"
    return _json(
        {
            "type": "authorized_user",
            "token": _raw(grant.access) or None,
            "refresh_token": _refresh(grant),
            "token_uri": token_endpoint,
            "client_id": grant.client.client_id,
            "client_secret": _client_secret(grant, "google-auth"),
            "scopes": list(grant.scopes) or None,
            "universe_domain": "googleapis.com",
            "expiry": expiry,
        }
    )


FORMATS: Mapping[str, Callable[[Grant, float, str | None], str]] = MappingProxyType(
    {
        "token-response": _token_response,
        "python-fitbit": _python_fitbit,
        "fitbit-grafana": _fitbit_grafana,
        "google-auth": _google_auth,
    }
)


def _json(fields: Mapping[str, object]) -> str:
    known = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(known, indent=2) + "\n"


def _seconds_left(grant: Grant, now: float) -> int | None:
    ends = grant.known_expiry(now)
    return None if ends is None else max(0, int(ends) - int(now))


def _require_provider(grant: Grant, providers: Iterable[str], file_format: str) -> None:
    if grant.client.provider not in providers:
        raise UsageError(
            f"The format {file_format} is for {list_names(providers)}, but {grant.name} is an "
            f"account of {grant.client.provider}.",
            "Pass --format token-response.",
        )


def _access(grant: Grant) -> str:
    raw = _raw(grant.access)
    if not raw:
        raise UsageError(
            f"The account {grant.name} has no access token yet.",
            f"Refresh it first: tokcheck accounts refresh {quote(grant.name)}",
        )
    return raw


def _refresh(grant: Grant) -> str:
    if grant.refresh is None:
        raise UsageError(
            f"The account {grant.name} has no refresh token.",
            f"To print its access token: tokcheck token {quote(grant.name)}",
        )
    return _raw(grant.refresh)


def _client_secret(grant: Grant, file_format: str) -> str:
    if grant.client.secret is None:
        raise UsageError(
            f"The format {file_format} needs the application's secret, but the application of "
            f"{grant.name} has none.",
            "Pass --format token-response.",
        )
    return _raw(grant.client.secret)


def _raw(secret: Secret) -> str:
    return secret.reveal()
