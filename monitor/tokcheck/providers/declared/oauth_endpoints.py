"""Where a declared provider is reached: its base addresses and its OAuth endpoints."""

from collections.abc import Mapping
from types import MappingProxyType

from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.base import Deauthorization, OAuth, Response, ServiceAddress
from tokcheck.providers.declared.declaration import Declaration


def services_of(declaration: Declaration, variable: str) -> dict[str, ServiceAddress]:
    """Return the base addresses: that of the API, and those of endpoints that are elsewhere.

    ``variable`` is the provider's name as it stands in the names of variables.
    """
    services = {"api": ServiceAddress(declaration.address, f"TOKCHECK_{variable}_URL")}
    oauth = declaration.oauth
    if oauth is not None and not oauth.token.startswith(f"{declaration.address}/"):
        origin, _ = _split(oauth.token)
        services["oauth"] = ServiceAddress(origin, f"TOKCHECK_{variable}_OAUTH_URL")
    revoke = oauth.revoke.address if oauth is not None and oauth.revoke is not None else ""
    if revoke and not any(revoke.startswith(f"{each.address}/") for each in services.values()):
        origin, _ = _split(revoke)
        services["revoke"] = ServiceAddress(origin, f"TOKCHECK_{variable}_REVOKE_URL")
    return services


def _path_of(address: str, services: Mapping[str, ServiceAddress]) -> tuple[str, str]:
    """Return the service with the address of an endpoint, and the path below that address."""
    return next(
        (name, address.removeprefix(service.address))
        for name, service in reversed(tuple(services.items()))
        if address.startswith(f"{service.address}/")
    )


def _split(address: str) -> tuple[str, str]:
    """Return the origin and the path of an address."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", f"{slash}{path}"


def oauth_of(declaration: Declaration, variable: str) -> OAuth | None:
    """Return the OAuth endpoints of a declaration; ``None`` if it has none."""
    oauth = declaration.oauth
    if oauth is None:
        return None
    services = services_of(declaration, variable)
    service = "oauth" if "oauth" in services else "api"
    revoke_service, revoke_path, deauthorization = "", "", None
    if oauth.revoke is not None:
        revoke_service, revoke_path = _path_of(oauth.revoke.address, services)
        if not oauth.revoke.is_standard:
            deauthorization = Deauthorization(oauth.revoke.method, oauth.revoke.field)
    scope = declaration.check.scope

    def read_refusal(response: Response, secrets: tuple[Secret, ...]) -> ApiError | None:
        from tokcheck.providers.declared.token_refusals import (  # noqa: PLC0415 - seldom needed
            read_token_refusal,
        )

        return read_token_refusal(response, oauth.refusals, *secrets)

    return OAuth(
        authorize=ServiceAddress(oauth.authorize, f"TOKCHECK_{variable}_AUTHORIZE_URL"),
        service=service,
        token=oauth.token.removeprefix(services[service].address),
        revoke=revoke_path,
        scopes=MappingProxyType({name: name for name in oauth.scopes}),
        default_scopes=oauth.default_scopes or ((scope,) if scope in oauth.scopes else ()),
        extra=oauth.parameters,
        client_login=oauth.client_login,
        single_use=oauth.single_use,
        lasting_tokens=oauth.lasting_tokens,
        grace=0,
        registration=oauth.registration or declaration.address,
        needs_secret=oauth.needs_secret,
        separator=oauth.separator,
        pkce=oauth.pkce,
        token_fields=oauth.token_form,
        refresh_fields=oauth.refresh_form,
        answer=oauth.answer,
        user=oauth.user or "user_id",
        read_refusal=read_refusal,
        revoke_service=revoke_service,
        deauthorization=deauthorization,
    )
