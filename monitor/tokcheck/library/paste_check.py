"""``tokcheck.check`` and ``tokcheck.check_async``: check one paste."""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tokcheck.accounts.explanation import explain_message
from tokcheck.checks.checker import Checker
from tokcheck.checks.required_scopes import find_unknown_scope, split_scopes
from tokcheck.checks.requirements import Requirements
from tokcheck.checks.without_token import conclude_empty, is_empty
from tokcheck.core.flow import drive_async
from tokcheck.core.secret import Secret
from tokcheck.declarations.provider_choice import ProviderChoice, choose_providers
from tokcheck.library.network import (
    LazyAsyncNet,
    LazyNet,
    check_timeout,
    read_endpoints,
    seconds_of_min_ttl,
)
from tokcheck.library.paste_text import hide_paste
from tokcheck.providers import REGISTRY

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

    """
    text = hide_paste(paste)
    del paste  # a traceback with local variables would show it
    environment = os.environ if environment is None else environment
    chosen = _choose_providers(provider, providers, environment, api_url)
    endpoints = read_endpoints(REGISTRY, environment, api_url)
    checker = _build_checker(chosen, require_scopes, min_ttl, now)
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
    environment = os.environ if environment is None else environment
    chosen = _choose_providers(provider, providers, environment, api_url)
    endpoints = read_endpoints(REGISTRY, environment, api_url)
    checker = _build_checker(chosen, require_scopes, min_ttl, now)
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


def _build_checker(
    chosen: ProviderChoice,
    require_scopes: Iterable[str],
    min_ttl: float | timedelta | None,
    now: Callable[[], datetime] | None,
) -> Checker:
    from time import monotonic

    names = (require_scopes,) if isinstance(require_scopes, str) else tuple(require_scopes)
    scopes = split_scopes(names)
    # A declaration need not list its scopes.
    if chosen.wanted in REGISTRY or (chosen.wanted is None and chosen.more is not None):
        unknown = find_unknown_scope(scopes, REGISTRY, chosen.wanted)
        if unknown is not None:
            raise unknown.error()
    seconds = None if min_ttl is None else seconds_of_min_ttl(min_ttl)
    return Checker(
        chosen.known,
        now=now or _utc_now,
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


def _utc_now() -> datetime:
    return datetime.now(UTC)
