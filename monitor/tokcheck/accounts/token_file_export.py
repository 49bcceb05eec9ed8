"""A grant in the token files of other programs, secrets included. Pure.

Where these forms come from stands in :mod:`tokcheck.accounts.token_file_import`.

Where secrets may be written outside of the store: over nothing that is there unasked.
"""

import json
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from types import MappingProxyType

from tokcheck.accounts.errors import explained
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.token_file_import import GRAFANA_NAMES
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret


def checked_output_path(path: Path, *, replace: bool) -> Path:
    """Return ``path`` if a file may be written there; with ``replace`` also over another file.

    :raises UsageError: if it may not. A device or a link is never replaced: a rename would put a
        file into its place, for every other program as well.
    """
    with explained(path):
        try:
            found = path.lstat()
        except FileNotFoundError:
            found = None
    if found is None:
        if not path.parent.is_dir():
            raise UsageError(
                f"There is no folder {path.parent}.", "Make it first, or name another file."
            )
    elif not stat.S_ISREG(found.st_mode):
        raise UsageError(
            f"{path} is no ordinary file.",
            "Name a file that is not there yet; a link is not followed. Without --output, standard "
            "output is written to.",
        )
    elif not replace:
        raise UsageError(
            f"{path} exists already, and was left as it is.",
            "Name another file, or give --replace to put this one in its place.",
        )
    return path


def is_in_repository(path: Path) -> bool:
    """Tell whether a file lies where git would take it up."""
    return any((folder / ".git").exists() for folder in path.absolute().parents)


_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


def token_file_text(grant: Grant, form: str, now: float) -> str:
    """Return the text of a token file in one of ``FORMATS``.

    :raises UsageError: if the grant lacks what the other program needs.
    """
    return FORMATS[form](grant, now)


def _token_response(grant: Grant, now: float) -> str:
    return _json(
        {
            "access_token": _access(grant),
            "expires_in": _seconds_left(grant, now),
            "refresh_token": _refresh(grant),
            "scope": " ".join(grant.scopes) or None,
            "token_type": "Bearer",
            "user_id": grant.user_id,
        }
    )


def _python_fitbit(grant: Grant, now: float) -> str:
    _require_provider(grant, "fitbit", "python-fitbit")
    expires_at = now if grant.expires_at is None else grant.expires_at
    return (
        "[Login Parameters]\n"
        f"client_id = {grant.client.client_id}\n"
        f"client_secret = {_client_secret(grant, 'python-fitbit')}\n"
        f"access_token = {_access(grant)}\n"
        f"refresh_token = {_refresh(grant)}\n"
        f"expires_at = {expires_at:.0f}\n"
    )


def _fitbit_grafana(grant: Grant, now: float) -> str:
    return _json(
        {
            "provider": GRAFANA_NAMES.get(grant.client.provider),
            "access_token": _access(grant),
            "refresh_token": _refresh(grant),
            "saved_at_utc": datetime.fromtimestamp(int(now), UTC).isoformat(),
            "expires_in": _seconds_left(grant, now),
        }
    )


def _google_auth(grant: Grant, now: float) -> str:
    del now
    _require_provider(grant, "google-health", "google-auth")
    expiry = None
    if grant.expires_at is not None:
        when = datetime.fromtimestamp(int(grant.expires_at), UTC)
        expiry = when.replace(tzinfo=None).isoformat() + "Z"
    return _json(
        {
            "type": "authorized_user",
            "token": _raw(grant.access) or None,
            "refresh_token": _refresh(grant),
            "token_uri": _TOKEN_URI,
            "client_id": grant.client.client_id,
            "client_secret": _client_secret(grant, "google-auth"),
            "scopes": list(grant.scopes) or None,
            "universe_domain": "googleapis.com",
            "expiry": expiry,
        }
    )


FORMATS: Mapping[str, Callable[[Grant, float], str]] = MappingProxyType(
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
    return None if grant.expires_at is None else max(0, int(grant.expires_at) - int(now))


def _require_provider(grant: Grant, provider: str, form: str) -> None:
    if grant.client.provider != provider:
        raise UsageError(
            f"{form} is for {provider}, and {grant.name} is an account of {grant.client.provider}.",
            "Use --format token-response.",
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


def _client_secret(grant: Grant, form: str) -> str:
    if grant.client.secret is None:
        raise UsageError(
            f"{form} needs the application's secret, and {grant.name} belongs to an application "
            "without one.",
            "Use --format token-response.",
        )
    return _raw(grant.client.secret)


def _raw(secret: Secret) -> str:
    return secret.reveal()
