"""The Google Health API: its scopes, its probe and what tokcheck knows of its credentials."""

from tokcheck.providers.google_health.provider import PROVIDER
from tokcheck.providers.google_health.scopes import same_access, scope

__all__ = ["PROVIDER", "same_access", "scope"]
