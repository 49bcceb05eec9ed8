"""All state of the sandbox, without HTTP: accounts, clients, grants, tokens and rate limits."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tokcheck.sandbox.state import token_formats
from tokcheck.sandbox.state.canned_responses import CannedResponses
from tokcheck.sandbox.state.clients import (
    Clients,
    sample_clients,
)
from tokcheck.sandbox.state.codes import ChallengeMethod, Consent
from tokcheck.sandbox.state.fault_queue import FaultQueue
from tokcheck.sandbox.state.grants import Grants, IssuedTokens, RefreshCounts
from tokcheck.sandbox.state.rate_limits import RateLimitRule, RateLimits, Usage, WindowState
from tokcheck.sandbox.state.scopes import fitbit_scope_codes, google_scope_urls
from tokcheck.sandbox.state.tokens import (
    BUILT_IN,
    AccessToken,
    ProviderName,
)
from tokcheck.sandbox.state.user_tokens import UserTokens
from tokcheck.sandbox.state.users import User

FITBIT_RULE = RateLimitRule(limit=150, seconds=3600)
GOOGLE_RULE = RateLimitRule(limit=300, seconds=60)
_MAX_REQUEST_KEYS = 1000


class SandboxState(UserTokens):
    """The state of one sandbox; every method may be called from any thread.

    ``now`` returns Unix seconds, ``random`` draws the characters of tokens. ``fitbit`` and
    ``google`` are the rate limits of one account through one client; the defaults are the
    documented ones, 150 requests an hour and 300 a minute:
    https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/ and
    https://developers.google.com/health/rate-limits . ``accounts`` defaults to a few samples;
    ``declared`` are the tables of the declared providers that it fakes.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        random: token_formats.RandomSource | None = None,
        fitbit: RateLimitRule = FITBIT_RULE,
        google: RateLimitRule = GOOGLE_RULE,
        accounts: Iterable[User] | None = None,
        declared: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(now, random, accounts, declared)
        self.faults = FaultQueue()
        self.canned_responses = CannedResponses()
        self._rate_limits = RateLimits(now, {"fitbit": fitbit, "google-health": google})
        self.clients = Clients((*sample_clients(), *self.declared.clients()))
        self.grants = Grants(now, self.random, self._issue_access_token, self._tokens.is_used)
        self._api_disabled: set[str] = set()
        self._requests: Counter[tuple[str, str, int]] = Counter()

    def issue_code(
        self,
        client_id: str,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        *,
        redirect_uri: str | None = None,
        challenge: str = "",
        method: ChallengeMethod = "S256",
    ) -> str:
        """Return a code, as if ``account`` had allowed ``scopes`` on the consent page.

        ``scopes`` are names, or for Google also URLs; ``redirect_uri`` defaults to the first
        registered one. Raises :class:`UsageError` for an unknown client, account or scope.
        """
        client, names = self.clients.get(client_id), tuple(scopes)
        self.account(account)
        if client.provider == "fitbit":
            fitbit_scope_codes(names, client.access)
        elif not client.declared:
            names = google_scope_urls(names, client.access)
        uri = client.redirect_uris[0] if redirect_uri is None else redirect_uri
        return self.grants.codes.issue(
            Consent(client.provider, client_id, account, names, uri, challenge, method)
        )

    def exchange_code(
        self,
        client_id: str,
        code: str,
        redirect_uri: str | None = None,
        verifier: str | None = None,
    ) -> IssuedTokens:
        """Exchange a code as the token endpoint does; raises :class:`TokenRequestError`."""
        client = self.clients.get(client_id)
        uri = client.redirect_uris[0] if redirect_uri is None else redirect_uri
        return self.grants.redeem(client, code, uri, verifier)

    def refresh(self, client_id: str, refresh_token: str) -> IssuedTokens:
        """Refresh as the token endpoint does; raises :class:`TokenRequestError`."""
        return self.grants.refresh(self.clients.get(client_id), refresh_token)

    def revoke_grant(
        self, text: str, *, provider: ProviderName | None = None, client_id: str | None = None
    ) -> bool:
        """Revoke the grant behind a valid access or refresh token, with all of its tokens.

        Returns ``False``, and revokes nothing, if the token is unknown or no longer valid, or if
        it does not belong to ``provider`` or ``client_id``, where these are given.
        """
        owner = self._find_owner(text, provider)
        if owner is None or client_id not in {None, owner[1]}:
            return False
        self.grants.revoke(*owner)
        self._tokens.revoke_all(*owner)
        return True

    def _find_owner(self, text: str, provider: ProviderName | None) -> tuple[str, str] | None:
        """Return the account and the client of a valid access or refresh token."""
        for where in (*BUILT_IN, *self.declared.names) if provider is None else (provider,):
            token = self._tokens.find(where, text)
            if isinstance(token, AccessToken):
                return token.account, token.client_id
            owner = self.grants.find_owner(text)
            if owner is not None and self.clients.find(owner[1], where) is not None:
                return owner
        return None

    def can_refresh(self, refresh_token: str) -> bool:
        """Return whether a refresh with that token would succeed now, without making one."""
        return self.grants.can_refresh(refresh_token)

    def refresh_counts(
        self, account: str | None = None, client_id: str | None = None
    ) -> RefreshCounts:
        """Return the outcomes of refreshes: all, or those of an account or a client."""
        return self.grants.refresh_counts(account, client_id)

    def enable_api(self, client_id: str, *, enabled: bool) -> None:
        """Switch the Google Health API on or off in the project of a Google client."""
        with self._lock:
            (self._api_disabled.discard if enabled else self._api_disabled.add)(client_id)

    def is_api_enabled(self, client_id: str) -> bool:
        """Return whether the Google Health API is on for a client, which is the default."""
        with self._lock:
            return client_id not in self._api_disabled

    def count_request(self, token: AccessToken) -> WindowState:
        """Count one request with a token against its rate limit, and mark the token as used."""
        self._tokens.mark_used(token.text)
        return self._rate_limits.count_request(token)

    def usage(self) -> tuple[Usage, ...]:
        """Return how many requests were made, by provider, account and client."""
        return self._rate_limits.usage()

    def rate_limit(self, provider: ProviderName) -> RateLimitRule:
        """Return the rate limit of one account through one client."""
        return self._rate_limits.rule(provider)

    def set_rate_limit(self, provider: ProviderName, rule: RateLimitRule) -> None:
        """Change a rate limit; current windows keep their start and their count."""
        self._rate_limits.set_rule(provider, rule)

    def reset_windows(self, account: str | None = None) -> None:
        """Reset every window, or those of one account (:class:`UsageError` if unknown)."""
        if account is not None:
            self.account(account)
        self._rate_limits.reset(account)
        self.declared.windows.reset(account)

    def record(self, method: str, path: str, status: int) -> None:
        """Count a request; ``path`` must be free of secrets."""
        key = (method, path, status)
        with self._lock:
            if key not in self._requests and len(self._requests) >= _MAX_REQUEST_KEYS:
                key = ("…", "…", 0)
            self._requests[key] += 1

    def request_counts(self) -> dict[tuple[str, str, int], int]:
        """Return the number of requests by method, path and status of the response."""
        with self._lock:
            return dict(self._requests)

    def reset_request_counts(self) -> None:
        """Set the request counts to zero."""
        with self._lock:
            self._requests.clear()
