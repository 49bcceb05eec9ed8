"""The ``tokcheck login`` command line that errors show as the next step. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from tokcheck.core.humanize import write_duration
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import redact
from tokcheck.core.report import Verdict
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote, quote_words

DEFAULT_TIMEOUT = 300.0
LONGEST_TIMEOUT = 3_600.0
_LONGEST_NAME = 100
# A command without the name of an account.
_LOGIN = LazyRegex(r"\btokcheck login ([a-z0-9][a-z0-9-]*+)(?! --name)")


@dataclass(frozen=True)
class LoginCommand:
    """A login's command line, with the options that the user gave and without any secret.

    ``str()`` quotes it for a shell. A text puts nothing behind it, so that it can be copied to the
    end of the line. As in a template, ``{login:google-health}`` is the command for another
    provider.
    """

    provider: str
    name: str | None = None
    client_id: str | None = None
    """Only an id that was checked: a secret may have been passed by mistake."""
    client_file: str | None = None
    """The path of the file."""
    scopes: tuple[str, ...] = ()
    like: bool = False
    """Whether ``--like`` was given. Its token is left out: ``--like -`` prompts for it."""
    redirect_uri: str | None = None
    """Left out if it looks as if it holds a token; its metavariable takes the place."""
    port: int | None = None
    no_browser: bool = False
    timeout: float = DEFAULT_TIMEOUT
    """In seconds."""

    def __str__(self) -> str:
        return quote_words(["tokcheck", "login", self.provider, *self._options()])

    def __format__(self, provider: str) -> str:
        return str(self.for_provider(provider) if provider else self)

    def for_provider(self, provider: str, client_id: str | None = None) -> "LoginCommand":
        """Return the command for another provider, without what belongs to one application.

        The name may be that of an account of this provider, so that no other can have it.
        """
        name = self.name
        if name is not None and provider != self.provider:
            name = f"{name.removesuffix(f'-{self.provider}')}-{provider}"
            name = name if len(name) <= _LONGEST_NAME else None
        return LoginCommand(
            provider,
            name,
            client_id,
            port=self.port,
            no_browser=self.no_browser,
            timeout=self.timeout,
        )

    def for_other_application(self) -> "LoginCommand":
        """Return the command with another client id, for which a metavariable stands."""
        return replace(self, client_id="ID", client_file=None)

    def _options(self) -> Iterator[str]:
        uri = self.redirect_uri
        if uri is not None and redact(uri) != uri:
            uri = "URL"
        texts = (
            ("--name", self.name),
            ("--client-id", self.client_id),
            ("--client-file", self.client_file),
            *(("--scope", scope) for scope in self.scopes),
            ("--like", "-" if self.like else None),
            ("--redirect-uri", uri),
            ("--port", None if self.port is None else str(self.port)),
            (
                "--timeout",
                None if self.timeout == DEFAULT_TIMEOUT else write_duration(self.timeout),
            ),
        )
        for option, text in texts:
            if text is not None:
                yield from (option, text)
        if self.no_browser:
            yield "--no-browser"


def account_remedies(
    provider: Provider, name: str, *, can_refresh: bool = True
) -> Mapping[Verdict, tuple[str, ...]]:
    """Return a provider's advice by verdict, for the token of the stored account ``name``.

    That of a provider with a login names the commands for the account. ``can_refresh`` is whether
    there is a refresh token: without one, only a login brings another token.
    """
    if provider.endpoints is None:
        return provider.remedies
    login = LoginCommand(provider.name, name)
    refresh = f"Get another one: `tokcheck accounts refresh {quote(name)}`."
    renew = (
        f"{refresh} If that fails, or does not help, have the user authorize the application "
        f"again: {login}"
        if can_refresh
        else f"Have the user authorize the application again: {login}"
    )
    named = {
        verdict: name_account(sentences, provider.name, name)
        for verdict, sentences in provider.remedies.items()
    }
    named[Verdict.EXPIRED] = (renew,)
    if not provider.is_declared and not can_refresh:
        return named
    if not provider.is_declared:
        reasons = named.get(Verdict.REVOKED_OR_INVALID, ())
        return {
            **named,
            Verdict.REVOKED_OR_INVALID: (f"{refresh} If that fails, see below.", *reasons),
        }
    widen = (
        "Have the user authorize the application again, with the missing scope beside the others: "
        f"{replace(login, scopes=('NAME,NAME',))}"
    )
    return {
        **named,
        Verdict.REVOKED_OR_INVALID: (renew,),
        Verdict.GRANT_BROKEN: (renew,),
        Verdict.INSUFFICIENT_SCOPE: (widen,),
    }


def name_account(sentences: Iterable[str], provider: str, name: str) -> tuple[str, ...]:
    """Return sentences of advice with the stored account ``name`` in their commands.

    A stored token is refreshed in its place, and not imported.

    A login at another provider gets a name of its own.
    """
    login = LoginCommand(provider, name)

    token, refresh = f"tokcheck token {quote(name)}", f"tokcheck accounts refresh {quote(name)}"
    with_login = (
        _LOGIN.compiled.sub(lambda match: str(login.for_provider(match[1])), sentence)
        for sentence in sentences
    )
    return tuple(
        each.replace("tokcheck token NAME", token).replace("tokcheck accounts import FILE", refresh)
        for each in with_login
    )
