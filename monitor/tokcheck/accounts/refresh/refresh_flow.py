"""The flow of a refresh; a crash at any step loses no grant.

A refresh token may work only once. So the intent to use it is on the disk before the request is
sent, and the next refresh token is on the disk before the new access token is returned. A process
that finds the intent of another, unfinished refresh sends the same request again: within its
grace, the provider repeats the response.

The flow does no IO: it yields steps, and its driver, synchronous or asynchronous, owns the
network, the pauses and the threads.
"""

from collections.abc import Generator
from contextlib import suppress
from functools import partial
from math import isinf
from typing import Any

from tokcheck.accounts.errors import OAuthError, StoreError
from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Grant,
    Intent,
    RefreshLimit,
    StoredAccount,
)
from tokcheck.accounts.grant_errors import (
    broken_error,
    broken_from_error,
    limit_error,
    newly_broken_error,
    no_refresh_token_error,
    waiting_error,
)
from tokcheck.accounts.oauth.secret_sources import (
    describe_unused_secret,
    fingerprints_of,
    secrets_to_try,
)
from tokcheck.accounts.refresh.recovery_file import RecoveryFile
from tokcheck.accounts.refresh.refresh_context import RefreshContext, provider_of
from tokcheck.accounts.refresh.repeated_request import (
    RepeatedRequest,
    Secrets,
    limit_from,
)
from tokcheck.accounts.refresh.steps import ChangeStore, Flow, Pause, RunOnDisk, RunOnFile, Step
from tokcheck.accounts.refresh.token_saving import TokenSaving
from tokcheck.accounts.refresh.unfinished_refresh import advice_on_unfinished_refresh
from tokcheck.accounts.store.account_database import RefreshLock
from tokcheck.core.errors import NetError, UsageError
from tokcheck.core.humanize import format_duration, join_sentences

_LOCK_PAUSE = 0.02
_LONGEST_LOCK_PAUSE = 0.2


def refresh_flow(
    context: RefreshContext, account: StoredAccount, min_ttl: float, refused: str | None = None
) -> Flow:
    """Refresh an account that needs it, unless another process has just done so.

    ``refused`` is the fingerprint of an access token that the API has refused, however long it may
    be valid.

    :raises GrantError: if the grant cannot be refreshed any more.
    :raises OAuthError: if the provider refused, or its response was not a valid one.
    :raises NetError: if there was no response.
    :raises StoreError: if the store could not be read or written.
    """
    return _Refresh(context, account, min_ttl, refused).flow()


class _Refresh:
    def __init__(
        self, context: RefreshContext, account: StoredAccount, min_ttl: float, refused: str | None
    ) -> None:
        self._store, self._now, self._timer = context.store, context.now, context.timer
        self._holder, self._environment = context.holder, context.environment
        self._initial = account
        self._name = account.grant.name
        self._min_ttl = min_ttl
        self._refused = refused
        self._provider = provider = provider_of(account.grant, context.providers)
        self._address = provider.services[provider.oauth.service].in_use(context.environment)
        started_at = context.timer()
        self._request = RepeatedRequest(
            provider,
            context.now,
            context.timer,
            started_at + context.patience,
            started_at + context.safe_patience,
        )
        self._recovery_file = RecoveryFile(
            context.store.folder, self._name, context.store.encryption
        )
        self._saving = TokenSaving(context, account.grant, self._recovery_file)

    def flow(self) -> Flow:
        """Take the lock, read the account again, and refresh it."""
        lock = self._store.lock(self._name)
        pause = _LOCK_PAUSE
        try:
            while True:
                account: StoredAccount | None = yield RunOnDisk(lambda: self._read_if_free(lock))
                if account is not None:
                    break
                if self._is_valid(self._initial.grant):
                    return self._initial.grant  # still good while another process refreshes
                if self._timer() + pause > self._request.deadline:
                    account = yield RunOnDisk(lambda: self._store.account(self._name))
                    raise waiting_error(account, self._provider)
                yield Pause(pause)
                pause = min(pause * 2, _LONGEST_LOCK_PAUSE)
            if self._is_done(account):
                return account.grant
            return (yield from self._refresh(account))
        finally:
            lock.release()

    def _read_if_free(self, lock: RefreshLock) -> StoredAccount | None:
        """Take the lock and read the account; return ``None`` if another process has the lock."""
        return self._store.account(self._name) if lock.take() else None

    def _is_done(self, account: StoredAccount) -> bool:
        if not self._is_refused(account.grant) and account.needs_no_refresh(
            self._min_ttl, self._now()
        ):
            return True
        # Another process refreshed meanwhile; min_ttl may exceed the life of any token.
        changed = account.revision != self._initial.revision and account.intent is None
        return changed and account.grant.is_valid_for(0, self._now())

    def _is_valid(self, grant: Grant) -> bool:
        return not self._is_refused(grant) and grant.is_valid_for(self._min_ttl, self._now())

    def _is_refused(self, grant: Grant) -> bool:
        return self._refused is not None and grant.access.fingerprint == self._refused

    def _refresh(self, account: StoredAccount) -> Flow:
        grant = account.grant
        secrets = secrets_to_try(grant.client, self._provider, self._environment)
        if account.broken is not None and (
            grant.refresh is None
            or (
                not isinf(self._min_ttl)
                and account.broken.applies_to(self._address, fingerprints_of(secrets))
            )
        ):
            if self._is_valid(grant):
                return grant
            unused = self._unused_secret(account.broken)
            raise broken_error(grant, account.broken, unused, provider=self._provider)
        if grant.refresh is None:
            is_left_over = not isinf(self._min_ttl) and grant.is_valid_for(0, self._now())
            if is_left_over and not self._is_refused(grant):
                return grant
            raise no_refresh_token_error(grant)
        limit = self._pending_limit(account)
        if limit is not None:
            if self._is_valid(grant):
                return grant
            raise limit_error(grant, limit, self._provider, self._now())
        if account.intent is not None:
            covers_intent = account.limit is not None and account.limit.covers_intent
            self._request.is_at_stake = not covers_intent
            return (yield from self._take_up(grant, secrets, account.intent))
        intent = Intent(grant.refresh.fingerprint, self._now(), self._holder)
        if self._store.allows_recovery_file:
            yield RunOnFile(self._recovery_file.reserve)
        if not (yield ChangeStore(lambda: self._store.begin(self._name, intent))):
            return (yield from self._saving.current_grant())
        return (yield from self._finish(grant, secrets, intent))

    def _pending_limit(self, account: StoredAccount) -> RefreshLimit | None:
        """Return the limit that forbids a refresh now, if there is one.

        A refresh that is unfinished is repeated all the same while the provider repeats its
        response: the grant depends on it, unless each request of it got such a response.
        """
        limit, now = account.limit, self._now()
        if limit is None or not limit.applies_to(self._address, now):
            return None
        intent = None if limit.covers_intent else account.intent
        is_at_stake = intent is not None and self._is_repeatable(intent, now)
        return None if is_at_stake else limit

    def _is_repeatable(self, intent: Intent, now: float) -> bool:
        """Return whether the provider still repeats its response to a request."""
        return now - intent.began_at <= self._provider.oauth.grace

    def _take_up(self, grant: Grant, secrets: Secrets, intent: Intent) -> Flow:
        """Finish a refresh that another process left unfinished."""
        saved = yield RunOnDisk(lambda: self._recovery_file.read(intent, grant))
        if saved is not None:
            return (yield from self._save(saved, intent, in_recovery_file=True))
        self._request.may_be_used = True
        intent = intent.taken_up_by(self._holder)
        if not (yield ChangeStore(lambda: self._store.begin(self._name, intent))):
            return (yield from self._saving.current_grant())
        if self._is_valid(grant) and not self._is_repeatable(intent, self._now()):
            # Neither token is about to be lost: one try is enough.
            self._request.limit_to_one_try()
        return (yield from self._finish(grant, secrets, intent))

    def _finish(self, grant: Grant, secrets: Secrets, intent: Intent) -> Flow:
        """Send the request of an intent until there is a response, and store the tokens."""
        is_unfinished = self._request.may_be_used
        try:
            answer = yield from self._request.send(grant, secrets, intent)
        except UsageError:  # the address cannot be used, so that nothing was sent
            yield from self._withdraw(intent)
            raise
        except (NetError, OAuthError) as error:
            broken = None
            if isinstance(error, OAuthError):
                now, tried = self._now(), fingerprints_of(secrets)
                broken = broken_from_error(error, now, self._address, tried)
            if broken is not None:
                return (yield from self._mark_broken(grant, intent, broken))
            yield from self._give_up(intent, error)
            if is_unfinished and self._is_valid(grant):
                return grant  # still good; the next call tries the refresh again
            if self._request.may_be_used:
                advice = advice_on_unfinished_refresh(
                    grant,
                    self._provider,
                    intent,
                    self._now(),
                    error,
                    is_unanswered=self._request.is_unanswered,
                )
                error.hint = join_sentences(error.hint, advice)
            raise
        new_grant = answer.grant.with_tokens(answer.tokens, answer.sent_at)
        return (yield from self._save(new_grant, intent, in_recovery_file=False))

    def _save(self, new_grant: Grant, intent: Intent, *, in_recovery_file: bool) -> Flow:
        return self._saving.save(
            new_grant, intent, self._request.deadline, in_recovery_file=in_recovery_file
        )

    def _give_up(self, intent: Intent, error: NetError | OAuthError) -> Generator[Step, Any, None]:
        """Delete the intent if nothing was carried out, and remember when to come back."""
        may_be_used = self._request.may_be_used
        is_at_stake = self._request.is_at_stake
        limit = limit_from(error, self._now(), self._address, covers_intent=not is_at_stake)
        if limit is not None and isinstance(error, OAuthError):
            if not (is_at_stake and self._is_repeatable(intent, limit.since)):
                error.retry_at = limit.until
            if error.retry_after is None:
                wait = format_duration(limit.until - limit.since)
                error.hint = f"Wait {wait}, then try again."
        if limit is None:
            yield from self._withdraw(intent)
            return
        record = partial(self._store.record_limit, self._name, intent.fingerprint, limit)
        with suppress(StoreError):  # an intent that stays causes only a needless request
            yield ChangeStore(partial(record, keep_intent=may_be_used))

    def _withdraw(self, intent: Intent) -> Generator[Step, Any, None]:
        """Delete the intent, unless a request may have been carried out."""
        if not self._request.may_be_used:
            with suppress(StoreError):  # as above
                yield ChangeStore(lambda: self._store.withdraw(self._name, intent.fingerprint))

    def _mark_broken(self, grant: Grant, intent: Intent, broken: Broken) -> Flow:
        """Mark the account as broken, and raise the error that says what was lost."""
        is_of_grant = broken.reason.is_of_grant
        may_be_used = self._request.may_be_used
        if is_of_grant and may_be_used and self._provider.oauth.single_use:
            broken = Broken(self._now(), BrokenReason.INTERRUPTED, intent=intent)
        is_marked = True
        with suppress(StoreError):  # then the next refresh finds it broken again
            is_marked = yield ChangeStore(
                lambda: self._store.mark_broken(
                    self._name,
                    intent.fingerprint,
                    broken,
                    # A refusal of the application says nothing about an earlier request.
                    keep_intent=may_be_used and not is_of_grant,
                )
            )
        if not is_marked:  # a new login replaced the grant meanwhile
            return (yield from self._saving.current_grant())
        raise newly_broken_error(
            grant,
            broken,
            self._unused_secret(broken),
            provider=self._provider,
            was_forced=isinf(self._min_ttl),
        )

    def _unused_secret(self, broken: Broken) -> str:
        """Return a sentence about a secret in the environment that was not used, or nothing."""
        client = self._initial.grant.client
        return describe_unused_secret(broken.code, client, self._provider, self._environment)
