"""OAuth clients: the applications that are registered in the sandbox."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from tokcheck.core.addresses import is_loopback
from tokcheck.core.errors import UsageError
from tokcheck.sandbox.state.scopes import AccessMode
from tokcheck.sandbox.state.tokens import ProviderName

ClientType = Literal["personal", "client", "server", "desktop", "web", "confidential", "public"]

FITBIT_CLIENT_TYPES: tuple[ClientType, ...] = ("personal", "client", "server")
# A desktop application has a secret too, and the token endpoint requires it.
CLIENT_TYPES_WITH_SECRET: tuple[ClientType, ...] = ("server", "desktop", "web", "confidential")
# Of declared providers.
DECLARED_CLIENT_TYPES: tuple[ClientType, ...] = ("confidential", "public")
DECLARED_SECRET = "6b" * 20

FITBIT_CLIENT = "23SBX1"
FITBIT_PUBLIC_CLIENT = "23SBX2"
FITBIT_SERVER_CLIENT = "23SBX3"
GOOGLE_CLIENT = "100000000001-sandbox0sandbox0sandbox0sandbox0.apps.googleusercontent.com"
GOOGLE_WEB_CLIENT = "100000000001-sandbox1sandbox1sandbox1sandbox1.apps.googleusercontent.com"
GOOGLE_TESTING_CLIENT = "100000000002-sandbox2sandbox2sandbox2sandbox2.apps.googleusercontent.com"
FITBIT_SECRET = "5a" * 16
GOOGLE_SECRET = "GOCSPX-" + "sandbox0" * 3 + "sbox"  # made up, in the form of a real one
REDIRECT_URIS = tuple(
    f"{host}:19152/{path}"
    for host in ("http://127.0.0.1", "http://localhost", "https://localhost")
    for path in ("", "callback")
)


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A registered application. ``testing`` and what follows describe Google's consent screen."""

    client_id: str
    kind: ClientType
    name: str = "A sample application"
    secret: str = field(default="", repr=False)
    redirect_uris: tuple[str, ...] = REDIRECT_URIS
    access: AccessMode = "read"
    """Fitbit's access mode, which holds for all scopes of an application."""
    testing: bool = False
    testers: tuple[str, ...] | None = None
    """The accounts that may consent while ``testing``; ``None`` allows every account."""
    verified: bool = True
    declared: str = ""
    """The declared provider that it is registered with; empty for another."""
    single_use: bool = True
    """Whether a refresh token of a declared provider works once."""
    is_lasting: bool = False
    """Whether its access tokens have no expiry, and no refresh tokens come with them."""

    def __post_init__(self) -> None:
        if self.needs_secret and not self.secret:
            raise UsageError(f"An application of the type {self.kind} needs a secret.", "Give one.")

    @property
    def provider(self) -> ProviderName:
        """The provider that the application is registered with."""
        if self.declared:
            return self.declared
        return "fitbit" if self.kind in FITBIT_CLIENT_TYPES else "google-health"

    @property
    def rotates(self) -> bool:
        """Whether each refresh issues a new refresh token in place of the one that was used."""
        return self.provider == "fitbit" or (bool(self.declared) and self.single_use)

    @property
    def needs_secret(self) -> bool:
        """Whether the token endpoint requires a client secret."""
        return self.kind in CLIENT_TYPES_WITH_SECRET

    def accepts(self, redirect_uri: str) -> bool:
        """Return whether ``redirect_uri`` is registered.

        It must be equal, except that a desktop application may use any loopback port and path:
        https://developers.google.com/identity/protocols/oauth2/native-app
        """
        return redirect_uri in self.redirect_uris or (
            self.kind == "desktop" and _is_loopback_uri(redirect_uri)
        )

    def allows_account(self, account: str) -> bool:
        """Return whether an account may consent; while testing, only a listed one may."""
        return not self.testing or self.testers is None or account in self.testers


class Clients:
    """All applications; every method may be called from any thread."""

    def __init__(self, clients: Iterable[RegisteredClient]) -> None:
        self._lock = threading.Lock()
        self._clients = {client.client_id: client for client in clients}

    def all(self) -> tuple[RegisteredClient, ...]:
        """Return all applications, oldest first."""
        with self._lock:
            return tuple(self._clients.values())

    def find(self, client_id: str, provider: ProviderName) -> RegisteredClient | None:
        """Return the application with that id, if it is registered with ``provider``."""
        with self._lock:
            client = self._clients.get(client_id)
        return client if client is not None and client.provider == provider else None

    def get(self, client_id: str) -> RegisteredClient:
        """Return the application with that id; raises :class:`UsageError` if there is none."""
        with self._lock:
            if client_id not in self._clients:
                raise UsageError(
                    f"There is no application with the client id {client_id[:80]!r}.",
                    "GET /sandbox/clients lists the clients; register this one first.",
                )
            return self._clients[client_id]

    def put(self, client: RegisteredClient) -> None:
        """Register an application, or replace the one with the same id; its grants stay."""
        with self._lock:
            self._clients[client.client_id] = client


def _is_loopback_uri(redirect_uri: str) -> bool:
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        return False
    # urlsplit accepts characters that must not get into a Location header.
    plain = redirect_uri.isascii() and redirect_uri.isprintable() and " " not in redirect_uri
    return plain and parts.scheme == "http" and is_loopback(parts.hostname or "") and port != 0


def declared_client_id(provider: str) -> str:
    """Return the id of the application that a declared provider starts with."""
    return f"{provider}-sandbox"


def lasting_client_id(provider: str) -> str:
    """Return the id of the application of a declared provider with tokens that do not expire."""
    return f"{provider}-lasting"


def declared_clients(
    provider: str, *, single_use: bool, lasting_tokens: bool = False
) -> tuple[RegisteredClient, ...]:
    """Return the applications that a declared provider starts with: with and without a secret.

    A third one has ``lasting_tokens``, if the provider declares them.
    """
    lasting = RegisteredClient(
        lasting_client_id(provider),
        "confidential",
        "Sample with lasting tokens",
        DECLARED_SECRET,
        declared=provider,
        is_lasting=True,
    )
    return (
        RegisteredClient(
            declared_client_id(provider),
            "confidential",
            "Confidential sample",
            DECLARED_SECRET,
            declared=provider,
            single_use=single_use,
        ),
        RegisteredClient(
            f"{provider}-public",
            "public",
            "Public sample",
            declared=provider,
            single_use=single_use,
        ),
        *((lasting,) if lasting_tokens else ()),
    )


def sample_clients() -> tuple[RegisteredClient, ...]:
    """Return the applications that a new sandbox starts with."""
    return (
        RegisteredClient(FITBIT_CLIENT, "personal", "Personal sample"),
        RegisteredClient(FITBIT_PUBLIC_CLIENT, "client", "Client sample"),
        RegisteredClient(
            FITBIT_SERVER_CLIENT, "server", "Server sample", FITBIT_SECRET, access="read-write"
        ),
        RegisteredClient(GOOGLE_CLIENT, "desktop", "Desktop sample", GOOGLE_SECRET),
        RegisteredClient(GOOGLE_WEB_CLIENT, "web", "Web sample", GOOGLE_SECRET),
        RegisteredClient(
            GOOGLE_TESTING_CLIENT,
            "desktop",
            "Testing sample",
            GOOGLE_SECRET,
            testing=True,
            verified=False,
        ),
    )
