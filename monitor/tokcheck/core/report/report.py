"""The report: the result of one check, and its form in JSON."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from tokcheck.core.credential import Credential, Kind
from tokcheck.core.humanize import format_rfc3339
from tokcheck.core.report.probe_outcome import Claims, Device, ProbeError, Verdict
from tokcheck.core.report.quotas import Quota

SCHEMA = "tokcheck.report/1"


class Scope(NamedTuple):
    """One granted scope. ``code`` is how the token writes it; ``access`` is ``None`` if unknown."""

    name: str
    code: str
    access: Literal["read", "read-write", "write"] | None
    description: str | None
    """The data that it gives access to; ``None`` if unknown, empty if its API does not name it."""

    @property
    def words(self) -> str:
        """The description in a table for people."""
        return "unknown here" if self.description is None else self.description


class Probe(NamedTuple):
    """A probe's requests: how many, the deciding status, the error, and the time they took."""

    requests: int
    status: int | None
    error: ProbeError | None
    duration_seconds: float


class ErrorExplanation(NamedTuple):
    """The meaning of an error message that was pasted without a token.

    ``provider`` is the name of the one that wrote it, itself or through a client library; ``None``
    if that is not known.
    """

    provider: str | None
    verdict: Verdict
    summary: str
    advice: tuple[str, ...] = ()


class ReportedCredential(NamedTuple):
    """The credential that a check found, without its text."""

    kind: Kind
    fingerprint: str
    """The first 12 hexadecimal digits of its SHA-256."""
    length: int
    """The number of its characters."""
    masked: str
    """Its first and last few characters around an ellipsis."""
    words: str
    """Its kind in words, with an article."""


def describe_credential(credential: Credential) -> ReportedCredential:
    """Return what a report says about a credential."""
    secret = credential.secret
    return ReportedCredential(
        credential.kind, secret.fingerprint, len(secret), secret.masked, credential.words
    )


class Successor(NamedTuple):
    """The scopes of a newer API that give the same access."""

    title: str
    """The name of the API."""
    scopes: tuple[str, ...]


class Report(NamedTuple):
    """The complete result of one check. It is immutable and does not contain the token."""

    verdict: Verdict
    """The conclusion."""
    usable: bool | None
    """Whether the token works and meets the caller's requirements; ``None`` if unknown."""
    summary: str
    """The result in one sentence; its wording may change."""
    advice: tuple[str, ...]
    """The next steps, in sentences; their wording may change."""
    provider: str | None
    """The name of the provider that the token belongs to."""
    credential: ReportedCredential | None
    """The credential that was found."""
    cleaned: tuple[str, ...]
    """The parts that were stripped from the paste, in words."""
    claims: Claims | None
    """The claims of the token about itself, or of its issuer about it."""
    checked_at: datetime
    """When the check ended."""
    scopes: tuple[Scope, ...]
    """The granted scopes."""
    probe: Probe | None
    """The requests that were sent; ``None`` if none was."""
    quota: tuple[Quota, ...]
    """The rate-limit windows."""
    devices: tuple[Device, ...]
    """The account's paired devices."""
    successors: tuple[Successor, ...]
    """The scopes of a newer API that give the same access."""
    devices_failed: bool = False
    """Whether the request for the devices failed, so that ``devices`` means nothing."""
    expires_too_soon: bool = False
    """Whether the token works but lives shorter than required; ``usable`` is then false."""
    retry_at: datetime | None = None
    """The moment before which the server wants no further request."""
    explains: ErrorExplanation | None = None
    """The meaning of an error message that was pasted instead of a token."""
    clock_skew_seconds: int | None = None
    """The server's clock minus this computer's; ``None`` if no response had a date."""
    seconds_left: float | None = None
    """How long the token lives by the clock that finds less, if another one than this computer's
    does."""
    is_expiry_counted: bool = False
    """Whether the expiry is a lifetime from a response, which is the same by any clock."""
    limits: tuple[str, ...] = ()
    """The names of the limits that a response reports as exceeded."""

    @property
    def expires_in_seconds(self) -> int | None:
        """Seconds from the check to the expiry; negative if it is past.

        If the clocks are known to differ, it is by the one that finds fewer.
        """
        left = self.seconds_left
        if left is None and self.claims is not None:
            left = self.claims.seconds_left(self.checked_at)
        return None if left is None else int(left // 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values, as ``tokcheck validate --json`` prints them.

        The schema is ``tokcheck.report/1``: every key is present, unknown values are ``None``, and
        times are RFC 3339 in UTC.
        """
        credential, claims, probe = self.credential, self.claims, self.probe
        explains = self.explains
        return {
            "schema": SCHEMA,
            "verdict": self.verdict.value,
            "usable": self.usable,
            "summary": self.summary,
            "advice": list(self.advice),
            "provider": self.provider,
            "credential": {
                "kind": credential.kind.value if credential else None,
                "fingerprint": credential.fingerprint if credential else None,
                "length": credential.length if credential else None,
                "masked": credential.masked if credential else None,
            },
            "cleaned": list(self.cleaned),
            "claims": {
                "client_id": claims.client_id,
                "user_id": claims.user_id,
                "issued_at": _rfc3339(claims.issued_at),
                "expires_at": _rfc3339(claims.expires_at),
                "lifetime_seconds": claims.lifetime_seconds,
            }
            if claims
            else None,
            "expires_in_seconds": self.expires_in_seconds,
            "clock_skew_seconds": self.clock_skew_seconds,
            "scopes": [scope._asdict() for scope in self.scopes],
            "probe": {
                "requests": probe.requests,
                "status": probe.status,
                "error": probe.error._asdict() if probe.error else None,
                "duration_seconds": round(probe.duration_seconds, 3),
            }
            if probe
            else None,
            "quota": [
                {
                    "window": quota.window,
                    "unit": quota.unit,
                    "limit": quota.limit,
                    "remaining": quota.remaining,
                    "reset_at": _rfc3339(quota.reset_at),
                    "reset_in_seconds": _seconds_until(quota.reset_at, self.checked_at),
                    "source": quota.source,
                }
                for quota in self.quota
            ],
            "explains": {
                "provider": explains.provider,
                "verdict": explains.verdict.value,
                "summary": explains.summary,
                "advice": list(explains.advice),
            }
            if explains
            else None,
            "devices": [device._asdict() for device in self.devices],
        }


def _rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else format_rfc3339(moment)


def _seconds_until(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, round((moment - now).total_seconds()))
