"""``tokcheck validate --account``: a report on a stored account, whatever a refresh brings."""

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant import StoredAccount
from tokcheck.accounts.grant_errors import broken_error, broken_verdict
from tokcheck.accounts.login_command import account_remedies, name_account
from tokcheck.accounts.store.environment import open_store
from tokcheck.checks.checker import Checker
from tokcheck.cli.shared.account_store import MIN_TTL_SECONDS, open_refresher
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import moment_in_utc
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.on_demand import ProvidersOnDemand

_NOT_USABLE = {Verdict.GRANT_BROKEN, Verdict.NOT_PERMITTED, Verdict.SERVICE_GONE}
# What a refresh helps against, unless it is refused.
_REFRESHED = (Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID, Verdict.GRANT_BROKEN)
# A user waits for the report, and a refresh that fails has a verdict, too.
_PATIENCE_SECONDS = 10.0
_NO_TOKEN_YET = TokcheckError("it has none yet.", "To get one, leave out --offline.")


class AccountToken(NamedTuple):
    """The access token of a stored account, and the problem of its refresh."""

    name: str
    account: StoredAccount | None
    """``None`` if the store cannot be read."""
    failure: TokcheckError | None
    """Why the token was not refreshed, or will not be; ``None`` if it was, or need not be."""

    @property
    def text(self) -> str:
        """The token; empty if there is none."""
        return "" if self.account is None else self.account.grant.access.reveal()

    @property
    def provider(self) -> str | None:
        """The name of the provider."""
        return None if self.account is None else self.account.grant.client.provider

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """The scopes of the login, as the provider writes them; ``None`` if they are not known."""
        return None if self.account is None else self.account.grant.scopes or None

    @property
    def expires_at(self) -> datetime | None:
        """When the token expires by the store; ``None`` if that is not known."""
        if self.account is None:
            return None
        ends = self.account.grant.known_expiry(time.time())
        return None if ends is None else moment_in_utc(ends)

    @property
    def may_work(self) -> bool:
        """Whether there is a token that is not known to have expired."""
        return bool(self.text) and not is_expired(self.expires_at, datetime.now(UTC))


def read_account(name: str, min_ttl: float | None, environment: Mapping[str, str]) -> AccountToken:
    """Return an account's token, refreshed if it is valid for ``min_ttl`` seconds or less.

    It is refreshed as well if it is valid for less than five minutes. With ``None`` it is never
    refreshed.

    :raises UsageError: if there is no such account.
    """
    account = None
    try:
        with open_store(environment) as store:
            account = store.account(name)
            ttl = 0.0 if min_ttl is None else max(min_ttl, MIN_TTL_SECONDS)
            if min_ttl is None or account.needs_no_refresh(ttl, time.time()):
                broken = account.broken
                if broken is None:
                    return AccountToken(name, account, None)
                provider = ProvidersOnDemand(environment).get(account.grant.client.provider)
                failure = broken_error(account.grant, broken, provider=provider)
                return AccountToken(name, account, failure)
            patience = _patience(account, min_ttl)
            try:
                with open_refresher(store, environment, safe_patience=patience) as refresher:
                    refresher.fresh_grant(name, ttl)
            finally:
                account = store.account(name)  # it may have another token or another state now
            return AccountToken(name, account, None)
    except UsageError:
        raise
    except TokcheckError as error:
        return AccountToken(name, account, error)


def _patience(account: StoredAccount, min_ttl: float) -> float:
    """Return for how many seconds a refresh is repeated if no grant is lost by giving up.

    A living token that suffices needs no second try.
    """
    return 0.0 if account.grant.is_valid_for(min_ttl, time.time()) else _PATIENCE_SECONDS


def check_account(
    token: AccountToken, checker: Checker, offline_checker: Checker, *, as_json: bool
) -> Report:
    """Return the report on an account.

    A token that may work is checked. If there is none, the verdict follows from the failure of the
    refresh. A failure beside a token that works is noted on standard error, or is advice in JSON;
    where the token does not suffice, it is the advice in place of another refresh.
    """
    failure = token.failure
    reason = "" if failure is None else f"{failure.message} {failure.hint}".strip()
    checker = checker.with_requirements(is_stored=True, refusal=reason)
    provider = checker.providers.get(token.provider or "")
    if provider is not None:
        can_refresh = token.account is None or token.account.grant.refresh is not None
        remedies = account_remedies(provider, token.name, can_refresh=can_refresh)
        if isinstance(failure, GrantError):
            remedies = {**remedies, **dict.fromkeys(_REFRESHED, (reason,))}
        checker = checker.with_remedies(provider.name, remedies)
        if token.account and token.account.grant.is_lasting and provider.has_lasting_tokens:
            checker = checker.with_requirements(min_ttl=None)
    if not token.may_work and failure is not None:
        return _report_failure(token, failure, offline_checker)
    if not token.text:
        return _report_failure(token, _NO_TOKEN_YET, offline_checker)
    report = checker.check(token.text, expires_at=token.expires_at, granted=token.scopes)
    advice = name_account(report.advice, token.provider or "", token.name)
    report = report._replace(advice=advice)
    if failure is None:
        return report
    has_died = report.verdict in {Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID}
    if has_died and token.expires_at is None:
        return _report_failure(token, failure, offline_checker)
    if any(failure.message in each for each in advice):
        return report
    if as_json:
        return report._replace(advice=(*report.advice, reason))
    sys.stderr.write(f"note: {failure.message}\n{failure.hint}\n")
    return report


def _report_failure(
    token: AccountToken, failure: TokcheckError, offline_checker: Checker
) -> Report:
    """Return the report on an account without a token that may work."""
    verdict = failure_verdict(failure)
    about_account = f"The token of the account {token.name} could not be refreshed: "
    if failure is _NO_TOKEN_YET:
        about_account = f"Could not tell whether the token of the account {token.name} works: "
    elif isinstance(failure, GrantError):  # its message names the account
        about_account = ""
    return offline_checker.check(token.text, expires_at=token.expires_at)._replace(
        verdict=verdict,
        usable=False if verdict in _NOT_USABLE else None,
        summary=f"{about_account}{failure.message}",
        advice=(failure.hint,) if failure.hint else (),
        provider=token.provider,
    )


def failure_verdict(failure: TokcheckError) -> Verdict:
    """Return the verdict on an account that has no valid token, by the failure of its refresh."""
    if isinstance(failure, GrantError):
        return broken_verdict(failure.broken)
    if isinstance(failure, OAuthError) and failure.code == "rate_limited":
        return Verdict.RATE_LIMITED
    if isinstance(failure, OAuthError) and failure.refused:
        return Verdict.NOT_PERMITTED
    return Verdict.UNDETERMINED
