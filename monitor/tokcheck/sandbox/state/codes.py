"""Authorization codes: single use, short-lived, and bound to whom they were given.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 and https://www.rfc-editor.org/rfc/rfc7636
"""

import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from tokcheck.sandbox.state import mint
from tokcheck.sandbox.state.tokens import Provider

Method = Literal["S256", "plain"]

# Fitbit's documentation says 10 minutes, Google's only that it is short.
CODE_SECONDS = 600
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Problem(StrEnum):
    """Why the token endpoint gives nothing."""

    CODE_UNKNOWN = "the code is unknown"
    CODE_DEAD = "the code was used before or is too old"
    REDIRECT_MISMATCH = "the redirect address differs from the one of the consent"
    VERIFIER_MISSING = "the code verifier is missing"
    VERIFIER_WRONG = "the code verifier does not fit the challenge"
    VERIFIER_UNEXPECTED = "there was no challenge for the code verifier"
    REFRESH_UNKNOWN = "the refresh token is unknown"
    REFRESH_DEAD = "the refresh token was used, revoked or has expired"
    CLIENT_MISMATCH = "the grant belongs to another application"
    CONFLICT = "another refresh of this token is under way"


class GrantError(Exception):
    """A refusal of the token endpoint; it names no secret."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody allowed, and how the code that tells of it may be redeemed.

    ``scopes`` are Fitbit's names or Google's URLs. ``redirect_uri`` is empty where it was left to
    what is registered. ``offline`` and ``anew`` are Google's ``access_type=offline`` and
    ``prompt=consent``.
    """

    provider: Provider
    client_id: str
    account: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str = field(default="", repr=False)
    method: Method = "plain"
    offline: bool = True
    anew: bool = True


def well_formed(challenge: str) -> bool:
    """Tell whether ``challenge`` has the length and the letters of RFC 7636."""
    return _CHALLENGE.fullmatch(challenge) is not None


def challenge_of(verifier: str, method: Method = "S256") -> str:
    """Return the challenge that belongs to a verifier."""
    if method == "plain":
        return verifier
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Codes:
    """All codes; every method may be called from any thread."""

    def __init__(self, now: Callable[[], float], chooser: mint.Chooser) -> None:
        self._now = now
        self._chooser = chooser
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Consent, float]] = {}
        self._dead: set[str] = set()

    def issue(self, consent: Consent) -> str:
        """Return a new code for ``consent``."""
        with self._lock:
            if consent.provider == "fitbit":
                text = mint.hexadecimal(self._chooser, 40)
            else:
                text = mint.google_code(self._chooser)
            self._open[text] = (consent, self._now() + CODE_SECONDS)
            return text

    def redeem(self, text: str, client_id: str, redirect_uri: str, verifier: str | None) -> Consent:
        """Return what ``text`` stands for, and end it; a refused try leaves it as it was.

        Raises :class:`GrantError`.
        """
        with self._lock:
            consent, ends_at = self._open.get(text, (None, 0.0))
            if consent is None:
                raise GrantError(Problem.CODE_DEAD if text in self._dead else Problem.CODE_UNKNOWN)
            if self._now() >= ends_at:
                raise GrantError(Problem.CODE_DEAD)
            if consent.client_id != client_id:
                raise GrantError(Problem.CLIENT_MISMATCH)
            if consent.redirect_uri != redirect_uri:
                raise GrantError(Problem.REDIRECT_MISMATCH)
            _verify(consent, verifier)
            del self._open[text]
            self._dead.add(text)
            return consent

    def end(self, account: str, client_id: str) -> None:
        """End the codes that an account gave to a client."""
        with self._lock:
            for text, (consent, _) in tuple(self._open.items()):
                if (consent.account, consent.client_id) == (account, client_id):
                    del self._open[text]
                    self._dead.add(text)


def _verify(consent: Consent, verifier: str | None) -> None:
    if not consent.challenge:
        # Google refuses what it did not ask for; nobody reports the same of Fitbit:
        # https://github.com/googleapis/google-auth-library-python-oauthlib/issues/64
        if verifier and consent.provider == "google-health":
            raise GrantError(Problem.VERIFIER_UNEXPECTED)
        return
    if not verifier:
        raise GrantError(Problem.VERIFIER_MISSING)
    # A verifier is ASCII; anything else might have no UTF-8 to make a challenge of.
    if not verifier.isascii() or challenge_of(verifier, consent.method) != consent.challenge:
        raise GrantError(Problem.VERIFIER_WRONG)
