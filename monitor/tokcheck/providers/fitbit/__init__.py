"""The Fitbit Web API."""

from tokcheck.providers.fitbit.provider import PROVIDER, probe, same_access, scope

__all__ = ["PROVIDER", "probe", "same_access", "scope"]
