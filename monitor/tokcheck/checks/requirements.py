"""Requirements of a caller beyond a working token: scopes and remaining lifetime."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tokcheck.checks.verdict import Conclusion
from tokcheck.core.expiry import is_valid_for
from tokcheck.core.humanize import format_duration, write_duration
from tokcheck.core.redact import plain
from tokcheck.core.report import Scope, Verdict
from tokcheck.providers.base import Provider


class Requirements(NamedTuple):
    """Required scopes, by name or code, and the minimum time to live in seconds."""

    scopes: tuple[str, ...] = ()
    min_ttl: float | None = None


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

    def has(self, written: str) -> bool:
        """Return whether a scope is known, in any spelling; any is of a provider without a list."""
        if not self.names:
            return True
        return self.explain(written.lower()).name in self.names or _bare_name(written) in self.names

    def grant(self, granted: Sequence[Scope], written: str) -> bool:
        """Return whether the granted scopes include a required one.

        A bare name requires reading; a code or an address names the access mode as well.
        """
        word = written.lower()
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
        offered = {name: self.explain(code) for name, code in self.on_request.items()}
        names = [
            name
            for name, scope in offered.items()
            if any(_is_part_of(scope, other) for other in granted)
            or any(self._gives(scope, written) for written in missing)
        ]
        if self.has_login and not self.names:  # a declaration need not list all of them
            names += [name for name in missing if name not in names]
        return f"tokcheck login {self.provider} --scope {','.join(names)}" if names else None

    def _gives(self, requested: Scope, written: str) -> bool:
        """Return whether the user's consent to a scope grants a required one."""
        is_whole = requested.access is None and requested.name == self.explain(written.lower()).name
        return is_whole or self.grant((requested,), written)


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
    )


def apply_requirements(
    requirements: Requirements,
    conclusion: Conclusion,
    scopes: Sequence[Scope] | None,
    expires_in: float | None,
    known: KnownScopes,
    proven: str = "",
    lifetime: float | None = None,
) -> Conclusion:
    """Return the conclusion on a token that works, under the caller's requirements.

    ``scopes`` is ``None`` if unknown; ``proven`` is one that the token has nevertheless.
    ``lifetime`` is how many seconds the token was issued for, if that is known. A requirement that
    is known to fail comes before one that cannot be checked.
    """
    if conclusion.verdict not in {Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED}:
        return conclusion
    wanted, min_ttl = requirements.scopes, requirements.min_ttl
    missing = [name for name in wanted if scopes is not None and not known.grant(scopes, name)]
    if missing:
        return _conclude_missing(conclusion, missing, scopes or (), known)
    if min_ttl is not None and expires_in is not None and not is_valid_for(expires_in, min_ttl, 0):
        return conclusion._replace(
            usable=False,
            summary=_too_soon_summary(expires_in, min_ttl),
            advice=(
                *conclusion.advice,
                _refresh_first(min_ttl, lifetime or known.token_seconds, known),
            ),
            expires_too_soon=True,
        )
    advice = conclusion.advice
    if scopes is None and any(name.lower() != proven.lower() for name in wanted):
        unknown = "whether the required scopes are granted"
        if conclusion.verdict is not Verdict.UNVERIFIED and not known.names:
            advice += (_explain_unreported(wanted, known),)
    elif min_ttl is not None and expires_in is None:
        unknown = "when this token expires, which --min-ttl requires"
    else:
        return conclusion
    return conclusion._replace(
        verdict=Verdict.UNDETERMINED,
        usable=None,
        summary=f"Could not tell {unknown}.",
        advice=advice,
    )


def _explain_unreported(wanted: Sequence[str], known: KnownScopes) -> str:
    """Return the advice where a response of a declared provider reports no scopes."""
    sentence = f"No response of the {known.title} reports scopes."
    if known.reports_scopes:
        sentence = (
            f"The {known.title} reported no scopes for this token: it reports those of some kinds "
            "of tokens only."
        )
    if not known.has_login:
        return sentence
    return (
        f"{sentence} Those of a stored account are known from its login: "
        f"`{known.login_command((), wanted)}`."
    )


def _conclude_missing(
    conclusion: Conclusion, missing: Sequence[str], granted: Sequence[Scope], known: KnownScopes
) -> Conclusion:
    real_names = [name for name in missing if known.has(name)]
    advice = [_explain_unknown(name, known) for name in missing if name not in real_names]
    if real_names:
        command = known.login_command(granted, real_names)
        sentence = f"Have the user consent again, and grant {_list(real_names)}"
        advice.append(f"{sentence}." if command is None else f"{sentence}: `{command}`.")
    return conclusion._replace(
        verdict=Verdict.INSUFFICIENT_SCOPE,
        usable=False,
        summary=f"A required scope is not granted: {_list(missing)}.",
        advice=(*advice, *conclusion.advice),
    )


def _explain_unknown(written: str, known: KnownScopes) -> str:
    """Return the advice on a required scope that the provider does not have."""
    name = plain(written, longest=60)
    if written.lower() in OPENID:
        return (
            f"{name} is a scope of OpenID Connect: a Google token has it if its login requested "
            "it. tokcheck's own does not: request it with the program that logs in."
        )
    owners = [other.title for other in known.others if other.has(written)]
    reason = (
        f"{name} is a scope of the {owners[0]}, and this token belongs to the {known.title}."
        if owners
        else f"The {known.title} has no scope that tokcheck knows as {name}."
    )
    return f"{reason} Require one that it has: {', '.join(known.names)}."


def _list(names: Sequence[str]) -> str:
    return ", ".join(plain(name, longest=60) for name in names)


def _too_soon_summary(expires_in: float, min_ttl: float) -> str:
    start = "This token expires in"
    for write in (format_duration, "{:.0f} s".format, "{:.3f} s".format):
        left, required = write(expires_in), write(min_ttl)
        if left != required:  # else they differ only in what is rounded away
            return f"{start} {left}, sooner than the {required} that --min-ttl requires."
    return f"{start} {format_duration(expires_in)}; --min-ttl requires more than that."


def _refresh_first(min_ttl: float, lifetime: float | None, known: KnownScopes) -> str:
    if lifetime is not None and lifetime <= min_ttl:
        return (
            f"A refresh does not help: a new token lives for {format_duration(lifetime)} as well. "
            "Require less, and let a job that takes longer get another token while it runs: "
            f"`tokcheck token NAME`. `tokcheck login {known.provider}` stores an account."
        )
    return (
        "Refresh it before the job starts. For a stored account, "
        f"`tokcheck token NAME --min-ttl {write_duration(min_ttl)}` does so; "
        f"`tokcheck login {known.provider}` stores one."
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


def _bare_name(name: str) -> str:
    tail = name.lower().rpartition("googlehealth.")[2]
    return tail.removesuffix(".readonly").removesuffix(".writeonly")
