"""Conclude: turn findings into a verdict, a summary line and advice.

Unknown is never invalid: ``usable`` is ``None`` unless something is known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.errors import ExitCode, NetError
from tokcheck.core.humanize import format_duration, format_moment
from tokcheck.core.report import Claims, Outcome, Quota, Verdict
from tokcheck.paste.finder import Paste

_USABLE: Mapping[Verdict, bool | None] = {
    Verdict.VALID: True,
    Verdict.RATE_LIMITED: True,
    Verdict.UNVERIFIED: None,
    Verdict.UNDETERMINED: None,
}
_HEADLINES = {
    Verdict.VALID: "{This} {token} token works",
    Verdict.UNVERIFIED: "{This} {token} token looks right, but was not tried",
    Verdict.EXPIRED: "{This} {token} token has expired",
    Verdict.REVOKED_OR_INVALID: "The {title} rejects {this} token",
    Verdict.INSUFFICIENT_SCOPE: "{This} {token} token lacks a required scope",
    Verdict.RATE_LIMITED: "{This} {token} token has reached its rate limit",
    Verdict.SERVICE_GONE: "The {title} has been switched off",
    Verdict.API_DISABLED: "{This} token's Google Cloud project cannot use the {title}",
    Verdict.ACCOUNT_NOT_LINKED: "{This} token's account is not linked to Google Health",
    Verdict.PROFILE_MISSING: "{This} token's account has no Google Health profile yet",
    Verdict.GRANT_BROKEN: "{This} token's consent is broken, although the token can be refreshed",
    Verdict.NOT_PERMITTED: "The {title} denies access to {this} token's application or account",
    Verdict.UNDETERMINED: "Could not tell whether {this} {token} token works",
}


def _headline(verdict: Verdict, title: str, token: str | None = None, *, this: str = "this") -> str:
    """Return how a summary begins; ``this`` is "the" for a token that was not pasted."""
    form = _HEADLINES.get(verdict, _NO_HEADLINE)
    return form.format(title=title, token=token or title, this=this, This=this.capitalize())


_NO_HEADLINE = "This text contains no access token that can be tried"
_EXCHANGE = (
    "Exchange it at the token endpoint of the service that issued it, and check the access_token "
    "in the response."
)
# For a credential that no provider is known to have issued.
_INSTEAD = {
    Kind.BASIC_CREDENTIALS: (
        "They authenticate an application at the token endpoint. Paste the access token that the "
        "endpoint returns."
    ),
    Kind.REFRESH_TOKEN: _EXCHANGE,
    Kind.AUTHORIZATION_CODE: _EXCHANGE,
    Kind.CLIENT_SECRET: (
        "It belongs in the application's configuration and nowhere else: reset it if others have "
        "seen it. Paste the access token."
    ),
    Kind.CLIENT_ID: (
        "It identifies an application. Have a user authorize that application, and paste the "
        "access token that results."
    ),
}
# A part of one is no access token either.
_NO_ACCESS_TOKENS = frozenset(
    {
        Kind.AUTHORIZATION_CODE,
        Kind.REFRESH_TOKEN,
        Kind.CLIENT_SECRET,
        Kind.API_KEY,
        Kind.BASIC_CREDENTIALS,
    }
)
_NO_FORM = "it matches no known credential format"
_ANYBODYS = (
    "Credentials of many services look like this. Paste it with the command, the JSON or the label "
    "that it stands in."
)
_FORMS = "A Fitbit access token begins with eyJ, a Google one with ya29."
_CLOCK_DOUBT_SECONDS = 86_400


class Conclusion(NamedTuple):
    """A verdict, whether the token is usable, one line, and whole sentences of advice."""

    verdict: Verdict
    usable: bool | None
    summary: str
    advice: tuple[str, ...] = ()
    expires_too_soon: bool = False
    """Whether the token works but lives shorter than the caller requires."""


def exit_code(verdict: Verdict, usable: bool | None) -> ExitCode:  # noqa: FBT001 - three states
    """Return the exit code: the table is part of the public interface."""
    if usable is False:
        return ExitCode.NOT_USABLE
    if verdict is Verdict.RATE_LIMITED:
        return ExitCode.RATE_LIMITED
    if usable is None:
        # No flaw was found, and --offline can find out no more.
        return ExitCode.USABLE if verdict is Verdict.UNVERIFIED else ExitCode.COULD_NOT_TELL
    return ExitCode.USABLE


def _conclude(verdict: Verdict, summary: str, advice: tuple[str, ...] = ()) -> Conclusion:
    return Conclusion(verdict, _USABLE.get(verdict, False), summary, advice)


def conclude_from_paste(
    paste: Paste, instead: Mapping[Kind, str], now: datetime
) -> Conclusion | None:
    """Conclude from the paste alone; ``None`` if it holds an access token to probe.

    ``instead`` is the advice, by kind, for a credential that is not an access token.
    """
    credential = paste.credential
    if paste.candidates:
        return _conclude_ambiguous(paste.candidates, now)
    if credential is None:
        label = "the word Bearer" if paste.empty_bearer else paste.empty_label
        return _conclude_nothing(label)
    if credential.service:
        return _conclude_other_service(credential)
    if credential.flaw is not None and credential.kind not in _NO_ACCESS_TOKENS:
        return _conclude_flawed(credential)
    if credential.kind is Kind.ACCESS_TOKEN and credential.provider is not None:
        return None
    return _conclude_wrong_kind(credential, instead.get(credential.kind, ""))


def _conclude_nothing(empty_label: str) -> Conclusion:
    """Conclude for a paste that holds no credential; nothing follows ``empty_label``."""
    if empty_label:
        return _conclude(
            Verdict.NO_TOKEN,
            f"No token found in the input: nothing follows {empty_label}.",
            ("A variable was probably empty. Check that it is set where the command runs.",),
        )
    return _conclude(
        Verdict.NO_TOKEN,
        "No token found in the input.",
        (f"{_FORMS} Paste the token, or the whole command or response that contains it.",),
    )


def _conclude_ambiguous(candidates: Sequence[Credential], now: datetime) -> Conclusion:
    """Conclude for a paste that holds several different access tokens."""
    from tokcheck.check.ambiguity import describe_candidates  # noqa: PLC0415 - seldom needed

    return _conclude(
        Verdict.AMBIGUOUS,
        f"The input contains {len(candidates)} different tokens.",
        (
            *describe_candidates(candidates, now),
            "Paste only one of them. To check all, write one a line: tokcheck validate --lines.",
        ),
    )


def _conclude_flawed(credential: Credential) -> Conclusion:
    """Conclude for a token with a flaw."""
    cut_off = credential.flaw is Flaw.CUT_OFF
    return _conclude(
        Verdict.INCOMPLETE if cut_off else Verdict.MALFORMED,
        f"The token is {'incomplete' if cut_off else 'damaged'}: {credential.reason}.",
        (credential.remedy,),
    )


def _conclude_other_service(credential: Credential) -> Conclusion:
    """Conclude for a token of a service that is no provider."""
    return _conclude(
        Verdict.WRONG_PROVIDER,
        f"This is {credential.service}.",
        (f"tokcheck does not check it, and nothing was sent. {_FORMS}",),
    )


def _conclude_wrong_kind(credential: Credential, instead: str) -> Conclusion:
    """Conclude for a credential that is not an access token."""
    kind = credential.kind
    if kind is Kind.PLACEHOLDER:
        return _conclude(Verdict.PLACEHOLDER, f"{credential.reason}.", (credential.remedy,))
    if kind is Kind.JWT_OTHER:
        return _conclude(
            Verdict.WRONG_PROVIDER,
            "This is a signed token (JWT) from another service.",
            ("A Fitbit access token names Fitbit as its issuer (iss); this one does not.",),
        )
    if kind is Kind.UNKNOWN:
        return _conclude(
            Verdict.UNDETERMINED,
            f"Could not tell what this is: {credential.form or _NO_FORM}.",
            (
                "Nothing was sent. If you know the provider of this access token, name it: "
                "tokcheck validate --provider fitbit or --provider google-health; in the "
                "exporter's configuration, it is the account's provider.",
                *((_ANYBODYS,) if credential.form else ()),
            ),
        )
    advice = (
        *((credential.doubt,) if credential.doubt else ()),
        *filter(None, (instead or _INSTEAD.get(kind),)),
    )
    article = "These are" if kind is Kind.BASIC_CREDENTIALS else "This is"
    return _conclude(Verdict.WRONG_KIND, f"{article} {kind.words}, not an access token.", advice)


def conclude_other_provider(own: str, expected: str) -> Conclusion:
    """Conclude for a token of another provider than the caller named."""
    return _conclude(
        Verdict.WRONG_PROVIDER,
        f"This is a token of the {own}, not of the {expected}.",
        (
            "Name no provider, neither with tokcheck validate --provider nor in the exporter's "
            "configuration: it is detected from the token.",
        ),
    )


def conclude_expired(
    claims: Claims, now: datetime, title: str, remedies: Sequence[str]
) -> Conclusion:
    """Conclude for a token that is expired according to its claims, which is not probed."""
    assert claims.expires_at is not None  # noqa: S101 - the caller has compared it
    ago = (now - claims.expires_at).total_seconds()
    advice = list(remedies)
    if ago < _CLOCK_DOUBT_SECONDS:
        advice.append(
            f"This computer's clock says {format_moment(now)}. If that is wrong, set it and retry."
        )
    return _conclude(
        Verdict.EXPIRED,
        f"This {title} token expired {format_duration(ago)} ago "
        f"({format_moment(claims.expires_at)}).",
        tuple(advice),
    )


def conclude_unverified(claims: Claims | None, now: datetime, title: str) -> Conclusion:
    """Conclude for a token that looks right and was not probed."""
    headline = _headline(Verdict.UNVERIFIED, title)
    rest = "."
    if claims is not None and claims.expires_at is not None:
        rest = f"; it expires in {format_duration((claims.expires_at - now).total_seconds())}."
    return _conclude(Verdict.UNVERIFIED, headline + rest)


def explain_outcome(
    outcome: Outcome, now: datetime, title: str, remedies: Mapping[Verdict, tuple[str, ...]]
) -> Conclusion:
    """Conclude from the outcome of a response that an error message reports."""
    return conclude_from_outcome(outcome, now, title, remedies, this="the")


def conclude_from_outcome(
    outcome: Outcome,
    now: datetime,
    title: str,
    remedies: Mapping[Verdict, tuple[str, ...]],
    token: str | None = None,
    *,
    this: str = "this",
) -> Conclusion:
    """Conclude from a probe's outcome.

    ``token`` is the token's title, if it is not the API's; ``this`` is "the" for a token that was
    not pasted.
    """
    verdict = outcome.verdict
    if verdict is Verdict.VALID and _is_used_up(outcome.quota, now):
        verdict = Verdict.RATE_LIMITED  # the check took the last request; the next one is refused
    summary = _headline(verdict, title, token, this=this)
    if outcome.detail:
        summary += f": {outcome.detail.rstrip('.')}"  # a server's message has its own full stop
    elif verdict in {Verdict.VALID, Verdict.RATE_LIMITED}:
        summary += _remaining_requests(outcome.quota, now)
    return _conclude(verdict, summary + ".", (*outcome.advice, *remedies.get(verdict, ())))


def conclude_from_net_error(error: NetError, title: str) -> Conclusion:
    """Conclude from a request without a response."""
    headline = _headline(Verdict.UNDETERMINED, title)
    advice: tuple[str, ...] = (error.hint,) if error.hint else ()
    if error.kind == "timeout":
        advice += (
            "To wait longer, pass a longer time with tokcheck validate --timeout; in the "
            "exporter's configuration, it is timeout.",
        )
    return _conclude(Verdict.UNDETERMINED, f"{headline}: {error.message}.", advice)


def _is_used_up(quota: Sequence[Quota], now: datetime) -> bool:
    """Return whether a response reported that no request is left until a reset."""
    return any(
        window.remaining == 0
        and window.source == "headers"
        and (window.reset_at is None or window.reset_at > now)
        for window in quota
    )


def _remaining_requests(quota: Sequence[Quota], now: datetime) -> str:
    for window in quota:
        reset = ""
        if window.reset_at is not None:
            reset = f"; it resets in {format_duration((window.reset_at - now).total_seconds())}"
        if window.remaining is not None and window.limit is not None:
            left = (
                f"{window.remaining} of {window.limit} requests a{'n' * (window.window == 'hour')}"
            )
            return f": {left} {window.window} are left{reset}"
        if window.remaining is not None:
            return f": {window.remaining} requests are left{reset}"
    return ""
