"""Requirements of a caller beyond a working token: scopes and remaining lifetime."""

from collections.abc import Sequence
from typing import NamedTuple

from tokcheck.checks.scopes.known_scopes import OPENID, KnownScopes
from tokcheck.checks.scopes.scope_counterparts import bare_name
from tokcheck.checks.verdict import Conclusion
from tokcheck.core.expiry import is_valid_for
from tokcheck.core.humanize import format_duration, list_names, nearest_names, write_duration
from tokcheck.core.redact import plain
from tokcheck.core.report import Scope, Verdict


class Requirements(NamedTuple):
    """Required scopes, by name or code, and the minimum time to live in seconds."""

    scopes: tuple[str, ...] = ()
    min_ttl: float | None = None
    is_stored: bool = False
    """Whether the token is a stored account's."""
    refusal: str = ""
    """Why the token cannot be refreshed, and what helps; the advice where it expires too soon."""


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
                requirements.refusal
                or _refresh_first(
                    min_ttl, lifetime or known.token_seconds, known, requirements.is_stored
                ),
                *conclusion.advice,
            ),
            expires_too_soon=True,
        )
    advice = conclusion.advice
    if scopes is None and any(name.lower() != proven.lower() for name in wanted):
        unknown = "whether the required scopes are granted"
        if conclusion.verdict is not Verdict.UNVERIFIED and not known.names:
            advice = (_explain_unreported(wanted, known), *advice)
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
    # A provider without a list of its scopes may have any.
    owners = [other.title for other in known.others if other.names and other.has(written)]
    same = known.find_counterparts(written)
    if owners and same:
        return (
            f"{name} is a scope of the {owners[0]}, and this token belongs to the {known.title}, "
            f"where the same access comes with {list_names(same, 'or')}: require that."
        )
    if owners:
        reason = (
            f"{name} is a scope of the {owners[0]}, and this token belongs to the {known.title}."
        )
    else:
        reason = f"The {known.title} has no scope that tokcheck knows as {name}."
    similar = nearest_names(bare_name(written), known.names, 1)
    if similar and not owners:
        reason = f"{reason} Did you mean {similar[0]}?"
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


def _refresh_first(
    min_ttl: float,
    lifetime: float | None,
    known: KnownScopes,
    is_stored: bool,  # noqa: FBT001 - a private function
) -> str:
    if not known.has_login:
        return "Get a new token before the job starts."
    if lifetime is not None and lifetime <= min_ttl:
        login = "" if is_stored else f" `tokcheck login {known.provider}` stores an account."
        return (
            f"A refresh does not help: a new token lives for {format_duration(lifetime)} as well. "
            "Require less, and let a job that takes longer get another token while it runs: "
            f"`tokcheck token NAME`.{login}"
        )
    command = f"`tokcheck token NAME --min-ttl {write_duration(min_ttl)}`"
    if is_stored:
        return f"Refresh it before the job starts: {command}."
    return (
        f"Refresh it before the job starts. For a stored account, {command} does so; "
        f"`tokcheck login {known.provider}` stores one."
    )
