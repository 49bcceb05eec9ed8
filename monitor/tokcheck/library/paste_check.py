"""``tokcheck.check`` and ``tokcheck.check_async``: check one paste."""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tokcheck.accounts.explanation import explain_message
from tokcheck.checks.checker import Checker
from tokcheck.checks.requirements import Requirements
from tokcheck.checks.scopes.required_scopes import find_unknown_scope, split_scopes
from tokcheck.checks.without_token import conclude_empty, is_empty
from tokcheck.core.flow import drive_async
from tokcheck.core.secret import Secret
from tokcheck.declarations.provider_choice import (
    ProviderChoice,
    choose_providers,
    has_listed_scopes,
)
from tokcheck.library.call_arguments import (
    check_arguments,
    checked_clock,
    hide_paste,
    read_scope_names,
)
from tokcheck.library.network import (
    check_timeout,
    read_endpoints,
    seconds_of_min_ttl,
)
from tokcheck.providers import REGISTRY
from tokcheck.transport.lazy_clients import LazyAsyncNet, LazyNet

if TYPE_CHECKING:
    from tokcheck.core.report import Report


def check(  # noqa: PLR0913 - one parameter an option
    paste: str,
    *,
    offline: bool = False,
    provider: str | None = None,
    providers: str | os.PathLike[str] | None = None,
    api_url: str | None = None,
    require_scopes: Iterable[str] = (),
    min_ttl: float | timedelta | None = None,
    timeout: float = 10.0,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] | None = None,
) -> "Report":
    """Check a token: what it is, whether it works, and how much of its rate limit is left.

    A token that does not work, and a network that does not, are verdicts and no errors.

    Args:
        paste: A token, or any text that contains one, such as a curl command.
        offline: Send nothing; check form, claims and expiry only.
        provider: The name of the provider, such as `fitbit`, if the token does not show it.
        providers: A file or folder with declarations of further providers.
        api_url: Send requests to this server instead of the provider's: `https://`, or `http://`
            on loopback.
        require_scopes: Names of scopes that the token needs; without one of them, it is not usable.
        min_ttl: Seconds that the token has to be valid for; a shorter one is not usable.
        timeout: Seconds for each request.
        environment: Where addresses (`TOKCHECK_..._URL`) and declarations (`TOKCHECK_PROVIDERS`)
            are named; `os.environ` by default.
        now: Returns the present moment, with a time zone; the system's clock by default.

    Returns:
        The report, with what the command `tokcheck validate --json` prints.

    Raises:
        UsageError: If an argument or an address of the environment is wrong.
        TypeError: If an argument is of another type; the message names it.

    """
    text = hide_paste(paste)
    del paste  # a traceback with local variables would show it
    check_arguments(
        offline=offline, provider=provider, providers=providers, api_url=api_url, min_ttl=min_ttl,
        timeout=timeout, environment=environment, now=now,
    )  # fmt: skip
    environment = os.environ if environment is None else environment
    chosen = _choose_providers(provider, providers, environment, api_url)
    endpoints = read_endpoints(REGISTRY, environment, api_url)
    scopes = _required_scopes(require_scopes, chosen.wanted, providers, environment)
    checker = _build_checker(chosen, scopes, min_ttl, now)
    with LazyNet(endpoints, check_timeout(timeout)) as net:
        report = (checker if offline else checker.online(net.send)).check(text.reveal())
    return _name_empty_paste(report, text)


async def check_async(  # noqa: PLR0913 - one parameter an option
    paste: str,
    *,
    offline: bool = False,
    provider: str | None = None,
    providers: str | os.PathLike[str] | None = None,
    api_url: str | None = None,
    require_scopes: Iterable[str] = (),
    min_ttl: float | timedelta | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109 - of each request, as in check()
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] | None = None,
) -> "Report":
    """Check a token as [`check`][tokcheck.check] does, on an event loop of asyncio.

    Arguments, result and errors are the same.
    """
    text = hide_paste(paste)
    del paste  # a traceback with local variables would show it
    check_arguments(
        offline=offline, provider=provider, providers=providers, api_url=api_url, min_ttl=min_ttl,
        timeout=timeout, environment=environment, now=now,
    )  # fmt: skip
    environment = os.environ if environment is None else environment
    chosen = _choose_providers(provider, providers, environment, api_url)
    endpoints = read_endpoints(REGISTRY, environment, api_url)
    scopes = _required_scopes(require_scopes, chosen.wanted, providers, environment)
    checker = _build_checker(chosen, scopes, min_ttl, now)
    async with LazyAsyncNet(endpoints, check_timeout(timeout)) as net:
        flow = checker.flow(text.reveal(), offline=offline)
        report = await drive_async(flow, lambda request: net.send(*request))
    return _name_empty_paste(report, text)


def _choose_providers(
    name: str | None,
    declarations: str | os.PathLike[str] | None,
    environment: Mapping[str, str],
    api_url: str | None,
) -> ProviderChoice:
    paths = None if declarations is None else [os.fspath(declarations)]
    return choose_providers(name, paths, environment, option="providers=PATH", api_url=api_url)


def _required_scopes(
    written: Iterable[str],
    wanted: str | None,
    declarations: str | os.PathLike[str] | None,
    environment: Mapping[str, str],
) -> tuple[str, ...]:
    """Return the names of required scopes.

    :raises UsageError: if one is unknown.
    """
    scopes = split_scopes(read_scope_names(written))
    paths = None if declarations is None else [os.fspath(declarations)]
    if has_listed_scopes(wanted, paths, environment):
        unknown = find_unknown_scope(scopes, REGISTRY, wanted)
        if unknown is not None:
            raise unknown.error()
    return scopes


def _build_checker(
    chosen: ProviderChoice,
    scopes: tuple[str, ...],
    min_ttl: float | timedelta | None,
    now: Callable[[], datetime] | None,
) -> Checker:
    from time import monotonic

    seconds = None if min_ttl is None else seconds_of_min_ttl(min_ttl)
    return Checker(
        chosen.known,
        now=checked_clock(now),
        timer=monotonic,
        wanted=chosen.wanted,
        requirements=Requirements(scopes, seconds),
        explain=explain_message,
        more=chosen.more,
    )


def _name_empty_paste(report: "Report", text: Secret) -> "Report":
    """Return the report on a paste; that of an empty one says so."""
    if not is_empty(text.reveal()):
        return report
    empty = conclude_empty("The paste", text.reveal())
    return report._replace(summary=empty.summary, advice=empty.advice)
