"""Authorization codes: single use, short-lived, and bound to one client and redirect URI.

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

from tokcheck.sandbox.state import token_formats
from tokcheck.sandbox.state.tokens import ProviderName

ChallengeMethod = Literal["S256", "plain"]

# Fitbit documents 10 minutes; Google documents only that the time is short.
CODE_SECONDS = 600
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class GrantProblem(StrEnum):
    """Why the token endpoint issues no tokens."""

    CODE_UNKNOWN = "the code is unknown"
    CODE_DEAD = "the code was used before or has expired"
    REDIRECT_MISMATCH = "the redirect URI differs from the one in the authorization request"
    VERIFIER_MISSING = "the code verifier is missing"
    VERIFIER_WRONG = "the code verifier does not match the code challenge"
    VERIFIER_UNEXPECTED = "there is a code verifier, but there was no code challenge"
    REFRESH_UNKNOWN = "the refresh token is unknown"
    REFRESH_DEAD = "the refresh token was used, was revoked or has expired"
    SCOPE_EXCEEDED = "the refresh requests a scope that was not granted"
    CLIENT_MISMATCH = "the grant belongs to another client"
    CONFLICT = "another refresh with this token is in progress"


class TokenRequestError(Exception):
    """The token endpoint refuses a request; the message holds no secret."""

    def __init__(self, problem: GrantProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Consent:
    """A user's consent to a client, and the facts that its code is bound to."""

    provider: ProviderName
    client_id: str
    account: str
    scopes: tuple[str, ...]
    """Fitbit's scope names, or Google's scope URLs."""
    redirect_uri: str
    """The redirect URI of the authorization request; empty if it named none."""
    challenge: str = field(default="", repr=False)
    method: ChallengeMethod = "plain"
    offline: bool = True
    """Google's ``access_type=offline``: a refresh token is wanted."""
    prompt_consent: bool = True
    """Google's ``prompt=consent``: a new refresh token is issued even if there is one."""
    nonce: str = ""
    """The nonce that the ID token repeats; empty if the request has none."""


def is_valid_challenge(challenge: str) -> bool:
    """Return whether ``challenge`` has the length and the characters of RFC 7636."""
    return _CHALLENGE.fullmatch(challenge) is not None


def code_challenge(verifier: str, method: ChallengeMethod = "S256") -> str:
    """Return the code challenge for a code verifier."""
    if method == "plain":
        return verifier
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Codes:
    """All authorization codes; every method may be called from any thread."""

    def __init__(self, now: Callable[[], float], random: token_formats.RandomSource) -> None:
        self._now = now
        self._random = random
        self._lock = threading.Lock()
        self._valid: dict[str, tuple[Consent, float]] = {}
        self._spent: set[str] = set()

    def issue(self, consent: Consent) -> str:
        """Return a new code for ``consent``."""
        with self._lock:
            if consent.provider == "google-health":
                text = token_formats.google_code(self._random)
            else:
                text = token_formats.random_hex(self._random, 40)
            self._valid[text] = (consent, self._now() + CODE_SECONDS)
            return text

    def redeem(self, text: str, client_id: str, redirect_uri: str, verifier: str | None) -> Consent:
        """Return the consent behind a code and invalidate the code.

        Raises :class:`TokenRequestError`; the code then stays valid.
        """
        with self._lock:
            consent, expires_at = self._valid.get(text, (None, 0.0))
            if consent is None:
                spent = text in self._spent
                raise TokenRequestError(
                    GrantProblem.CODE_DEAD if spent else GrantProblem.CODE_UNKNOWN
                )
            if self._now() >= expires_at:
                raise TokenRequestError(GrantProblem.CODE_DEAD)
            if consent.client_id != client_id:
                raise TokenRequestError(GrantProblem.CLIENT_MISMATCH)
            if consent.redirect_uri != redirect_uri:
                raise TokenRequestError(GrantProblem.REDIRECT_MISMATCH)
            _check_verifier(consent, verifier)
            del self._valid[text]
            self._spent.add(text)
            return consent

    def revoke(self, account: str, client_id: str) -> None:
        """Invalidate the codes of an account for a client."""
        with self._lock:
            for text, (consent, _) in tuple(self._valid.items()):
                if (consent.account, consent.client_id) == (account, client_id):
                    del self._valid[text]
                    self._spent.add(text)


def _check_verifier(consent: Consent, verifier: str | None) -> None:
    if not consent.challenge:
        # Google refuses a verifier without a challenge; no report of the same is known for Fitbit:
        # https://github.com/googleapis/google-auth-library-python-oauthlib/issues/64
        if verifier and consent.provider == "google-health":
            raise TokenRequestError(GrantProblem.VERIFIER_UNEXPECTED)
        return
    if not verifier:
        raise TokenRequestError(GrantProblem.VERIFIER_MISSING)
    # A verifier is ASCII; other text, such as a lone surrogate, may have no UTF-8 to hash.
    if not verifier.isascii() or code_challenge(verifier, consent.method) != consent.challenge:
        raise TokenRequestError(GrantProblem.VERIFIER_WRONG)
