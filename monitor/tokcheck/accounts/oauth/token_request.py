"""A request to a token endpoint, for the messages about its response."""

from typing import Literal, NamedTuple

from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.cause import COMPARE_ID, CauseCommand
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote


class TokenRequest(NamedTuple):
    """A request to a token endpoint.

    ``tokens`` and the application's ``secret`` are what the response may repeat. ``login`` is the
    command that repeats the login of the account.
    """

    provider: Provider
    what: Literal["code", "device", "refresh", "revoke"]
    """The credential sent: ``device`` is a code for another device, of other programs alone."""
    tokens: tuple[Secret, ...]
    secret: Secret | None
    login: LoginCommand

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that the response may repeat."""
        return self.tokens if self.secret is None else (*self.tokens, self.secret)

    @property
    def retry_advice(self) -> str:
        """How to repeat the request; after a code exchange, only with a new code."""
        if self.what == "code":
            return f"log in again: {self.login}"
        return "try again."

    @property
    def command(self) -> str:
        """The command that repeats the refresh of a stored account."""
        return f"tokcheck accounts refresh {quote(self.login.name or 'NAME')}"

    def command_of(self, command: CauseCommand) -> str:
        """Return the command behind the hint of a cause; empty if none follows."""
        if command == "login" or (command == "again" and self.what == "code"):
            return str(self.login)
        if command == "again" and self._is_of_stored_account:
            return self.command
        if command == "other_application" and self.what != "revoke":
            return str(self.login.for_other_application())
        return ""

    @property
    def again(self) -> str:
        """The words on repeating the request once the application is corrected."""
        if self._is_of_stored_account:
            return "run:"
        return "log in again:" if self.what == "code" else "try again."

    @property
    def _is_of_stored_account(self) -> bool:
        return self.what == "refresh" and self.login.name is not None

    @property
    def check_id(self) -> str:
        """How to find out whether a client id is wrong."""
        provider = self.provider
        if not provider.is_declared:
            return COMPARE_ID
        page = provider.oauth.registration
        is_known = page != provider.services["api"].address
        where = f", at {page}" if is_known else ""
        return f"Compare the client id with the application's registration{where}."

    @property
    def other_application(self) -> str:
        """The words on a login with another application; empty for a revocation."""
        if self.what == "revoke":
            return ""
        return "To use another application, log in with its client id:"
