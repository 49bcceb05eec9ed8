"""The access tokens of a stored account, for requests to its provider alone."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.refresh.refresh_context import provider_of
from tokcheck.accounts.refresh.refresher import Refresher
from tokcheck.accounts.refresh.usable_grant import usable_grant
from tokcheck.accounts.store.environment import open_store
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.core.humanize import list_names
from tokcheck.core.redact import plain, redact
from tokcheck.declarations.on_demand import ProvidersOnDemand
from tokcheck.library.application_log import LOG
from tokcheck.library.call_arguments import checked_clock
from tokcheck.library.memory.known_grants import KNOWN_GRANTS
from tokcheck.library.memory.replaced_tokens import REPLACED_TOKENS, AccountKey, account_key
from tokcheck.library.network import read_endpoints
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.transport.lazy_clients import LazyNet

if TYPE_CHECKING:
    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.store.grant_store import GrantStore
    from tokcheck.core.secret import Secret

# Of one request of a refresh, which repeats a request that got no response.
_TIMEOUT_SECONDS = 10.0
_PORTS = {"http": 80, "https": 443}


class ServerOrigin(NamedTuple):
    """Where a request goes: two addresses with the same origin reach the same server."""

    scheme: str
    host: str
    """In lower case; an international name in ASCII."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def origin_of(address: str) -> ServerOrigin | None:
    """Return the origin of an address as urllib3 connects to it; ``None`` if it has none."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.hostname is None or port is None:
        return None
    return ServerOrigin(parts.scheme, _ascii_host(parts.hostname), port)


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host  # no address of a provider is equal to it


class PresentedToken(NamedTuple):
    """A token, and how a request presents it."""

    secret: "Secret"
    header: str
    """The name of the header that holds it."""
    scheme: str
    """The word in front of it; empty for none."""


class AccountTokens:
    """Returns the access tokens of one account; any number of threads may do so.

    It has no token and no open file between two calls, so that it may be pickled, and used after a
    fork. The process knows the last tokens of accounts in a database, in case that is away.
    """

    def __init__(
        self,
        name: str,
        *,
        min_ttl: float,
        api_url: str | None,
        environment: Mapping[str, str] | None,
        now: Callable[[], datetime] | None,
    ) -> None:
        self.name = name
        self._min_ttl = min_ttl
        self._api_url = api_url
        self._environment = environment
        self._now = now
        self._last_warning = ""

    def fresh(self, origin: ServerOrigin | None) -> PresentedToken:
        """Return a token that is valid for more than ``min_ttl`` seconds; refresh it if necessary.

        If that fails, or the database is away, return one that is still valid.

        :raises UsageError: if there is no such account, or if ``origin`` is not its provider's.
        :raises TokcheckError: as :meth:`Refresher.fresh_grant` does.
        """
        return _call_without_frames(lambda: self._fresh_or_known(origin))

    def _fresh_or_known(self, origin: ServerOrigin | None) -> PresentedToken:
        """Return a fresh token, or one that this process knows if the database is away."""
        account = self._account_key()
        known = KNOWN_GRANTS.valid_grant(account, self._read_clock())
        if known is not None and KNOWN_GRANTS.outage(account) is not None:
            return _present(known, self._check_origin(known, origin))
        try:
            return self._read_fresh(origin)
        except StoreError as error:
            # The block above may have read it, and only failed to refresh it.
            known = KNOWN_GRANTS.valid_grant(account, self._read_clock())
            if not error.is_away or known is None:
                raise
            KNOWN_GRANTS.begin_outage(account, error)
            self._warn(error)
            return _present(known, self._check_origin(known, origin))
        except UsageError:
            KNOWN_GRANTS.forget(account)  # it was removed, or belongs to another provider
            raise

    def _read_fresh(self, origin: ServerOrigin | None) -> PresentedToken:
        with open_store(self._read_environment()) as store:
            account = store.account(self.name)
            provider = self._check_origin(account.grant, origin)
            self._remember(store, account.grant)
            found = usable_grant(
                store,
                account,
                self._min_ttl,
                lambda patience: self._open_refresher(store, patience),
                providers={provider.name: provider},
                is_required=False,
                now=self._read_clock,
            )
        if found.grant is not account.grant:  # another login may have replaced it
            provider = self._check_origin(found.grant, origin)
            self._remember(store, found.grant)
        self._warn(found.failure)
        return _present(found.grant, provider)

    def replacement(
        self, refused: str, origin: ServerOrigin | None, resource: str
    ) -> PresentedToken | None:
        """Return another token than the one with this fingerprint, which a resource has refused.

        It is refreshed unless another thread or process has done so. Return ``None`` if this token
        was itself a replacement that the API has not accepted, or that this resource has refused
        before: the token is not what it refuses.

        :raises TokcheckError: as :meth:`Refresher.fresh_grant` does.
        """
        account = self._account_key()
        if REPLACED_TOKENS.is_pointless(account, refused, resource):
            self.record_response(refused, resource, HTTPStatus.UNAUTHORIZED)
            return None
        token = _call_without_frames(lambda: self._replace(refused, origin))
        REPLACED_TOKENS.add(account, token.secret.fingerprint)
        return token

    def _replace(self, refused: str, origin: ServerOrigin | None) -> PresentedToken:
        KNOWN_GRANTS.forget(self._account_key())
        with (
            open_store(self._read_environment()) as store,
            self._open_refresher(store, math.inf) as refresher,
        ):
            grant = refresher.fresh_grant(self.name, 0.0, refused=refused)
        self._remember(store, grant)
        return _present(grant, self._check_origin(grant, origin))

    def _remember(self, store: "GrantStore", grant: "Grant") -> None:
        if store.is_shared:  # a file is never away
            KNOWN_GRANTS.record(self._account_key(), grant)

    def record_response(self, fingerprint: str, resource: str, status: int) -> None:
        """Record whether a resource of the API has accepted a token."""
        REPLACED_TOKENS.record_response(self._account_key(), fingerprint, resource, status)

    def _account_key(self) -> AccountKey:
        return account_key(self._read_environment(), self.name, self._api_url)

    def _read_environment(self) -> Mapping[str, str]:
        return os.environ if self._environment is None else self._environment

    def _read_clock(self) -> float:
        return time() if self._now is None else checked_clock(self._now)().timestamp()

    def _check_origin(self, grant: "Grant", origin: ServerOrigin | None) -> Provider:
        """Return the provider of the grant.

        :raises UsageError: unless the provider has this origin.
        """
        provider = provider_of(grant, ProvidersOnDemand(self._read_environment()))
        own = read_endpoints({provider.name: provider}, self._read_environment(), self._api_url)
        origins = dict.fromkeys(map(origin_of, own.addresses.values()))
        if origin is not None and origin in origins:
            return provider
        target = "an address without a host" if origin is None else plain(redact(str(origin)))
        raise UsageError(
            f"The token of the account {self.name} is not sent to {target}: it is for the "
            f"{provider.title}, which is at {list_names(map(str, origins))}.",
            "Correct the address, or use a client without this auth. For another server with the "
            "same API, pass its address: tokcheck.auth(..., api_url=...).",
        )

    @contextmanager
    def _open_refresher(self, store: "GrantStore", safe_patience: float) -> Iterator[Refresher]:
        environment = self._read_environment()
        endpoints = read_endpoints(REGISTRY, environment, None)
        with LazyNet(endpoints, _TIMEOUT_SECONDS) as net:
            yield Refresher(
                store,
                ProvidersOnDemand(environment),
                net.send,
                self._read_clock,
                environment=environment,
                safe_patience=safe_patience,
                report=LOG.warning,
            )

    def _warn(self, failure: TokcheckError | None) -> None:
        """Log the problem of the account, once for each cause."""
        message = "" if failure is None else failure.message
        if failure is not None and message != self._last_warning:
            LOG.warning("%s %s", failure.message, failure.hint)
        self._last_warning = message


def _present(grant: "Grant", provider: Provider) -> PresentedToken:
    return PresentedToken(grant.access, provider.credential_header, provider.credential_scheme)


def _call_without_frames(work: Callable[[], PresentedToken]) -> PresentedToken:
    """Return what a function returns; its errors have none of its frames.

    The variables of those hold tokens, and some programs print the variables of a traceback.
    """
    try:
        return work()
    except TokcheckError as error:
        failure = error
    failure.__context__ = None
    raise failure.with_traceback(None)
