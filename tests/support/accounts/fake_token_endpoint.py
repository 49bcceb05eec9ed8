"""A token endpoint in memory: single-use tokens, a grace for repeated responses, and faults.

Unlike the sandbox it needs no network, so a test can stop a refresh at any step.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeAlias

from tokcheck.accounts.grant import Client, Grant
from tokcheck.core.errors import NetError
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Request, Response

START = 1_780_000_000.0
LIFE = 28_800

Before = Callable[[], object]
Fault: TypeAlias = NetError | Response


def response(status: int, value: Any, **headers: str) -> Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, named, body, datetime.fromtimestamp(START, UTC))


def invalid_grant_response(token: str) -> Response:
    message = f"Refresh token invalid: {token}. Visit https://dev.fitbit.com/docs/oauth2"
    return response(
        400, {"errors": [{"errorType": "invalid_grant", "message": message}], "success": False}
    )


def dropped_connection() -> NetError:
    return NetError("dropped", "the connection broke off", "Try again.", reached=True)


def refused_connection() -> NetError:
    return NetError("refused", "the connection was refused", "Try again.", reached=False)


class FakeClock:
    """Unix seconds and a timer that advance only with pauses."""

    def __init__(self) -> None:
        self.seconds = START
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    async def pause_async(self, seconds: float) -> None:
        self.pause(seconds)


@dataclass(frozen=True)
class Late:
    """A fault after the request was carried out: only the response is lost."""

    fault: Fault


class FakeTokenEndpoint:
    """The refresh tokens of all accounts.

    Each request takes one of ``faults``, in place of its response.
    """

    def __init__(self, clock: FakeClock, *, single_use: bool = True, grace: float = 120.0) -> None:
        self.clock = clock
        self.single_use = single_use
        self.grace = grace
        self.faults: list[Fault | Late] = []
        self.requests: list[dict[str, str]] = []
        self.secrets: list[str | None] = []  # the client's, of each request
        self.accepted_secret: str | None = None  # if set, any other is refused
        self.before: Before = lambda: None  # at each request
        self.issued = 0
        self._live: set[str] = set()
        self._responses: dict[str, tuple[float, dict[str, Any]]] = {}
        self._used: set[str] = set()

    def grant(self, name: str, *, left: float = LIFE, provider: str = "fitbit") -> Grant:
        """Make a grant; its access token is valid for ``left`` more seconds."""
        refresh = self._make_token(f"{name} refresh")
        self._live.add(refresh)
        return Grant(
            name=name,
            client=Client(provider, "23TEST", Secret("5e" * 16)),
            access=Secret(self._make_token(f"{name} access")),
            refresh=Secret(refresh),
            expires_at=self.clock.now() + left,
            refresh_expires_at=None,
            scopes=("settings", "sleep"),
            user_id="7TESTS",
            obtained_at=self.clock.now() + min(0, left - LIFE),
        )

    def use(self, access: Secret) -> None:
        """Use an access token; its response is not repeated any more."""
        self._used.add(access.reveal())

    def would_refresh(self, grant: Grant) -> bool:
        """Return whether a refresh of that grant would succeed."""
        assert grant.refresh is not None
        raw = grant.refresh.reveal()
        return raw in self._live or self._repeatable_response(raw) is not None

    def live_tokens(self) -> list[str]:
        """Return the refresh tokens that work."""
        return sorted(self._live)

    def send(self, provider: Provider, request: Request) -> Response:
        del provider
        assert request.form is not None
        self.before()
        form = {name: value.reveal() for name, value in request.form.items()}
        self.requests.append(form)
        basic = request.basic
        self.secrets.append(form.get("client_secret") if basic is None else basic[1].reveal())
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Late):
            self._respond(form["refresh_token"])
            fault = fault.fault
        if isinstance(fault, NetError):
            raise fault
        if fault is None and self.accepted_secret not in {None, self.secrets[-1]}:
            return response(401, {"error": "invalid_client"})
        return fault or self._respond(form["refresh_token"])

    async def send_async(self, provider: Provider, request: Request) -> Response:
        return self.send(provider, request)

    def _respond(self, token: str) -> Response:
        repeated = self._repeatable_response(token)
        if repeated is not None:
            return response(200, repeated)
        if token not in self._live:
            return invalid_grant_response(token)
        value: dict[str, Any] = {
            "access_token": self._make_token("access"),
            "expires_in": LIFE,
            "token_type": "Bearer",
        }
        if self.single_use:
            self._live.remove(token)
            value["refresh_token"] = self._make_token("refresh")
            self._live.add(value["refresh_token"])
            self._responses[token] = (self.clock.now(), value)
        return response(200, value)

    def _repeatable_response(self, token: str) -> dict[str, Any] | None:
        at, value = self._responses.get(token, (0.0, None))
        if value is None or self.clock.now() - at > self.grace:
            return None
        if value["access_token"] in self._used or value["refresh_token"] not in self._live:
            return None
        return value

    def _make_token(self, seed: str) -> str:
        self.issued += 1
        return sha256(f"{seed} {self.issued}".encode()).hexdigest()

    def used_access_tokens(self) -> set[str]:
        """Return the access tokens that were used."""
        return set(self._used)
