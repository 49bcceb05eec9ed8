"""Name the scopes in the advice to log in again with more of them. Pure."""

from collections.abc import Sequence

from tokcheck.checks.scopes.known_scopes import known_scopes
from tokcheck.core.report import Scope
from tokcheck.providers.base import Provider

# How the advice of the providers has it, and the word for a scope that is not known.
_PLACEHOLDER = "NAME,NAME"
_UNKNOWN = "NAME"


def name_missing_scopes(
    advice: Sequence[str],
    provider: Provider,
    granted: Sequence[Scope] | None,
    missing: Sequence[str],
) -> tuple[str, ...]:
    """Return advice in which a login requests the granted and the missing scopes by name.

    ``granted`` is ``None`` if unknown. ``missing`` are those that the server requires, as far as it
    reports them; one that is granted, or that no login can request, does not help. A metavariable
    stands for what is not known, so that no login drops a granted scope.
    """
    if not any(_PLACEHOLDER in sentence for sentence in advice):
        return tuple(advice)
    known = known_scopes(provider)
    wanted = [name for name in missing if not known.grant(granted or (), name)]
    names = known.login_scopes(granted or (), wanted)
    if granted is None or not known.login_scopes((), wanted):
        names = [*names, _UNKNOWN]
    if names == [_UNKNOWN]:
        return tuple(advice)
    return tuple(sentence.replace(_PLACEHOLDER, ",".join(names)) for sentence in advice)
