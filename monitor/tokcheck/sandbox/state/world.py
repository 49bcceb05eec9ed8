"""The state of the sandbox: people, applications, tokens, windows and counts, without HTTP."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import get_args

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults.catalogue import RequestedFaults
from tokcheck.sandbox.state import mint
from tokcheck.sandbox.state.clients import Client, Clients, sample_clients
from tokcheck.sandbox.state.codes import Consent, Method
from tokcheck.sandbox.state.grants import Grants, Issued, Refreshes
from tokcheck.sandbox.state.mint import FITBIT_CLIENT, GOOGLE_CLIENT, Access
from tokcheck.sandbox.state.rate_limits import Reading, Rule, Window
from tokcheck.sandbox.state.tokens import Provider, Refusal, Token, Tokens
from tokcheck.sandbox.state.users import Account, sample_accounts

FITBIT_RULE = Rule(limit=150, seconds=3600)
GOOGLE_RULE = Rule(limit=300, seconds=60)
FITBIT_SECONDS = 28_800
GOOGLE_SECONDS = 3_600
_MOST_COUNTS = 1000


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
        self.clients = Clients(sample_clients())
        self._tokens = Tokens(now)
        self.grants = Grants(now, self.chooser, self._mint, self._tokens.used)
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
        lifetime: int = FITBIT_SECONDS,
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
        return self._tokens.keep(Token(text, "fitbit", account, client_id, codes, *span))

    def mint_google(
        self,
        *,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        access: Access = "read",
        lifetime: int = GOOGLE_SECONDS,
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
        return self._tokens.keep(token)

    def _mint(self, client: Client, account: str, scopes: tuple[str, ...], offline: bool) -> str:  # noqa: FBT001 - never called but by Grants
        if client.provider == "fitbit":
            return self.mint_fitbit(
                account=account, scopes=scopes, access=client.access, client_id=client.client_id
            )
        text, issued = mint.google_token(self.chooser), int(self.now())
        span = (issued, issued + GOOGLE_SECONDS)
        return self._tokens.keep(
            Token(text, "google-health", account, client.client_id, scopes, *span, offline)
        )

    def token(self, provider: Provider, text: str) -> Token | Refusal:
        """Return what ``text`` opens at ``provider``, or why it opens nothing."""
        return self._tokens.find(provider, text)

    def tokens(self) -> tuple[tuple[Token, bool], ...]:
        """Return all minted tokens, each with whether it is revoked."""
        return self._tokens.all()

    def revoke(self, text: str) -> bool:
        """End one access token; return whether it was known."""
        return self._tokens.revoke(text)

    def consent(
        self,
        client_id: str,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        *,
        redirect_uri: str | None = None,
        challenge: str = "",
        method: Method = "S256",
    ) -> str:
        """Return a code, as if ``account`` had allowed ``scopes`` on the consent page.

        ``scopes`` are names, or at Google URLs as well; ``redirect_uri`` defaults to the first
        that is registered. Raises :class:`UsageError` for what is not known here.
        """
        client, names = self.clients.registered(client_id), tuple(scopes)
        self.account(account)
        if client.provider == "fitbit":
            mint.fitbit_scopes(names, client.access)
        else:
            names = mint.google_scopes(names, client.access)
        uri = client.redirect_uris[0] if redirect_uri is None else redirect_uri
        return self.grants.codes.issue(
            Consent(client.provider, client_id, account, names, uri, challenge, method)
        )

    def exchange(
        self,
        client_id: str,
        code: str,
        redirect_uri: str | None = None,
        verifier: str | None = None,
    ) -> Issued:
        """Redeem a code as the token endpoint does; :class:`GrantError` if it refuses."""
        client = self.clients.registered(client_id)
        uri = client.redirect_uris[0] if redirect_uri is None else redirect_uri
        return self.grants.redeem(client, code, uri, verifier)

    def refresh(self, client_id: str, refresh_token: str) -> Issued:
        """Refresh as the token endpoint does; :class:`GrantError` if it refuses."""
        return self.grants.refresh(self.clients.registered(client_id), refresh_token)

    def revoke_grant(
        self, text: str, *, provider: Provider | None = None, client_id: str | None = None
    ) -> bool:
        """End the grant behind an access or refresh token that still works.

        Its consent and all of its tokens end. Returns ``False``, and ends nothing, for a token
        that is unknown, dead, or not one of ``provider`` or ``client_id`` where that is given.
        """
        owner = self._owner(text, provider)
        if owner is None or client_id not in {None, owner[1]}:
            return False
        self.grants.end(*owner)
        self._tokens.revoke_of(*owner)
        return True

    def _owner(self, text: str, provider: Provider | None) -> tuple[str, str] | None:
        """Return the account and the client of a live token of either sort."""
        for where in get_args(Provider) if provider is None else (provider,):
            token = self._tokens.find(where, text)
            if isinstance(token, Token):
                return token.account, token.client_id
            owner = self.grants.owner(text)
            if owner is not None and self.clients.find(owner[1], where) is not None:
                return owner
        return None

    def grant_alive(self, refresh_token: str) -> bool:
        """Tell whether a refresh with that token would succeed now, without making one."""
        return self.grants.alive(refresh_token)

    def refreshes(self, account: str | None = None, client_id: str | None = None) -> Refreshes:
        """Return how refreshes went, of all grants or of those of an account or a client."""
        return self.grants.refreshes(account, client_id)

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
        self._tokens.use(token.text)
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
