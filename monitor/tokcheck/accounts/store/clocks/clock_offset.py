"""Moments by another clock: a shared store has the time of one machine. Pure."""

from tokcheck.accounts.grant import (
    Broken,
    Grant,
    Intent,
    RefreshLimit,
    StoredAccount,
    own_expiry,
)


def stored_grant_moments(grant: Grant, offset: float) -> Grant:
    """Return a grant as it is stored; ``offset`` is the store's clock minus this computer's.

    An expiry that the token itself contains is in the time of its issuer, whatever this clock
    shows.
    """
    if not offset:
        return grant
    expires_at = grant.expires_at
    if expires_at is not None and expires_at != own_expiry(grant.access):
        expires_at += offset
    skew = grant.clock_skew
    return grant._replace(
        expires_at=expires_at,
        refresh_expires_at=_add(grant.refresh_expires_at, offset),
        obtained_at=grant.obtained_at + offset,
        clock_skew=None if skew is None else skew - offset,
    )


def add_to_intent(intent: Intent, offset: float) -> Intent:
    """Return an intent with its moment moved by ``offset`` seconds."""
    return intent._replace(began_at=intent.began_at + offset) if offset else intent


def add_to_broken(broken: Broken, offset: float) -> Broken:
    """Return why a grant is broken with its moments moved by ``offset`` seconds."""
    if not offset:
        return broken
    intent = None if broken.intent is None else add_to_intent(broken.intent, offset)
    return broken._replace(at=broken.at + offset, intent=intent)


def add_to_limit(limit: RefreshLimit, offset: float) -> RefreshLimit:
    """Return a limit with its moments moved by ``offset`` seconds."""
    return limit._replace(since=limit.since + offset, until=limit.until + offset)


def account_moments_here(account: StoredAccount, offset: float) -> StoredAccount:
    """Return a stored account in the time of this computer; ``offset`` is as above."""
    if not offset:
        return account
    grant = account.grant
    return account._replace(
        grant=grant._replace(
            expires_at=_add(grant.expires_at, -offset),
            refresh_expires_at=_add(grant.refresh_expires_at, -offset),
            obtained_at=grant.obtained_at - offset,
        ),
        intent=None if account.intent is None else add_to_intent(account.intent, -offset),
        broken=None if account.broken is None else add_to_broken(account.broken, -offset),
        limit=None if account.limit is None else add_to_limit(account.limit, -offset),
    )


def _add(moment: float | None, offset: float) -> float | None:
    return None if moment is None else moment + offset
