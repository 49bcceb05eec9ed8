"""Scopes by name: what is asked for, what was granted of it, and what that means. Pure."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from tokcheck.errors import UsageError
from tokcheck.providers.base import Provider
from tokcheck.redact import redact

ALL = "all"


class Granted(NamedTuple):
    """The names of the scopes that were granted, refused (not ticked), and given unasked."""

    granted: tuple[str, ...]
    refused: tuple[str, ...]
    unasked: tuple[str, ...]


def chosen(provider: Provider, names: Sequence[str]) -> tuple[str, ...]:
    """Return what is sent for these names; for none, what tokcheck and most fetchers need.

    :raises UsageError: if a name is none of the provider's.
    """
    known = provider.oauth.scopes
    asked = [word for name in names for word in name.replace(",", " ").split()]
    if ALL in asked:
        asked = list(known)
    elif not asked:
        asked = list(provider.oauth.default_scopes)
    return tuple(dict.fromkeys(_sent(provider, name) for name in asked))


def name_of(provider: Provider, sent: str) -> str:
    """Return the name of a scope as the provider writes it; an unknown one is its own."""
    return next((name for name, text in provider.oauth.scopes.items() if text == sent), sent)


def compared(provider: Provider, asked: Sequence[str], granted: Sequence[str]) -> Granted:
    """Compare what was asked for with what was granted, both as the provider writes them."""

    def names(scopes: Sequence[str]) -> tuple[str, ...]:
        return tuple(name_of(provider, scope) for scope in scopes)

    return Granted(
        names(granted),
        names([scope for scope in asked if scope not in granted]),
        names([scope for scope in granted if scope not in asked]),
    )


def _sent(provider: Provider, name: str) -> str:
    known = provider.oauth.scopes
    if name in known.values():
        return name
    short = name.removesuffix(".readonly")
    if short in known:
        return known[short]
    near = get_close_matches(short, known, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"{provider.title} has no scope {redact(name)!r}.",
        f"{hint}Its scopes are: {', '.join(known)}; or {ALL}.",
    )
