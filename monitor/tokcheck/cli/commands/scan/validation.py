"""``tokcheck scan --validate``: one probe for each access token that was found."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    from tokcheck.providers.base import Provider
    from tokcheck.scan.finding import Finding, ScanResult

_MOST_PROBES = 100
_MOST_SECONDS = 120.0
_REQUEST_SECONDS = 10.0
# The options of scans in a hook, at every commit or push, and of scans that write no verdicts.
NEVER_VALIDATED = (
    "staged", "message", "pre_commit", "pre_push", "install_hook", "uninstall_hook",
    "update_baseline",
)  # fmt: skip
_HOOK_VARIABLES = ("PRE_COMMIT", "GIT_INDEX_FILE")


def check_validation(others: Sequence[str], environment: Mapping[str, str]) -> None:
    """Check that findings may be sent to their providers: never in a hook.

    ``others`` are the options in use that exclude it.

    :raises UsageError: if not.
    """
    hint = "Run it yourself: `tokcheck scan --validate`, or with --range or --history."
    if others:
        raise UsageError(f"--validate cannot be combined with {others[0]}.", hint)
    if any(environment.get(name) for name in _HOOK_VARIABLES):
        raise UsageError("--validate sends requests, which a git hook must not do.", hint)


def validate_findings(
    scanned: "ScanResult",
    raws: Mapping[bytes, str],
    environment: Mapping[str, str],
    timer: Callable[[], float] = time.monotonic,
    *,
    declarations: Sequence[str] | None = None,
) -> "ScanResult":
    """Return a result with the verdicts of the providers, the worst findings first.

    ``raws`` are the texts of the credentials by their digests. Each is probed once; at most so
    many are, and not for longer than two minutes. ``declarations`` are the files and folders of
    the user's own declarations.
    """
    from tokcheck.declarations.known_providers import providers_in_use
    from tokcheck.scan.annotation.liveness import can_be_probed, with_verdicts, works

    known = providers_in_use(declarations, environment)
    wanted = {one.digest: one for one in scanned.findings if can_be_probed(one, known)}
    # A token stands in several places, of which one shows that it is another server's.
    withheld = {one.digest for one in scanned.findings if one.is_sent_elsewhere}
    wanted = {
        digest: one for digest, one in wanted.items() if digest in raws and digest not in withheld
    }
    verdicts: dict[bytes, str] = {}
    if wanted:
        few = dict(list(wanted.items())[:_MOST_PROBES])
        sys.stderr.write(f"Sending one probe for each of {len(few)} access tokens.\n")
        verdicts = _probe(few, raws, known, environment, timer)
        left = len(wanted) - len(verdicts)
        results = [works(verdict) for verdict in verdicts.values()]
        sys.stderr.write(
            f"Working: {results.count(True)}. Not working: {results.count(False)}. "
            f"Not known: {results.count(None)}."
            + f" Not probed, since there are too many: {left}." * bool(left)
            + "\n"
        )
    return scanned._replace(findings=with_verdicts(scanned.findings, verdicts))


def _probe(
    wanted: "Mapping[bytes, Finding]",
    raws: Mapping[bytes, str],
    known: "Mapping[str, Provider]",
    environment: Mapping[str, str],
    timer: Callable[[], float],
) -> dict[bytes, str]:
    from datetime import UTC, datetime

    from tokcheck.checks.checker import Checker
    from tokcheck.transport import Net
    from tokcheck.transport.endpoints import resolve_endpoints

    endpoints = resolve_endpoints(known, environment)
    end = timer() + _MOST_SECONDS
    verdicts: dict[bytes, str] = {}
    with Net(endpoints, timeout=_REQUEST_SECONDS, pause=time.sleep) as net:
        for digest, finding in wanted.items():
            if timer() >= end:
                break
            checker = Checker(
                known,
                now=lambda: datetime.now(UTC),
                timer=timer,
                send=net.send,
                wanted=finding.provider,
            )
            verdicts[digest] = checker.check(raws[digest]).verdict.value
    return verdicts
