"""The scopes of the API: addresses that end in what they give access to, and how."""

from collections.abc import Mapping, Sequence
from typing import Literal

from tokcheck.core.report import Claims, Scope

PREFIX = "https://www.googleapis.com/auth/googlehealth."

# https://developers.google.com/health/scopes
SCOPES = {
    "activity_and_fitness": "steps, distance, calories, exercise, cardio fitness",
    "ecg": "ECG readings taken on the device",
    "health_metrics_and_measurements": "heart rate, oxygen, breathing, weight, glucose and more",
    "irn": "irregular-rhythm alerts",
    "location": "GPS data",
    "nutrition": "food and water",
    "profile": "basic information about the user",
    "settings": "units and time zone, the list of paired devices",
    "sleep": "sleep logs",
}
WRITABLE = (
    "activity_and_fitness",
    "health_metrics_and_measurements",
    "nutrition",
    "profile",
    "settings",
    "sleep",
)
_ACCESS: dict[str, Literal["read", "write"]] = {"readonly": "read", "writeonly": "write"}


def scope(code: str) -> Scope:
    """Explain a scope's address; one that is not of the API is shown by its last part."""
    if not code.startswith(PREFIX):
        return Scope(code.removeprefix("https://www.googleapis.com/auth/"), code, None, None)
    name, _, mode = code.removeprefix(PREFIX).partition(".")
    return Scope(name, code, _ACCESS.get(mode), SCOPES.get(name))


def same_access(scopes: Sequence[Scope]) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001 - has no successor
    """Return nothing: this API has no successor."""
    return {}


def is_health_token(claims: Claims | None) -> bool:
    """Return whether a token's scopes show that it is for the Google Health API."""
    scopes = claims.scopes if claims is not None else None
    return any(name.startswith(PREFIX) for name in scopes or ())


def token_title(claims: Claims | None) -> str:
    """Return what a token is called in sentences, as far as its scopes show."""
    return "Google Health API" if is_health_token(claims) else "Google access"
