"""The line behind a value: joined only if the value cannot be whole and the line is no word."""

import pytest

from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE_CLIENT,
    random_characters,
)
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers.ready_made_providers import load_packaged

_REFRESH = "1//0" + random_characters(99, 3)
_SECRET = "GOCSPX-" + random_characters(28, 4)
_WORDS = [
    "EOF",
    "python3",
    "fetch",
    "return",
    "done",
    "fi",
    "exit",
    "someLongWord_withChars-and12345",
]
_UUID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"


def _read(text: str, provider: str | None = None) -> TokenFile:
    return parse_token_file(text, load_packaged(), provider)


@pytest.mark.parametrize("word", _WORDS)
@pytest.mark.parametrize("order", [1, -1], ids=["refresh token last", "secret last"])
@pytest.mark.parametrize("form", ["\tNAME=VALUE", "    export NAME=VALUE", "name = VALUE"])
def test_a_word_in_the_next_line_is_no_part_of_a_value(word: str, order: int, form: str) -> None:
    fields = {"client_secret": _SECRET, "refresh_token": _REFRESH}
    lines = [
        form.replace("NAME", f"GOOGLE_{name.upper()}").replace("name", name).replace("VALUE", value)
        for name, value in [("client_id", GOOGLE_CLIENT), *list(fields.items())[::order]]
    ]
    found = _read("\n".join([*lines, f"    {word}\n"]))
    assert found.refresh is not None
    assert found.client_secret is not None
    assert (_REFRESH, _SECRET) == (found.refresh.reveal(), found.client_secret.reveal())


@pytest.mark.parametrize("word", _WORDS)
def test_a_word_behind_a_folded_text_of_yaml_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        _read(f"client_id: {GOOGLE_CLIENT}\nrefresh_token: {_REFRESH}\n  {word}\n")


def test_a_token_that_is_too_short_is_joined_with_the_next_line() -> None:
    text = f"[g]\nclient_id = {GOOGLE_CLIENT}\nrefresh_token = {_REFRESH[:60]}\n  {_REFRESH[60:]}\n"
    found = _read(text)
    assert found.refresh is not None
    assert _REFRESH == found.refresh.reveal()
    assert any("line break in its middle" in note for note in found.notes)


def test_the_access_token_of_a_program_is_the_field_that_is_named_so() -> None:
    found = _read(
        f'token := &oauth2.Token{{\n\tAccessToken: "{FITBIT}",\n\tRefreshToken: "{FITBIT_REFRESH}"'
        ",\n}\n"
    )
    assert found.access is not None
    assert FITBIT == found.access.reveal()


def test_code_is_no_access_token() -> None:
    found = _read(f"token := &oauth2.Token{{\nrefresh_token = {FITBIT_REFRESH}\n", "fitbit")
    assert found.access is None
    assert any("program's code" in note for note in found.notes)


@pytest.mark.parametrize("sign", ',;&"@')
def test_a_sign_that_no_value_of_a_known_form_has_is_named(sign: str) -> None:
    for provider, refresh in (
        ("google-health", _REFRESH[:50] + sign + _REFRESH[50:]),
        ("fitbit", FITBIT_REFRESH[:30] + sign + FITBIT_REFRESH[30:]),
    ):
        text = f"refresh_token = '{refresh}'\nclient_id = '23TEST'\n"
        with pytest.raises(UsageError) as caught:
            _read(text, provider)
        assert f" {sign}" in caught.value.message


def test_two_values_of_one_name_are_noted() -> None:
    other = FITBIT_REFRESH[::-1]
    text = f"FITBIT_REFRESH_TOKEN={other}\nFITBIT_REFRESH_TOKEN={FITBIT_REFRESH}\n"
    found = _read(text)
    assert found.refresh is not None
    assert FITBIT_REFRESH == found.refresh.reveal()
    assert any("more than once" in note for note in found.notes)
    assert not any("more than once" in note for note in _read(f"# {text}").notes)


def test_a_definition_of_c_is_no_comment() -> None:
    with pytest.raises(UsageError) as caught:
        _read('#define REFRESH_TOKEN "abcdefgh#0123456789ijk"\n#define CLIENT_ID "x"\n', "whoop")
    assert "comments" not in caught.value.message


def test_a_uuid_in_the_output_of_print_r_is_the_client_id() -> None:
    text = f"Array\n(\n    [client_id] => {_UUID}\n    [refresh_token] => {'Rr1-' * 10}\n)\n"
    assert _UUID == _read(text, "whoop").client_id


def test_the_application_behind_a_dictionary_in_a_log_is_read() -> None:
    tokens = {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH}
    found = _read(f"INFO: got {tokens} client_id=23TEST client_secret={FITBIT_SECRET}\n")
    assert found.client_secret is not None
    assert FITBIT_SECRET == found.client_secret.reveal()


@pytest.mark.parametrize(
    "text",
    [
        'const char *refresh_token =\n   "ONE"\n   "TWO";\n',
        'tokens = {"refresh_token": "ONE" "TWO", "x": 1}\n',
    ],
)
def test_adjacent_literals_are_joined_or_named(text: str) -> None:
    text = text.replace("ONE", FITBIT_REFRESH[:30]).replace("TWO", FITBIT_REFRESH[30:])
    try:
        found = _read(text, "fitbit")
    except UsageError as error:
        assert "another literal" in error.message  # noqa: PT017 - or it is joined
    else:
        assert found.refresh is not None
        assert FITBIT_REFRESH == found.refresh.reveal()


def test_an_access_token_on_indented_lines_is_joined() -> None:
    text = f"[f]\naccess_token={FITBIT[:90]}\n  {FITBIT[90:]}\nrefresh_token={FITBIT_REFRESH}\n"
    found = _read(text, "fitbit")
    assert FITBIT == (found.access and found.access.reveal())
