"""The interface of a provider, and the requests and responses of its probe."""

from tokcheck.providers.base.credential_finder import finder_for, providers_at_addresses
from tokcheck.providers.base.messages import ProbeFlow, Request, Response
from tokcheck.providers.base.provider import Pace, PaceWindow, Provider, Send, provider_key
from tokcheck.providers.base.provider_addresses import Deauthorization, OAuth, ServiceAddress

__all__ = [
    "Deauthorization",
    "OAuth",
    "Pace",
    "PaceWindow",
    "ProbeFlow",
    "Provider",
    "Request",
    "Response",
    "Send",
    "ServiceAddress",
    "finder_for",
    "provider_key",
    "providers_at_addresses",
]
