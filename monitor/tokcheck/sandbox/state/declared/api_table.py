"""The facts of a declaration's table for the sandbox, read apart from the providers' own reader."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import parse_duration

# The defaults of a window without a declared limit or length.
_LIMIT = 60
_SECONDS = 3600
_STANDARD_WINDOW = {"name": "default", "length": "1m", "documented": 100}


class DeclaredWindow(NamedTuple):
    """One rate-limit window of a declaration."""

    label: str
    """The name in the control API, such as ``read 15m``."""
    limit: int
    seconds: float
    is_aligned: bool
    """Whether it begins at a multiple of its length since midnight in UTC."""
    is_shared: bool
    """Whether all users of an application share it."""
    check_cost: int
    """How much a check costs in it."""
    table: Mapping[str, Any]


class ApiTable(NamedTuple):
    """One declared API."""

    table: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The provider's name."""
        name: str = self.table["name"]
        return name

    @property
    def title(self) -> str:
        """The provider's name in sentences."""
        return str(self.table.get("title") or self.name)

    @property
    def check(self) -> Mapping[str, Any]:
        """The check request."""
        check = self.table["check"]
        return {"path": check} if isinstance(check, str) else check

    @property
    def cost(self) -> int:
        """How many requests the check costs."""
        return int(self.check.get("cost", 1))

    @property
    def credential(self) -> tuple[str, str]:
        """The header that holds a token, and the word in front of it."""
        table = self.table.get("credential", {})
        header = table.get("header", "Authorization")
        return header, table.get("scheme", "Bearer" if header == "Authorization" else "")

    @property
    def is_signed(self) -> bool:
        """Whether its tokens are signed, and no form of others is declared."""
        return bool(self.table.get("credential", {}).get("signed")) and not self.forms("")

    @property
    def issuer(self) -> str:
        """The issuer of its signed tokens."""
        issuers = self.table.get("credential", {}).get("issuers", [])
        return str(issuers[0]) if issuers else "https://sandbox.invalid"

    @property
    def identity(self) -> Mapping[str, Any]:
        """Where the user's id, the scopes and the expiry stand."""
        identity: Mapping[str, Any] = self.table.get("identity", {})
        return identity

    @property
    def oauth(self) -> Mapping[str, Any]:
        """The OAuth part; empty if there is none."""
        oauth: Mapping[str, Any] = self.table.get("oauth") or {}
        return oauth

    def oauth_path(self, endpoint: str) -> str | None:
        """Return the path of an endpoint behind the sandbox's address of the API.

        Below the API's own address it is the rest of it; elsewhere, its whole path.
        """
        address = self.oauth.get(endpoint)
        if isinstance(address, Mapping):
            address = address["address"]
        if address is None:
            return None
        own = f"{str(self.table['address']).rstrip('/')}/"
        if address.startswith(own):
            return f"/{address.removeprefix(own)}"
        return f"/{address.split('://', 1)[1].partition('/')[2]}"

    def for_token(self, text: str) -> "ApiTable":
        """Return the table for a token: those of a login may have a check of their own."""
        other = self._login_table()
        is_other = other is not None and re.fullmatch(self.oauth["pattern"], text)
        return other if other is not None and is_other else self

    def _login_table(self) -> "ApiTable | None":
        if "check" not in self.oauth:
            return None
        own = {name: self.oauth.get(name, {}) for name in ("check", "credential", "identity")}
        return ApiTable({**self.table, **own, "tokens": [{"pattern": self.oauth["pattern"]}]})

    @property
    def tokens_of_logins(self) -> "ApiTable":
        """The table for the tokens that a login gets."""
        return self._login_table() or self

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of a token for which none are named."""
        return (self.check["scope"],) if "scope" in self.check else ()

    @property
    def refusals(self) -> tuple[Mapping[str, Any], ...]:
        """The declared refusals."""
        return tuple(self.table.get("refusals", ()))

    @property
    def is_standard(self) -> bool:
        """Whether it writes the standard rate-limit fields."""
        return self.table.get("dialect") == "ietf"

    def forms(self, prefix: str) -> tuple[Mapping[str, Any], ...]:
        """Return the forms of its access tokens, those with a prefix if one is named."""
        return tuple(
            form
            for form in self.table.get("tokens", ())
            if form.get("kind", "access_token") == "access_token"
            and (not prefix or form.get("prefix") == prefix)
        )

    def windows(self) -> tuple[DeclaredWindow, ...]:
        """Return its windows; one is made up for an API with the standard fields alone."""
        tables = self.table.get("windows", ())
        if not tables and self.is_standard:
            tables = (_STANDARD_WINDOW,)
        found: dict[str, DeclaredWindow] = {}
        for window in (_window(each, self.cost) for each in tables):
            label = window.label
            if label in found:
                label = f"{label} {len(found) + 1}"
            found[label] = window._replace(label=label)
        return tuple(found.values())


def _window(table: Mapping[str, Any], check_cost: int) -> DeclaredWindow:
    length = table.get("length")
    seconds = parse_duration(length) if isinstance(length, str) else _SECONDS
    reset = table.get("reset")
    form = reset.get("form") if isinstance(reset, Mapping) else reset
    words = (table.get("name", ""), length if isinstance(length, str) else "")
    return DeclaredWindow(
        " ".join(filter(None, words)) or "window",
        table.get("documented", _LIMIT),
        seconds,
        form == "aligned",
        table.get("owner") == "application",
        int(table.get("cost", check_cost)),
        table,
    )


def unknown_api(name: str, known: tuple[str, ...]) -> UsageError:
    """Return the error for the name of an API that the sandbox does not fake."""
    return UsageError(
        f"This sandbox does not include the provider {name[:40]!r}.",
        f"It includes: {', '.join(known)}. Start it with --provider or --providers for others.",
    )
