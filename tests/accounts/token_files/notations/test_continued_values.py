"""Values that a file continues on the next line, or joins from several literals."""

import pytest

from tests.support.tokens import FITBIT_REFRESH
from tokcheck.accounts.token_files.notations.continued_values import join_continued
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.declarations.on_demand import ProvidersOnDemand

PROVIDERS = ProvidersOnDemand({})
REFRESH = "Rt5d0c1f7a939b1e7d40c24f6a8b2c10aXq9"
SECRET = "9b1e7d40c24f6a8b2c103c5e7f9a01d2b4c6"


def parse(text: str, provider: str) -> TokenFile:
    assert PROVIDERS[provider]
    return parse_token_file(text, PROVIDERS, provider)


def halves(value: str) -> tuple[str, str]:
    return value[:19], value[19:]


FORMS = {
    "backslash": "{name}={one}\\\n{two}\n",
    "backslash and carriage return": "{name}={one}\\\r\n{two}\r\n",
    "indented": "{name} = {one}\\\n    {two}\n",
    "in quotes": '{name}="{one}\\\n{two}"\n',
    "export": "export {name}='{one}\\\n{two}'\n",
    "beside each other": '{name}="{one}""{two}"\n',
    "two kinds of quotes": "{name}=\"{one}\"'{two}'\n",
    "in brackets": '{name} = ("{one}"\n    "{two}")\n',
    "in brackets on lines of their own": '{name} = (\n    "{one}"\n    "{two}"\n)\n',
    "plus": '{name} = "{one}" + "{two}"\n',
    "plus at the end": 'const {name} = "{one}" +\n  "{two}";\n',
    "plus at the beginning": "const {name} = '{one}'\n  + '{two}';\n",
    "full stop": "${name} = '{one}' .\n  '{two}';\n",
    "two full stops": '{name} = "{one}" .. "{two}"\n',
    "ampersand": '{name} = "{one}" & _\n  "{two}"\n',
    "backslash between": '{name} = "{one}" \\\n  "{two}"\n',
    "literals of C": 'char *{name} = "{one}"\n  "{two}";\n',
    "caret": "set {name}={one}^\n{two}\n",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("provider", ["whoop", "strava"])
def test_a_continued_value_is_read_whole(form: str, provider: str) -> None:
    text = f"{provider}_client_id = '12345'\n" + "".join(
        form.format(name=f"{provider}_{name}", one=halves(value)[0], two=halves(value)[1])
        for name, value in (("refresh_token", REFRESH), ("client_secret", SECRET))
    )
    found = parse(text, provider)
    assert found.refresh is not None
    assert found.client_secret is not None
    assert REFRESH == found.refresh.reveal()
    assert SECRET == found.client_secret.reveal()
    assert "12345" == found.client_id


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_continued_token_of_fitbit_is_read_whole(form: str) -> None:
    one, two = halves(FITBIT_REFRESH)
    text = form.format(name="FITBIT_REFRESH_TOKEN", one=one, two=two)
    found = parse(text + "FITBIT_CLIENT_ID=23TEST\n", "fitbit")
    assert found.refresh is not None
    assert FITBIT_REFRESH == found.refresh.reveal()


@pytest.mark.parametrize(
    "text",
    [
        'curl -X POST\\\n--insecure\\\n  -d refresh_token=abc123\\\n  -d client_id="12345" \\\n',
        "docker run -e REFRESH_TOKEN=abc123def456\\\n  image\n",
        '"refresh_token": "abc123"\n"client_secret": "def456"\n',
        'refresh_token: "abc123"\n"client_secret": "def456"\n',
        '{"refresh_token": "abc123", "client_secret": "def456"}',
        'csv,"{""refresh_token"": ""abc123"", ""client_secret"": ""def456""}"',
        'token = """abc123"""\nsecret = """def456"""\n',
        'names = "abc123", "def456"\n',
        '"abc123"\n"def456"\n',
        'use "abc123" "def456"\n',
        "a=abc123\\\\\ndef456\n",
        "a=abc123\\\nb=def456\n",
        'say = "two words" + "of text"\n',
    ],
)
def test_another_text_stays(text: str) -> None:
    assert text == join_continued(text)


def test_a_long_text_is_read_in_linear_time() -> None:
    for piece in (
        'x="a"',
        'x=("a"\n',
        "a\\\n",
        '"a" + ',
        "a\\\n ",
        "=" * 9 + " ",
        "x=(" + " " * 40,
    ):
        join_continued(piece * 40_000)


def test_an_object_that_begins_in_the_line_of_its_name_belongs_to_the_section() -> None:
    token = f'{{"access_token":"x{REFRESH}",\n  "expires_in":3600,\n"refresh_token":"{REFRESH}"}}'
    found = parse(
        f"[w]\nclient_id = abcd-efg\nclient_secret = {SECRET}\ntoken = {token}\n", "whoop"
    )
    assert found.client_secret is not None
    assert found.refresh is not None
    assert (SECRET, REFRESH) == (found.client_secret.reveal(), found.refresh.reveal())


def test_a_form_as_html_writes_it_is_read() -> None:
    form = f"client_id=abcd-efg&amp;client_secret={SECRET}&amp;refresh_token={REFRESH}"
    found = parse(form, "whoop")
    assert found.client_secret is not None
    assert ("abcd-efg", SECRET) == (found.client_id, found.client_secret.reveal())
