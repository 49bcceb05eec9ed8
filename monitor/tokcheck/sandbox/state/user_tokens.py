"""The users of a sandbox, and the access tokens that they have."""

import threading
from collections.abc import Callable, Iterable, Mapping
from random import SystemRandom
from typing import Any

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.state import token_formats
from tokcheck.sandbox.state.clients import (
    FITBIT_CLIENT,
    GOOGLE_CLIENT,
    RegisteredClient,
)
from tokcheck.sandbox.state.declared.declared_apis import DeclaredApis
from tokcheck.sandbox.state.scopes import AccessMode, fitbit_scope_codes, google_scope_urls
from tokcheck.sandbox.state.tokens import (
    AccessToken,
    ProviderName,
    TokenProblem,
    TokenTable,
)
from tokcheck.sandbox.state.users import User, sample_accounts

FITBIT_SECONDS = 28_800
GOOGLE_SECONDS = 3_600


class UserTokens:
    """The users and their access tokens; every method may be called from any thread.

    ``now`` returns Unix seconds, ``random`` draws the characters of tokens. ``accounts`` defaults
    to a few samples; ``declared`` are the tables of the declared providers that it fakes.
    """

    def __init__(
        self,
        now: Callable[[], float],
        random: token_formats.RandomSource | None,
        accounts: Iterable[User] | None,
        declared: Iterable[Mapping[str, Any]],
    ) -> None:
        self.now = now
        self.random: token_formats.RandomSource = random or SystemRandom()
        self._lock = threading.RLock()
        initial = sample_accounts(now()) if accounts is None else accounts
        self._accounts = {account.name: account for account in initial}
        self._tokens = TokenTable(now)
        self.declared = DeclaredApis(declared, now, self.random, self._tokens)

    def accounts(self) -> tuple[User, ...]:
        """Return all accounts, oldest first."""
        with self._lock:
            return tuple(self._accounts.values())

    def account(self, name: str) -> User:
        """Return the account with that name; raises :class:`UsageError` if there is none."""
        with self._lock:
            if name not in self._accounts:
                raise UsageError(
                    f"There is no account named {name!r}.",
                    f"Choose among: {', '.join(self._accounts)}; or create it first.",
                )
            return self._accounts[name]

    def put_account(self, account: User) -> None:
        """Add an account, or replace the one with the same name; its tokens stay."""
        with self._lock:
            self._accounts[account.name] = account

    def issue_fitbit_token(
        self,
        *,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        access: AccessMode = "read",
        lifetime: int = FITBIT_SECONDS,
        client_id: str = FITBIT_CLIENT,
        issued_at: int | None = None,
    ) -> str:
        """Return a new Fitbit access token.

        ``scopes`` are names such as ``settings``; ``lifetime`` is in seconds from ``issued_at``
        (Unix seconds, default now). Raises :class:`UsageError` for an unknown account or scope.
        """
        user_id = self.account(account).user_id
        codes = fitbit_scope_codes(scopes, access)
        issued = int(self.now()) if issued_at is None else issued_at
        span = (issued, issued + lifetime)
        text = token_formats.fitbit_token(
            self.random, client_id=client_id, user_id=user_id, scopes=codes, span=span
        )
        return self._tokens.add(AccessToken(text, "fitbit", account, client_id, codes, *span))

    def issue_google_token(
        self,
        *,
        account: str = "alex",
        scopes: Iterable[str] = ("settings", "profile"),
        access: AccessMode = "read",
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
        urls = google_scope_urls(scopes, access)
        issued = int(self.now()) if issued_at is None else issued_at
        text = token_formats.google_token(self.random)
        token = AccessToken(
            text, "google-health", account, client_id, urls, issued, issued + lifetime
        )
        return self._tokens.add(token)

    def issue_declared_token(  # noqa: PLR0913 - one parameter a field of the control API
        self,
        provider: str,
        *,
        account: str = "alex",
        scopes: Iterable[str] | None = None,
        lifetime: int | None = None,
        client_id: str | None = None,
        issued_at: int | None = None,
        prefix: str = "",
        of_login: bool = False,
        is_lasting: bool = False,
    ) -> str:
        """Return a new access token of a declared provider.

        ``scopes`` default to what the check needs; ``prefix`` chooses among the declared forms.
        Raises :class:`UsageError` for an unknown provider, account or form.
        """
        return self.declared.issue_token(
            provider,
            self.account(account),
            scopes=scopes,
            lifetime=lifetime,
            client_id=client_id,
            issued_at=issued_at,
            prefix=prefix,
            of_login=of_login,
            is_lasting=is_lasting,
        )

    def _issue_access_token(
        self,
        client: RegisteredClient,
        account: str,
        scopes: tuple[str, ...],
        offline: bool,  # noqa: FBT001 - called by Grants only
    ) -> str:
        if client.provider == "fitbit":
            return self.issue_fitbit_token(
                account=account, scopes=scopes, access=client.access, client_id=client.client_id
            )
        if client.declared:
            return self.issue_declared_token(
                client.declared,
                account=account,
                scopes=scopes,
                client_id=client.client_id,
                of_login=True,
                is_lasting=client.is_lasting,
            )
        text, issued = token_formats.google_token(self.random), int(self.now())
        span = (issued, issued + GOOGLE_SECONDS)
        return self._tokens.add(
            AccessToken(text, "google-health", account, client.client_id, scopes, *span, offline)
        )

    def find_token(self, provider: ProviderName, text: str) -> AccessToken | TokenProblem:
        """Return the valid token of ``provider`` with that text, or why there is none."""
        return self._tokens.find(provider, text)

    def tokens(self) -> tuple[tuple[AccessToken, bool], ...]:
        """Return all access tokens, each with whether it is revoked."""
        return self._tokens.all()

    def revoke(self, text: str) -> bool:
        """Revoke one access token; return whether it was known."""
        return self._tokens.revoke(text)
