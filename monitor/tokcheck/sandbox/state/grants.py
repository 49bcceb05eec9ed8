"""Consents and refresh tokens: how they are renewed, and every way in which they end.

https://dev.fitbit.com/build/reference/web-api/developer-guide/best-practices/ and
https://developers.google.com/identity/protocols/oauth2#expiration
"""

import math
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tokcheck.sandbox.state.clients import Client
from tokcheck.sandbox.state.codes import Codes, GrantError, Problem
from tokcheck.sandbox.state.mint import Chooser, google_refresh_token, hexadecimal

Grace = Literal["until-used", "two-minutes", "none"]

GRACE_SECONDS = 120
TESTING_SECONDS = 7 * 86_400
IDLE_SECONDS = 183 * 86_400  # "six months"
MOST_GOOGLE_GRANTS = 100

_Key = tuple[str, str]  # account and client


@dataclass(frozen=True, slots=True)
class Issued:
    """What the token endpoint gives out; ``None`` where nothing is due.

    ``scopes`` are Fitbit's names or Google's URLs, ``refresh_ends_at`` is in Unix seconds.
    """

    client_id: str
    account: str
    scopes: tuple[str, ...]
    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    refresh_ends_at: float | None = None


class Refreshes(NamedTuple):
    """How refreshes went: with new tokens, with the same answer once more, or refused."""

    renewed: int
    repeated: int
    refused: int


@dataclass(slots=True, eq=False)
class _Refresh:
    """A refresh token; ``answer`` is what Fitbit's gave, ``idle`` how long it lives unused."""

    text: str = field(repr=False)
    client_id: str
    account: str
    scopes: tuple[str, ...]
    last_used: float
    idle: float = math.inf
    ends_at: float = math.inf
    answer: Issued | None = None

    @property
    def key(self) -> _Key:
        return self.account, self.client_id


class Grants:
    """All consents and refresh tokens; every method may be called from any thread.

    ``mint`` makes an access token for a client, an account and scopes, and is told whether there
    is a refresh token; ``used`` tells whether a call was made with an access token. ``grace`` says
    when Fitbit answers a repeated refresh as before: within two minutes as long as the new tokens
    were not used (its present documentation), within two minutes (its former one), or never.
    """

    def __init__(
        self,
        now: Callable[[], float],
        chooser: Chooser,
        mint: Callable[[Client, str, tuple[str, ...], bool], str],
        used: Callable[[str], bool],
    ) -> None:
        self.codes = Codes(now, chooser)
        self.grace: Grace = "until-used"
        self._now = now
        self._chooser = chooser
        self._mint = mint
        self._used = used
        self._lock = threading.RLock()
        self._consented: dict[_Key, tuple[str, ...]] = {}
        self._live: dict[_Key, dict[str, _Refresh]] = {}
        self._known: dict[str, _Refresh] = {}
        self._spent: deque[_Refresh] = deque()
        self._held: Counter[str] = Counter()
        self._counts: Counter[tuple[_Key, str]] = Counter()

    def consented(self, account: str, client_id: str) -> tuple[str, ...]:
        """Return the scopes that an account has allowed a client so far."""
        with self._lock:
            return self._consented.get((account, client_id), ())

    def redeem(self, client: Client, code: str, redirect_uri: str, verifier: str | None) -> Issued:
        """Exchange a code for tokens; raises :class:`GrantError`.

        A Fitbit application has one refresh token for each user, so the former one ends. Google
        gives one only for offline access, and again only when the consent was asked for anew.
        """
        with self._lock:
            consent = self.codes.redeem(code, client.client_id, redirect_uri, verifier)
            key = (consent.account, consent.client_id)
            known = self._consented.get(key, ())
            self._consented[key] = tuple(dict.fromkeys((*known, *consent.scopes)))
            if client.provider == "fitbit":
                return self._fitbit(client, consent.account, consent.scopes)
            refresh = None
            if consent.offline and (consent.anew or not self._live.get(key)):
                refresh = self._google(client, consent.account, consent.scopes)
            return self._issued(client, consent.account, consent.scopes, refresh)

    def refresh(self, client: Client, text: str) -> Issued:
        """Answer a refresh; raises :class:`GrantError`."""
        with self._lock:
            entry = self._known.get(text)
            problem = self._problem(client, entry)
            if entry is None or problem is not None:
                self._count(entry, "refused")
                raise GrantError(problem or Problem.REFRESH_UNKNOWN)
            if entry.answer is not None:
                self._count(entry, "repeated")
                return entry.answer
            self._count(entry, "renewed")
            entry.last_used = self._now()
            if client.provider == "google-health":
                return self._issued(client, entry.account, entry.scopes, entry)
            entry.answer = self._fitbit(client, entry.account, entry.scopes)
            self._forget_spent()
            self._spent.append(entry)
            return entry.answer

    def alive(self, text: str) -> bool:
        """Tell whether a refresh with that token would succeed now, a repeated one included."""
        with self._lock:
            entry = self._known.get(text)
            return entry is not None and self._usable(entry)

    def owner(self, text: str) -> _Key | None:
        """Return the account and the client of a refresh token that is alive."""
        with self._lock:
            return self._known[text].key if self.alive(text) else None

    def end(self, account: str, client_id: str) -> None:
        """End the consent of an account for a client, with its codes and refresh tokens."""
        with self._lock:
            self._consented.pop((account, client_id), None)
            self._live.pop((account, client_id), None)
            self.codes.end(account, client_id)

    def refreshes(self, account: str | None = None, client_id: str | None = None) -> Refreshes:
        """Return how refreshes went, of all grants or of those of an account or a client.

        The refusal of an unknown token counts only where neither is given.
        """
        with self._lock:
            totals: Counter[str] = Counter()
            for ((who, client), outcome), number in self._counts.items():
                if account in {None, who} and client_id in {None, client}:
                    totals[outcome] += number
            return Refreshes(totals["renewed"], totals["repeated"], totals["refused"])

    @contextmanager
    def holding(self, text: str) -> Iterator[None]:
        """Treat the refresh of a token as still under way while the block runs."""
        with self._lock:
            self._held[text] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[text] -= 1

    def _problem(self, client: Client, entry: _Refresh | None) -> Problem | None:
        if entry is None:
            return Problem.REFRESH_UNKNOWN
        if entry.client_id != client.client_id:
            return Problem.CLIENT_MISMATCH
        if client.provider == "fitbit" and self._held[entry.text]:
            return Problem.CONFLICT
        return None if self._usable(entry) else Problem.REFRESH_DEAD

    def _usable(self, entry: _Refresh) -> bool:
        now = self._now()
        if entry.text in self._live.get(entry.key, {}):
            return now < min(entry.ends_at, entry.last_used + entry.idle)
        answer = entry.answer
        if answer is None or answer.refresh is None or self.grace == "none":
            return False
        if now - entry.last_used > GRACE_SECONDS or not self.alive(answer.refresh):
            return False
        unused = not (self._used(answer.access) or self._known[answer.refresh].answer)
        return unused or self.grace == "two-minutes"

    def _fitbit(self, client: Client, account: str, scopes: tuple[str, ...]) -> Issued:
        text = hexadecimal(self._chooser, 64)
        entry = _Refresh(text, client.client_id, account, scopes, self._now())
        self._known[text] = entry
        self._live[entry.key] = {text: entry}
        return self._issued(client, account, scopes, entry)

    def _google(self, client: Client, account: str, scopes: tuple[str, ...]) -> _Refresh:
        text, now = google_refresh_token(self._chooser), self._now()
        ends_at = now + TESTING_SECONDS if client.testing else math.inf
        entry = _Refresh(text, client.client_id, account, scopes, now, IDLE_SECONDS, ends_at)
        self._known[text] = entry
        live = self._live.setdefault(entry.key, {})
        live[text] = entry
        if len(live) > MOST_GOOGLE_GRANTS:
            del live[next(iter(live))]
        return entry

    def _issued(
        self, client: Client, account: str, scopes: tuple[str, ...], refresh: _Refresh | None
    ) -> Issued:
        access = self._mint(client, account, scopes, refresh is not None)
        if refresh is None:
            return Issued(client.client_id, account, scopes, access)
        ends_at = None if refresh.ends_at == math.inf else refresh.ends_at
        return Issued(client.client_id, account, scopes, access, refresh.text, ends_at)

    def _forget_spent(self) -> None:
        """Drop what can never be repeated again: a long run would fill the memory otherwise."""
        while self._spent and self._now() - self._spent[0].last_used > GRACE_SECONDS:
            self._known.pop(self._spent.popleft().text, None)

    def _count(self, entry: _Refresh | None, outcome: str) -> None:
        self._counts[("", "") if entry is None else entry.key, outcome] += 1
