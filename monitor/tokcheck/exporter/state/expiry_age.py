"""Since when a token has had its expiry, which shows whether some program renews it."""

from tokcheck.exporter.state.account_state import AccountState, ExpiryAge

_SAME_SECONDS = 300.0  # an expiry that is counted from responses varies


def record_expiry(state: AccountState, now: float) -> AccountState:
    """Record a new expiry, first known at ``now``; the same object if there is none."""
    expires, age = state.expires_at, state.expiry_age
    if expires is None or (age is not None and abs(expires - age.expires_at) < _SAME_SECONDS):
        return state
    renewed = age is not None and expires > age.expires_at
    return state._replace(expiry_age=ExpiryAge(expires, now, renewed))
