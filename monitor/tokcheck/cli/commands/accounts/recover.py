"""``tokcheck accounts recover``: rebuild a damaged store from its readable rows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokcheck.accounts.recovery import Recovered


def recover() -> int:
    """Rebuild a damaged store of accounts row by row; the damaged file is kept.

    Each secret is checked against its fingerprint, if the store has one. New tokens in the recovery
    files of refreshes are used. A store that is not damaged is not changed.
    """
    import os
    import sys
    import time

    from tokcheck.accounts.recovery import RecoveryState, recover_store
    from tokcheck.accounts.store.vaults.vault_choice import environment_key
    from tokcheck.core.errors import ExitCode, UsageError
    from tokcheck.storage.data_folder import data_folder

    if os.environ.get("TOKCHECK_DATABASE"):
        raise UsageError(
            "The accounts are in the database that TOKCHECK_DATABASE names, and this command "
            "rebuilds only a file.",
            "Restore a backup of the database. To rebuild the file, unset TOKCHECK_DATABASE.",
        )
    key = environment_key(os.environ)
    encryption = None
    if key is not None:
        from tokcheck.accounts.store.vaults.encryption import SecretEncryption

        encryption = SecretEncryption(key)
    recovery = recover_store(data_folder(os.environ), time.time(), encryption=encryption)
    if recovery.was_whole:
        sys.stdout.write(f"{recovery.path} is not damaged; nothing was changed.\n")
        return ExitCode.USABLE
    for account in recovery.accounts:
        name = account.name or "an account without a name"
        sys.stdout.write(f"{name}: {_words(account)}\n")
    sys.stdout.flush()
    if not recovery.accounts:
        sys.stderr.write("No account could be read. To add one: tokcheck login --help\n")
    else:
        if recovery.is_unchecked:
            sys.stderr.write(
                "This store is of an older version, in which only refresh tokens have a "
                "fingerprint: access tokens and secrets of applications may be damaged unnoticed.\n"
            )
        sys.stderr.write("To check all accounts: tokcheck accounts refresh --all\n")
    if recovery.kept is not None:
        sys.stderr.write(
            f"The damaged store was kept as {recovery.kept}. It contains tokens: delete it when "
            "all accounts work.\n"
        )
    gone = {RecoveryState.NO_CLIENT_SECRET, RecoveryState.NEEDS_LOGIN, RecoveryState.LOST}
    if not recovery.accounts or any(account.state in gone for account in recovery.accounts):
        return ExitCode.NOT_USABLE
    return ExitCode.USABLE


def _words(account: "Recovered") -> str:
    """Return the state of a recovered account, and the next step."""
    from tokcheck.accounts.recovery import RecoveryState

    if account.state is RecoveryState.LOST:
        rest = ", except for its name" if account.name else ""
        return f"lost{rest}. Log in again: tokcheck login --help"
    words = _words_of_state(account)
    if account.lacks_access_token and account.state is not RecoveryState.NO_ACCESS_TOKEN:
        words += ". Its access token is lost, too"
    if account.has_other_name:
        words += " (its own name is lost; this one is new)"
    return words


def _words_of_state(account: "Recovered") -> str:
    import os

    from tokcheck.accounts.grant_errors import NEEDS_NEW_LOGIN
    from tokcheck.accounts.login_command import LoginCommand
    from tokcheck.accounts.recovery import RecoveryState
    from tokcheck.declarations.on_demand import ProvidersOnDemand

    login = LoginCommand(account.provider, account.name)
    provider = ProvidersOnDemand(os.environ).get(account.provider)
    variable = provider.oauth.variable("CLIENT_SECRET") if provider else "its variable"
    return {
        RecoveryState.WHOLE: "recovered",
        RecoveryState.FROM_RECOVERY_FILE: "recovered, with the tokens of its recovery file",
        RecoveryState.NO_ACCESS_TOKEN: "recovered without its access token, which the next refresh "
        "replaces",
        RecoveryState.NO_CLIENT_SECRET: "recovered without the secret of its application. Set "
        f"{variable}, or log in again: {login}",
        RecoveryState.NEEDS_LOGIN: f"{NEEDS_NEW_LOGIN}, since its refresh token is lost. "
        f"Log in again: {login}",
    }[account.state]
