"""A local server in place of the Fitbit Web API and the Google Health API, on loopback.

Start one with :func:`tokcheck.sandbox.server.serve_in_thread`. This package imports nothing of
tokcheck but ``core``, so that the providers are tested against an independent description of both
APIs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.sandbox.faults.catalogue import FAULT_NAMES, FAULTS
    from tokcheck.sandbox.faults.fault import Area, Fault
    from tokcheck.sandbox.http_messages import HttpRequest
    from tokcheck.sandbox.router import handle_request
    from tokcheck.sandbox.server import Sandbox, serve_in_thread
    from tokcheck.sandbox.state.clients import (
        FITBIT_CLIENT,
        FITBIT_PUBLIC_CLIENT,
        FITBIT_SECRET,
        FITBIT_SERVER_CLIENT,
        GOOGLE_CLIENT,
        GOOGLE_SECRET,
        GOOGLE_TESTING_CLIENT,
        GOOGLE_WEB_CLIENT,
        REDIRECT_URIS,
        RegisteredClient,
    )
    from tokcheck.sandbox.state.codes import GrantProblem, TokenRequestError
    from tokcheck.sandbox.state.grants import IssuedTokens, RefreshCounts
    from tokcheck.sandbox.state.rate_limits import RateLimitRule
    from tokcheck.sandbox.state.sandbox_state import SandboxState
    from tokcheck.sandbox.state.scopes import HEALTH_SCOPE, AccessMode

__all__ = [
    "FAULTS",
    "FAULT_NAMES",
    "FITBIT_CLIENT",
    "FITBIT_PUBLIC_CLIENT",
    "FITBIT_SECRET",
    "FITBIT_SERVER_CLIENT",
    "GOOGLE_CLIENT",
    "GOOGLE_SECRET",
    "GOOGLE_TESTING_CLIENT",
    "GOOGLE_WEB_CLIENT",
    "HEALTH_SCOPE",
    "REDIRECT_URIS",
    "AccessMode",
    "Area",
    "Fault",
    "GrantProblem",
    "HttpRequest",
    "IssuedTokens",
    "RateLimitRule",
    "RefreshCounts",
    "RegisteredClient",
    "Sandbox",
    "SandboxState",
    "TokenRequestError",
    "handle_request",
    "serve_in_thread",
]

_MODULES = {
    "AccessMode": "tokcheck.sandbox.state.scopes",
    "Area": "tokcheck.sandbox.faults.fault",
    "RegisteredClient": "tokcheck.sandbox.state.clients",
    "FAULTS": "tokcheck.sandbox.faults.catalogue",
    "FAULT_NAMES": "tokcheck.sandbox.faults.catalogue",
    "FITBIT_CLIENT": "tokcheck.sandbox.state.clients",
    "FITBIT_PUBLIC_CLIENT": "tokcheck.sandbox.state.clients",
    "FITBIT_SECRET": "tokcheck.sandbox.state.clients",
    "FITBIT_SERVER_CLIENT": "tokcheck.sandbox.state.clients",
    "Fault": "tokcheck.sandbox.faults.fault",
    "GOOGLE_CLIENT": "tokcheck.sandbox.state.clients",
    "GOOGLE_SECRET": "tokcheck.sandbox.state.clients",
    "GOOGLE_TESTING_CLIENT": "tokcheck.sandbox.state.clients",
    "GOOGLE_WEB_CLIENT": "tokcheck.sandbox.state.clients",
    "GrantProblem": "tokcheck.sandbox.state.codes",
    "HEALTH_SCOPE": "tokcheck.sandbox.state.scopes",
    "HttpRequest": "tokcheck.sandbox.http_messages",
    "IssuedTokens": "tokcheck.sandbox.state.grants",
    "REDIRECT_URIS": "tokcheck.sandbox.state.clients",
    "RateLimitRule": "tokcheck.sandbox.state.rate_limits",
    "RefreshCounts": "tokcheck.sandbox.state.grants",
    "Sandbox": "tokcheck.sandbox.server",
    "SandboxState": "tokcheck.sandbox.state.sandbox_state",
    "TokenRequestError": "tokcheck.sandbox.state.codes",
    "handle_request": "tokcheck.sandbox.router",
    "serve_in_thread": "tokcheck.sandbox.server",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
