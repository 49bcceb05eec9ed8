"""The access tokens of the sandbox: what each opens, until when, and whether it was used."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Literal

Provider = Literal["fitbit", "google-health"]


class Refusal(StrEnum):
    """Why a token opens nothing."""

    EXPIRED = "expired"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Token:
    """A minted token; ``scopes`` are Fitbit's codes or Google's URLs, times are Unix seconds.

    ``offline`` tells whether a refresh token came with it, as Google's tokeninfo does.
    """

    text: str = field(repr=False)
    provider: Provider
    account: str
    client_id: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int
    offline: bool = False

    @property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of the text's SHA-256."""
        return sha256(self.text.encode()).hexdigest()[:12]


class Tokens:
    """All access tokens; every method may be called from any thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, Token] = {}
        self._revoked: set[str] = set()
        self._used: set[str] = set()

    def keep(self, token: Token) -> str:
        """Remember a new token and return its text."""
        with self._lock:
            self._known[token.text] = token
        return token.text

    def find(self, provider: Provider, text: str) -> Token | Refusal:
        """Return what ``text`` opens at ``provider``, or why it opens nothing."""
        with self._lock:
            token = self._known.get(text)
            if token is None or token.provider != provider or text in self._revoked:
                return Refusal.INVALID
        return token if self._now() < token.expires_at else Refusal.EXPIRED

    def all(self) -> tuple[tuple[Token, bool], ...]:
        """Return all tokens, each with whether it is revoked."""
        with self._lock:
            return tuple((token, text in self._revoked) for text, token in self._known.items())

    def revoke(self, text: str) -> bool:
        """End one token; return whether it was known."""
        with self._lock:
            known = text in self._known
            if known:
                self._revoked.add(text)
            return known

    def revoke_of(self, account: str, client_id: str) -> None:
        """End every token of an account through a client."""
        with self._lock:
            self._revoked.update(
                text
                for text, token in self._known.items()
                if (token.account, token.client_id) == (account, client_id)
            )

    def use(self, text: str) -> None:
        """Note that a call was made with a token."""
        with self._lock:
            self._used.add(text)

    def used(self, text: str) -> bool:
        """Tell whether a call was ever made with a token."""
        with self._lock:
            return text in self._used
