"""The Google Health API."""

from tokcheck.providers.google_health.provider import PROVIDER, probe, same_access, scope

__all__ = ["PROVIDER", "probe", "same_access", "scope"]
