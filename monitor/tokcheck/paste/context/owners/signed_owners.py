"""The declared provider of a signed token: its issuer says so, or the text around it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.credential import Kind, KnownService

if TYPE_CHECKING:
    from tokcheck.paste.context.owners.evidence import Evidence

# The name of the owner of what stands between two places of a text.
OwnerAt = Callable[[int, int], str | None]


class SignedOwner(NamedTuple):
    """The service that a signed token belongs to, and its kind."""

    service: KnownService
    kind: Kind


def signed_services(services: Sequence[KnownService]) -> tuple[KnownService, ...]:
    """Return the services with signed access tokens."""
    return tuple(service for service in services if service.signed)


def owner_by_issuer(
    payload: Mapping[str, object], services: Sequence[KnownService], evidence: "Evidence"
) -> KnownService | None:
    """Return the one service that declares a token's issuer, or that has it as a host."""
    issuer = payload.get("iss")
    if not isinstance(issuer, str):
        return None
    declared = [service for service in services if issuer in service.issuers]
    if declared:
        return declared[0] if len(declared) == 1 else None
    named = evidence.owner_of_issuer(issuer)
    return next((one for one in services if not one.issuers and _name(one) == named), None)


def find_signed_owner(
    payload: Mapping[str, object],
    services: Sequence[KnownService],
    evidence: "Evidence",
    name_around: Callable[[], str | None],
    label: str,
) -> SignedOwner | None:
    """Return the service of the token with this payload; ``None`` if nothing says so.

    ``name_around`` returns the owner that the text around the token names, ``label`` is the key in
    front of it. A service that declares its issuers has no tokens of others.
    """
    owner = owner_by_issuer(payload, services, evidence)
    if owner is None:
        name = name_around()
        owner = next((each for each in services if name == _name(each)), None)
        if owner is None or (owner.issuers and payload.get("iss") not in owner.issuers):
            return None
    return SignedOwner(owner, kind_of_label(label))


def kind_of_label(label: str) -> Kind:
    """Return the kind of a signed token that a label names; an access token without one."""
    folded = label.lower().replace("_", "").replace("-", "")
    if "refresh" in folded:
        return Kind.REFRESH_TOKEN
    return Kind.ID_TOKEN if "idtoken" in folded else Kind.ACCESS_TOKEN


def _name(service: KnownService) -> str:
    """Return the name of a service among owners."""
    return service.provider or service.title
