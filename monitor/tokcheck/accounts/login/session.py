"""One login: a user's consent becomes an account in the store.

OAuth 2.0 with an authorization code and PKCE. Nothing is printed and nothing is prompted for
here: an :class:`~tokcheck.accounts.login.interaction.Interaction` does both.

An interrupt (:class:`KeyboardInterrupt`) may end a login at any point. It leaves no account, no
listening socket and no lock, because each is held by a ``with`` block, and the account is written
in one transaction. A code that was sent by then is lost, as codes work once: the next login begins
with a new consent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tokcheck.accounts.grant import Client
from tokcheck.accounts.login.application import (
    ClientFile,
    choose_client,
    registered_redirect_uri,
)
from tokcheck.accounts.login.callback import open_callback, receive_code
from tokcheck.accounts.login.code_exchange import (
    LOCK_SECONDS,
    StoredLogin,
    fetch_tokens,
    store_grant,
)
from tokcheck.accounts.login.interaction import Interaction
from tokcheck.accounts.login.requested_scopes import choose_scopes, reject_old_tokens
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.names import checked_name
from tokcheck.accounts.oauth.authorization import AuthorizationRequest
from tokcheck.accounts.oauth.scopes import scopes_of_provider
from tokcheck.accounts.oauth.token_endpoint import reach_token_endpoint
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.checks.message_explanation import Explain
from tokcheck.core.errors import UsageError
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Send
from tokcheck.storage.shell_words import quote

_STATE_BYTES = 32
_VERIFIER_BYTES = 64


class LoginOptions(NamedTuple):
    """The options of a login."""

    provider: Provider
    authorization_endpoint: str
    """The address of the consent page, without a query."""
    timeout: float
    """How many seconds the loopback server waits for the redirect."""
    name: str | None = None
    client_id: str | None = None
    client_file: ClientFile | None = None
    scopes: Sequence[str] = ()
    """Names of scopes; none requests those of the stored account, or the default ones."""
    redirect_uri: str | None = None
    port: int | None = None
    """The port of loopback to listen on; 0 is any free one."""
    listen: bool = True
    """Whether to take the redirect by the loopback server; else it is pasted."""
    like: bool = False
    """Whether an old token names scopes."""

    def command(self) -> LoginCommand:
        """Return the command that repeats the login; its client id has yet to be checked."""
        return LoginCommand(
            self.provider.name,
            self.name,
            client_file=None if self.client_file is None else self.client_file.path,
            scopes=tuple(self.scopes),
            like=self.like,
            redirect_uri=self.redirect_uri,
            port=self.port,
            no_browser=not self.listen,
            timeout=self.timeout,
        )


class LoginResources(NamedTuple):
    """The resources of a login: store, network, clocks and random numbers."""

    store: GrantStore
    send: Send
    providers: Mapping[str, Provider]
    environment: Mapping[str, str]
    now: Callable[[], float]
    """Returns Unix seconds."""
    random_token: Callable[[int], str]
    """Returns URL-safe text from that number of random bytes, as ``secrets.token_urlsafe`` does."""
    explain: Explain | None = None
    """Returns the meaning of an error message, or ``None``."""
    lock_patience: float = LOCK_SECONDS
    """How many seconds another process may keep the store locked."""


class PreviousLogin(NamedTuple):
    """The results of earlier logins: the application, and the scopes of the account."""

    client: Client | None
    scopes: tuple[str, ...] = ()


def log_in(
    options: LoginOptions, resources: LoginResources, interaction: Interaction
) -> StoredLogin:
    """Obtain a user's consent and store the account.

    :raises UsageError: if an option, the client file or the store's accounts do not allow it.
    :raises ConsentError: if no authorization code comes back.
    :raises OAuthError: if the token endpoint refused the code.
    :raises NetError: if the token endpoint does not respond.
    :raises StoreError: if the account cannot be stored.
    """
    provider, providers = options.provider, resources.providers
    if options.like:
        reject_old_tokens(provider, providers)
    previous = find_previous_login(resources.store, provider, options.name)
    requested = choose_scopes(
        provider,
        providers,
        options.scopes,
        interaction.read_old_token(),
        previous.scopes,
        resources.now,
        resources.explain,
    )
    interaction.report_scopes(requested, provider)
    client = choose_client(
        provider,
        providers,
        resources.environment,
        client_id=options.client_id,
        file=options.client_file,
        stored=previous.client,
        interaction=interaction,
        login=options.command(),
    )
    redirect_uri = options.redirect_uri
    if redirect_uri is None:
        redirect_uri = registered_redirect_uri(options.client_file)
    with open_callback(provider, redirect_uri, options.port, listen=options.listen) as callback:
        attempt = AuthorizationRequest(
            provider,
            client.client_id,
            callback.redirect_uri,
            requested.scopes,
            state=resources.random_token(_STATE_BYTES),
            verifier=Secret(resources.random_token(_VERIFIER_BYTES)),
            page=options.authorization_endpoint,
            login=replace(
                options.command(), client_id=client.client_id if options.client_id else None
            ),
        )
        # All that may fail afterwards fails here: a consent is lost if its code cannot be
        # exchanged, or its tokens cannot be stored.
        resources.store.check_writable(resources.lock_patience)
        drive(reach_token_endpoint(provider), lambda request: resources.send(provider, request))
        response = receive_code(
            attempt,
            options.authorization_endpoint,
            callback.server,
            options.timeout,
            providers,
            interaction,
        )
    obtained_at = resources.now()  # before the exchange: no lifetime may be taken for longer
    tokens = fetch_tokens(
        attempt,
        client,
        response.code,
        resources.send,
        resources.now,
        interaction.report_unknown_user,
        redirect_scopes=response.scopes,
    )
    return store_grant(
        resources.store,
        attempt,
        client,
        tokens,
        wanted_name=options.name,
        obtained_at=obtained_at,
    )


def find_previous_login(store: GrantStore, provider: Provider, name: str | None) -> PreviousLogin:
    """Return what is stored of the account of that name, or else a provider's only application.

    :raises UsageError: if the name cannot be one, or is that of another provider's account.
    """
    grants = store.grants()
    if name is not None:
        checked_name(name)
        for grant in grants:
            if grant.name == name and grant.client.provider == provider.name:
                return PreviousLogin(grant.client, scopes_of_provider(provider, grant.scopes))
            if grant.name == name:
                raise UsageError(
                    f"The account {name} belongs to another provider.",
                    "Choose another name, or remove that account first: "
                    f"tokcheck accounts remove {quote(name)}",
                )
    clients = {grant.client.client_id: grant.client for grant in grants}
    known = [client for client in clients.values() if client.provider == provider.name]
    return PreviousLogin(known[0] if len(known) == 1 else None)
