"""``--check-config`` of ``serve`` and ``watch``: all that can be checked without a request."""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.oauth.secret_sources import check_secret_variables
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import plain
from tokcheck.core.report import Verdict
from tokcheck.exporter.assembly import ExporterSettings, account_registry
from tokcheck.exporter.ledger.database import check_ledger_file, find_ledger_problem
from tokcheck.exporter.ledger.ledger_errors import (
    LedgerDamagedError,
    LedgerFullError,
    LedgerLockedError,
)
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.metrics.textfile import check_path
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.sources.registry import AccountRegistry
from tokcheck.exporter.web.config.reloader import ConfigReloader
from tokcheck.exporter.web.listening.address import Address, UnixAddress
from tokcheck.exporter.web.listening.listener import check_address, check_socket_path
from tokcheck.exporter.web.options import WebOptions
from tokcheck.storage.atomic_write import can_create_in
from tokcheck.storage.errors import StorageError
from tokcheck.storage.private_files import ensure_private_folder, existing_part
from tokcheck.storage.regular_files import reason_of
from tokcheck.transport import AsyncNet

_INVALID = 2
# A start does not end by one of these.
_PASSING = (LedgerDamagedError, LedgerFullError, LedgerLockedError)
_BUSY_SECONDS = 1.0
# A fact that an offline check cannot know counts as fine.
_FINE = (Verdict.UNVERIFIED, Verdict.UNDETERMINED, Verdict.VALID)


class ConfigCheck(NamedTuple):
    """The result of a check."""

    accounts: int
    errors: tuple[str, ...]
    """Sentences about errors, which the exporter cannot run with."""
    notes: tuple[str, ...]
    """Sentences about possible problems, which do not prevent it from running."""


def print_check(
    settings: ExporterSettings, web: WebOptions | None = None, textfile: Path | None = None
) -> int:
    """Check everything, print the result, and return the exit code: 0 or 2.

    :raises UsageError: for a configuration that cannot be used, if there is no other error.
    """
    try:
        result = check_exporter(settings, web, textfile)
    except StoreError as error:  # serve itself exits with another code for it
        result = ConfigCheck(0, (_in_words(error),), ())
    for kind, sentences in (("note", result.notes), ("error", result.errors)):
        sys.stderr.write("".join(f"{kind}: {plain(text, longest=2_000)}\n" for text in sentences))
    if result.errors:
        return _INVALID
    accounts = "1 account" if result.accounts == 1 else f"{result.accounts} accounts"
    sys.stdout.write(f"The configuration can be used: {accounts}.\n")
    return 0


def check_exporter(
    settings: ExporterSettings, web: WebOptions | None, textfile: Path | None = None
) -> ConfigCheck:
    """Check the configuration, the sources and the data folder; nothing is sent or run.

    Nothing stays behind. Of a configuration that cannot be used, the sources are checked that are
    clear.

    :raises UsageError: for a configuration that cannot be used, if there is no other error.
    :raises StoreError: if the store cannot be read; the same.
    """
    has_share = settings.share is not None
    if settings.share is not None and settings.share.cluster is not None:
        settings = settings._replace(share=None)  # a check takes no leases
    registry = account_registry(settings)
    notes = list(check_secret_variables(settings.providers, settings.environment))
    web_errors = list(_web_config_errors(web, notes))
    failure = _load(registry)
    survey = registry.survey()
    errors = [
        *_textfile_errors(textfile),
        *(note.sentence for note in survey.notes if not _is_of(failure, note.sentence)),
        *_data_folder_errors(settings, notes),
        *(_listen_errors(web) if web is not None else ()),
    ]
    if not survey.accounts and not (web_errors or errors or has_share or failure):
        errors.append("No account is watched: the sources that are named contain none.")
    errors += [f"{each.account.name}: {each.problem}" for each in survey.accounts if each.problem]
    if failure is not None:
        if not (web_errors or errors):
            raise failure
        return ConfigCheck(0, (*web_errors, _in_words(failure), *errors), tuple(notes))
    prober = _offline_prober(settings, registry)
    notes += [note for watched in survey.accounts for note in _token_notes(prober, watched)]
    return ConfigCheck(len(survey.accounts), (*web_errors, *errors), tuple(notes))


def _load(registry: AccountRegistry) -> UsageError | StoreError | None:
    """Load the configuration, and return the error with which that fails."""
    try:
        registry.load()
    except (UsageError, StoreError) as error:
        return error
    return None


def _offline_prober(settings: ExporterSettings, registry: AccountRegistry) -> Prober:
    config = registry.config
    net = AsyncNet(
        settings.endpoints,
        timeout=config.timeout,
        pause=asyncio.sleep,
        connections=config.connections,
    )
    return Prober(registry.providers, net, now=lambda: datetime.now(UTC), timer=time.monotonic)


def _data_folder_errors(settings: ExporterSettings, notes: list[str]) -> list[str]:
    """Return the problems of the data folder and the ledger; those that pass become notes."""
    errors = list(_folder_errors(settings))
    if errors or settings.open_ledger is not None:
        return errors
    problem = find_ledger_problem(settings.ledger, _BUSY_SECONDS)
    if problem is not None:
        passes = isinstance(problem, _PASSING)
        (notes if passes else errors).append(f"{problem.message} {problem.hint}")
    return errors


def _is_of(failure: UsageError | StoreError | None, sentence: str) -> bool:
    """Return whether a sentence is about the problem for which the selection cannot be used."""
    return failure is not None and sentence.startswith(failure.message)


def _textfile_errors(textfile: Path | None) -> Iterator[str]:
    if textfile is None:
        return
    try:
        check_path(textfile)
    except UsageError as error:
        yield _in_words(error)


def _web_config_errors(web: WebOptions | None, notes: list[str]) -> Iterator[str]:
    """Yield what is wrong with the web configuration, and add to ``notes`` what has no effect."""
    if web is None:
        return
    try:
        ConfigReloader(web.config, log_messages(notes.append), time.monotonic)
    except UsageError as error:
        yield _in_words(error)


def _in_words(error: StoreError | UsageError) -> str:
    return f"{error.message} {error.hint}".strip()


def _folder_errors(settings: ExporterSettings) -> Iterator[str]:
    """Yield the problems that prevent the exporter from keeping its request counts."""
    folder = settings.ledger.parent
    try:
        if folder.exists():
            ensure_private_folder(folder)
            check_ledger_file(settings.ledger)
    except StorageError as error:
        yield f"{error.path} {error.problem}. {error.hint}"
        return
    except OSError as error:
        yield f"{folder} cannot be used: {reason_of(error)}. Set TOKCHECK_HOME to another folder."
        return
    existing = existing_part(folder)
    if not existing.is_dir():
        yield (
            f"The data folder {folder} cannot be created: {existing} is not a folder. "
            "Set TOKCHECK_HOME to another one."
        )
    elif not can_create_in(existing):
        yield f"{existing} is not writable, so {settings.ledger.name} cannot be kept there."


def _listen_errors(web: WebOptions) -> Iterator[str]:
    """Yield the problems of listening; a port that is in use may be the running exporter's own."""
    for target in web.targets:
        try:
            if isinstance(target, Address):
                check_address(target)
            if isinstance(target, UnixAddress):
                check_socket_path(target.path)
        except UsageError as error:
            yield f"{error.message} {error.hint}"


def _token_notes(prober: Prober, watched: WatchedAccount) -> Iterator[str]:
    """Yield the problems of tokens that their texts show."""
    if watched.paste is None or watched.grant is not None:  # a stored one is refreshed
        return
    report = prober.check_offline(watched)
    if report.verdict not in _FINE:
        yield f"{watched.account.name}: {report.verdict}: {report.summary}"
