"""``tokcheck accounts remove``: revoke a consent at its provider, then delete the account."""

from typing import Annotated

import typer


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The stored account.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not prompt for confirmation.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete the account even if it cannot be revoked.")
    ] = False,
) -> int:
    """Revoke an account's consent at its provider, then delete the account.

    If the consent cannot be revoked, the account is kept, unless you pass --forget.
    """
    import os
    import sys

    from tokcheck.accounts.revocation import AccountRemover
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.cli.shared.account_store import open_network
    from tokcheck.core.errors import ExitCode, UsageError
    from tokcheck.declarations.on_demand import ProvidersOnDemand

    with open_store(os.environ) as store:
        owner = store.grant(name).client.provider
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError(
                    "A revoked consent cannot be restored, and there is no terminal to confirm on.",
                    "To confirm, pass --yes.",
                )
            if not typer.confirm(f"Revoke the consent of {name} and delete the account?", err=True):
                sys.stderr.write("Nothing was changed.\n")
                return ExitCode.NOT_USABLE
        provider = ProvidersOnDemand(os.environ).get(owner)
        with open_network(os.environ) as net:
            remover = AccountRemover(store, net.send, environment=os.environ)
            failure = remover.remove(name, provider, forget=forget)
    if failure is None:
        sys.stdout.write(f"{name}: revoked and deleted\n")
        return ExitCode.USABLE
    sys.stderr.write(f"The account {name} could not be revoked: {failure.message}\n")
    if failure.hint:
        sys.stderr.write(f"{failure.hint}\n")
    if not forget:
        sys.stderr.write("The account was kept. To delete it anyway, add --forget.\n")
        return failure.exit_code
    sys.stderr.write(
        "The application keeps its access until the user removes it in their account's settings.\n"
    )
    sys.stdout.write(f"{name}: deleted\n")
    return ExitCode.USABLE
