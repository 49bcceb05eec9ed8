"""The sources of an application's secret, in their order. Pure.

The order is the same for every command: a file that names the application, an environment variable,
the store, and at last a prompt. A secret that is set for one command is newer than one that an
earlier command stored.
"""

from collections.abc import Mapping, Sequence

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client
from tokcheck.accounts.oauth.client_secret import (
    check_client_secret,
    clean_client_secret,
    clean_secret_text,
)
from tokcheck.core.redact import plain
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

IMPORTED_SECRET = "TOKCHECK_CLIENT_SECRET"  # noqa: S105 - a variable's name
# The error codes of an application with a secret that may be wrong or missing.
_ABOUT_SECRET = {"invalid_client", "invalid_request"}


def secrets_to_try(
    client: Client, provider: Provider, environment: Mapping[str, str]
) -> tuple[Secret | None, ...]:
    """Return the secrets with which to refresh an account's tokens, the best first.

    That of the environment comes before the stored one, which is tried if the provider refuses
    it: the variable may be another application's. ``None`` stands for no secret.

    :raises UsageError: if the variable contains what cannot be a secret.
    """
    variable = secret_variable(client.client_id, provider, environment)
    if variable is None:
        return (client.secret,)
    named = clean_client_secret(environment[variable], variable).secret
    if client.secret is not None and named.fingerprint == client.secret.fingerprint:
        return (client.secret,)
    return named, client.secret


def refusal_to_report(
    earlier: OAuthError | None, later: OAuthError, secret: Secret | None
) -> OAuthError:
    """Return the more telling of two refusals, the later of which followed upon this secret.

    Without one, it says no more than that none was sent, although one was before.
    """
    is_only_missing = secret is None and later.code in _ABOUT_SECRET
    return earlier if earlier is not None and is_only_missing else later


def secret_variable(
    client_id: str,
    provider: Provider,
    environment: Mapping[str, str],
    own: Sequence[tuple[str, str]] = (),
) -> str | None:
    """Return the variable with the secret of an application, or ``None`` if none has it.

    ``own`` are variables of one command that come before the provider's: pairs of the client id's
    and the secret's. A secret beside another client id is another application's.
    """
    of_provider = provider.oauth.variable("CLIENT_ID"), provider.oauth.variable("CLIENT_SECRET")
    for id_variable, variable in (*own, of_provider):
        owner = environment.get(id_variable, "").strip()
        if environment.get(variable, "").strip() and owner in {"", client_id}:
            return variable
    return None


def describe_unused_secret(
    code: str, client: Client, provider: Provider, environment: Mapping[str, str]
) -> str:
    """Return which variable with a secret was not used for a refused application, and why.

    Empty if there is none, if its secret is the stored one, or if the error code is not about the
    secret.
    """
    if code not in _ABOUT_SECRET:
        return ""
    if secret_variable(client.client_id, provider, environment) is not None:
        return ""
    variable = provider.oauth.variable("CLIENT_SECRET")
    if environment.get(variable, "").strip():
        id_variable = provider.oauth.variable("CLIENT_ID")
        owner = plain(environment[id_variable].strip(), longest=100)
        return (
            f"{variable} was not used: {id_variable} names the application {owner}, and the "
            f"account belongs to {client.client_id}."
        )
    of_import = clean_secret_text(environment.get(IMPORTED_SECRET, "")).text
    if not of_import or (
        client.secret is not None and client.secret.fingerprint == Secret(of_import).fingerprint
    ):
        return ""
    return f"{IMPORTED_SECRET} was not used: only accounts import reads it."


def fingerprints_of(secrets: Sequence[Secret | None]) -> tuple[str, ...]:
    """Return the fingerprints of secrets; an empty one for none."""
    return tuple("" if secret is None else secret.fingerprint for secret in secrets)


def check_secret_variables(
    providers: Mapping[str, Provider], environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Return what was removed from the secrets in the variables of the providers, in sentences.

    :raises UsageError: if a variable contains what cannot be a secret.
    """
    notes = []
    for provider in providers.values():
        if provider.endpoints is None:
            continue
        variable = provider.endpoints.variable("CLIENT_SECRET")
        text = environment.get(variable, "")
        if text.strip():
            cleaned = clean_client_secret(text, variable)
            check_client_secret(cleaned.secret, variable, provider, providers)
            notes.append(cleaned.note)
    return tuple(note for note in notes if note)
