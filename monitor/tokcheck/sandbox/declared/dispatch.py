"""Find the declared API that a path belongs to, and respond to requests to it."""

import re
from typing import NamedTuple

from tokcheck.sandbox.declared import api as declared_api
from tokcheck.sandbox.declared import consent, oauth
from tokcheck.sandbox.declared.refusals import refusal
from tokcheck.sandbox.faults.fault import Area, Fault
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse
from tokcheck.sandbox.state.declared.api_table import ApiTable
from tokcheck.sandbox.state.sandbox_state import SandboxState

# A prefix, because two APIs may have the same paths.
_PATH = re.compile(r"/providers/([a-z0-9-]{1,40})(/.*)?", re.DOTALL)


def base_path(name: str) -> str:
    """Return the path of the sandbox below which it fakes a declared provider."""
    return f"/providers/{name}"


class DeclaredRoute(NamedTuple):
    """Where a request goes."""

    api: ApiTable
    path: str
    """The path behind the provider's address."""
    area: Area

    def respond(
        self, state: SandboxState, request: HttpRequest, fault: Fault | None
    ) -> HttpResponse:
        """Return the response to a request, or that of its fault."""

        def normal() -> HttpResponse:
            match self.area:
                case Area.DECLARED_CONSENT:
                    return consent.handle_request(state, self.api, request)
                case Area.DECLARED_OAUTH:
                    return oauth.handle_request(state, self.api, request, self.path)
                case _:
                    return declared_api.handle_request(state, self.api, request, self.path)

        if fault is None:
            return normal()
        if not fault.verdict:
            return fault.respond(request, normal)
        headers = (("Retry-After", "60"),) if fault.verdict == "rate_limited" else ()
        return refusal(self.api, fault.verdict, fault.number, headers)


def find_route(state: SandboxState, path: str) -> DeclaredRoute | None:
    """Return the route of a path; ``None`` if it is no path of a declared API."""
    match = _PATH.fullmatch(path)
    api = state.declared.find(match[1]) if match else None
    if match is None or api is None:
        return None
    path = match[2] or "/"
    area = Area.DECLARED_API
    if path == api.oauth_path("authorize"):
        area = Area.DECLARED_CONSENT
    elif path in {api.oauth_path("token"), api.oauth_path("revoke")}:
        area = Area.DECLARED_OAUTH
    return DeclaredRoute(api, path, area)
