"""The requests and responses of a probe, which its caller sends.

A probe is sans-IO: a generator that yields :class:`Request` values, is sent a
:class:`Response` for each (or has a :class:`~tokcheck.core.errors.NetError` thrown in), and
returns an :class:`~tokcheck.core.report.Outcome`. Its caller owns the network and the clock.
"""

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from tokcheck.core.report import Outcome
from tokcheck.core.secret import Secret


class Request(NamedTuple):
    """One request. ``service`` names one of the provider's; secrets are revealed by the sender.

    ``basic`` is a name and a secret for HTTP's Basic authentication.
    """

    method: Literal["GET", "HEAD", "POST", "DELETE"]
    service: str
    path: str
    bearer: Secret | None = None
    form: Mapping[str, Secret] | None = None
    basic: tuple[str, Secret] | None = None
    key: tuple[str, str, Secret] | None = None
    """Another header that holds a secret, the word in front of it (or none), and the secret."""
    headers: Mapping[str, str] | None = None
    """Further headers without a secret."""
    fields: Mapping[str, str] | None = None
    """Further fields of the form without a secret."""
    json: str = ""
    """The body as JSON, in place of a form."""


class Response(NamedTuple):
    """One response."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    received_at: datetime
    """When its headers arrived, by this computer's clock."""
    cut: bool = False
    """Whether the body is incomplete."""
    elapsed_seconds: float = 0.0
    """How long before ``received_at`` the request was begun."""
    is_to_head: bool = False
    """Whether the request was a ``HEAD``: the headers describe a body that is not sent."""


ProbeFlow: TypeAlias = Generator[Request, Response, Outcome]
