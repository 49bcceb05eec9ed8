"""The scopes of a provider, in any spelling, and which of them grant others. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tokcheck.checks.scopes.scope_counterparts import bare_name, find_counterparts, has_addresses
from tokcheck.core.report import Scope
from tokcheck.providers.base import Provider

# Scopes of OpenID Connect, which a Google token may have as well.
OPENID = frozenset({"openid", "email", "userinfo.email", "userinfo.profile"})


class KnownScopes(NamedTuple):
    """A provider's scopes: their names, and the function that explains a written one."""

    names: Sequence[str]
    explain: Callable[[str], Scope]
    title: str
    """The provider's title."""
    provider: str
    """The provider's name."""
    on_request: Mapping[str, str]
    """The scopes that a login can request, by the names that it takes."""
    has_login: bool = False
    """Whether there are OAuth endpoints."""
    token_seconds: float | None = None
    """How long the provider's access tokens live, where that is documented."""
    others: "tuple[KnownScopes, ...]" = ()
    """The scopes of the other providers."""
    reports_scopes: bool = False
    """Whether responses report the scopes of some tokens."""
    contained: Mapping[str, frozenset[str]] = {}
    """The scopes that a scope grants as well, all in lower case."""
    has_addresses: bool = False
    """Whether the scopes are addresses, which have shorter names."""
    find_counterparts: Callable[[str], Sequence[str]] = lambda _: ()
    """Returns the scopes that give the access of another provider's scope."""

    def has(self, written: str) -> bool:
        """Return whether a scope is known, in any spelling; any is of a provider without a list."""
        if not self.names:
            return True
        if self.explain(written.lower()).name in self.names:
            return True
        return self.has_addresses and bare_name(written) in self.names

    def grant(self, granted: Sequence[Scope], written: str) -> bool:
        """Return whether the granted scopes include a required one.

        A bare name requires reading; a code or an address names the access mode as well. A granted
        scope grants those that it contains.
        """
        word = written.lower()
        return any(word in self.contained.get(scope.code.lower(), ()) for scope in granted) or (
            self._names(granted, word)
        )

    def _names(self, granted: Sequence[Scope], word: str) -> bool:
        """Return whether one of the scopes is the required one itself, with its access."""
        wanted = self.explain(word)
        return any(
            word in _spellings(scope)
            or (wanted.name == scope.name and _includes_access(scope.access, wanted.access))
            for scope in granted
        )

    def login_command(self, granted: Sequence[Scope], missing: Sequence[str]) -> str | None:
        """Return the command of a login that requests the granted and the missing scopes.

        ``None`` if no login can request them.
        """
        names = self.login_scopes(granted, missing)
        return f"tokcheck login {self.provider} --scope {','.join(names)}" if names else None

    def login_scopes(self, granted: Sequence[Scope], missing: Sequence[str]) -> list[str]:
        """Return the names of the granted and the missing scopes that a login can request."""
        offered = {name: self.explain(code) for name, code in self.on_request.items()}
        names = [
            name
            for name, scope in offered.items()
            if any(_is_part_of(scope, other) for other in granted)
            or any(self._gives(scope, written) for written in missing)
        ]
        if self.has_login and not self.names:  # a declaration need not list all of them
            names += [name for name in missing if name not in names]
        return names

    def _gives(self, requested: Scope, written: str) -> bool:
        """Return whether the user's consent to a scope grants a required one, and no more.

        One that contains it grants more than is required.
        """
        is_whole = requested.access is None and requested.name == self.explain(written.lower()).name
        return is_whole or self._names((requested,), written.lower())


def known_scopes(
    provider: Provider, providers: Mapping[str, Provider] | None = None
) -> KnownScopes:
    """Return the scopes of a provider; with ``providers``, beside those of the others."""
    others = () if providers is None else tuple(providers.values())
    return KnownScopes(
        provider.scopes,
        provider.scope,
        provider.title,
        provider.name,
        {} if provider.endpoints is None else provider.endpoints.scopes,
        provider.endpoints is not None,
        provider.token_seconds,
        tuple(known_scopes(other) for other in others if other is not provider),
        provider.reports_scopes,
        provider.contained_scopes,
        has_addresses(provider),
        lambda written: find_counterparts(written, provider, providers or {}),
    )


def _spellings(scope: Scope) -> set[str]:
    """Return the spellings of a scope's code, in lower case."""
    code = scope.code.lower()
    if not code.startswith("https://"):
        return {code}
    return {code, code.rpartition("/")[2], code.rpartition("googlehealth.")[2]}


def _includes_access(granted: str | None, wanted: str | None) -> bool:
    """Return whether an access mode includes another; an unknown one counts as reading."""
    if wanted in {None, "read"}:
        return granted != "write"
    return granted in {"read-write", wanted}


def _is_part_of(requested: Scope, granted: Scope) -> bool:
    """Return whether a login has to request a scope to get a granted one again."""
    if requested.name != granted.name:
        return False
    return requested.access is None or granted.access in {None, "read-write", requested.access}
