"""A registry over real files, with a clock that tests advance."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tokcheck.core.secret import Secret
from tokcheck.exporter.sources import AccountRegistry, Changes, Shard
from tokcheck.exporter.sources.reading import version
from tokcheck.exporter.sources.registry import Selection
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

# Child processes inherit only the PATH.
PATH = {"PATH": os.environ["PATH"]}


class Timer:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def make_registry(
    folder: Path | None = None,
    *,
    config: Path | None = None,
    variables: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    timer: Timer | None = None,
    shard: Shard | None = None,
    providers: Mapping[str, Provider] = REGISTRY,
) -> AccountRegistry:
    """Return a registry that is not loaded yet."""
    return AccountRegistry(
        Selection(config, folder, variables or {}),
        environ=environ if environ is not None else PATH,
        timer=timer or Timer(),
        share=shard,
        providers=providers,
    )


def poll_once(registry: AccountRegistry) -> Changes:
    """Poll once; for registries without commands, which need one event loop for all polls."""
    return asyncio.run(registry.poll())


def names(changes: Changes) -> list[str]:
    """Return the names of the accounts that changed."""
    return [watched.account.name for watched in changes.changed]


def has_paste(registry: AccountRegistry, name: str, text: str) -> bool:
    """Return whether an account's paste is this text."""
    watched = registry.accounts[name]
    with suppress(AttributeError):
        assert watched.paste is not None
        return (version(text), Secret(text).fingerprint) == (
            watched.version,
            watched.paste.fingerprint,
        )
    return False
