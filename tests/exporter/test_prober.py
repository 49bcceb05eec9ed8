import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic, time
from typing import NamedTuple

import pytest

from tests.support.tokens import GOOGLE, GOOGLE_REFRESH, fitbit
from tests.support.transport.async_server import (
    AsyncServer,
    never_respond,
    no_pause,
    run_async_server,
    wait_until,
)
from tests.support.transport.client_calls import NO_CERTIFICATES, endpoints_at
from tokcheck.checks import render_json as as_json
from tokcheck.core.credential import Credential
from tokcheck.core.report import Claims, Report, Verdict
from tokcheck.core.secret import Secret
from tokcheck.exporter import Prober
from tokcheck.exporter.sources import Account, StoredGrant, VariableSource, WatchedAccount
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import ProbeFlow, Provider, Request
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox import Sandbox, serve_in_thread
from tokcheck.transport import AsyncNet
from tokcheck.transport.endpoints import Endpoints

CANARY = fitbit(sub="CANARY", exp=4_000_000_000)


def watched_account(paste: str | None, provider: str | None = None, *scopes: str) -> WatchedAccount:
    account = Account("somebody", VariableSource("NONE"), provider, scopes)
    return WatchedAccount(account, None if paste is None else Secret(paste), "1")


def net_at(url: str, *, timeout: float = 5.0, connections: int = 4) -> AsyncNet:
    return AsyncNet(
        Endpoints({(p.name, name): url for p in REGISTRY.values() for name in p.services}),
        timeout=timeout,
        pause=no_pause,
        connections=connections,
        verify=NO_CERTIFICATES,
    )


def build_prober(net: AsyncNet, providers: Mapping[str, Provider] = REGISTRY) -> Prober:
    return Prober(providers, net, now=lambda: datetime.now(UTC), timer=monotonic)


def probe(
    url: str, account: WatchedAccount, providers: Mapping[str, Provider] = REGISTRY
) -> Report:
    async def main() -> Report:
        async with net_at(url) as net:
            return await build_prober(net, providers).probe(account)

    return asyncio.run(main())


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread() as started:
        yield started


def test_a_token_of_each_provider_is_probed(sandbox: Sandbox) -> None:
    for token, name, requests in (
        (sandbox.state.issue_fitbit_token(), "fitbit", 1),
        (sandbox.state.issue_google_token(), "google-health", 3),
    ):
        report = probe(sandbox.url, watched_account(f"export TOKEN='{token}'"))
        assert (Verdict.VALID, True, name) == (report.verdict, report.usable, report.provider)
        assert report.probe is not None
        assert requests == report.probe.requests
        assert report.devices
        assert token not in repr(report)


def test_the_account_sets_the_provider_and_the_required_scopes(sandbox: Sandbox) -> None:
    token = sandbox.state.issue_fitbit_token(scopes=("settings",))
    needy = probe(sandbox.url, watched_account(token, None, "sleep"))
    assert (Verdict.INSUFFICIENT_SCOPE, False) == (needy.verdict, needy.usable)
    content = probe(sandbox.url, watched_account(token, None, "settings"))
    assert Verdict.VALID is content.verdict
    strange = probe(sandbox.url, watched_account(token, "google-health"))
    assert Verdict.WRONG_PROVIDER is strange.verdict


def test_advice_on_an_account_of_the_store_names_it(sandbox: Sandbox) -> None:
    grant = StoredGrant(0.0, None, renewable=True)
    for stored, command in ((None, "tokcheck login fitbit"), (grant, "--name somebody")):
        account = watched_account(CANARY, "fitbit")._replace(grant=stored)
        advice = " ".join(probe(sandbox.url, account).advice)
        assert command in advice
        assert ("--name" in advice) is (stored is not None)


def test_accounts_with_different_requirements_are_not_mixed_up(sandbox: Sandbox) -> None:
    token = sandbox.state.issue_fitbit_token(scopes=("settings",))

    async def main() -> list[Verdict]:
        async with net_at(sandbox.url) as net:
            prober = build_prober(net)
            accounts = [
                watched_account(token),
                watched_account(token, None, "sleep"),
                watched_account(token),
            ]
            return [report.verdict for report in await asyncio.gather(*map(prober.probe, accounts))]

    assert [Verdict.VALID, Verdict.INSUFFICIENT_SCOPE, Verdict.VALID] == asyncio.run(main())


@pytest.mark.parametrize("paste", [None, "", "nothing here", GOOGLE_REFRESH])
def test_a_paste_without_a_token_is_never_sent(sandbox: Sandbox, paste: str | None) -> None:
    report = probe(sandbox.url, watched_account(paste))
    assert report.verdict in {Verdict.NO_TOKEN, Verdict.WRONG_KIND}
    assert report.probe is None
    assert {} == sandbox.state.request_counts()


def test_an_unreachable_server_leaves_the_token_undetermined() -> None:
    report = probe("http://127.0.0.1:9", watched_account(CANARY))
    assert (Verdict.UNDETERMINED, None) == (report.verdict, report.usable)
    assert "refused the connection" in report.summary
    assert report.probe is not None
    assert (1, None) == (report.probe.requests, report.probe.status)


def test_concurrent_probes_are_bounded_by_the_connections() -> None:
    async def main() -> None:
        async with (
            run_async_server(never_respond) as place,
            net_at(place.url, timeout=60, connections=3) as net,
        ):
            prober = build_prober(net)
            probes = [asyncio.create_task(prober.probe(watched_account(CANARY))) for _ in range(10)]
            await wait_until(lambda: len(place.open) == 3)
            for task in probes[3:]:
                assert not task.done()
            for task in probes:
                task.cancel()
            started = monotonic()
            await asyncio.wait(probes)
            await wait_until(lambda: not place.open)
            assert monotonic() - started < 30, "long before the timeout"
            assert all(task.cancelled() for task in probes)
            assert 3 == len(place.ever)

    asyncio.run(main())


class FailingProvider(NamedTuple):
    """A provider with a probe that fails where it should not."""

    requests: int

    def probe(self, credential: Credential, _: Claims | None) -> ProbeFlow:
        for _number in range(self.requests):
            yield Request("GET", "api", "/1/user/-/devices.json", bearer=credential.secret)
        raise ValueError(f"what about {credential.secret.reveal()}?")


@pytest.mark.parametrize("requests", [0, 2])
def test_a_bug_affects_one_account_and_reveals_no_token(sandbox: Sandbox, requests: int) -> None:
    token = sandbox.state.issue_fitbit_token()
    broken = {
        **REGISTRY,
        "fitbit": REGISTRY["fitbit"]._replace(probe=FailingProvider(requests).probe),
    }
    before = datetime.now(UTC)
    report = probe(sandbox.url, watched_account(token, "fitbit"), broken)
    assert (Verdict.UNDETERMINED, None, "fitbit") == (
        report.verdict,
        report.usable,
        report.provider,
    )
    assert report.summary.startswith("This is a bug in tokcheck: ValueError at ")
    assert "test_prober.py:" in report.summary
    assert before <= report.checked_at
    assert report.probe is not None
    assert requests == report.probe.requests
    assert token not in report.summary + as_json.render(report)


def test_a_provider_without_an_address_is_no_bug(sandbox: Sandbox) -> None:
    provider = provider_of(TABLES["ietf"])
    report = probe(
        sandbox.url, watched_account("Zq8Rt5Yw2Lk9" * 3, "ietf"), {**REGISTRY, "ietf": provider}
    )
    assert "The provider ietf has no address of its own." == report.summary
    assert report.advice[0].startswith("Set TOKCHECK_IETF_URL")


def test_other_probes_continue_after_a_bug(sandbox: Sandbox) -> None:
    broken = {**REGISTRY, "fitbit": REGISTRY["fitbit"]._replace(probe=FailingProvider(1).probe)}

    async def main() -> list[Verdict]:
        async with net_at(sandbox.url, connections=1) as net:
            prober = build_prober(net, broken)
            tokens = [sandbox.state.issue_fitbit_token(), sandbox.state.issue_google_token()] * 3
            reports = await asyncio.gather(
                *(prober.probe(watched_account(token)) for token in tokens)
            )
            return [report.verdict for report in reports]

    assert [Verdict.UNDETERMINED, Verdict.VALID] * 3 == asyncio.run(main())


def check_offline(account: WatchedAccount, providers: Mapping[str, Provider] = REGISTRY) -> Report:
    async def main() -> Report:
        async with AsyncNet(
            endpoints_at("http://127.0.0.1:9"), timeout=1, pause=no_pause, verify=NO_CERTIFICATES
        ) as net:
            return build_prober(net, providers).check_offline(account)

    return asyncio.run(main())


def identity(report: Report) -> tuple[str | None, str | None, str | None]:
    claims = report.claims or Claims()
    return report.provider, claims.client_id, claims.user_id


@pytest.mark.parametrize(
    ("expected", "account"),
    [
        (("fitbit", "23TEST", "CANARY"), watched_account(f"Bearer {CANARY}")),
        (("fitbit", "23TEST", "7TESTS"), watched_account(fitbit(exp=int(time()) - 60))),
        (("google-health", None, None), watched_account(GOOGLE)),
        ((None, None, None), watched_account("some opaque word", "google-health")),
        ((None, None, None), watched_account("nothing here")),
        ((None, None, None), watched_account(None, "fitbit")),
    ],
    ids=["fitbit", "expired", "google", "said", "nothing", "no paste"],
)
def test_an_offline_check_returns_the_claims(
    expected: tuple[str | None, ...], account: WatchedAccount
) -> None:
    report = check_offline(account)
    assert expected == identity(report)
    assert report.probe is None, "nothing was sent"


def test_required_scopes_that_the_text_does_not_show_are_left_to_the_probe() -> None:
    assert Verdict.UNVERIFIED is check_offline(watched_account(GOOGLE, None, "sleep")).verdict
    lacks = check_offline(
        watched_account(fitbit(scopes="rset", exp=int(time()) + 60), None, "sleep")
    )
    assert Verdict.INSUFFICIENT_SCOPE is lacks.verdict
    unknown = check_offline(watched_account("nothing here", None, "sleep"))
    assert Verdict.NO_TOKEN is unknown.verdict


def test_a_bug_in_an_offline_check_leaves_the_account_undetermined() -> None:
    def fail(_: str) -> None:
        raise ValueError(CANARY)

    fitbit_broken = REGISTRY["fitbit"]._replace(scope=fail)  # type: ignore[arg-type] # a bug
    providers = {**REGISTRY, "fitbit": fitbit_broken}
    report = check_offline(watched_account(CANARY, "fitbit"), providers)
    assert (Verdict.UNDETERMINED, ("fitbit", None, None)) == (report.verdict, identity(report))
    assert CANARY not in repr(report)


def test_a_watched_account_shows_no_token() -> None:
    async def hang_up(
        _: AsyncServer, __: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.close()

    async def main() -> str:
        async with run_async_server(hang_up) as place, net_at(place.url) as net:
            prober = build_prober(net)
            task = asyncio.create_task(prober.probe(watched_account(CANARY)))
            await asyncio.wait([task])
            return f"{watched_account(CANARY)!r} {task!r} {task.result()!r} {net!r} {prober!r}"

    shown = asyncio.run(main(), debug=True)
    assert [part for part in (CANARY, CANARY[:20], CANARY[-20:]) if part in shown] == []
