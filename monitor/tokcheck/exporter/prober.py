"""Probes accounts: one paste in, one report out, even after an unexpected error."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.login_command import account_remedies, name_account
from tokcheck.checks.checker import Checker, ProviderRequest
from tokcheck.checks.requirements import Requirements
from tokcheck.core.errors import UsageError, source_lines
from tokcheck.core.flow import drive_async
from tokcheck.core.humanize import moment_in_utc
from tokcheck.core.report import Probe, Report, Verdict
from tokcheck.exporter.scheduling.configured_window import quotas_of_account
from tokcheck.exporter.sources.account import Account, WatchedAccount
from tokcheck.providers.base import Provider, Response
from tokcheck.transport import AsyncNet


class Prober:
    """Sends the probes of accounts, as many at once as ``net`` has connections.

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

    async def probe(self, watched: WatchedAccount) -> Report:
        """Check an account's token with its provider, and read how much of its quota is left.

        Errors become part of the report. Its ``probe`` counts the requests that were sent.
        """
        async with self._turns:
            started, sent = self._timer(), 0

            async def send(request: ProviderRequest) -> Response:
                nonlocal sent
                sent += 1
                return await self._net.send(*request)

            try:
                flow = self._checker_of(watched).flow(
                    _text(watched), expires_at=self._recorded_expiry(watched)
                )
                return self._for_account(watched, await drive_async(flow, send))
            except UsageError as error:  # an address cannot be used
                probe = Probe(sent, None, None, self._timer() - started)
                return self._report_without_outcome(
                    watched.account, error.message, error.hint, probe
                )
            except Exception as error:  # noqa: BLE001 - one account must not stop the others
                probe = Probe(sent, None, None, self._timer() - started)
                return self._bug_report(watched.account, error, probe)

    def check_offline(self, watched: WatchedAccount) -> Report:
        """Check an account's paste without sending a request.

        Required scopes that the text does not show are left to the probe.
        """
        account, expires_at = watched.account, self._recorded_expiry(watched)
        try:
            report = self._checker_of(watched).check(_text(watched), expires_at=expires_at)
            if report.verdict is Verdict.UNDETERMINED and report.provider is not None:
                checker = self._checker(account._replace(require_scopes=()))
                report = checker.check(_text(watched), expires_at=expires_at)
        except Exception as error:  # noqa: BLE001 - one account must not stop the others
            return self._bug_report(account, error, None)
        return self._for_account(watched, report)

    def _for_account(self, watched: WatchedAccount, report: Report) -> Report:
        """Return a report in the terms of an account; commands name that of the store."""
        provider = self._providers.get(report.provider or "")
        if provider is not None:
            quota = quotas_of_account(report.quota, provider.pace, watched.account.policy)
            report = report._replace(quota=quota)
        if watched.grant is None or report.provider is None:
            return report
        advice = name_account(report.advice, report.provider, watched.account.name)
        return report._replace(advice=advice)

    def _recorded_expiry(self, watched: WatchedAccount) -> datetime | None:
        """Return when a token of the store expires by its record; ``None`` if not known."""
        if watched.grant is None:
            return None
        ends = watched.grant.known_expiry(self._now().timestamp())
        return None if ends is None else moment_in_utc(ends)

    def _checker_of(self, watched: WatchedAccount) -> Checker:
        """Return the checker for an account; advice on a stored one names its commands."""
        checker, account = self._checker(watched.account), watched.account
        provider = self._providers.get(account.provider or "")
        if watched.grant is None or provider is None:
            return checker
        remedies = account_remedies(provider, account.name, can_refresh=watched.grant.renewable)
        return checker.with_remedies(provider.name, remedies)

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
                explain=explain_message,
            )
        return checker

    def _bug_report(self, account: Account, error: Exception, probe: Probe | None) -> Report:
        """Report an error by its type and its places alone: its message may contain a token."""
        return self._report_without_outcome(
            account,
            f"This is a bug in tokcheck: {type(error).__name__} at {source_lines(error)}.",
            "Please report this line; it contains nothing that you pasted.",
            probe,
        )

    def _report_without_outcome(
        self, account: Account, summary: str, advice: str, probe: Probe | None
    ) -> Report:
        return Report(
            verdict=Verdict.UNDETERMINED,
            usable=None,
            summary=summary,
            advice=(advice,),
            provider=account.provider,
            credential=None,
            cleaned=(),
            claims=None,
            checked_at=self._now(),
            scopes=(),
            probe=probe,
            quota=(),
            devices=(),
            successors=(),
        )


def _text(watched: WatchedAccount) -> str:
    return "" if watched.paste is None else watched.paste.reveal()
