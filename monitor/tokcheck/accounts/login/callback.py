"""Receive the redirect of a consent page: the loopback server takes it, or it is pasted."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login.interaction import ConsentPage, Interaction
from tokcheck.accounts.login.loopback_server import LoopbackServer
from tokcheck.accounts.login.pasted_redirect import code_from_paste
from tokcheck.accounts.login.redirect_uri import (
    DEFAULT_PORT,
    LoopbackEndpoint,
    default_endpoint,
    endpoint_of,
)
from tokcheck.accounts.oauth.authorization import (
    AuthorizationRequest,
    CodeResponse,
    authorization_url,
    code_from_response,
)
from tokcheck.accounts.oauth.authorization_errors import timeout_error
from tokcheck.core.addresses import check_port
from tokcheck.core.errors import UsageError
from tokcheck.providers.base import Provider

_PASTES = 3
# Errors of a mistaken paste; any other error is the consent page's own.
_MISTAKES = {"no_code", "state_mismatch", "malformed_redirect"}


class Callback(NamedTuple):
    """The redirect URI of a login, and the server that listens there."""

    redirect_uri: str
    server: LoopbackServer | None
    """``None`` if the redirect must be pasted."""


@contextmanager
def open_callback(
    provider: Provider, redirect_uri: str | None, port: int | None, *, listen: bool
) -> Iterator[Callback]:
    """Choose the redirect URI, and listen there if it is on this computer and ``listen`` is set.

    :raises UsageError: if the URI or the port cannot be used.
    """
    if port is not None:
        check_port("--port", str(port))
    if redirect_uri is not None and port is not None:
        raise UsageError(
            "--redirect-uri and --port both name a port.",
            "Leave out --port, and write the port into the redirect URI.",
        )
    endpoint = _choose_endpoint(provider, redirect_uri, port, listen=listen)
    if endpoint is None or not listen:
        own = "" if endpoint is None else endpoint.redirect_uri(endpoint.port)
        yield Callback(redirect_uri or own, None)
        return
    with LoopbackServer(endpoint, port_advice=_port_advice(provider)) as server:
        yield Callback(redirect_uri or server.redirect_uri, server)


def receive_code(
    attempt: AuthorizationRequest,
    authorization_endpoint: str,
    server: LoopbackServer | None,
    timeout: float,
    providers: Mapping[str, Provider],
    interaction: Interaction,
) -> CodeResponse:
    """Show the consent page, and return the authorization code that its redirect brings.

    ``server`` waits for the redirect for ``timeout`` seconds; without, the user pastes it.

    :raises ConsentError: if no code comes back.
    """
    interaction.show_consent_page(
        ConsentPage(
            attempt.provider,
            authorization_url(attempt, authorization_endpoint),
            attempt.redirect_uri,
            None if server is None else timeout,
        )
    )
    if server is None:
        return _read_pasted_code(attempt, providers, interaction)
    try:
        return server.wait(_redirect_reader(attempt, interaction), timeout)
    except TimeoutError:
        raise timeout_error(timeout, attempt.provider, attempt.login) from None


def _redirect_reader(
    attempt: AuthorizationRequest, interaction: Interaction
) -> Callable[[str], CodeResponse]:
    """Return a function that reads the code of a redirect and reports the first foreign one."""
    reported = False

    def read(query: str) -> CodeResponse:
        nonlocal reported
        try:
            return code_from_response(query, attempt)
        except ForeignError as error:
            if not reported:
                reported = True
                interaction.report_foreign_redirect(error)
            raise

    return read


def _read_pasted_code(
    attempt: AuthorizationRequest, providers: Mapping[str, Provider], interaction: Interaction
) -> CodeResponse:
    """Return the code in a paste; after a mistaken paste, prompt again."""
    for left in reversed(range(_PASTES if interaction.can_prompt else 1)):
        try:
            return code_from_paste(interaction.read_redirect(), attempt, providers)
        except ConsentError as error:
            if error.code not in _MISTAKES or not left:
                raise
            interaction.report_rejected_paste(error)
    raise AssertionError("the last paste raises or returns")


def _port_advice(provider: Provider) -> str:
    if provider.oauth.any_port:
        return ""
    return (
        f"An application of the {provider.title} accepts only the redirect URI that it is "
        "registered with, port included."
    )


def _choose_endpoint(
    provider: Provider, redirect_uri: str | None, port: int | None, *, listen: bool
) -> LoopbackEndpoint | None:
    if redirect_uri is not None:
        return endpoint_of(redirect_uri)
    if port is None:
        port = 0 if provider.oauth.any_port else DEFAULT_PORT
    return default_endpoint(DEFAULT_PORT if not listen and not port else port)
