"""``tokcheck observe``: record the quota that responses to the user's own requests report."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR
from tokcheck.cli.shared.typer_help import Declarations, HelpEpilog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tokcheck.core.errors import UsageError
    from tokcheck.core.report import Quota
    from tokcheck.exporter.ledger.request_ledger import RequestLedger
    from tokcheck.providers.base import Provider
    from tokcheck.providers.observed.observation_summary import ObservationSummary
    from tokcheck.providers.observed.observed_input import ObservedInput

_SCHEMA = "tokcheck.observation/1"
_LONGEST_INPUT = 64_000_000  # bytes; an archive of requests holds their bodies


def help_epilog() -> HelpEpilog:
    """Return the end of the command's help."""
    return HelpEpilog(
        (
            "curl -si -K request.txt | tokcheck observe anna",
            "curl -sD - -o day.json -K request.txt | tokcheck observe anna",
            "tokcheck observe anna --file requests.har",
        )
    )


def observe(
    account: Annotated[
        str,
        typer.Argument(metavar="ACCOUNT", help="The account, as the exporter names it."),
    ],
    *,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="PATH", help="Read the responses from this file, not standard input."
        ),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            help="The provider, if the account is neither stored nor watched by the exporter.",
            metavar=PROVIDER_METAVAR,
        ),
    ] = None,
    providers: Declarations = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> int:
    """Record the quota that responses to your own requests report; nothing is sent.

    The input is what `curl -i`, `curl -D -` or `curl -v` prints, several responses if you like,
    headers alone, or an archive of requests (HAR) of a browser. tokcheck records the rate limits,
    the status and the time; the exporter then probes the account less often.
    """
    from datetime import UTC, datetime

    from tokcheck.accounts.names import checked_name
    from tokcheck.cli.shared.notes import print_notes
    from tokcheck.cli.shared.output import style_for
    from tokcheck.core.errors import ExitCode
    from tokcheck.core.humanize import wrap_text
    from tokcheck.declarations.known_providers import find_provider, providers_in_use
    from tokcheck.exporter.ledger.selected_ledger import open_ledger
    from tokcheck.providers.observed.observation_summary import summarize_observation
    from tokcheck.providers.observed.observed_input import read_responses

    account = checked_name(account)
    known = providers_in_use(providers, os.environ)
    now = datetime.now(UTC)
    with open_ledger(os.environ) as ledger:
        name = find_provider(provider, known) if provider else _find_owner(account, known, ledger)
        chosen = known[name]
        read = read_responses(_read_text(file), _hosts(chosen), now, chosen.quota_headers, account)
        if not read.responses:
            raise _no_response_error(account, chosen, read)
        summary = summarize_observation(chosen, read.responses)
        if not summary.nothing_to_record:
            is_latest = ledger.observe(account, summary.traffic, now.timestamp())
            summary = summary._replace(is_latest=is_latest)
    print_notes([*_notes_of_input(read), *summary.notes()])
    if json:
        _print_json(account, summary, read)
    else:
        lines = _describe(account, summary, now).splitlines()
        width = style_for(sys.stdout, os.environ).width
        for line in lines:
            sys.stdout.write("".join(f"{part}\n" for part in wrap_text(line, width, more="  ")))
    return ExitCode.USABLE


def _no_response_error(account: str, provider: "Provider", read: "ObservedInput") -> "UsageError":
    from tokcheck.core.errors import UsageError
    from tokcheck.core.redact import plain

    if read.others:
        return UsageError(
            f"The input contains no response of the account {plain(account)}, but "
            f"{read.other_accounts}.",
            "Pass the name that the input has, or a log of this account.",
        )
    return UsageError(
        f"The input contains no response of the {provider.title}.",
        "Pipe the output of curl -i, its headers (curl -sD - -o FILE), or pass --file with "
        "an archive of requests (HAR).",
    )


def _notes_of_input(read: "ObservedInput") -> "Iterator[str]":
    """Return sentences about the parts of the input that are left out."""
    from tokcheck.providers.observed.http_text import MOST_RESPONSES

    if read.others:
        verb = "is" if sum(read.others.values()) == 1 else "are"
        yield f"{read.other_accounts} {verb} left out."
    if read.unreadable:
        noun, verb = ("entry", "is") if read.unreadable == 1 else ("entries", "are")
        yield f"{read.unreadable:,} {noun} of the log cannot be read and {verb} left out."
    if read.is_cut:
        yield (
            f"The input has more than {MOST_RESPONSES:,} responses; the others are left out. "
            "Pass fewer at once."
        )


def _read_text(path: str | None) -> str:
    from tokcheck.core.errors import UsageError
    from tokcheck.paste.encoding import encoding_of
    from tokcheck.storage.regular_files import read_regular_file, unreadable_file_error

    if path is not None and path != "-":
        try:
            data = read_regular_file(path, _LONGEST_INPUT, descriptors=True)
        except OSError as error:
            raise unreadable_file_error(path, error) from None
        source = "The file"
    elif sys.stdin.isatty():
        raise UsageError(
            "Standard input is a terminal.", "Pipe responses into the command, or pass --file."
        )
    else:
        data, source = sys.stdin.buffer.read(_LONGEST_INPUT + 1), "Standard input"
    if len(data) > _LONGEST_INPUT:
        raise UsageError(f"{source} is longer than 64 MB.", "Pass fewer responses at once.")
    return data.decode(encoding_of(data[:4]), "replace")


def _find_owner(account: str, known: "Mapping[str, Provider]", ledger: "RequestLedger") -> str:
    """Return the provider of an account that is stored, or that the exporter has watched."""
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.core.errors import UsageError
    from tokcheck.core.redact import plain, redact

    with open_store(os.environ) as store:
        try:
            name: str | None = store.grant(account).client.provider
        except UsageError:  # it is not stored
            name = None
    if name is None:
        watched = ledger.read_state(account, None)
        name = None if watched is None else watched.provider
    if name is None or name not in known:
        raise UsageError(
            f"The provider of the account {redact(plain(account))} is not known: the "
            "account is not stored, and the exporter has not watched it.",
            "Pass --provider, such as --provider fitbit. Stored accounts: tokcheck accounts list",
        )
    return name


def _hosts(provider: "Provider") -> frozenset[str]:
    """Return the hosts of a provider, as the environment sets them."""
    from urllib.parse import urlsplit

    in_use = (service.in_use(os.environ) for service in provider.services.values())
    own = (service.address for service in provider.services.values())
    return frozenset(urlsplit(address).netloc.lower() for address in (*in_use, *own))


def _describe(account: str, summary: "ObservationSummary", now: "datetime") -> str:
    from tokcheck.core.humanize import format_wait, list_names
    from tokcheck.core.redact import plain

    if summary.nothing_to_record:
        return f"{account}: {summary.nothing_to_record}\n"
    traffic = summary.traffic
    count = sum(traffic.classes.values())
    classes = ", ".join(f"{number} of {name}" for name, number in sorted(traffic.classes.items()))
    plural = "" if count == 1 else "s"
    text = f"{account}: {count} response{plural} of the {summary.title} ({classes}).\n"
    latest = traffic.latest
    if latest is None:
        return text + "None of them reports a rate limit, so tokcheck only counts them.\n"
    for quota in latest.quotas:
        text += f"{_describe_quota(quota, now)}\n"
    if latest.limits:
        subject = "The exceeded limit is" if len(latest.limits) == 1 else "The exceeded limits are"
        text += f"{subject} {list_names(map(plain, latest.limits))}.\n"
    pause = ((latest.refusal_end or now) - now).total_seconds()
    if pause > 0:
        text += f"The server wants no request for {format_wait(pause)}.\n"
    elif latest.is_refusal and latest.refusal_end is None:
        text += "The latest request was refused by a limit; the response does not say until when.\n"
    return text


def _describe_quota(quota: "Quota", now: "datetime") -> str:
    from tokcheck.core.humanize import format_wait

    words, is_left = quota.remaining_words, bool(quota.remaining_words)
    seconds = None if quota.reset_at is None else (quota.reset_at - now).total_seconds()
    if not is_left:
        limit = "" if quota.limit is None else f"{quota.limit} "
        words = f"{limit}{quota.unit} {quota.each_window}; what is left is not reported"
    elif seconds is not None and seconds <= 0:
        return f"{words} were left; it has been reset since."
    else:
        words += " left"
    if seconds is None:
        return f"{words}."
    reset = "reset since" if seconds <= 0 else f"reset in {format_wait(seconds)}"
    return f"{words}, {reset}."


def _print_json(account: str, summary: "ObservationSummary", read: "ObservedInput") -> None:
    from datetime import UTC, datetime
    from json import dumps

    from tokcheck.core.humanize import format_rfc3339

    traffic = summary.traffic
    latest = traffic.latest
    seen_at = None if latest is None else datetime.fromtimestamp(latest.at, UTC)
    document: dict[str, Any] = {
        "schema": _SCHEMA,
        "account": account,
        "provider": traffic.provider,
        "responses": dict(sorted(traffic.classes.items())),
        "cached_responses": summary.cached,
        "other_accounts_responses": sum(read.others.values()),
        "unreadable_entries": read.unreadable,
        "is_cut": read.is_cut,
        "observed_at": None if seen_at is None else format_rfc3339(seen_at),
        "limits": [] if latest is None else list(latest.limits),
        "retry_at": None
        if latest is None or latest.refusal_end is None
        else format_rfc3339(latest.refusal_end),
        "quota": [] if latest is None else [_quota_fields(each) for each in latest.quotas],
    }
    sys.stdout.write(dumps(document, indent=2) + "\n")


def _quota_fields(quota: "Quota") -> dict[str, Any]:
    from tokcheck.core.humanize import format_rfc3339

    return {
        "window": quota.window,
        "limit": quota.limit,
        "remaining": quota.remaining,
        "reset_at": None if quota.reset_at is None else format_rfc3339(quota.reset_at),
    }
