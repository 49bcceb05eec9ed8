"""Asks about the accounts' tokens: one paste in, one report out, whatever happens in between."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from tokcheck.check import Asked, Checker, drive_async
from tokcheck.errors import places
from tokcheck.exporter.account import Account, Watched
from tokcheck.net import AsyncNet
from tokcheck.providers.base import Provider, Response
from tokcheck.report import Probe, Report, Verdict
from tokcheck.requirements import Requirements


class Identity(NamedTuple):
    """Whose token an account holds, as far as the token and the account themselves tell."""

    provider: str | None
    client_id: str | None = None
    user_id: str | None = None


class Prober:
    """Asks the providers about accounts, as many at once as ``net`` has connections.

    ``now`` returns the present moment in UTC, ``timer`` the seconds of a clock that never goes
    back.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        net: AsyncNet,
        *,
        now: Callable[[], datetime],
        timer: Callable[[], float],
    ) -> None:
        self._providers = providers
        self._net = net
        self._now = now
        self._timer = timer
        self._turns = asyncio.Semaphore(net.connections)
        self._checkers: dict[tuple[str | None, tuple[str, ...]], Checker] = {}

    async def probe(self, watched: Watched) -> Report:
        """Find out whether an account's token works and how much may still be done with it.

        Whatever goes wrong is in the report. Its ``probe`` counts the requests that were sent.
        """
        async with self._turns:
            started, sent = self._timer(), 0

            async def send(asked: Asked) -> Response:
                nonlocal sent
                sent += 1
                return await self._net.send(*asked)

            try:
                flow = self._checker(watched.account).flow(_text(watched))
                return await drive_async(flow, send)
            except Exception as error:  # noqa: BLE001 - one account must not stop the others
                probe = Probe(sent, None, None, self._timer() - started)
                return self._bug(watched.account, error, probe)

    def identity(self, watched: Watched) -> Identity:
        """Tell whose token an account holds, without asking anyone."""
        account = watched.account
        try:
            report = self._checker(account).check(_text(watched))
        except Exception:  # noqa: BLE001 - one account must not stop the others
            return Identity(account.provider)
        provider, claims = report.provider or account.provider, report.claims
        if claims is None:
            return Identity(provider)
        return Identity(provider, claims.client_id, claims.user_id)

    def _checker(self, account: Account) -> Checker:
        key = account.provider, account.require_scopes
        checker = self._checkers.get(key)
        if checker is None:
            checker = self._checkers[key] = Checker(
                self._providers,
                now=self._now,
                timer=self._timer,
                wanted=account.provider,
                requirements=Requirements(account.require_scopes),
            )
        return checker

    def _bug(self, account: Account, error: Exception, probe: Probe) -> Report:
        """Report an error by its type and its places alone: its text may repeat a token."""
        return Report(
            verdict=Verdict.UNDETERMINED,
            usable=None,
            summary=f"This is a bug in tokcheck: {type(error).__name__} at {places(error)}.",
            advice=("Please report this line; it holds nothing of what you pasted.",),
            provider=account.provider,
            credential=None,
            cleaned=(),
            claims=None,
            checked_at=self._now(),
            scopes=(),
            probe=probe,
            quota=(),
            devices=(),
            successors={},
        )


def _text(watched: Watched) -> str:
    return "" if watched.paste is None else watched.paste.reveal()
