"""``tokcheck.observe``: the quota that responses to an application's own requests report."""

import os
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache, partial
from time import time
from typing import Any, final

from tokcheck.accounts.names import checked_name
from tokcheck.core.errors import UsageError
from tokcheck.library.account_tokens import ServerOrigin, origin_of
from tokcheck.library.application_log import LOG, cause_of
from tokcheck.library.call_arguments import check_arguments, checked_clock
from tokcheck.library.observed_servers import Target, read_targets
from tokcheck.library.observing.client_responses import (
    body_of_httpx,
    body_of_requests,
    is_from_hishel,
)
from tokcheck.library.observing.observation_writer import WRITER
from tokcheck.library.observing.seen_responses import LedgerPlace, SeenResponse

_LONGEST_VALUE = 2_000
_FIRST_ERROR = 400
_SEEN = "_tokcheck_observed"


def observe(
    account: str,
    *,
    provider: str | None = None,
    api_url: str | None = None,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] | None = None,
) -> dict[str, list[Callable[..., Any]]]:
    """Return event hooks that learn an account's quota from an application's own requests.

    `tokcheck serve` and `watch` then know the quota without requests of their own: the hooks write
    the rate limits that responses report, and their number, to the exporter's ledger. Of a
    response, they keep its status, its moment, its rate-limit headers and those of the body's type
    in memory, for about a second; never an address or a token, and a body only if it may name a
    limit: that of a refusal, for which they wait up to ten seconds. Responses from a cache (hishel,
    requests-cache, or one on the way) are not counted, and neither are those of other servers than
    the provider's. A hook raises no error: problems are logged as warnings of `tokcheck`.

    Args:
        account: The name of the account, as the exporter shows it.
        provider: The name of its provider, if the account is not a stored one. Without it, the
            server of each request shows which one it is.
        api_url: The address of another server with the provider's API.
        environment: Where the data folder (`TOKCHECK_HOME`), addresses (`TOKCHECK_..._URL`) and
            declarations (`TOKCHECK_PROVIDERS`) are set; `os.environ` by default.
        now: Returns the present moment, with a time zone; the system's clock by default.

    Returns:
        The same hooks for all clients: `event_hooks=` of `httpx.Client` and `httpx.AsyncClient`,
        `hooks=` of a request or a session of requests.

    Raises:
        UsageError: If the name looks like a token, if there is no such provider, or if an address
            or a declaration is wrong.
        TypeError: If an argument is of another type; the message names it.

    """
    check_arguments(
        account=account, provider=provider, api_url=api_url, environment=environment, now=now
    )
    hook = ResponseHook(checked_name(account), provider, api_url, environment, now)
    hook.prepare()
    return {"response": [hook]}


@final
class _Nothing:
    """An awaitable of ``None``, at once: httpx's asynchronous client awaits what a hook returns."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_NOTHING = _Nothing()


class ResponseHook:
    """Called with each response, by httpx, its asynchronous client, or requests.

    It may be pickled, as requests does with the hooks of a response.
    """

    def __init__(
        self,
        account: str,
        provider: str | None,
        api_url: str | None,
        environment: Mapping[str, str] | None,
        now: Callable[[], datetime] | None,
    ) -> None:
        self._arguments = (account, provider, api_url, environment, now)
        self._account = account
        self._now = now
        self._last_warning = ""
        self._targets_at = lru_cache(maxsize=256)(self._find_targets)

    def __repr__(self) -> str:
        return f"tokcheck.observe({self._account!r})"

    def __reduce__(self) -> tuple[type["ResponseHook"], tuple[Any, ...]]:
        return ResponseHook, self._arguments

    def __call__(
        self,
        response: Any,  # noqa: ANN401 - of httpx, or of requests, which may not be installed
        **_options: Any,  # noqa: ANN401 - those of the request, as requests passes them
    ) -> Awaitable[None] | None:
        """Take a response; raise no error."""
        extensions = getattr(response, "extensions", None)  # of httpx alone
        try:
            if extensions is not None:
                self._take_from_httpx(response, extensions)
            else:
                self._take_from_requests(response)
        except Exception as error:  # noqa: BLE001 - it would end the application's request
            self._warn(error)
        # Any other value would take the response's place in requests.
        return None if extensions is None else _NOTHING

    def prepare(self) -> None:
        """Read the targets and the ledger's place.

        :raises UsageError: if an argument or a variable is wrong.
        """
        _ = self._ledger, self._targets

    @property
    def _environment(self) -> Mapping[str, str]:
        environment = self._arguments[3]
        return os.environ if environment is None else environment

    @cached_property
    def _ledger(self) -> LedgerPlace:
        return LedgerPlace(dict(self._environment))

    @cached_property
    def _targets(self) -> Mapping[ServerOrigin, tuple[Target, ...]]:
        account, provider, api_url, *_ = self._arguments
        return read_targets(account, provider, api_url, self._environment)

    def _find_targets(
        self, scheme: str, host: str | bytes, port: int | None = None
    ) -> tuple[Target, ...]:
        """Return the targets of a server; ``host`` may have a port in it."""
        name = host if isinstance(host, str) else host.decode("ascii")
        if isinstance(host, bytes) and ":" in name:
            name = f"[{name}]"
        origin = origin_of(f"{scheme}://{name}" if port is None else f"{scheme}://{name}:{port}")
        return () if origin is None else self._targets.get(origin, ())

    # These methods delay the caller, most of all when the processor's caches are cold: each call of
    # a function, and each header that is looked up, costs.

    def _take_from_httpx(
        self,
        response: Any,  # noqa: ANN401 - as the caller has it
        extensions: Mapping[str, Any],
    ) -> None:
        url = response.request.url
        targets = self._targets_at(url.scheme, url.raw_host, url.port)
        if not targets or is_from_hishel(extensions):
            return
        target: Target | None = targets[0]
        if targets[0].path:
            target = _target_of(targets, str(url.raw_path, "ascii"))
        if target is None:
            return
        status = response.status_code
        is_read = status >= _FIRST_ERROR or target.reads_bodies
        body = partial(body_of_httpx, response) if is_read else None
        self._take(target, status, response.headers.raw, body)

    def _take_from_requests(self, response: Any) -> None:  # noqa: ANN401 - as the caller has it
        # An auth that sends a request again puts the refused response here.
        for earlier in response.history:
            self._take_from_requests(earlier)
        scheme, _, host, *path = response.request.url.split("/", 3)
        targets = self._targets_at(scheme[:-1], host.partition("?")[0])
        if not targets or getattr(response, "from_cache", False):  # of requests-cache
            return
        target: Target | None = targets[0]
        if targets[0].path:
            target = _target_of(targets, f"/{path[0] if path else ''}")
        if target is None:
            return
        # requests-cache calls the hooks of a response twice.
        seen_by = vars(response).setdefault(_SEEN, set())
        if id(self) not in seen_by:
            seen_by.add(id(self))
            status = response.status_code
            is_read = status >= _FIRST_ERROR or target.reads_bodies
            body = partial(body_of_requests, response) if is_read else None
            # Its other ways to iterate look each name up.
            headers = getattr(response.headers, "lower_items", response.headers.items)
            self._take(target, status, headers(), body)

    def _take(
        self,
        target: Target,
        status: int,
        headers: Iterable[tuple[str | bytes, str | bytes]],
        read_body: Callable[[], bytes | None] | None,
    ) -> None:
        if target.provider is None:
            self._warn(_unknown_provider(target))
            return
        names = target.names
        kept = [
            (name, value)
            for raw_name, value in headers
            if (name := names[raw_name]) and len(value) <= _LONGEST_VALUE
        ]
        at = time() if self._now is None else checked_clock(self._now)().timestamp()
        WRITER.add(
            SeenResponse(self._ledger, self._account, target.provider, at, status, kept, read_body)
        )

    def _warn(self, error: Exception) -> None:
        """Log the obstacle to an observation, once for each cause."""
        cause = cause_of(error)
        if cause != self._last_warning:
            self._last_warning = cause
            LOG.warning("Requests of the account %s are not observed: %s", self._account, cause)


def _target_of(targets: Sequence[Target], path: str) -> Target | None:
    """Return the target of a request's path."""
    for target in targets:
        if path.startswith(target.path) and path[len(target.path) :][:1] in {"", "/", "?"}:
            return target
    return None


def _unknown_provider(target: Target) -> UsageError:
    names = target.candidates
    return UsageError(
        "its provider is not known, and several have the address of this request: "
        f'{", ".join(names)}. Pass its name to tokcheck.observe, as in provider="{names[0]}".'
    )
