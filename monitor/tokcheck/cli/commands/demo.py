"""``tokcheck demo``: the main job on typical pastes, against the sandbox, with no network."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from tokcheck.sandbox.server import Sandbox
    from tokcheck.sandbox.state.sandbox_state import SandboxState

_SHOWN = ("tokcheck_token_valid", "tokcheck_token_expiry", "tokcheck_quota_remaining")


class _Case(NamedTuple):
    """One paste: what happened, the text, a fault to ask the sandbox for, a required scope."""

    story: str
    text: str
    fault: str = ""
    scope: str = ""


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Probe every account once and exit, for scripts.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Print without colours.")] = False,
) -> int:
    """Show what tokcheck does, without a token or a network: typical pastes, then the exporter.

    The exporter runs until Ctrl-C; its page and its metrics show quotas that fall and reset.

    Example: tokcheck demo
    """
    from time import monotonic, sleep

    from tokcheck.check import render_text
    from tokcheck.check.checker import Checker
    from tokcheck.check.requirements import Requirements
    from tokcheck.cli.shared.output import TITLES, style_for
    from tokcheck.providers import REGISTRY
    from tokcheck.sandbox.server import serve_in_thread
    from tokcheck.transport import Net
    from tokcheck.transport.endpoints import Endpoints

    style = style_for(sys.stdout, os.environ, no_color=no_color)
    write = sys.stdout.write
    with serve_in_thread() as sandbox:
        write(f"The sandbox plays both APIs at {sandbox.url}; nothing leaves this machine.\n")
        for number, case in enumerate(_cases(sandbox.state), 1):
            base = f"{sandbox.url}/~{case.fault}" if case.fault else sandbox.url
            endpoints = Endpoints(
                {(p.name, service): base for p in REGISTRY.values() for service in p.services}
            )
            with Net(endpoints, timeout=5, pause=sleep) as net:
                checker = Checker(
                    REGISTRY,
                    now=lambda: datetime.now(UTC),
                    timer=monotonic,
                    send=net.send,
                    requirements=Requirements((case.scope,) if case.scope else ()),
                )
                report = checker.check(case.text)
            write("\n" + style.paint(f"{number}. {case.story}", "1;4") + "\n")
            full = number == 1
            write(
                render_text.render(report, style, TITLES)
                if full
                else render_text.brief(report, style)
            )
        _export(sandbox, once=once)
    write(
        "\nNow with a token of yours:  pbpaste | tokcheck validate -\n"
        "or, to play on:             tokcheck sandbox\n"
    )
    return 0


def _export(sandbox: "Sandbox", *, once: bool) -> None:
    """Show the exporter over the sandbox."""
    import asyncio

    from tokcheck.cli.commands import demo_live

    write = sys.stdout.write
    if once:
        body = asyncio.run(demo_live.metrics_once(sandbox))
        lines = [line for line in body.splitlines() if not line.startswith("#")]
        shown = [line for line in lines if line.startswith(_SHOWN)]
        write(f"\nThe exporter, over six accounts: {len(lines)} samples, among them\n\n")
        write("".join(f"  {line}\n" for line in shown))
        return
    asyncio.run(_live(sandbox))


async def _live(sandbox: "Sandbox") -> None:
    import asyncio
    import signal

    from tokcheck.cli.commands import demo_live
    from tokcheck.exporter.web.listen import Address

    stop = asyncio.Event()
    with suppress(NotImplementedError):  # Windows: Ctrl-C interrupts it all the same
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def say(line: str) -> None:
        """Print the addresses once the exporter listens."""
        address = re.search(r"https?://\S+", line)
        if address is not None:
            sys.stdout.write(
                "\nNow the exporter, over six accounts of which some are in use. Ctrl-C ends it.\n"
                f"  for people      {address[0]}/\n"
                f"  for Prometheus  {address[0]}/metrics\n"
                f"The quotas are reset every {demo_live.WINDOW_SECONDS} s.\n"
            )
            sys.stdout.flush()
        else:
            sys.stdout.write(f"  {line}\n")
            sys.stdout.flush()

    addresses = (Address("127.0.0.1", 19150), Address("127.0.0.1", 0))
    await demo_live.live(sandbox, addresses, stop, say)


def _cases(world: "SandboxState") -> Iterator[_Case]:
    good = world.issue_fitbit_token(scopes=("settings", "sleep", "heartrate"), access="read-write")
    yield _Case(
        "A whole curl box, copied out of the API explorer",
        'curl -X GET "https://api.fitbit.com/1/user/-/devices.json" -H  "accept: '
        f'application/json" -H  "authorization: Bearer {good}"',
    )
    yield _Case("A quotation mark was copied along", f'{good}"')
    yield _Case("The last characters were not copied", good[:-3])
    ended = world.issue_fitbit_token(lifetime=28_800, issued_at=int(world.now()) - 100_000)
    yield _Case("Yesterday's token", f"FITBIT_TOKEN={ended}")
    narrow = world.issue_fitbit_token(scopes=("heartrate",))
    yield _Case("The job needs sleep, and its box was not ticked", narrow, scope="sleep")
    busy = world.issue_fitbit_token(account="bo")
    minted = next(token for token, _ in world.tokens() if token.text == busy)
    while world.count_call(minted).allowed:
        pass
    yield _Case("A fetcher has used up the hour's calls", busy)
    yield _Case("The service was switched off", good, fault="service-gone")
    google = world.issue_google_token(scopes=("settings", "sleep"))
    yield _Case(
        "Its successor: a token response of Google's",
        f'{{"access_token": "{google}", "expires_in": 3599, "token_type": "Bearer"}}',
    )
    yield _Case("... whose API was never enabled", google, fault="api-disabled")
    yield _Case("Not a token at all", "1//05-this-is-a-refresh-token-sample")
