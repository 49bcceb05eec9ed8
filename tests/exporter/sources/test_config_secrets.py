"""Tokens in the configuration file are reported and never repeated."""

import traceback
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.test_redact import CANARIES, body, survives
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_REFRESH
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import ExporterConfig
from tokcheck.exporter.sources.config_file import read
from tokcheck.storage.regular_files import decode_text

_NOT_HERE = "this file must not contain a token"
_KEYS = [
    "timeout", "connections", "share", "reserve", "every", "window", "file", "env", "command",
    "command_every", "command_timeout", "provider", "require_scopes", "timezone", "token", "x",
]  # fmt: skip
# Places of the file where a token (@) may be, plausible and implausible ones.
_PLACES = [
    'token = "@"', "token = @", "@", "@ = 1", '"@" = 1', '"@" =', "[@]", '["@"]\n["@"]',
    '[accounts."@"]', '[accounts."@"]\nfile = "x"', '[accounts]\nanna = "@"',
    '[accounts]\nanna = ["@"]', '[accounts]\nanna = "Bearer @"', 'accounts = "@"',
    'defaults = "@"', '[accounts.anna]\ncommand = ["echo", "@"]',
    '[accounts.anna]\ncommand = ["curl", "-H", "Authorization: Bearer @"]',
    '[accounts.anna]\nrequire_scopes = ["@"]', '[accounts.anna."@"]\nx = 1',
    '[accounts.anna]\n"@" = "@"', "[accounts.anna]\nfile = '''\n@\n'''",
    "[accounts.anna]\nfile = @",
    *(f'{key} = "@"' for key in _KEYS), *(f'[defaults]\n{key} = "@"' for key in _KEYS),
    *(f'[accounts.anna]\n{key} = "@"' for key in _KEYS),
]  # fmt: skip


def _error_text(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(text, "tokcheck.toml", Path("/etc"))
    return caught.value


@each_case("place", _PLACES)
@each_case("canary", CANARIES.values(), ids=CANARIES)
def test_no_place_repeats_a_token(place: str, canary: str) -> None:
    error = _error_text(place.replace("@", body(canary)))
    printed = "".join(traceback.format_exception(error))
    for text in (error.message, error.hint, printed, repr(error), repr(error.__context__)):
        assert not survives(body(canary), text)


@pytest.mark.parametrize(
    "text",
    [
        'token = "x"',
        '[accounts.anna]\nfile = "x"\nToken = "x"',
        '[accounts.anna]\nfile = "x"\naccess-token = "x"',
        f'[accounts.anna]\nfile = "x"\nfitbit = "{FITBIT}"',
        f'[accounts.anna]\nfile = "x"\nfitbit = "curl -H Bearer {GOOGLE}"',
        f'[accounts]\nanna = "{FITBIT}"',
        f'[defaults]\ntoken = "{FITBIT}"',
    ],
)
def test_a_token_in_the_file_gets_the_place_where_it_belongs(text: str) -> None:
    message = _error_text(text).message
    assert _NOT_HERE in message
    assert 'file = "tokens/anna"' in message


@pytest.mark.parametrize("token", [FITBIT, GOOGLE, GOOGLE_REFRESH, f"Bearer {FITBIT}"])
@pytest.mark.parametrize("key", ["file", "env"])
def test_a_token_in_place_of_its_source_is_an_error(key: str, token: str) -> None:
    message = _error_text(f'[accounts.anna]\n{key} = "{token}"').message
    assert f"line 2: accounts.anna.{key} must be the " in message
    assert "and not the token itself" in message


def test_a_token_in_place_of_a_name_is_an_error() -> None:
    message = _error_text(f'[accounts."{FITBIT}"]\nfile = "x"').message
    assert (
        'tokcheck.toml, line 1: accounts."[redacted]" cannot be the name of an account: it '
        "looks like a token, and names are shown to everyone." == message
    )


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Generate documents that are nearly valid."""
    keys = st.sampled_from([*_KEYS, "accounts", "defaults", "anna", '"b c"', "accounts.anna"])
    values = st.sampled_from(
        ['"10s"', '"x"', "1", "0.1", "true", "[]", '["x"]', "{}", "{ file = 'x' }", "nan",
         "2026-01-01", "12:00:00", f'"{FITBIT}"', "-1", '"""\nx"""', "[\n1,\n2]", "[[1]]"]
    ) | st.text(max_size=5).map(repr)  # fmt: skip
    headers = st.sampled_from(
        ["[accounts.anna]", "[defaults]", "[accounts]", "[[accounts]]", "[x]"]
    )
    rows = st.tuples(keys, values).map(" = ".join) | headers
    return "\n".join(draw(st.lists(rows, max_size=8)))


@settings(max_examples=inputs(500), deadline=None)
@given(documents() | st.text())
@example("a = [\n" * 300)
@example("a = [\n" + "1,\n" * 300 + "]\nb = 1")
@example("a." * 900 + "a = 1")
@example("[" + "a." * 900 + "a]")
@example("a = " + "{a=" * 150 + "1" + "}" * 150)
def test_any_text_is_a_configuration_or_a_usage_error(text: str) -> None:
    config, message = _read(text)
    if config is not None:
        assert 0 < config.timeout <= 600
    else:
        assert message.startswith("x")
        assert not survives(FITBIT, message)
        assert "pydantic" not in message.lower()


@settings(deadline=None)
@given(st.binary(max_size=200) | documents().map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_a_configuration_or_a_usage_error(data: bytes) -> None:
    config, message = _read(data)
    assert config is not None or message.startswith("x")


def _read(written: str | bytes) -> tuple[ExporterConfig | None, str]:
    """Return the configuration, or its error."""
    try:
        text = written if isinstance(written, str) else decode_text(written)
        return read(text, "x", Path("/etc")), ""
    except OSError as error:
        return None, f"x: {error.strerror}"
    except UsageError as error:
        return None, f"{error.message} {error.hint}"
