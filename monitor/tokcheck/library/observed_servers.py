"""The observed servers, and the headers that are kept of their responses."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from tokcheck.accounts.store.environment import open_store
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.core.redact import plain, redact
from tokcheck.declarations.known_providers import find_provider, providers_in_use
from tokcheck.library.account_tokens import ServerOrigin, origin_of
from tokcheck.library.application_log import LOG, cause_of
from tokcheck.library.network import read_endpoints
from tokcheck.providers.base import Provider
from tokcheck.providers.observed.cached_responses import CACHE_HEADERS
from tokcheck.storage.data_folder import ACCOUNTS_FILE, data_folder

# The headers of rate limits, to which a declaration may add; the server's clock, and a cache's; and
# what shows that a server in front of the API wrote the response.
_KEPT = CACHE_HEADERS | {"content-length", "content-type", "date", "www-authenticate"}
_RATE_HEADER = re.compile(r"limit|quota|remaining|reset|retry|usage")
_MOST_NAMES = 1_000


class HeaderNames(dict[str | bytes, str]):
    """Of each name of a header: the name in lower case if it may be about rate limits, or nothing.

    A name is examined once: the responses of one server have the same ones.
    """

    def __init__(self, own: frozenset[str]) -> None:
        super().__init__()
        self._own = own

    def __missing__(self, name: str | bytes) -> str:
        text = (name if isinstance(name, str) else name.decode("latin-1")).lower()
        kept = text if text in self._own or text in _KEPT or _RATE_HEADER.search(text) else ""
        if len(self) < _MOST_NAMES:
            self[name] = kept
        return kept


class Target(NamedTuple):
    """A provider's API at one server."""

    path: str
    """The beginning of its requests' paths."""
    provider: Provider | None
    """``None`` if several providers have this address, so that it shows none."""
    names: HeaderNames
    reads_bodies: bool
    """Whether the body of an accepted response may be about rate limits."""
    candidates: tuple[str, ...]
    """The names of the providers with this address."""


def read_targets(
    account: str, provider: str | None, api_url: str | None, environment: Mapping[str, str]
) -> Mapping[ServerOrigin, tuple[Target, ...]]:
    """Return the APIs to observe by their servers, those with the longest paths first."""
    known = providers_in_use(None, environment)
    if provider is not None:
        name: str | None = find_provider(provider, known, "Set TOKCHECK_PROVIDERS to PATH")
    else:
        name = _stored_provider(account, environment)
    chosen = known if name is None else {key: known[key] for key in (name,) if key in known}
    if not chosen:
        LOG.warning(
            "Requests of the account %s are not observed: there is no provider %s. Set "
            "TOKCHECK_PROVIDERS to the path of its declaration.",
            account,
            name,
        )
    if api_url is not None and len(chosen) != 1:
        raise UsageError(
            f"The account {plain(redact(account))} is not stored, so the provider at api_url is "
            "not known.",
            'Pass its name, as in provider="fitbit".',
        )
    addresses = read_endpoints(chosen, environment, api_url).addresses
    found: dict[tuple[ServerOrigin, str], list[Provider]] = {}
    for (key, service), address in addresses.items():
        origin = origin_of(address) if service == "api" else None
        if origin is not None:
            path = urlsplit(address).path.rstrip("/")
            found.setdefault((origin, path), []).append(chosen[key])
    targets: dict[ServerOrigin, tuple[Target, ...]] = {}
    for (origin, path), providers in sorted(found.items(), key=lambda each: -len(each[0][1])):
        one = providers[0] if len(providers) == 1 else None
        target = Target(
            path,
            one,
            HeaderNames(frozenset() if one is None else one.quota_headers),
            one is not None and (one.quota_in_body or one.refuses_in_success),
            tuple(sorted(each.name for each in providers)),
        )
        targets[origin] = (*targets.get(origin, ()), target)
    return targets


def _stored_provider(account: str, environment: Mapping[str, str]) -> str | None:
    """Return the name of a stored account's provider; ``None`` if it is not known."""
    try:
        is_file = not environment.get("TOKCHECK_DATABASE")
        if is_file and not (data_folder(environment) / ACCOUNTS_FILE).exists():
            return None
        with open_store(environment) as store:
            return store.grant(account).client.provider
    except (TokcheckError, OSError) as error:
        if not isinstance(error, UsageError):  # there is no such account
            LOG.warning("The provider of the account %s is not known: %s", account, cause_of(error))
        return None
