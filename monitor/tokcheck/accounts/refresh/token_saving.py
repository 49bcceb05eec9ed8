"""Saving new tokens before they are returned: in the store, or beside it while that fails."""

from contextlib import suppress

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant, Intent, StoredAccount
from tokcheck.accounts.grant_errors import broken_error
from tokcheck.accounts.oauth.secret_sources import fingerprints_of
from tokcheck.accounts.refresh.recovery_file import RecoveryFile
from tokcheck.accounts.refresh.refresh_context import RefreshContext, provider_of
from tokcheck.accounts.refresh.repeated_request import FIRST_PAUSE, LONGEST_PAUSE
from tokcheck.accounts.refresh.steps import ChangeStore, Flow, Pause, RunOnDisk
from tokcheck.accounts.refresh.unfinished_refresh import unsaved_tokens_error


class TokenSaving:
    """Saves the tokens of one refresh. ``before`` is the grant that is refreshed."""

    def __init__(self, context: RefreshContext, before: Grant, recovery_file: RecoveryFile) -> None:
        self._store, self._timer = context.store, context.timer
        self._provider = provider_of(before, context.providers)
        self._before = before
        self._recovery_file = recovery_file

    def save(
        self, new_grant: Grant, intent: Intent, deadline: float, *, in_recovery_file: bool
    ) -> Flow:
        """Store the new tokens; if that fails, retry until ``deadline`` by the context's timer."""
        oauth = self._provider.oauth
        is_only_copy = oauth.single_use and not oauth.grace
        if is_only_copy and not in_recovery_file and self._store.allows_recovery_file:
            # No second response will bring these tokens: a crash during the commit must not lose
            # them.
            in_recovery_file = yield RunOnDisk(lambda: self._save_recovery_file(new_grant, intent))
        pause = FIRST_PAUSE
        while True:
            try:
                is_stored = yield ChangeStore(
                    lambda: self._store.finish(
                        intent.fingerprint, new_grant, client=self._has_new_secret(new_grant)
                    )
                )
            except StoreError as error:
                if not in_recovery_file and self._store.allows_recovery_file:
                    in_recovery_file = yield RunOnDisk(
                        lambda: self._save_recovery_file(new_grant, intent)
                    )
                # Tokens in the recovery file are safe: they can wait for the next refresh.
                tried_enough = in_recovery_file and pause > FIRST_PAUSE
                if tried_enough or self._timer() + pause > deadline:
                    raise unsaved_tokens_error(
                        new_grant, self._provider, intent, error, in_recovery_file=in_recovery_file
                    ) from None
                yield Pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                break
        if in_recovery_file:
            with suppress(StoreError):  # no other refresh uses it: it names this intent
                yield RunOnDisk(self._recovery_file.clear)
        return new_grant if is_stored else (yield from self.current_grant())

    def current_grant(self) -> Flow:
        """Return the grant that has replaced the one of this refresh."""
        name = self._before.name
        account: StoredAccount = yield RunOnDisk(lambda: self._store.account(name))
        if account.broken is not None:
            raise broken_error(account.grant, account.broken, provider=self._provider)
        return account.grant

    def _has_new_secret(self, grant: Grant) -> bool:
        """Return whether another secret than the stored one worked, which is kept."""
        one, other = fingerprints_of((grant.client.secret, self._before.client.secret))
        return one != other

    def _save_recovery_file(self, new_grant: Grant, intent: Intent) -> bool:
        try:
            self._recovery_file.save(intent, new_grant)
        except StoreError:
            return False
        return True
