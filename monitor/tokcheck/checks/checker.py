"""Check a paste: find the credential, read its claims, probe the provider, report."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from tokcheck.checks import verdict as verdicts
from tokcheck.checks import without_token
from tokcheck.checks.findings import CheckFindings
from tokcheck.checks.message_explanation import Explain, ExplainedMessage, explain_error_message
from tokcheck.checks.requirements import Requirements, apply_requirements
from tokcheck.checks.scopes.known_scopes import known_scopes
from tokcheck.checks.scopes.missing_scopes import name_missing_scopes
from tokcheck.checks.verdict import Conclusion
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import NetError
from tokcheck.core.expiry import is_expired
from tokcheck.core.flow import drive, map_requests
from tokcheck.core.redact import redact_known
from tokcheck.core.report import (
    Outcome,
    Probe,
    Report,
    Verdict,
)
from tokcheck.core.secret import Secret
from tokcheck.paste.context.owners.shared_prefixes import describe_sharing
from tokcheck.paste.finder.paste_content import Paste
from tokcheck.providers.base import Provider, Request, Response, Send, finder_for
from tokcheck.providers.response_clock import LatestSkew

ProviderRequest: TypeAlias = tuple[Provider, Request]


class Checker:
    """Checks pastes.

    ``send`` sends a request to its provider and returns the response or raises a
    :class:`NetError`; without it, checks are offline. ``now`` returns the present moment in UTC,
    ``timer`` the seconds of a monotonic clock. ``wanted`` is the name of the provider that
    the caller expects, if any. ``explain`` returns the meaning of an error message, or ``None``.
    ``more`` returns these and further providers; it is called once, for a token that none of
    ``providers`` has issued and a known service has.
    """

    def __init__(  # noqa: PLR0913 - one parameter for each of the above
        self,
        providers: Mapping[str, Provider],
        *,
        now: Callable[[], datetime],
        timer: Callable[[], float],
        send: Send | None = None,
        wanted: str | None = None,
        requirements: Requirements | None = None,
        explain: Explain | None = None,
        more: Callable[[], Mapping[str, Provider]] | None = None,
    ) -> None:
        self._providers = providers
        self._finder = finder_for(providers)
        self._now = now
        self._timer = timer
        self._send = send
        self._expected = wanted
        self._requirements = requirements or Requirements()
        self._explain = explain
        self._more = more

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The providers that are in use so far, by name."""
        return self._providers

    def online(self, send: Send) -> "Checker":
        """Return a checker with the same settings that sends its requests with ``send``."""
        from copy import copy  # noqa: PLC0415 - an offline check needs no copy

        checker = copy(self)
        checker._send = send  # noqa: SLF001 - its own class
        return checker

    def with_remedies(
        self, provider: str, remedies: Mapping[Verdict, tuple[str, ...]]
    ) -> "Checker":
        """Return a checker with the same settings and other advice on a provider's tokens."""
        from copy import copy  # noqa: PLC0415 - most checks need no copy

        checker, known = copy(self), self._providers[provider]
        checker._providers = {  # noqa: SLF001 - its own class
            **self._providers,
            provider: known._replace(remedies=remedies),
        }
        return checker

    def with_requirements(self, **changes: Any) -> "Checker":  # noqa: ANN401 - of any field
        """Return a checker with the same settings and other values in its requirements."""
        from copy import copy  # noqa: PLC0415 - most checks need no copy

        checker = copy(self)
        checker._requirements = self._requirements._replace(**changes)  # noqa: SLF001 - the same
        return checker

    def check(
        self,
        text: str,
        *,
        expires_at: datetime | None = None,
        granted: tuple[str, ...] | None = None,
    ) -> Report:
        """Return the report on a paste: its credential, whether it works, and its rate limit.

        ``expires_at`` is the expiry of a stored token by its record, and ``granted`` are its
        scopes, in the provider's notation, if those are known.
        """
        send = self._send
        flow = self.flow(text, offline=send is None, expires_at=expires_at, granted=granted)
        if send is None:
            return drive(flow, _refuse_to_send)
        return drive(flow, lambda request: send(*request))

    def flow(
        self,
        text: str,
        *,
        offline: bool = False,
        expires_at: datetime | None = None,
        granted: tuple[str, ...] | None = None,
    ) -> Generator[ProviderRequest, Response, Report]:
        """Check a paste as a sans-IO flow for :func:`drive` or :func:`drive_async`.

        It yields requests with their provider and is sent the responses. With ``offline`` it
        yields none. ``expires_at`` counts in place of the token's own expiry, and ``granted`` where
        neither the token nor a response has its scopes.
        """
        paste = self._finder.find(text, self._expected)
        if self._more is not None and paste.may_be_declared:
            self._providers, self._more = self._more(), None
            self._finder = finder_for(self._providers)
            paste = self._finder.find(text, self._expected)
        now = self._now()
        explained = self._explain_message(text, paste, now)
        if explained is not None and without_token.is_echoed(paste):
            echo = self._conclude_from_paste(text, paste, now)
            if echo is not None:  # what to do with a good one does not help
                found = CheckFindings(
                    paste.credential, paste.cleaned, explains=explained.explanation
                )
                return found.report(echo._replace(advice=()), now)
        elif explained is not None:
            message = without_token.conclude_error_message(explained.title, text)
            return CheckFindings(None, explains=explained.explanation).report(message, now)
        early = self._conclude_from_paste(text, paste, now)
        if early is not None and explained is None and self._may_be_error(text, paste, now):
            early = without_token.conclude_unknown_error()
        if early is not None:
            return CheckFindings(paste.credential, paste.cleaned).report(early, now)
        assert paste.credential is not None  # noqa: S101 - or there is nothing to probe
        credential = paste.credential
        provider = self._providers[credential.provider or self._expected or ""]
        # One of no form of its own is an access token because the caller says so.
        credential = credential._replace(kind=Kind.ACCESS_TOKEN, provider=provider.name)
        claims = provider.read_claims(credential.secret) if credential.secret.is_signed else None
        found = CheckFindings(
            credential,
            paste.cleaned,
            provider,
            claims,
            recorded_expiry=expires_at,
            recorded_scopes=granted,
        )
        claims = found.claims_until_end
        if claims is not None and is_expired(claims.expires_at, now):
            remedies = provider.remedies.get(Verdict.EXPIRED, ())
            conclusion = verdicts.conclude_expired(claims, now, provider.title, remedies)
            return found.report(conclusion, now)
        if offline:
            left = found.cautious_seconds_left(now)
            conclusion = verdicts.conclude_unverified(left, provider.title_of(claims))
        else:
            conclusion, found, now = yield from self._probe(found, provider, credential)
        return self._apply_requirements(conclusion, found, provider, now)

    def _explain_message(self, text: str, paste: Paste, now: datetime) -> ExplainedMessage | None:
        """Return what the paste means as an error message; ``None`` if it is none."""
        is_message = without_token.may_be_message(paste, self._expected) or without_token.is_echoed(
            paste
        )
        if self._explain is None or not is_message:
            return None
        return explain_error_message(
            text, self._explain, self._providers, self._more, now, self._expected
        )

    def _may_be_error(self, text: str, paste: Paste, now: datetime) -> bool:
        """Return whether a paste of nobody's would be an error message, were its provider known."""
        if self._explain is None or self._expected is not None:
            return False
        if paste.credential is not None or paste.candidates or paste.empty_bearer:
            return False
        builtin = {name: one for name, one in self._providers.items() if not one.is_declared}
        some = next(iter(builtin), None)
        return some is not None and self._explain(text, builtin, now, some) is not None

    def _conclude_from_paste(self, text: str, paste: Paste, now: datetime) -> Conclusion | None:
        """Conclude from the paste alone; ``None`` if it holds a token that can be probed."""
        credential = paste.credential
        expected = self._providers.get(self._expected or "")
        own = self._providers.get((credential and credential.provider) or "")
        if expected is not None and credential is not None and expected.may_own(credential):
            return None  # the caller knows the provider
        words = own.form_words(credential) if own and credential else ""
        if credential is None and expected is not None and expected.is_declared:
            words = expected.describe(Kind.ACCESS_TOKEN.words)
        instead = own.instead if own else {}
        if expected is not None and credential is not None and credential.sharing:
            described = describe_sharing(credential.kind.words, credential.sharing)
            return verdicts.conclude_other_provider(described, expected.title, is_detected=False)
        conclusion = without_token.conclude_from_text(text, paste, instead, now, words)
        if conclusion is None and own is not None and expected is not None and expected is not own:
            described = own.describe(Kind.ACCESS_TOKEN.words)
            return verdicts.conclude_other_provider(described, expected.title)
        return conclusion

    def _probe(
        self, found: CheckFindings, provider: Provider, credential: Credential
    ) -> "Generator[ProviderRequest, Response, tuple[Conclusion, CheckFindings, datetime]]":
        """Send the probe; return what follows from it, and when it ended.

        A reset counts from its response, so the seconds until then do so from the probe's end.
        """
        requests = 0
        skew = LatestSkew()

        def count_request(request: Request) -> ProviderRequest:
            nonlocal requests
            requests += 1
            return provider, request

        started = self._timer()
        try:
            outcome = yield from map_requests(
                provider.probe(credential, found.claims), count_request, skew.observe
            )
            now = self._now()
            # A response may fill any field with a piece of the token; none is shown.
            outcome = _without_secret(outcome, credential.secret)
            conclusion = verdicts.conclude_from_outcome(
                outcome, now, provider.title, provider.remedies, _token_title(provider, outcome)
            )
        except NetError as error:
            now = self._now()
            conclusion = verdicts.conclude_from_net_error(error, provider.title_of(found.claims))
            outcome = Outcome(conclusion.verdict)
        probe = Probe(requests, outcome.status, outcome.error, self._timer() - started)
        claims = outcome.claims or found.claims
        found = found._replace(
            claims=claims, outcome=outcome, probe=probe, clock_skew_seconds=skew.seconds
        )
        missing = outcome.missing_scopes or tuple(filter(None, (provider.check_scope,)))
        advice = name_missing_scopes(conclusion.advice, provider, found.scopes, missing)
        return conclusion._replace(advice=advice), found, now

    def _apply_requirements(
        self, conclusion: Conclusion, found: CheckFindings, provider: Provider, now: datetime
    ) -> Report:
        """Report the conclusion under the caller's requirements."""
        if not self._requirements.scopes and self._requirements.min_ttl is None:  # as in most
            return found.report(conclusion, now)
        expires_in = found.cautious_seconds_left(now)
        conclusion = apply_requirements(
            self._requirements,
            conclusion,
            found.scopes,
            expires_in,
            known_scopes(provider, self._providers),
            found.proven_scope,
            found.claims_until_end.lifetime_seconds if found.claims_until_end else None,
        )
        return found.report(conclusion, now)


def _token_title(provider: Provider, outcome: Outcome) -> str:
    """Return what a token is called: the API that accepts it is its own."""
    works = outcome.verdict in {Verdict.VALID, Verdict.RATE_LIMITED}
    return provider.title if works else provider.title_of(outcome.claims)


def _without_secret(value: Any, secret: Secret) -> Any:  # noqa: ANN401 - any field of an outcome
    """Return a value with each text in it, at any depth of tuples, redacted."""
    if type(value) is str:  # not a verdict, which is a word of our own
        return redact_known(value, secret)
    if isinstance(value, tuple):
        parts = (_without_secret(part, secret) for part in value)
        return value._make(parts) if hasattr(value, "_make") else tuple(parts)
    return value


def _refuse_to_send(request: ProviderRequest) -> Response:
    raise AssertionError(f"an offline check sent a request to {request[0].name}")
