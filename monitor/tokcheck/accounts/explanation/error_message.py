"""An error message as a text holds it: what was read of it, before anything is concluded."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


Source: TypeAlias = Literal["api", "oauth", "consent", "client", "status"]


class ErrorMessage(NamedTuple):
    """One error message of a text."""

    source: Source
    """Who wrote it: the API, its token endpoint, its consent page, a client library by itself, or
    nobody that it names: a bare HTTP status."""
    at: int
    """Where it stands."""
    code: str = ""
    """Its error type, reason or code, as the protocol has it."""
    text: str = ""
    """What it says in words."""
    status: int | None = None
    """The HTTP status that it names."""
    body: Mapping[str, Any] | None = None
    """The response's JSON, in the form that the provider writes."""
    owner: str | None = None
    """The name of the only provider that writes this form; ``None`` if others do as well."""
