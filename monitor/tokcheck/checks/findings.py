"""The findings of a check so far, and the report made of them."""

from datetime import datetime
from typing import NamedTuple

from tokcheck.checks.clock_notes import clock_notes, is_noticeable
from tokcheck.checks.verdict import Conclusion
from tokcheck.core.credential import Credential
from tokcheck.core.expiry import earliest
from tokcheck.core.report import (
    Claims,
    ErrorExplanation,
    Outcome,
    Probe,
    Report,
    Scope,
    Successor,
    Verdict,
    describe_credential,
)
from tokcheck.providers.base import Provider

# The verdicts of a token that is cut off.
_DOUBTFUL = {Verdict.UNVERIFIED, Verdict.REVOKED_OR_INVALID, Verdict.UNDETERMINED}
_ACCEPTED = {Verdict.VALID, Verdict.RATE_LIMITED}


class CheckFindings(NamedTuple):
    """The findings of a check so far."""

    credential: Credential | None
    cleaned: tuple[str, ...] = ()
    provider: Provider | None = None
    claims: Claims | None = None
    outcome: Outcome | None = None
    probe: Probe | None = None
    clock_skew_seconds: int | None = None
    explains: ErrorExplanation | None = None
    recorded_expiry: datetime | None = None
    recorded_scopes: tuple[str, ...] | None = None

    @property
    def claims_until_end(self) -> Claims | None:
        """The claims with the recorded expiry, if there is one.

        It is at most the token's own, unless that had passed when the token came: then the issuer
        has another clock, and both moments are by this computer's.
        """
        recorded, claims = self.recorded_expiry, self.claims or Claims()
        if recorded is None:
            return self.claims
        own, issued_at = claims.expires_at, claims.issued_at
        if own is not None and issued_at is not None and issued_at <= own < recorded:
            issued_at += recorded - own
        return claims._replace(expires_at=recorded, issued_at=issued_at)

    @property
    def is_counted(self) -> bool:
        """Whether the token's expiry is a lifetime from a response, which no skew changes."""
        if self.claims is None or self.claims.expires_at is None:
            return False
        is_signed = self.credential is not None and self.credential.secret.is_signed
        return not is_signed or self.claims_until_end != self.claims

    def cautious_seconds_left(self, now: datetime) -> float | None:
        """Return the seconds to the expiry by the clock that finds fewer.

        It is at most the token's whole lifetime: more shows that this computer's clock is behind.
        """
        claims = self.claims_until_end
        left = claims.seconds_left(now) if claims else None
        if claims is None or left is None or self.is_counted:
            return left
        skew = self.clock_skew_seconds or 0
        by_server = left - skew if is_noticeable(skew) else left
        if by_server <= 0 and self.outcome is not None and self.outcome.verdict in _ACCEPTED:
            by_server = left  # it accepts the token, so its issuer has another clock
        return earliest(left, by_server, claims.lifetime_seconds)

    @property
    def scopes(self) -> tuple[Scope, ...] | None:
        """The granted scopes, explained; ``None`` if unknown."""
        codes = self.recorded_scopes
        if self.claims is not None and self.claims.scopes is not None:
            codes = self.claims.scopes
        if self.provider is None or codes is None:
            return None
        return tuple(self.provider.scope(code) for code in codes)

    @property
    def proven_scope(self) -> str:
        """The scope that the token has because its check was accepted; empty if that shows none."""
        is_accepted = self.outcome is not None and self.outcome.verdict is Verdict.VALID
        return self.provider.check_scope if self.provider and is_accepted else ""

    def report(self, conclusion: Conclusion, now: datetime) -> Report:
        """Return the report on what was found, with a conclusion."""
        credential, claims, outcome = self.credential, self.claims_until_end, self.outcome
        scopes = self.scopes or ()
        skew = self.clock_skew_seconds
        notes = clock_notes(
            conclusion.verdict,
            claims,
            now,
            skew,
            was_sent=self.probe is not None,
            is_counted=self.is_counted,
        )
        if claims is not None:
            notes = (*claims.notes, *notes)
        is_doubtful = credential is not None and conclusion.verdict in _DOUBTFUL
        doubts = (credential.doubt,) if credential and credential.doubt and is_doubtful else ()
        return Report(
            verdict=conclusion.verdict,
            usable=conclusion.usable,
            summary=conclusion.summary,
            advice=(*doubts, *conclusion.advice, *notes),
            provider=credential.provider if credential else None,
            credential=describe_credential(credential) if credential else None,
            cleaned=self.cleaned,
            claims=claims,
            checked_at=now,
            scopes=scopes,
            probe=self.probe,
            quota=outcome.quota if outcome else (),
            devices=outcome.devices if outcome else (),
            devices_failed=outcome.devices_failed if outcome else False,
            retry_at=outcome.retry_at if outcome else None,
            limits=outcome.limits if outcome else (),
            explains=self.explains,
            successors=_successors(self.provider, scopes) if self.provider else (),
            expires_too_soon=conclusion.expires_too_soon,
            clock_skew_seconds=skew,
            seconds_left=self.cautious_seconds_left(now),
            is_expiry_counted=self.is_counted,
        )


def _successors(provider: Provider, scopes: tuple[Scope, ...]) -> tuple[Successor, ...]:
    return tuple(Successor(*item) for item in provider.same_access(scopes).items())
