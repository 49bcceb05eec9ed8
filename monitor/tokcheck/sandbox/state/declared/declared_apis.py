"""The declared APIs that a sandbox fakes, and the tokens that it mints for them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jwt

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.state.clients import RegisteredClient, declared_client_id, declared_clients
from tokcheck.sandbox.state.declared.api_table import ApiTable, unknown_api
from tokcheck.sandbox.state.declared.pattern_text import token_text
from tokcheck.sandbox.state.declared.window_counts import WindowCounts
from tokcheck.sandbox.state.token_formats import RandomSource, random_hex
from tokcheck.sandbox.state.tokens import AccessToken, TokenTable
from tokcheck.sandbox.state.users import User

DECLARED_SECONDS = 21_600
_LASTING_SECONDS = 100 * 366 * 86_400
_ANY_TOKEN = "[0-9A-Za-z]{40}"  # noqa: S105 - a pattern


class DeclaredApis:
    """The declared APIs; every method may be called from any thread."""

    def __init__(
        self,
        tables: Iterable[Mapping[str, Any]],
        now: Callable[[], float],
        random: RandomSource,
        tokens: TokenTable,
    ) -> None:
        self.windows = WindowCounts(now)
        self.standard_form = "current"
        """Which form of the standard rate-limit fields is written."""
        self._apis = {table["name"]: ApiTable(table) for table in tables}
        self._now = now
        self._random = random
        self._tokens = tokens

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all declared APIs."""
        return tuple(self._apis)

    def all(self) -> tuple[ApiTable, ...]:
        """Return all declared APIs."""
        return tuple(self._apis.values())

    def clients(self) -> tuple[RegisteredClient, ...]:
        """Return the applications that the APIs start with."""
        return tuple(
            client
            for api in self.all()
            for client in declared_clients(
                api.name,
                single_use=api.oauth.get("single_use", True),
                lasting_tokens=api.oauth.get("lasting_tokens", False),
            )
        )

    def find(self, name: str) -> ApiTable | None:
        """Return the API of a name; ``None`` if the sandbox does not fake it."""
        return self._apis.get(name)

    def get(self, name: str) -> ApiTable:
        """Return the API of a name; raises :class:`UsageError` if the sandbox does not fake it."""
        api = self.find(name)
        if api is None:
            raise unknown_api(name, self.names)
        return api

    def issue_token(  # noqa: PLR0913 - one parameter a field of the control API
        self,
        name: str,
        account: User,
        *,
        scopes: Iterable[str] | None = None,
        lifetime: int | None = None,
        client_id: str | None = None,
        issued_at: int | None = None,
        prefix: str = "",
        of_login: bool = False,
        is_lasting: bool = False,
    ) -> str:
        """Return a new access token of a declared form: the first one, or that with a prefix.

        ``lifetime`` is in seconds from ``issued_at`` (Unix seconds, default now). Raises
        :class:`UsageError` if the API or the form is not declared.
        """
        api = self.get(name).tokens_of_logins if of_login else self.get(name)
        granted = api.scopes if scopes is None else tuple(scopes)
        issued = int(self._now()) if issued_at is None else issued_at
        usual = _LASTING_SECONDS if is_lasting else DECLARED_SECONDS
        span = (issued, issued + (usual if lifetime is None else lifetime))
        text = self._write_token(api, account, granted, span, prefix)
        client_id = declared_client_id(name) if client_id is None else client_id
        return self._tokens.add(
            AccessToken(text, name, account.name, client_id, granted, *span, is_lasting=is_lasting)
        )

    def _write_token(
        self,
        api: ApiTable,
        account: User,
        scopes: tuple[str, ...],
        span: tuple[int, int],
        prefix: str,
    ) -> str:
        forms = api.forms(prefix)
        if prefix and not forms:
            known = ", ".join(form["prefix"] for form in api.forms("") if "prefix" in form)
            raise UsageError(
                f"No access token of the provider {api.name} begins with {prefix[:40]!r}.",
                f"Their prefixes are: {known or 'none'}.",
            )
        if api.is_signed:
            return self._write_signed_token(api, account, scopes, span)
        form = forms[0] if forms else {}
        return token_text(form.get("prefix", ""), form.get("pattern", _ANY_TOKEN), self._random)

    def _write_signed_token(
        self, api: ApiTable, account: User, scopes: tuple[str, ...], span: tuple[int, int]
    ) -> str:
        claims: dict[str, Any] = {
            "iss": api.issuer,
            "sub": account.user_id,
            "iat": span[0],
            "exp": span[1],
            "jti": random_hex(self._random, 32),
        }
        for field, value in (("user", account.user_id), ("scopes", " ".join(scopes))):
            source = api.identity.get(field)
            if isinstance(source, Mapping) and "claim" in source:
                claims[source["claim"]] = value
        return jwt.encode(claims, random_hex(self._random, 64), algorithm="HS256")
