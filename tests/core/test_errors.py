"""The error tree: its drawing, its page in the documentation, and the classes agree."""

import copy
import inspect
import re
from importlib import import_module
from pkgutil import walk_packages

import pytest

import tokcheck
from tests.support.paths import DOCS
from tokcheck.accounts.errors import ConsentError, OAuthError
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.authorization_error_table import AUTHORIZATION_CAUSES
from tokcheck.accounts.oauth.authorization_errors import error_from_redirect
from tokcheck.core import errors
from tokcheck.core.errors import ExitCode, NetError, TokcheckError
from tokcheck.providers import REGISTRY

Codes = frozenset[int]

# Errors that choose the exit code for each instance.
_VARYING: dict[type[TokcheckError], Codes] = {
    OAuthError: frozenset(
        OAuthError(code, "", refused=refused).exit_code
        for code in ("invalid_grant", "rate_limited")
        for refused in (True, False)
    ),
    ConsentError: frozenset(
        error_from_redirect(cause.code, cause.code, provider, LoginCommand(provider.name)).exit_code
        for cause in AUTHORIZATION_CAUSES
        for provider in REGISTRY.values()
    ),
}


def _subclasses(parent: type[TokcheckError]) -> list[type[TokcheckError]]:
    return [each for each in parent.__subclasses__() if each.__module__.startswith("tokcheck.")]


def _exit_codes(error: type[TokcheckError]) -> Codes:
    if error in _VARYING:
        return _VARYING[error]
    if issubclass(error, ConsentError):
        return frozenset({ExitCode.NOT_USABLE})  # the default of its parent
    assert "exit_code" not in inspect.getsource(error).partition("def __init__")[2]
    return frozenset({error.exit_code})


def _classes() -> dict[type[TokcheckError], Codes]:
    """Return every error below the root with its exit codes; imports every module."""
    for module in walk_packages(tokcheck.__path__, "tokcheck."):
        import_module(module.name)
    found: dict[type[TokcheckError], Codes] = {}
    pending = _subclasses(TokcheckError)
    while pending:
        error = pending.pop()
        found[error] = _exit_codes(error)
        pending += _subclasses(error)
    return found


def _codes(text: str) -> Codes:
    return frozenset(map(int, re.findall(r"\d+", text)))


def test_the_drawn_tree_is_the_tree_of_the_classes() -> None:
    drawn: set[tuple[str, str, str, Codes]] = set()
    path: list[str] = []
    lines = re.findall(
        r"^    ([│├└─ ]*)(\w+) +([\d ]*?) *(tokcheck\.[\w.]+)$", errors.__doc__ or "", re.MULTILINE
    )
    for bars, name, codes, module in lines:
        path[len(bars) // 4 :] = [name]
        drawn.add((path[-2] if path[1:] else "", name, module, _codes(codes)))
    classes = {
        (error.__bases__[0].__name__, error.__name__, error.__module__, codes)
        for error, codes in _classes().items()
    }
    root = ("", "TokcheckError", "tokcheck.core.errors", frozenset[int]())
    assert classes | {root} == drawn


def test_the_documented_table_lists_every_error_with_its_exit_codes() -> None:
    page = (DOCS / "reference" / "errors.md").read_text()
    rows = re.findall(r"^\| .* \| `(\w+)` \| ([\d, ]+) \|$", page, re.MULTILINE)
    classes = {error.__name__: codes for error, codes in _classes().items()}
    assert classes == {name: _codes(codes) for name, codes in rows}
    assert len(classes) == len(rows)


def test_a_name_of_others_writes_no_line_of_its_own() -> None:
    error = TokcheckError("a\nb \x1b[31mc\u202e", "::d\r::e")
    assert "a\\nb \\x1b[31mc\\u202e" == error.message
    assert "::d\\r::e" == error.hint
    assert error.message == str(error)


def test_a_text_of_several_lines_keeps_these_alone() -> None:
    error = TokcheckError("a", errors.join_lines("one\x1b", "two\nthree"))
    assert "one\\x1b\ntwo\\nthree" == error.hint


@pytest.mark.parametrize("message", ["host refused the connection", "host refused the connection."])
def test_the_message_of_a_request_without_a_response_ends_its_sentence(message: str) -> None:
    error = NetError("refused", message, "Check it.", reached=False)
    assert "host refused the connection." == error.message == str(error)
    assert "host refused the connection." == copy.copy(error).message
