"""A leaked token: whether it can be revoked, with which application, and the consequences."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.accounts.grant import Client, Grant
from tokcheck.core import claims
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import ExitCode, TokcheckError, UsageError
from tokcheck.core.report import Claims
from tokcheck.paste.context.owners.shared_prefixes import describe_sharing
from tokcheck.providers.base import Provider


class NotRevocableError(TokcheckError):
    """A paste has no token that its provider can revoke."""

    exit_code = ExitCode.NOT_USABLE


class LeakedToken(NamedTuple):
    """A token to revoke, and the known facts of its grant."""

    credential: Credential
    provider: Provider
    client: Client
    user_id: str | None
    accounts: tuple[str, ...]
    """The stored accounts that end with it."""
    doubt: str = ""
    """A sentence about what may be wrong with it; none about one that is stored as it is."""
    is_proven: bool = False
    """Whether the provider accepts only tokens that it has issued, unlike RFC 7009."""

    @property
    def words(self) -> str:
        """Its kind in words, with an article, its API and its ends."""
        described = self.provider.describe(self.credential.words)
        return f"{described} ({self.credential.secret.masked})"

    @property
    def consequences(self) -> str:
        """The consequences of revoking it, as sentences."""
        application = "the application"
        if self.client.client_id:
            application += f" {self.client.client_id}"
        user = f"the user {self.user_id}" if self.user_id else "the user who granted it"
        text = (
            f"This ends all access of {application} to {user}: every access token and refresh "
            "token of that consent, on all computers. It cannot be undone; the user has to give "
            "the consent again."
        )
        if self.accounts:
            noun = "account" if len(self.accounts) == 1 else "accounts"
            text += f" The stored {noun} {', '.join(self.accounts)} will need a new login."
        return text


def check_credential(
    credential: Credential | None, candidates: int, providers: Mapping[str, Provider]
) -> tuple[Credential, Provider]:
    """Return the credential of a paste with its provider, if that can revoke it.

    :raises NotRevocableError: if it cannot; the error says what to do instead.
    """
    if credential is None:
        several = f"{candidates} access tokens" if candidates else "no token"
        raise NotRevocableError(
            f"The paste contains {several}.",
            "Paste one token, or name a finding of a scan: tokcheck revoke --finding FINGERPRINT",
        )
    if credential.flaw is not None or credential.kind is Kind.PLACEHOLDER:
        raise NotRevocableError(
            f"The paste contains no whole token: it is {credential.flaw or 'a placeholder'}.",
            credential.remedy or credential.doubt or "Copy the whole token.",
        )
    if credential.sharing:
        raise NotRevocableError(
            f"It has the form of {describe_sharing(credential.words, credential.sharing)}.",
            "Name its provider with --provider.",
        )
    if credential.is_sent_elsewhere:
        raise NotRevocableError(
            f"It has the form of {credential.words} of {credential.provider}, and the text around "
            "it names an unknown host.",
            "Revoke it where it was issued, or name its provider with --provider.",
        )
    provider = providers.get(credential.provider or "")
    if provider is None:
        raise NotRevocableError(
            f"tokcheck cannot revoke it: it is {credential.words}, and no provider is known.",
            "Revoke it where it was issued, or name its provider with --provider.",
        )
    if credential.kind not in provider.revocable:
        raise NotRevocableError(
            f"The {provider.title} cannot revoke {credential.words}.",
            _other_credential_advice(credential.kind, provider),
        )
    return credential, provider


def _other_credential_advice(kind: Kind, provider: Provider) -> str:
    """Return advice on a credential that cannot be revoked."""
    if kind is Kind.REFRESH_TOKEN and Kind.ACCESS_TOKEN in provider.revocable:
        return "An access token of the same consent ends it: paste that."
    return provider.leaked.get(kind, "Revoke it where it was issued.")


def describe_leak(
    credential: Credential,
    provider: Provider,
    grants: Sequence[Grant],
    client_id: str | None,
    environment: Mapping[str, str],
) -> LeakedToken:
    """Return a token with its application, from its claims, the store, an option or a variable.

    ``grants`` are the stored ones, ``client_id`` is the option's.

    :raises UsageError: if the provider needs the application's id and nothing names it.
    """
    signed = claims.read_claims(credential.secret) if credential.secret.is_signed else None
    own = next((grant for grant in grants if _has_token(grant, credential)), None)
    variable = provider.oauth.variable("CLIENT_ID")
    named = client_id or _claim(signed, "client_id") or (own and own.client.client_id)
    named = named or environment.get(variable, "").strip()
    user_id = _claim(signed, "user_id") or (own.user_id if own is not None else None)
    # Google takes the token alone, and so does an endpoint that is not one of RFC 7009.
    is_alone = provider.oauth.deauthorization is not None
    is_alone = is_alone or (provider.oauth.client_login == "body" and not provider.is_declared)
    if not named and not is_alone:
        raise UsageError(
            f"The {provider.title} revokes this token only for its application, which the token "
            "does not name.",
            f"Pass --client-id ID, or set {variable}; a secret is read from "
            f"{provider.oauth.variable('CLIENT_SECRET')}.",
        )
    same = [
        grant
        for grant in grants
        if grant.client.provider == provider.name
        and (
            _has_token(grant, credential)
            or (user_id is not None and (grant.client.client_id, grant.user_id) == (named, user_id))
        )
    ]
    secret = next(
        (
            grant.client.secret
            for grant in grants
            if (grant.client.provider, grant.client.client_id) == (provider.name, named)
            and grant.client.secret is not None
        ),
        None,
    )
    client = Client(provider.name, named or "", secret)
    accounts = tuple(sorted({grant.name for grant in same}))
    doubt = "" if own is not None else credential.doubt
    return LeakedToken(credential, provider, client, user_id, accounts, doubt, is_alone)


def _has_token(grant: Grant, credential: Credential) -> bool:
    fingerprint = credential.secret.fingerprint
    tokens = (grant.access, grant.refresh)
    return any(token is not None and token.fingerprint == fingerprint for token in tokens)


def _claim(signed: Claims | None, name: str) -> str | None:
    value = getattr(signed, name, None)
    return value if isinstance(value, str) else None
