"""Where watched accounts come from: configuration, files, commands and the store."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.sources.account import (
        Account,
        CommandSource,
        FileSource,
        Policy,
        StoredGrant,
        StoreSource,
        VariableSource,
        WatchedAccount,
    )
    from tokcheck.exporter.sources.config_file import ExporterConfig
    from tokcheck.exporter.sources.reading import SourceReading, read_file
    from tokcheck.exporter.sources.registry import AccountRegistry, Changes
    from tokcheck.exporter.sources.selection import Shard
    from tokcheck.exporter.sources.stored_accounts import stored_grant

__all__ = [
    "Account",
    "AccountRegistry",
    "Changes",
    "CommandSource",
    "ExporterConfig",
    "FileSource",
    "Policy",
    "Shard",
    "SourceReading",
    "StoreSource",
    "StoredGrant",
    "VariableSource",
    "WatchedAccount",
    "read_file",
    "stored_grant",
]

_MODULES = {
    "Account": "tokcheck.exporter.sources.account",
    "AccountRegistry": "tokcheck.exporter.sources.registry",
    "Changes": "tokcheck.exporter.sources.registry",
    "CommandSource": "tokcheck.exporter.sources.account",
    "ExporterConfig": "tokcheck.exporter.sources.config_file",
    "FileSource": "tokcheck.exporter.sources.account",
    "Policy": "tokcheck.exporter.sources.account",
    "Shard": "tokcheck.exporter.sources.selection",
    "SourceReading": "tokcheck.exporter.sources.reading",
    "StoreSource": "tokcheck.exporter.sources.account",
    "StoredGrant": "tokcheck.exporter.sources.account",
    "VariableSource": "tokcheck.exporter.sources.account",
    "WatchedAccount": "tokcheck.exporter.sources.account",
    "read_file": "tokcheck.exporter.sources.reading",
    "stored_grant": "tokcheck.exporter.sources.stored_accounts",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
