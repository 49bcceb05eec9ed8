"""Requests to the token and revocation endpoints, and their responses.

oauthlib writes the requests and reads the good responses, without any network. Like a provider's
probe, the flows run with :func:`tokcheck.core.flow.drive` or ``drive_async``. A request from the
same values is the same byte for byte: a provider that repeats a response must recognise it.
"""

import json
from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qsl

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from oauthlib.oauth2.rfc6749.parameters import parse_token_response

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client, Tokens
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.token_errors import error_from_response, read_errors
from tokcheck.accounts.oauth.token_failures import malformed_response_error
from tokcheck.accounts.oauth.token_request import TokenRequest
from tokcheck.core.documents import parse_seconds
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Deauthorization, Provider, Request, Response
from tokcheck.providers.rate_limits.numbers import value_at
from tokcheck.providers.response_clock import clock_skew

TokenFlow: TypeAlias = Generator[Request, Response, Tokens]

# The characters of a token: those that a header and a form can carry.
_VISIBLE = LazyRegex(r"[!-~]+")
# About 32 years; anything longer is no lifetime.
_LONGEST_LIFE = 1e9
# The fields that oauthlib parses; it fails on a malformed lifetime.
_PARSED_FIELDS = ("access_token", "token_type")
# Only for oauthlib, which requires an HTTPS URL; only the body is sent.
_ANY_HOST = "https://provider.invalid"


class _ClientAuthentication(NamedTuple):
    """The authentication of a client: fields of the body, or HTTP Basic authentication."""

    fields: Mapping[str, str]
    basic: tuple[str, Secret] | None


def exchange_code(
    provider: Provider,
    client: Client,
    code: Secret,
    redirect_uri: str,
    verifier: Secret,
    *,
    login: LoginCommand | None = None,
) -> TokenFlow:
    """Exchange an authorization code for the first tokens of a grant.

    ``redirect_uri`` is that of the authorization request, ``verifier`` the code verifier of PKCE.
    ``login`` is the command that repeats the login; errors show it.

    :raises OAuthError: if the endpoint refused, or its response is malformed.
    """
    authentication = _client_authentication(provider, client)
    challenge = {"code_verifier": _check_sendable(verifier).reveal()} if provider.oauth.pkce else {}
    body = _client(client).prepare_request_body(
        code=_check_sendable(code).reveal(),
        redirect_uri=redirect_uri,
        **challenge,
        **provider.oauth.token_fields,
        include_client_id="client_id" in authentication.fields,
        **{name: value for name, value in authentication.fields.items() if name != "client_id"},
    )
    request = TokenRequest(
        provider, "code", (code, verifier), client.secret, login or LoginCommand(provider.name)
    )
    response = yield _request(provider, provider.oauth.token, body, authentication)
    return _tokens(response, request)


def refresh_tokens(
    provider: Provider,
    client: Client,
    refresh: Secret,
    *,
    access: Secret | None = None,
    name: str | None = None,
) -> TokenFlow:
    """Exchange a refresh token for new tokens.

    ``access`` is the access token of the same grant, which the provider knows and no error may
    show; ``name`` is the account's, for errors.

    :raises OAuthError: if the endpoint refused, or its response is malformed.
    """
    authentication = _client_authentication(provider, client)
    body = _client(client).prepare_refresh_body(
        refresh_token=_check_sendable(refresh).reveal(),
        **authentication.fields,
        **provider.oauth.token_fields,
        **provider.oauth.refresh_fields,
    )
    known = (refresh,) if access is None else (refresh, access)
    login = LoginCommand(provider.name, name)
    request = TokenRequest(provider, "refresh", known, client.secret, login)
    response = yield _request(provider, provider.oauth.token, body, authentication)
    return _tokens(response, request)


def revoke_token(
    provider: Provider, client: Client, token: Secret, *, name: str | None = None
) -> Generator[Request, Response, bool]:
    """Revoke a grant by one of its tokens, and return whether the provider did so.

    Where the provider has no endpoint of RFC 7009, only an access token ends a grant.

    It did not if it calls the token invalid: an invalid token counts as revoked. ``name`` is the
    account's, for errors.

    :raises OAuthError: if the endpoint refused for another reason, or if none is declared.
    """
    if not provider.oauth.revoke:
        raise OAuthError(
            "no_revocation",
            f"The declaration of the {provider.title} has no revocation endpoint.",
            "Withdraw the consent in the user's settings there.",
            refused=True,
        )
    if provider.oauth.deauthorization is not None:
        return (yield from _deauthorize(provider, client, token, name))
    authentication = _client_authentication(provider, client)
    # Google takes the token alone: https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    is_alone = provider.oauth.client_login == "body" and not provider.is_declared
    fields = {} if is_alone else authentication.fields
    _, _, body = _client(client).prepare_token_revocation_request(
        _ANY_HOST, _check_sendable(token).reveal(), token_type_hint=None, **fields
    )
    request = TokenRequest(
        provider, "revoke", (token,), client.secret, LoginCommand(provider.name, name)
    )
    service = provider.oauth.revoke_service or provider.oauth.service
    sent = _request(provider, provider.oauth.revoke, body, authentication)
    response = yield sent._replace(service=service)
    if not 200 <= response.status < 300:
        error = error_from_response(response, request)
        if error.code not in {"invalid_token", "invalid_grant"}:
            raise error
        return False
    return _check_revocation(response, request)


def reach_token_endpoint(provider: Provider) -> Generator[Request, Response, None]:
    """Send the token endpoint a request without any credential or effect.

    Any response shows that a code can be exchanged there, an error as well.
    """
    yield Request("HEAD", provider.oauth.service, provider.oauth.token)


def _deauthorize(
    provider: Provider, client: Client, token: Secret, name: str | None
) -> Generator[Request, Response, bool]:
    """Revoke a grant at an endpoint that takes its access token, as the declaration says."""
    way = provider.oauth.deauthorization or Deauthorization()
    key = None if way.field else (provider.credential_header, provider.credential_scheme, token)
    response = yield Request(
        way.method,
        provider.oauth.revoke_service or provider.oauth.service,
        provider.oauth.revoke,
        form=MappingProxyType({way.field: _check_sendable(token)}) if way.field else None,
        key=key,
    )
    request = TokenRequest(
        provider, "revoke", (token,), client.secret, LoginCommand(provider.name, name)
    )
    if 200 <= response.status < 300:
        return _check_revocation(response, request)
    # It refuses as the API does, and not as an endpoint of OAuth.
    if provider.read_error(response).verdict in {Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID}:
        return False
    raise error_from_response(response, request)


def _check_revocation(response: Response, request: TokenRequest) -> Literal[True]:
    if response.body.lstrip().startswith(b"<"):  # a web page of a portal or a proxy
        raise malformed_response_error(response, request)
    return True


def _client(client: Client) -> WebApplicationClient:
    return WebApplicationClient(client.client_id)


def _client_authentication(provider: Provider, client: Client) -> _ClientAuthentication:
    if client.secret is None:
        return _ClientAuthentication({"client_id": client.client_id}, None)
    secret = _check_sendable(client.secret)
    if provider.oauth.client_login == "basic":
        return _ClientAuthentication({}, (client.client_id, secret))
    return _ClientAuthentication(
        {"client_id": client.client_id, "client_secret": secret.reveal()}, None
    )


def _check_sendable(secret: Secret) -> Secret:
    if _VISIBLE.fullmatch(secret.reveal()) is None:
        raise OAuthError(
            "unsendable",
            "The code, token or secret contains characters that cannot be sent in a request.",
            "Copy it again, without spaces and line breaks.",
            refused=True,
        )
    return secret


def _request(
    provider: Provider, path: str, body: str, authentication: _ClientAuthentication
) -> Request:
    form = {name: Secret(value) for name, value in parse_qsl(body, keep_blank_values=True)}
    service = provider.oauth.service
    return Request("POST", service, path, form=MappingProxyType(form), basic=authentication.basic)


def _tokens(response: Response, request: TokenRequest) -> Tokens:
    """Return the tokens in a response of the token endpoint.

    A malformed field must not cost a new token: only the tokens themselves have to be valid;
    any other field that cannot be read counts as missing.
    """
    if not 200 <= response.status < 300 or read_errors(response, request):
        raise error_from_response(response, request)
    oauth = request.provider.oauth
    value = responses.parse_json(response)
    if oauth.answer:
        value = value_at(value, oauth.answer)
    if response.cut or not isinstance(value, dict):
        raise malformed_response_error(response, request)
    texts = {name: value[name] for name in _PARSED_FIELDS if isinstance(value.get(name), str)}
    try:
        parsed = parse_token_response(json.dumps(texts))
        access = _token(parsed["access_token"])
        refresh = _token(value["refresh_token"]) if value.get("refresh_token") else None
    except (OAuth2Error, ValueError):
        raise malformed_response_error(response, request, "it contains no usable token") from None
    secrets = (*request.secrets, access, *(() if refresh is None else (refresh,)))
    return Tokens(
        access=access,
        refresh=refresh,
        expires_in=_lifetime(value.get("expires_in")),
        refresh_expires_in=_lifetime(value.get("refresh_token_expires_in")),
        scopes=_scopes(value.get("scope"), secrets),
        user_id=responses.clean_text(_text_of(value_at(value, oauth.user)), *secrets),
        clock_skew=clock_skew(response),
    )


def _token(value: object) -> Secret:
    if not isinstance(value, str) or _VISIBLE.fullmatch(value) is None:
        raise ValueError("no token")
    return Secret(value)


def _scopes(value: object, secrets: tuple[Secret, ...]) -> tuple[str, ...] | None:
    """Return the granted scopes; ``None`` if the response does not have them.

    They are words of a text. Some write them with commas, as GitHub and Withings do, or as a list.
    """
    if not isinstance(value, str | list):
        return None
    texts = [value] if isinstance(value, str) else [each for each in value if type(each) is str]
    written = (name for text in texts for name in text.replace(",", " ").split())
    names = (responses.clean_text(name, *secrets, longest=200) for name in written)
    return tuple(dict.fromkeys(filter(None, names)))


def _text_of(user: object) -> object:
    """Return an id as a text; Polar's and Strava's are numbers."""
    return str(user) if type(user) is int else user


def _lifetime(value: object) -> float | None:
    """Return a token's lifetime in seconds; ``None`` if the value is not one."""
    seconds = parse_seconds(value)
    return seconds if seconds is not None and 0 < seconds < _LONGEST_LIFE else None
