"""Whether the names of required scopes exist: a misspelt one would never be granted. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.checks.scopes.known_scopes import OPENID, known_scopes
from tokcheck.checks.scopes.scope_counterparts import bare_name, find_counterparts
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names, nearest_names
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import plain
from tokcheck.core.report import Scope
from tokcheck.providers.base import Provider

_LONGEST = 60
_ALL = "all"
_WORD = LazyRegex(r"[a-z0-9]+")
_SHORTEST_WORD = 3


class UnknownScope(NamedTuple):
    """A name that no scope has."""

    written: str
    similar: tuple[str, ...]
    """Names that may have been meant."""
    providers: tuple[Provider, ...]
    """Those that may be meant."""

    def error(self) -> UsageError:
        """Return the error of a command line."""
        name = plain(self.written, longest=_LONGEST)
        if len(self.providers) == 1:
            fact = f"The {self.providers[0].title} has no scope {name!r}"
        else:
            fact = f"No provider has a scope {name!r}"
        if self.written.lower() == _ALL:
            return UsageError(
                f"{fact}: only at a login, this word requests all of them.",
                f"Name each scope that is required. {self._valid_scopes()}",
            )
        declared = ""
        if len(self.providers) > 1:
            declared = " To require a scope of a declared provider, name the provider."
        meant = f"Did you mean {list_names(self.similar, 'or')}? " if self.similar else ""
        return UsageError(f"{fact}.", f"{meant}{self._valid_scopes()}{declared}")

    def _valid_scopes(self) -> str:
        return " ".join(
            f"The scopes of the {provider.title} are: {', '.join(provider.scopes)}."
            for provider in self.providers
        )


def split_scopes(written: Sequence[str]) -> tuple[str, ...]:
    """Return the names in values that may hold several, with commas or spaces between them."""
    return tuple(name for value in written for name in value.replace(",", " ").split())


def find_unknown_scope(
    names: Sequence[str], providers: Mapping[str, Provider], wanted: str | None
) -> UnknownScope | None:
    """Return the first name that is no scope of the provider ``wanted``, or of any.

    A full address is never unknown: Google may have added the scope.
    """
    candidates = tuple(provider for name, provider in providers.items() if wanted in {None, name})
    for written in names:
        word = written.lower()
        if word.startswith("https://") or word in OPENID:
            continue
        if any(known_scopes(one).has(written) for one in candidates):
            continue
        if wanted is None and written in _ready_made_scopes():
            continue
        return UnknownScope(written, similar_scopes(word, candidates, providers), candidates)
    return None


def _ready_made_scopes() -> frozenset[str]:
    """Return the scopes that ready-made declarations name."""
    from tokcheck.providers.known_services.ready_made import TABLES  # noqa: PLC0415 - seldom needed

    found = set[str]()
    for table in TABLES.values():
        found.update(table.get("oauth", {}).get("scopes", ()))
        for scope, contained in table.get("scopes", {}).get("contains", {}).items():
            found.update({scope, *contained})
    return frozenset(found)


def similar_scopes(
    word: str, candidates: Sequence[Provider], providers: Mapping[str, Provider]
) -> tuple[str, ...]:
    """Return the scopes of the candidates that a name may mean.

    That is the counterpart of another provider's scope of this name, or a similar spelling.
    """
    found: dict[str, None] = {}
    for candidate in candidates:
        found |= dict.fromkeys(find_counterparts(word, candidate, providers))
        # A scope's address or code may be misspelt as a whole; its name is compared.
        found |= dict.fromkeys(nearest_names(bare_name(word), candidate.scopes, 1))
        # The user may have written the data that a scope gives access to in place of its name.
        if len(word) >= _SHORTEST_WORD:
            found |= dict.fromkeys(
                known for known in candidate.scopes if word in _words_of(candidate.scope(known))
            )
    return tuple(found)


def _words_of(scope: Scope) -> list[str]:
    """Return the words about what a scope gives access to."""
    return _WORD.compiled.findall((scope.description or "").lower())
