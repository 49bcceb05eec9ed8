"""Describe each of several tokens in one paste: its user, and whether it is still valid."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from tokcheck.core.claims import read_claims
from tokcheck.core.credential import Credential
from tokcheck.core.humanize import DatedSentence, format_duration
from tokcheck.core.report import Claims

_MOST = 5


def describe_candidates(candidates: Sequence[Credential], now: datetime) -> Iterator[str]:
    """Yield a sentence for each token: its user, application, age and expiry if it has them."""
    for credential in candidates[:_MOST]:
        yield DatedSentence(partial(_describe, credential), now)
    more = len(candidates) - _MOST
    if more > 0:
        yield f"{more} more are not listed."


def _describe(credential: Credential, now: datetime) -> str:
    unknown = credential.service or "of an unknown provider"
    owner = credential.provider or ("flawed" if credential.flaw is not None else unknown)
    return f"{credential.secret.masked} ({owner}): {_facts(credential, now)}."


def _facts(credential: Credential, now: datetime) -> str:
    if credential.flaw is not None:
        return credential.reason
    claims = read_claims(credential.secret) if credential.secret.is_signed else None
    facts = ", ".join(_claims(claims or Claims(), now))
    return facts or "it does not contain its user or its expiry"


def _claims(claims: Claims, now: datetime) -> Iterator[str]:
    if claims.user_id is not None:
        yield f"user {claims.user_id}"
    if claims.client_id is not None:
        yield f"application {claims.client_id}"
    if claims.issued_at is not None:
        yield _since(claims.issued_at, now, "issued {} ago", "issued in {}")
    if claims.expires_at is not None:
        yield _since(claims.expires_at, now, "expired {} ago", "expires in {}")


def _since(moment: datetime, now: datetime, past: str, future: str) -> str:
    seconds = (now - moment).total_seconds()
    return (past if seconds >= 0 else future).format(format_duration(abs(seconds)))
