"""The state of the sandbox: people, tokens, windows and counts; it knows nothing of HTTP."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from tokcheck.errors import UsageError
from tokcheck.sandbox import mint
from tokcheck.sandbox.accounts import Account, sample_accounts
from tokcheck.sandbox.mint import FITBIT_CLIENT, GOOGLE_CLIENT, Access
from tokcheck.sandbox.requested import RequestedFaults
from tokcheck.sandbox.windows import Reading, Rule, Window

Provider = Literal["fitbit", "google-health"]

FITBIT_RULE = Rule(limit=150, seconds=3600)
GOOGLE_RULE = Rule(limit=300, seconds=60)
_MOST_COUNTS = 1000


class Refusal(StrEnum):
    """Why a token opens nothing."""

    EXPIRED = "expired"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Token:
    """A minted token; ``scopes`` are Fitbit's codes or Google's URLs, times are Unix seconds."""

    text: str = field(repr=False)
    provider: Provider
    account: str
    client_id: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int

    @property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of the text's SHA-256."""
        return sha256(self.text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Spend:
    """What one account has spent through one client, ever and in the present window."""

    provider: Provider
    account: str
    client_id: str
    total: int
    window: Reading


class World:
    """Everything that the sandbox remembers; every method may be called from any thread.

    ``now`` returns Unix seconds, ``chooser`` draws the tokens' letters. ``fitbit`` and ``google``
    are the quotas of one account through one client; 150 an hour and 300 a minute as documented:
    https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/ and
    https://developers.google.com/health/rate-limits . ``accounts`` defaults to a few samples.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        chooser: mint.Chooser | None = None,
        fitbit: Rule = FITBIT_RULE,
        google: Rule = GOOGLE_RULE,
        accounts: Iterable[Account] | None = None,
    ) -> None:
        self.now = now
        self.chooser: mint.Chooser = chooser or random.SystemRandom()
        self.faults = RequestedFaults()
        self._lock = threading.RLock()
        self._rules: dict[Provider, Rule] = {"fitbit": fitbit, "google-health": google}
        people = sample_accounts(now()) if accounts is None else accounts
        self._accounts = {account.name: account for account in people}
        self._tokens: dict[str, Token] = {}
        self._revoked: set[str] = set()
        self._disabled: set[str] = set()
        self._windows: dict[tuple[Provider, str, str], Window] = {}
        self._spent: Counter[tuple[Provider, str, str]] = Counter()
        self._requests: Counter[tuple[str, str, int]] = Counter()

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts, oldest first."""
        with self._lock:
            return tuple(self._accounts.values())

    def account(self, name: str) -> Account:
        """Return the account of that name; :class:`UsageError` when there is none."""
        with self._lock:
            if name not in self._accounts:
                raise UsageError(
                    f"There is no account named {name!r}.",
                    f"Choose among: {', '.join(self._accounts)}; or create it first.",
                )
            return self._accounts[name]

    def put_account(self, account: Account) -> None:
        """Add an account, or replace the one of the same name; its tokens stay."""
        with self._lock:
            self._accounts[account.name] = account

    def mint_fitbit(
        self,
        *,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        access: Access = "read",
        lifetime: int = 28800,
        client_id: str = FITBIT_CLIENT,
        issued_at: int | None = None,
    ) -> str:
        """Return a new Fitbit access token.

        ``scopes`` are names such as ``settings``; ``lifetime`` is in seconds from ``issued_at``
        (Unix seconds, default now). Raises :class:`UsageError` for an unknown account or scope.
        """
        person = self.account(account)
        codes = mint.fitbit_scopes(scopes, access)
        issued = int(self.now()) if issued_at is None else issued_at
        span = (issued, issued + lifetime)
        text = mint.fitbit_token(
            self.chooser, client_id=client_id, user_id=person.user_id, scopes=codes, span=span
        )
        return self._keep(Token(text, "fitbit", account, client_id, codes, *span))

    def mint_google(
        self,
        *,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        access: Access = "read",
        lifetime: int = 3600,
        client_id: str = GOOGLE_CLIENT,
        issued_at: int | None = None,
    ) -> str:
        """Return a new Google access token.

        ``scopes`` are names such as ``settings``, ``openid`` or ``email``, or full URLs;
        ``lifetime`` is in seconds from ``issued_at`` (Unix seconds, default now). Raises
        :class:`UsageError` for an unknown account or scope.
        """
        self.account(account)
        urls = mint.google_scopes(scopes, access)
        issued = int(self.now()) if issued_at is None else issued_at
        text = mint.google_token(self.chooser)
        token = Token(text, "google-health", account, client_id, urls, issued, issued + lifetime)
        return self._keep(token)

    def _keep(self, token: Token) -> str:
        with self._lock:
            self._tokens[token.text] = token
        return token.text

    def token(self, provider: Provider, text: str) -> Token | Refusal:
        """Return what ``text`` opens at ``provider``, or why it opens nothing."""
        with self._lock:
            token = self._tokens.get(text)
            if token is None or token.provider != provider or text in self._revoked:
                return Refusal.INVALID
        return token if self.now() < token.expires_at else Refusal.EXPIRED

    def tokens(self) -> tuple[tuple[Token, bool], ...]:
        """Return all minted tokens, each with whether it is revoked."""
        with self._lock:
            return tuple((token, text in self._revoked) for text, token in self._tokens.items())

    def revoke(self, text: str) -> bool:
        """End one token; return whether it was known."""
        with self._lock:
            known = text in self._tokens
            if known:
                self._revoked.add(text)
            return known

    def enable_api(self, client_id: str, *, enabled: bool) -> None:
        """Switch the Google Health API on or off in the project of a Google client."""
        with self._lock:
            (self._disabled.discard if enabled else self._disabled.add)(client_id)

    def api_enabled(self, client_id: str) -> bool:
        """Tell whether the Google Health API is on for a client; it is unless switched off."""
        with self._lock:
            return client_id not in self._disabled

    def spend(self, token: Token) -> Reading:
        """Count one call of a token's account and client."""
        key = (token.provider, token.account, token.client_id)
        with self._lock:
            reading = self._windows.setdefault(key, Window()).spend(
                self._rules[token.provider], self.now()
            )
            self._spent[key] += reading.allowed
            return reading

    def spending(self) -> tuple[Spend, ...]:
        """Return what was spent so far, by provider, account and client."""
        with self._lock:
            now = self.now()
            return tuple(
                Spend(*key, self._spent[key], window.look(self._rules[key[0]], now))
                for key, window in self._windows.items()
            )

    def rule(self, provider: Provider) -> Rule:
        """Return the quota of one account through one client."""
        with self._lock:
            return self._rules[provider]

    def set_rule(self, provider: Provider, rule: Rule) -> None:
        """Change a quota; running windows keep their beginning and what was spent."""
        with self._lock:
            self._rules[provider] = rule

    def reset_windows(self, account: str | None = None) -> None:
        """Open every window anew, or those of one account (:class:`UsageError` if unknown)."""
        if account is not None:
            self.account(account)
        with self._lock:
            for key in [k for k in self._windows if account in {None, k[1]}]:
                del self._windows[key]

    def record(self, method: str, path: str, status: int) -> None:
        """Count a request; ``path`` must be free of secrets."""
        key = (method, path, status)
        with self._lock:
            if key not in self._requests and len(self._requests) >= _MOST_COUNTS:
                key = ("…", "…", 0)
            self._requests[key] += 1

    def requests(self) -> dict[tuple[str, str, int], int]:
        """Return how many requests came, by method, path and status of the answer."""
        with self._lock:
            return dict(self._requests)

    def forget_requests(self) -> None:
        """Begin counting requests anew."""
        with self._lock:
            self._requests.clear()
