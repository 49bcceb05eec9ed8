"""The options of ``tokcheck demo``, and its typical pastes."""

import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tokcheck.cli.shared.typer_help import HelpEpilog

if TYPE_CHECKING:
    from tokcheck.sandbox.server import Sandbox
    from tokcheck.sandbox.state.sandbox_state import SandboxState

_NARROW = 60  # columns
_PRINTED_METRICS = ("tokcheck_token_valid", "tokcheck_token_expiry", "tokcheck_quota_remaining")


class _Case(NamedTuple):
    """A typical paste."""

    title: str
    text: str
    fault: str = ""
    """The sandbox fault that its requests get, if any."""
    scope: str = ""
    """The scope that it must have, if any."""


def help_epilog() -> HelpEpilog:
    """Return the end of the command's help."""
    return HelpEpilog(("tokcheck demo --once",))


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Probe every account once, print some metrics and exit.")
    ] = False,
) -> int:
    """Show what tokcheck does, without a token and without a network.

    It checks ten typical pastes against a fake of both APIs. Then the exporter runs over six
    accounts until Ctrl-C; its page and its metrics show quotas that fall and reset.
    """
    from time import monotonic, sleep

    from tokcheck.checks import render_text
    from tokcheck.checks.checker import Checker
    from tokcheck.checks.render_text import Detail
    from tokcheck.checks.requirements import Requirements
    from tokcheck.cli.shared.output import style_for
    from tokcheck.core.humanize import wrap_text
    from tokcheck.providers import REGISTRY
    from tokcheck.sandbox.server import serve_in_thread
    from tokcheck.storage.install_method import command_here
    from tokcheck.transport import Net
    from tokcheck.transport.endpoints import Endpoints

    style = style_for(sys.stdout, os.environ)
    write = sys.stdout.write
    with serve_in_thread() as sandbox:
        opening = f"Both APIs are fakes at {sandbox.url}; nothing leaves this computer."
        write("".join(f"{line}\n" for line in wrap_text(opening, style.width)))
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
            title = wrap_text(f"{number}. {case.title}", style.width, more="   ")
            write("\n" + "".join(f"{style.paint(line, '1;4')}\n" for line in title))
            detail = Detail.USUAL if number == 1 else Detail.BRIEF
            write(render_text.render(report, style, REGISTRY, detail))
        _run_exporter(sandbox, once=once)
    # On a terminal, validate prompts for the paste: no system lacks the program for that.
    command = command_here(os.environ)
    write("\n")
    for label, name in (("Now check your own token:", "validate"), ("or try more:", "sandbox")):
        left = f"{label}\n  " if style.width < _NARROW else f"{label:28}"
        write(f"{left}{command} {name}\n")
    return 0


def _run_exporter(sandbox: "Sandbox", *, once: bool) -> None:
    """Run the exporter over the sandbox: once, or until it is interrupted."""
    import asyncio

    from tokcheck.cli.commands.demo.live import metrics_once
    from tokcheck.cli.shared.output import style_for
    from tokcheck.core.humanize import wrap_text

    write = sys.stdout.write
    if once:
        body = asyncio.run(metrics_once(sandbox))
        lines = [line for line in body.splitlines() if not line.startswith("#")]
        printed = [line for line in lines if line.startswith(_PRINTED_METRICS)]
        title = f"The exporter, over six accounts: {len(lines)} samples, among them"
        width = style_for(sys.stdout, os.environ).width
        write("\n" + "".join(f"{line}\n" for line in wrap_text(title, width)) + "\n")
        write("".join(f"  {line}\n" for line in printed))
        return
    asyncio.run(_live(sandbox))


async def _live(sandbox: "Sandbox") -> None:
    import asyncio

    from tokcheck.cli.commands.demo.live import WINDOW_SECONDS, live
    from tokcheck.cli.shared.system.stop_signals import on_stop_signals
    from tokcheck.exporter.web.listening.address import Address

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def log(line: str) -> None:
        """Print a line of the exporter's log; for the one with its address, how to use that."""
        address = re.search(r"https?://\S+", line)
        if address is not None:
            sys.stdout.write(
                "\nNow the exporter, over six accounts, some of them in use. Ctrl-C stops it.\n"
                f"  in a browser    {address[0]}/\n"
                f"  for Prometheus  {address[0]}/metrics\n"
                f"Quotas reset every {WINDOW_SECONDS} s.\n"
            )
            sys.stdout.flush()
        else:
            sys.stdout.write(f"  {line}\n")
            sys.stdout.flush()

    addresses = (Address("127.0.0.1", 19150), Address("127.0.0.1", 0))
    with on_stop_signals(lambda: loop.call_soon_threadsafe(stop.set)):
        await live(sandbox, addresses, stop, log)


def _cases(state: "SandboxState") -> Iterator[_Case]:
    good = state.issue_fitbit_token(scopes=("settings", "sleep", "heartrate"), access="read-write")
    yield _Case(
        "A complete curl command, copied from the API explorer",
        'curl -X GET "https://api.fitbit.com/1/user/-/devices.json" -H  "accept: '
        f'application/json" -H  "authorization: Bearer {good}"',
    )
    yield _Case("A token with a quotation mark at its end", f'{good}"')
    yield _Case("A token without its last characters", good[:-3])
    expired = state.issue_fitbit_token(lifetime=28_800, issued_at=int(state.now()) - 100_000)
    yield _Case("A token that expired yesterday", f"FITBIT_TOKEN={expired}")
    narrow = state.issue_fitbit_token(scopes=("heartrate",))
    yield _Case(
        "A token without a required scope: the sleep box was not ticked", narrow, scope="sleep"
    )
    busy = state.issue_fitbit_token(account="bo")
    busy_token = next(token for token, _ in state.tokens() if token.text == busy)
    while state.count_request(busy_token).allowed:
        pass
    yield _Case("Another program has used up the hour's requests", busy)
    yield _Case("The API was switched off", good, fault="service-gone")
    google = state.issue_google_token(scopes=("settings", "sleep"))
    yield _Case(
        "Its successor, the Google Health API: a token response",
        f'{{"access_token": "{google}", "expires_in": 3599, "token_type": "Bearer"}}',
    )
    yield _Case(
        "The same token, but the API is not enabled for its project", google, fault="api-disabled"
    )
    yield _Case(
        "A refresh token instead of an access token", "1//05-this-is-a-refresh-token-sample"
    )
