"""Access tokens: the access that each one gives, its expiry, and whether it was used."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

ProviderName = str
BUILT_IN: tuple[ProviderName, ...] = ("fitbit", "google-health")


class TokenProblem(StrEnum):
    """Why a token gives no access."""

    EXPIRED = "expired"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token; times are in Unix seconds."""

    text: str = field(repr=False)
    provider: ProviderName
    account: str
    client_id: str
    scopes: tuple[str, ...]
    """Fitbit's scope codes, Google's scope URLs, or what a declared provider has."""
    issued_at: int
    expires_at: int
    offline: bool = False
    """Whether a refresh token came with it, as Google's tokeninfo reports."""
    is_lasting: bool = False
    """Whether it has no expiry: ``expires_at`` is far ahead, and no response has it."""

    @property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of the text's SHA-256."""
        return sha256(self.text.encode()).hexdigest()[:12]


class TokenTable:
    """All access tokens; every method may be called from any thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._tokens: dict[str, AccessToken] = {}
        self._revoked: set[str] = set()
        self._used: set[str] = set()

    def add(self, token: AccessToken) -> str:
        """Store a new token and return its text."""
        with self._lock:
            self._tokens[token.text] = token
        return token.text

    def find(self, provider: ProviderName, text: str) -> AccessToken | TokenProblem:
        """Return the valid token of ``provider`` with that text, or why there is none."""
        with self._lock:
            token = self._tokens.get(text)
            if token is None or token.provider != provider or text in self._revoked:
                return TokenProblem.INVALID
        return token if self._now() < token.expires_at else TokenProblem.EXPIRED

    def all(self) -> tuple[tuple[AccessToken, bool], ...]:
        """Return all tokens, each with whether it is revoked."""
        with self._lock:
            return tuple((token, text in self._revoked) for text, token in self._tokens.items())

    def revoke(self, text: str) -> bool:
        """Revoke one token; return whether it was known."""
        with self._lock:
            known = text in self._tokens
            if known:
                self._revoked.add(text)
            return known

    def revoke_all(self, account: str, client_id: str) -> None:
        """Revoke every token of an account for a client."""
        with self._lock:
            self._revoked.update(
                text
                for text, token in self._tokens.items()
                if (token.account, token.client_id) == (account, client_id)
            )

    def mark_used(self, text: str) -> None:
        """Record that a request was made with a token."""
        with self._lock:
            self._used.add(text)

    def is_used(self, text: str) -> bool:
        """Return whether a request was ever made with a token."""
        with self._lock:
            return text in self._used
