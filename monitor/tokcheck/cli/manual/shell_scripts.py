"""Completion scripts for shells, made of the help of every command.

A script is a table of the words for each place, and a little code. Only the names of stored
accounts are read when they are completed, by ``tokcheck completion accounts``.
"""

from collections.abc import Iterable, Mapping, Sequence
from shlex import quote
from typing import NamedTuple

from tokcheck.cli.manual.page import HelpEntry, HelpPage
from tokcheck.cli.manual.shell_templates import BASH, FISH_HEAD, ZSH

# The completion of a value: words, or one of these.
_FILES, _ACCOUNTS, _FAULTS, _NONE = "@files", "@accounts", "@faults", "@none"
# The names of scopes, with commas between them; what follows stands alone.
_SCOPES = "@scopes"
_SCOPES_OR_ALL = f"{_SCOPES} all"
_SHELLS = "bash zsh fish"
_BY_METAVAR = {"PATH": _FILES, "FILE": _FILES}
_BY_OPTION = {
    "--account": _ACCOUNTS,
    "--after": _ACCOUNTS,
    "--api-url": _FAULTS,
    "--require-scope": _SCOPES,
    "--scope": _SCOPES_OR_ALL,
    "--web.telemetry-path": _NONE,  # it is none of a file
}
_PROVIDER_OPTION = "--provider"
_SANDBOX = "http://127.0.0.1:19151"


class CompletionValues(NamedTuple):
    """The values that a script completes; those of declarations of the user's are not known."""

    scopes: Mapping[str, tuple[str, ...]]
    """The names of scopes, by provider."""
    providers: tuple[str, ...]
    """The names of the providers."""
    logins: tuple[str, ...]
    """Those of them that one can log in to."""
    revocable: tuple[str, ...]
    """Those that revoke tokens."""
    declared: tuple[str, ...]
    """Those that are not built in."""
    faults: tuple[str, ...]
    """The names of the sandbox's faults."""


def render_script(shell: str, pages: Sequence[HelpPage], known: CompletionValues) -> str:
    """Return the script of ``bash``, ``zsh`` or ``fish``."""
    values = _Values(known)
    table = [row for page in pages for row in _rows(page, values)]
    helped = _helped_words(pages)
    table += [(words, listed, "", "") for words, listed in helped.items()]
    table.append(((_SCOPES,), " ".join(values.all_scopes), "", ""))
    table += [((_SCOPES, name), " ".join(names), "", "") for name, names in known.scopes.items()]
    # The words behind which another word of the command follows.
    groups = [*(page.words[0] for page in pages if page.words and page.commands)]
    groups += [" ".join(words) for words in helped]
    if shell == "fish":
        script = _fish(pages, values, helped, known.scopes)
        return script.replace("@GROUPS@", " ".join(map(quote, groups)))
    lines = "\n".join(
        f"  {quote(' '.join(words) + ' ' + option if option else ' '.join(words))})"
        f" _tokcheck_{'valued' if option else 'words'}={quote(value)} ;;"
        for words, value, option, _ in table
        if value
    )
    template = (BASH if shell == "bash" else ZSH).replace("@OPTION@", _PROVIDER_OPTION)
    script = template.replace("@TABLE@", lines).replace("@FAULTS@", " ".join(values.faults))
    return script.replace("@GROUPS@", "|".join(groups))


def _helped_words(pages: Sequence[HelpPage]) -> dict[tuple[str, ...], str]:
    """Return the commands with a help page, behind ``help`` and behind each group."""
    return {
        ("help", *page.words): " ".join(entry.names[0] for entry in page.commands)
        for page in pages
        if page.commands
    }


class _Values:
    def __init__(self, known: CompletionValues) -> None:
        self._known = known
        self.faults = [f"{_SANDBOX}/~{name}" for name in known.faults]
        self.all_scopes = tuple(
            dict.fromkeys(name for names in known.scopes.values() for name in names)
        )

    def of_option(self, option: HelpEntry, page: HelpPage) -> str:
        """Return the completion of an option's value."""
        name = option.names[-1]
        if name == _PROVIDER_OPTION:
            return " ".join(self._providers_of(page))
        if option.choices:
            return " ".join(option.choices)
        if name in _BY_OPTION:
            return _BY_OPTION[name]
        if option.metavar == "NAME" and page.words == ("login",):
            return _ACCOUNTS
        return _BY_METAVAR.get(option.metavar.strip("[]"), "")

    def _providers_of(self, page: HelpPage) -> tuple[str, ...]:
        """Return the providers that the option of a command takes."""
        if page.words == ("sandbox",):
            return self._known.declared
        if page.words == ("accounts", "import"):
            return self._known.logins
        return self._known.revocable if page.words == ("revoke",) else self._known.providers

    def of_argument(self, argument: HelpEntry, page: HelpPage) -> str:
        """Return the completion of an argument."""
        name = argument.names[0]
        if name == "SHELL":
            return _SHELLS
        if page.words[:1] == ("providers",) and name == "PROVIDER":
            return " ".join(self._known.providers)
        if name in {"NAME", "ACCOUNT"}:
            return _ACCOUNTS
        if name == "PROVIDER":
            return " ".join(self._known.logins)
        return _BY_METAVAR.get(name, "")


def _rows(page: HelpPage, values: _Values) -> Iterable[tuple[tuple[str, ...], str, str, str]]:
    """Yield the command, what completes a word, the option before it if any, and its text."""
    words = [entry.names[0] for entry in page.commands]
    if not page.words:
        words.append("help")
    words += [name for option in page.options for name in option.names if name.startswith("--")]
    words += [found for argument in page.arguments if (found := values.of_argument(argument, page))]
    yield page.words, " ".join(words), "", ""
    for option in page.options:
        if option.metavar and not option.metavar.startswith("["):
            for name in option.names:
                yield page.words, values.of_option(option, page) or _NONE, name, option.text


def _fish(
    pages: Sequence[HelpPage],
    values: _Values,
    helped: Mapping[tuple[str, ...], str],
    scopes: Mapping[str, tuple[str, ...]],
) -> str:
    cases = "\n".join(
        f"        case {name}\n            set scopes {' '.join(map(quote, names))}"
        for name, names in (*scopes.items(), ("'*'", values.all_scopes))
    )
    lines = [
        FISH_HEAD.replace("@SCOPES@", cases)
        .replace("@PROVIDERS@", " ".join(scopes))
        .replace("@OPTION@", _PROVIDER_OPTION)
    ]
    for page in pages:
        where = quote(f"__tokcheck_at {' '.join(page.words)}".rstrip())
        lines += [
            f"complete -c tokcheck -n {where} -a {entry.names[0]} -d {quote(entry.text)}"
            for entry in page.commands
        ]
        for option in page.options:
            names = "".join(
                f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
                for name in option.names
            )
            value = values.of_option(option, page) if option.metavar else ""
            takes = ""
            if option.metavar and not option.metavar.startswith("["):
                takes = (
                    " -r -F" if value == _FILES else f" -x -a {quote(_fish_words(value, values))}"
                )
            lines.append(f"complete -c tokcheck -n {where}{names}{takes} -d {quote(option.text)}")
        for argument in page.arguments:
            value = values.of_argument(argument, page)
            if value == _FILES:
                lines.append(f"complete -c tokcheck -n {where} -F")
            elif value:
                lines.append(
                    f"complete -c tokcheck -n {where} -a {quote(_fish_words(value, values))}"
                )
    lines += [
        f"complete -c tokcheck -n '__tokcheck_at {' '.join(words)}' -a {quote(listed)}"
        for words, listed in helped.items()
    ]
    lines.append("complete -c tokcheck -n __tokcheck_at -a help -d 'Show the help of a command.'")
    return "\n".join(lines) + "\n"


def _fish_words(value: str, values: _Values) -> str:
    known = {
        _ACCOUNTS: "(__tokcheck_accounts)",
        _SCOPES: "(__tokcheck_scopes)",
        _SCOPES_OR_ALL: "(__tokcheck_scopes all)",
        _NONE: "",
        _FAULTS: " ".join(values.faults),
    }
    return known.get(value, value)
