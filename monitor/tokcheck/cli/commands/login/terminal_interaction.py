"""The terminal's side of a login: prompts, reports, and the browser."""

import os
import sys
import threading
import webbrowser
from collections.abc import Callable

from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login.interaction import ConsentPage
from tokcheck.accounts.login.requested_scopes import RequestedScopes
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.scopes import name_of
from tokcheck.checks.verdict import Conclusion
from tokcheck.cli.shared import paste_input
from tokcheck.cli.shared.notes import print_notes
from tokcheck.core.errors import NetError, UsageError
from tokcheck.core.humanize import format_duration
from tokcheck.core.secret import is_secret_variable
from tokcheck.providers.base import Provider

_PASTE_OLD_ONE = (
    "Paste the old token, or text that contains it, then press Enter. It is not shown.\n"
)
_PASTE_REDIRECT = "Paste that address, then press Enter. It is not shown.\n"


class TerminalInteraction:
    """A :class:`~tokcheck.accounts.login.interaction.Interaction` on stdin and stderr.

    ``old_token`` is the value of ``--like``, where ``-`` stands for standard input. ``repeat``
    returns the command that repeats the login with that.
    """

    def __init__(
        self,
        provider: Provider,
        old_token: str | None,
        repeat: Callable[[], LoginCommand],
        *,
        open_browser: bool,
    ) -> None:
        self._provider = provider
        self._old_token = old_token
        self._repeat = repeat
        self._open_browser = open_browser

    @property
    def can_prompt(self) -> bool:
        """Whether standard input is a terminal."""
        return sys.stdin.isatty()

    def read_old_token(self) -> str | None:
        """Return the paste of ``--like``; a prompt hides it."""
        if self._old_token is None:
            return None
        if self._old_token == "-":  # noqa: S105 - a mark
            return _read_hidden(_PASTE_OLD_ONE)
        if paste_input.describe_path([self._old_token], "") is not None:
            raise UsageError(*self._describe_path(self._old_token))
        paste_input.note_history([self._old_token], "`--like -` prompts for it", sys.stderr)
        return self._old_token

    def _describe_path(self, name: str) -> tuple[str, str]:
        """Return that the value of ``--like`` names a file, and the login that reads it."""
        again = self._repeat()
        command = str(again).replace("{", "{{").replace("}", "}}")
        # With --no-browser, standard input has the redirect: the terminal prompts for both.
        read = command if again.no_browser else f"{command} < {{}}"
        return paste_input.describe_path([name], read) or ("", "")

    def report_scopes(self, requested: RequestedScopes, provider: Provider) -> None:
        """Print which scopes are requested, unless they were named or are the default ones."""
        if requested.source == "account":
            _print(
                f"Requesting the scopes that the account has: {_list(provider, requested.scopes)}"
            )
        elif requested.source == "old_token":
            names = _list(provider, requested.matching)
            _print(f"Requesting the scopes that match the old token: {names}")
        if requested.unmatched:
            rest = ", ".join(requested.unmatched)
            _print(f"note: the {provider.title} has no match for: {rest}")

    def prompt_client_id(self) -> str | None:
        """Return the client id that is typed on the terminal."""
        if not self.can_prompt:
            return None
        sys.stderr.write(f"Client id of your application at the {self._provider.title}: ")
        sys.stderr.flush()
        return sys.stdin.readline()

    def prompt_client_secret(self) -> str | None:
        """Return the client secret that is typed, without showing it."""
        if not self.can_prompt:
            return None
        from getpass import getpass

        return getpass("Its secret (not shown; just Enter if it has none): ", sys.stderr)

    def report_cleaned_secret(self, note: str) -> None:
        """Print the characters that were removed from a client secret."""
        print_notes((note,))

    def show_consent_page(self, page: ConsentPage) -> None:
        """Print the consent page's address and the next steps, and open the browser."""
        if self._open_browser:
            _print(
                f"The consent page of the {page.provider.title} opens in the browser. Its address:"
                f"\n\n  {page.address}\n"
            )
        else:
            _print(f"Open this address in a browser, on any computer:\n\n  {page.address}\n")
        if page.wait_seconds is None:
            _print(
                f"After the consent, the browser goes to {page.redirect_uri} and may say that it "
                "cannot\nbe reached. That is normal. Copy the whole address from its address bar."
            )
        else:
            _print(
                f"Waiting up to {format_duration(page.wait_seconds)} for the consent, at "
                f"{page.redirect_uri}\n"
                "If the browser is on another computer, or its page shows an error: add "
                "--no-browser,\nand paste the address or the error.\n"
                "Ctrl-C cancels the login."
            )
        if self._open_browser:  # last, so that its error is the last line
            _open_browser(page.address)

    def read_redirect(self) -> str:
        """Return the pasted redirect; a prompt hides it."""
        return _read_hidden(_PASTE_REDIRECT)

    def report_rejected_paste(self, error: ConsentError) -> None:
        """Print why the paste was of no use."""
        _print(f"{error.message} {error.hint}")

    def report_foreign_redirect(self, error: ForeignError) -> None:
        """Print that another login's redirect arrived."""
        _print(f"note: {error.message} This login still waits for its own redirect.")

    def report_unknown_user(self, problem: NetError | Conclusion) -> None:
        """Print the problem of the first request to the API."""
        if isinstance(problem, NetError):
            print_notes([f"The user of the account could not be determined: {problem.message}"])
        else:
            print_notes([" ".join((problem.summary, *problem.advice))])


def _read_hidden(prompt: str) -> str:
    if sys.stdin.isatty():
        return paste_input.prompt(sys.stdin, sys.stderr, prompt)
    return paste_input.from_words(["-"], sys.stdin, sys.stderr)


def _list(provider: Provider, scopes: tuple[str, ...]) -> str:
    return ", ".join(name_of(provider, scope) for scope in scopes)


def _open_browser(address: str) -> None:
    """Open the browser in a thread: some browsers keep their caller until they are closed.

    It inherits the environment of this process, and so do the processes that it starts. So
    the secrets of applications and the key of the store, which were read by now, are removed from
    it first.
    """
    for name in filter(is_secret_variable, tuple(os.environ)):
        del os.environ[name]

    def open_page() -> None:
        try:
            is_open = webbrowser.open(address)
        except (webbrowser.Error, OSError):
            is_open = False
        if not is_open:
            _print(
                "No browser could be opened. Open the address above in a browser on this computer."
            )

    threading.Thread(target=open_page, daemon=True, name="tokcheck-browser").start()


def _print(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
