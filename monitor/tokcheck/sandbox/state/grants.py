"""Grants: the consents of users to clients, and the refresh tokens: rotation, expiry, revocation.

https://dev.fitbit.com/build/reference/web-api/developer-guide/best-practices/ and
https://developers.google.com/identity/protocols/oauth2#expiration
"""

import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import Codes, GrantProblem, TokenRequestError
from tokcheck.sandbox.state.token_formats import RandomSource, google_refresh_token, random_hex

Grace = Literal["until-used", "two-minutes", "none"]

GRACE_SECONDS = 120
TESTING_SECONDS = 7 * 86_400
IDLE_SECONDS = 183 * 86_400  # "six months"
MOST_GOOGLE_GRANTS = 100

_Key = tuple[str, str]  # account and client


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The tokens that the token endpoint issues."""

    client_id: str
    account: str
    scopes: tuple[str, ...]
    """Fitbit's scope names, or Google's scope URLs."""
    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    """The refresh token; ``None`` if none is issued."""
    refresh_expires_at: float | None = None
    """Unix seconds; ``None`` if the refresh token has no fixed expiry."""
    nonce: str = ""
    """The nonce of the authorization request, for the ID token."""


class RefreshCounts(NamedTuple):
    """The outcomes of refresh requests."""

    renewed: int
    """Refreshes that issued new tokens."""
    repeated: int
    """Refreshes that returned the previous response once more."""
    refused: int


@dataclass(slots=True, eq=False)
class _RefreshToken:
    """A refresh token; times are in Unix seconds."""

    text: str = field(repr=False)
    client_id: str
    account: str
    scopes: tuple[str, ...]
    last_used: float
    idle_seconds: float = math.inf
    """How long the token stays valid without a use."""
    expires_at: float = math.inf
    issued: IssuedTokens | None = None
    """The tokens that a refresh with it issued; set only where a refresh token is single use."""
    is_repeatable: bool = True
    """Whether a second refresh may get the response of the first one, as at Fitbit."""

    @property
    def key(self) -> _Key:
        return self.account, self.client_id


class Grants:
    """All grants and refresh tokens; every method may be called from any thread.

    ``issue_access_token`` makes an access token for a client, an account and scopes; its last
    argument is whether a refresh token comes with it. ``is_used`` returns whether a request was
    made with an access token.

    ``grace`` selects when Fitbit repeats the response to a repeated refresh: ``until-used`` is
    within two minutes and until one of the new tokens is used (its present documentation),
    ``two-minutes`` is within two minutes (its previous documentation), ``none`` is never.
    """

    def __init__(
        self,
        now: Callable[[], float],
        random: RandomSource,
        issue_access_token: Callable[[RegisteredClient, str, tuple[str, ...], bool], str],
        is_used: Callable[[str], bool],
    ) -> None:
        self.codes = Codes(now, random)
        self.grace: Grace = "until-used"
        self._now = now
        self._random = random
        self._issue_access_token = issue_access_token
        self._is_used = is_used
        self._lock = threading.RLock()
        self._granted_scopes: dict[_Key, tuple[str, ...]] = {}
        self._valid: dict[_Key, dict[str, _RefreshToken]] = {}
        self._known: dict[str, _RefreshToken] = {}
        self._rotated: deque[_RefreshToken] = deque()
        self._in_progress: Counter[str] = Counter()
        self._counts: Counter[tuple[_Key, str]] = Counter()

    def granted_scopes(self, account: str, client_id: str) -> tuple[str, ...]:
        """Return the scopes that an account has allowed a client so far."""
        with self._lock:
            return self._granted_scopes.get((account, client_id), ())

    def exchange(
        self, client: RegisteredClient, form: Mapping[str, str], refresh_token: str
    ) -> IssuedTokens:
        """Exchange the refresh token of a form, or its code if that is empty.

        Raises :class:`TokenRequestError`.
        """
        if refresh_token:
            return self.refresh(client, refresh_token)
        redirect_uri = form.get("redirect_uri", "")
        return self.redeem(client, form["code"], redirect_uri, form.get("code_verifier"))

    def redeem(
        self, client: RegisteredClient, code: str, redirect_uri: str, verifier: str | None
    ) -> IssuedTokens:
        """Exchange a code for tokens; raises :class:`TokenRequestError`.

        Another client than Google's has one refresh token for each user, so the previous one
        ends. Google
        issues one only for offline access, and a second one only with ``prompt=consent``.
        """
        with self._lock:
            consent = self.codes.redeem(code, client.client_id, redirect_uri, verifier)
            key = (consent.account, consent.client_id)
            previous = self._granted_scopes.get(key, ())
            self._granted_scopes[key] = tuple(dict.fromkeys((*previous, *consent.scopes)))
            if client.is_lasting:
                return self._issue(client, consent.account, consent.scopes, None)
            if client.provider != "google-health":
                return self._issue_rotating(client, consent.account, consent.scopes)
            refresh = None
            if consent.offline and (consent.prompt_consent or not self._valid.get(key)):
                refresh = self._add_google_refresh_token(client, consent.account, consent.scopes)
            issued = self._issue(client, consent.account, consent.scopes, refresh)
            return replace(issued, nonce=consent.nonce)

    def refresh(
        self, client: RegisteredClient, text: str, scopes: tuple[str, ...] = ()
    ) -> IssuedTokens:
        """Exchange a refresh token for new tokens; raises :class:`TokenRequestError`.

        ``scopes`` narrows the scopes of Google's new access token; the grant stays as it is.
        """
        with self._lock:
            token = self._known.get(text)
            problem = self._find_problem(client, token, scopes)
            if token is None or problem is not None:
                self._count(token, "refused")
                raise TokenRequestError(problem or GrantProblem.REFRESH_UNKNOWN)
            if token.issued is not None:
                self._count(token, "repeated")
                return token.issued
            self._count(token, "renewed")
            token.last_used = self._now()
            if not client.rotates:
                return self._issue(client, token.account, scopes or token.scopes, token)
            token.issued = self._issue_rotating(client, token.account, token.scopes)
            self._drop_unrepeatable()
            self._rotated.append(token)
            return token.issued

    def can_refresh(self, text: str) -> bool:
        """Return whether a refresh with that token would succeed now, a repeated one included."""
        with self._lock:
            token = self._known.get(text)
            return token is not None and self._is_usable(token)

    def find_owner(self, text: str) -> _Key | None:
        """Return the account and the client of a refresh token that can be used."""
        with self._lock:
            return self._known[text].key if self.can_refresh(text) else None

    def revoke(self, account: str, client_id: str) -> None:
        """Revoke the grant of an account for a client, with its codes and refresh tokens."""
        with self._lock:
            self._granted_scopes.pop((account, client_id), None)
            self._valid.pop((account, client_id), None)
            self.codes.revoke(account, client_id)

    def refresh_counts(
        self, account: str | None = None, client_id: str | None = None
    ) -> RefreshCounts:
        """Return the outcomes of refreshes: all, or those of an account or a client.

        The refusal of an unknown token counts only if neither is given.
        """
        with self._lock:
            totals: Counter[str] = Counter()
            for ((owner, client), outcome), number in self._counts.items():
                if account in {None, owner} and client_id in {None, client}:
                    totals[outcome] += number
            return RefreshCounts(totals["renewed"], totals["repeated"], totals["refused"])

    @contextmanager
    def refresh_in_progress(self, text: str) -> Iterator[None]:
        """Treat the refresh with a token as still in progress while the block runs."""
        with self._lock:
            self._in_progress[text] += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_progress[text] -= 1

    def _find_problem(
        self, client: RegisteredClient, token: _RefreshToken | None, scopes: tuple[str, ...]
    ) -> GrantProblem | None:
        if token is None:
            return GrantProblem.REFRESH_UNKNOWN
        if token.client_id != client.client_id:
            return GrantProblem.CLIENT_MISMATCH
        if client.provider == "fitbit" and self._in_progress[token.text]:
            return GrantProblem.CONFLICT
        if not self._is_usable(token):
            return GrantProblem.REFRESH_DEAD
        return None if set(scopes) <= set(token.scopes) else GrantProblem.SCOPE_EXCEEDED

    def _is_usable(self, token: _RefreshToken) -> bool:
        now = self._now()
        if token.text in self._valid.get(token.key, {}):
            return now < min(token.expires_at, token.last_used + token.idle_seconds)
        issued = token.issued
        if issued is None or issued.refresh is None or self.grace == "none":
            return False
        if not token.is_repeatable:
            return False
        if now - token.last_used > GRACE_SECONDS or not self.can_refresh(issued.refresh):
            return False
        unused = not (self._is_used(issued.access) or self._known[issued.refresh].issued)
        return unused or self.grace == "two-minutes"

    def _issue_rotating(
        self, client: RegisteredClient, account: str, scopes: tuple[str, ...]
    ) -> IssuedTokens:
        text = random_hex(self._random, 64)
        token = _RefreshToken(
            text,
            client.client_id,
            account,
            scopes,
            self._now(),
            is_repeatable=not client.declared,
        )
        self._known[text] = token
        self._valid[token.key] = {text: token}
        return self._issue(client, account, scopes, token)

    def _add_google_refresh_token(
        self, client: RegisteredClient, account: str, scopes: tuple[str, ...]
    ) -> _RefreshToken:
        text, now = google_refresh_token(self._random), self._now()
        expires_at = now + TESTING_SECONDS if client.testing else math.inf
        token = _RefreshToken(
            text, client.client_id, account, scopes, now, IDLE_SECONDS, expires_at
        )
        self._known[text] = token
        valid = self._valid.setdefault(token.key, {})
        valid[text] = token
        if len(valid) > MOST_GOOGLE_GRANTS:
            del valid[next(iter(valid))]
        return token

    def _issue(
        self,
        client: RegisteredClient,
        account: str,
        scopes: tuple[str, ...],
        refresh: _RefreshToken | None,
    ) -> IssuedTokens:
        access = self._issue_access_token(client, account, scopes, refresh is not None)
        if refresh is None:
            return IssuedTokens(client.client_id, account, scopes, access)
        expires_at = None if refresh.expires_at == math.inf else refresh.expires_at
        return IssuedTokens(client.client_id, account, scopes, access, refresh.text, expires_at)

    def _drop_unrepeatable(self) -> None:
        """Drop tokens past their grace time, or a long run would fill the memory."""
        while self._rotated and self._now() - self._rotated[0].last_used > GRACE_SECONDS:
            self._known.pop(self._rotated.popleft().text, None)

    def _count(self, token: _RefreshToken | None, outcome: str) -> None:
        self._counts[("", "") if token is None else token.key, outcome] += 1
