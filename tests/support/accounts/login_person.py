"""The person at a login: answers prompts, consents in a browser, and records the reports."""

import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.support.tokens import FITBIT_CODE
from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login.interaction import ConsentPage
from tokcheck.accounts.login.requested_scopes import RequestedScopes
from tokcheck.checks import Conclusion
from tokcheck.core.errors import NetError
from tokcheck.providers.base import Provider

Query = Callable[[dict[str, str]], dict[str, str]]


def consent_query(request: dict[str, str]) -> dict[str, str]:
    """Return the query of a redirect after a consent to an authorization request."""
    return {"code": FITBIT_CODE, "state": request["state"]}


class Person:
    """An :class:`~tokcheck.accounts.login.interaction.Interaction` that a test scripts.

    ``redirects`` are the queries that the consent page sends the browser back with, one after
    another, given what it was sent; ``pastes`` replace the address that is pasted.
    """

    def __init__(
        self,
        *redirects: Query,
        pastes: tuple[str, ...] = (),
        client_id: str | None = None,
        client_secret: str | None = None,
        old_token: str | None = None,
        can_prompt: bool = False,
    ) -> None:
        self.redirects = redirects or (consent_query,)
        self.pastes = list(pastes)
        self.client_id = client_id
        self.client_secret = client_secret
        self.old_token = old_token
        self.can_prompt = can_prompt
        self.prompts: list[str] = []
        self.requested: list[RequestedScopes] = []
        self.pages: list[ConsentPage] = []
        self.landings: list[httpx.Response] = []
        self.rejected: list[ConsentError] = []
        self.foreign: list[ForeignError] = []
        self.problems: list[NetError | Conclusion] = []
        self.notes: list[str] = []
        self.interrupt_at = ""
        self.browser: threading.Thread | None = None

    @property
    def request(self) -> dict[str, str]:
        """The parameters of the authorization request."""
        query = parse_qs(urlsplit(self.pages[-1].address).query)
        return {name: values[0] for name, values in query.items()}

    def read_old_token(self) -> str | None:
        self._step("old token")
        return self.old_token

    def report_scopes(self, requested: RequestedScopes, provider: Provider) -> None:
        del provider
        self.requested.append(requested)

    def prompt_client_id(self) -> str | None:
        self._step("client id")
        return self.client_id

    def prompt_client_secret(self) -> str | None:
        self._step("client secret")
        return self.client_secret

    def report_cleaned_secret(self, note: str) -> None:
        self.notes.append(note)

    def show_consent_page(self, page: ConsentPage) -> None:
        self.pages.append(page)
        self._step("consent page")
        if page.wait_seconds is not None:
            self.browser = threading.Thread(target=self._browse, daemon=True)
            self.browser.start()

    def read_redirect(self) -> str:
        self._step("redirect")
        if self.pastes:
            return self.pastes.pop(0)
        return self._addresses()[0]

    def report_rejected_paste(self, error: ConsentError) -> None:
        self.rejected.append(error)

    def report_foreign_redirect(self, error: ForeignError) -> None:
        self.foreign.append(error)

    def report_unknown_user(self, problem: NetError | Conclusion) -> None:
        self.problems.append(problem)

    def _addresses(self) -> list[str]:
        request = self.request
        return [
            f"{self.pages[-1].redirect_uri}?{urlencode(query(request))}" for query in self.redirects
        ]

    def _browse(self) -> None:
        for address in self._addresses():
            with suppress(httpx.TransportError):  # the login may have ended meanwhile
                self.landings.append(httpx.get(address))

    def _step(self, name: str) -> None:
        self.prompts.append(name)
        if self.interrupt_at == name:
            raise KeyboardInterrupt
