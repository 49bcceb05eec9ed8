"""The prompts and reports of a login to its user: the interface to a front end."""

from typing import NamedTuple, Protocol

from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login.requested_scopes import RequestedScopes
from tokcheck.checks.verdict import Conclusion
from tokcheck.core.errors import NetError
from tokcheck.providers.base import Provider


class ConsentPage(NamedTuple):
    """A consent page that is ready to be opened."""

    provider: Provider
    address: str
    redirect_uri: str
    wait_seconds: float | None
    """How long a server listens at the redirect URI; ``None`` if the redirect must be pasted."""


class Interaction(Protocol):
    """The user's side of a login; a method may raise :class:`KeyboardInterrupt`.

    A method named ``prompt_…`` returns ``None`` without a user to answer.
    """

    @property
    def can_prompt(self) -> bool:
        """Whether a user can be prompted again."""

    def read_old_token(self) -> str | None:
        """Return the paste with the old token to match the scopes of, if that is wanted."""

    def report_scopes(self, requested: RequestedScopes, provider: Provider) -> None:
        """Report which scopes will be requested."""

    def prompt_client_id(self) -> str | None:
        """Return the client id that the user types."""

    def prompt_client_secret(self) -> str | None:
        """Return the client secret that the user types; an empty text means that it has none."""

    def report_cleaned_secret(self, note: str) -> None:
        """Report the characters that were removed from a client secret."""

    def show_consent_page(self, page: ConsentPage) -> None:
        """Show the consent page's address, and open it if that is wanted."""

    def read_redirect(self) -> str:
        """Return the text that the user pastes after the consent."""

    def report_rejected_paste(self, error: ConsentError) -> None:
        """Report why the paste was of no use; the next one is read afterwards."""

    def report_foreign_redirect(self, error: ForeignError) -> None:
        """Report, once, that the redirect of another login arrived; the login still waits."""

    def report_unknown_user(self, problem: NetError | Conclusion) -> None:
        """Report why the API did not name the user who gave the consent."""
