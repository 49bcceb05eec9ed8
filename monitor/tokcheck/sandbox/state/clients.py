"""The applications that are registered in the sandbox, and where they may be redirected to."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from tokcheck.core.addresses import is_loopback
from tokcheck.core.errors import UsageError
from tokcheck.sandbox.state.mint import FITBIT_CLIENT, GOOGLE_CLIENT, Access
from tokcheck.sandbox.state.tokens import Provider

Kind = Literal["personal", "client", "server", "desktop", "web"]

FITBIT_KINDS: tuple[Kind, ...] = ("personal", "client", "server")
# A desktop application has a secret as well, and the token endpoint insists on it.
SECRET_KINDS: tuple[Kind, ...] = ("server", "desktop", "web")

FITBIT_PUBLIC_CLIENT = "23SBX2"
FITBIT_SERVER_CLIENT = "23SBX3"
GOOGLE_WEB_CLIENT = "100000000001-sandbox1sandbox1sandbox1sandbox1.apps.googleusercontent.com"
GOOGLE_TESTING_CLIENT = "100000000002-sandbox2sandbox2sandbox2sandbox2.apps.googleusercontent.com"
FITBIT_SECRET = "5a" * 16
GOOGLE_SECRET = "GOCSPX-" + "sandbox0" * 3 + "sbox"  # made up here, in a real one's form
REDIRECT_URIS = tuple(
    f"{host}:19152/{path}"
    for host in ("http://127.0.0.1", "http://localhost", "https://localhost")
    for path in ("", "callback")
)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered application.

    ``access`` is Fitbit's mode for all scopes of an application. ``testing``, ``testers`` (names
    of accounts; ``None`` lets everybody in) and ``verified`` describe a Google consent screen.
    """

    client_id: str
    kind: Kind
    name: str = "A sample application"
    secret: str = field(default="", repr=False)
    redirect_uris: tuple[str, ...] = REDIRECT_URIS
    access: Access = "read"
    testing: bool = False
    testers: tuple[str, ...] | None = None
    verified: bool = True

    def __post_init__(self) -> None:
        if self.needs_secret and not self.secret:
            raise UsageError(f"An application of the type {self.kind} has a secret.", "Give one.")

    @property
    def provider(self) -> Provider:
        """Where it is registered; the types of the two differ."""
        return "fitbit" if self.kind in FITBIT_KINDS else "google-health"

    @property
    def needs_secret(self) -> bool:
        """Tell whether the token endpoint asks for a secret."""
        return self.kind in SECRET_KINDS

    def accepts(self, redirect_uri: str) -> bool:
        """Tell whether ``redirect_uri`` is registered.

        It must be equal, but a desktop application may use any port and path of loopback:
        https://developers.google.com/identity/protocols/oauth2/native-app
        """
        return redirect_uri in self.redirect_uris or (
            self.kind == "desktop" and _on_loopback(redirect_uri)
        )

    def admits(self, account: str) -> bool:
        """Tell whether an account may consent: while testing, only a listed one."""
        return not self.testing or self.testers is None or account in self.testers


class Clients:
    """All applications; every method may be called from any thread."""

    def __init__(self, clients: Iterable[Client]) -> None:
        self._lock = threading.Lock()
        self._known = {client.client_id: client for client in clients}

    def all(self) -> tuple[Client, ...]:
        """Return all applications, oldest first."""
        with self._lock:
            return tuple(self._known.values())

    def find(self, client_id: str, provider: Provider) -> Client | None:
        """Return the application of that id, if it is registered at ``provider``."""
        with self._lock:
            client = self._known.get(client_id)
        return client if client is not None and client.provider == provider else None

    def registered(self, client_id: str) -> Client:
        """Return the application of that id; :class:`UsageError` when there is none."""
        with self._lock:
            if client_id not in self._known:
                raise UsageError(
                    f"There is no application with the client id {client_id[:80]!r}.",
                    "GET /sandbox/clients lists those there are; register it first.",
                )
            return self._known[client_id]

    def put(self, client: Client) -> None:
        """Register an application, or replace the one of the same id; its grants stay."""
        with self._lock:
            self._known[client.client_id] = client


def _on_loopback(redirect_uri: str) -> bool:
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        return False
    # What parsers forgive, a Location header must not repeat.
    plain = redirect_uri.isascii() and redirect_uri.isprintable() and " " not in redirect_uri
    return plain and parts.scheme == "http" and is_loopback(parts.hostname or "") and port != 0


def sample_clients() -> tuple[Client, ...]:
    """Return the applications of a fresh world."""
    return (
        Client(FITBIT_CLIENT, "personal", "Personal sample"),
        Client(FITBIT_PUBLIC_CLIENT, "client", "Client sample"),
        Client(FITBIT_SERVER_CLIENT, "server", "Server sample", FITBIT_SECRET, access="read-write"),
        Client(GOOGLE_CLIENT, "desktop", "Desktop sample", GOOGLE_SECRET),
        Client(GOOGLE_WEB_CLIENT, "web", "Web sample", GOOGLE_SECRET),
        Client(
            GOOGLE_TESTING_CLIENT,
            "desktop",
            "Testing sample",
            GOOGLE_SECRET,
            testing=True,
            verified=False,
        ),
    )
