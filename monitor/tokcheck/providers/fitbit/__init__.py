"""The Fitbit Web API: its scopes, its probe and what tokcheck knows of its credentials."""

from tokcheck.providers.fitbit.provider import PROVIDER
from tokcheck.providers.fitbit.scopes import same_access, scope

__all__ = ["PROVIDER", "same_access", "scope"]
