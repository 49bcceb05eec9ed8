"""A label need not touch its value, and a value may stand beside a token."""

from base64 import b64encode
from hashlib import sha256

import pytest

from tests.support.scan.searching import finds_only, search
from tests.support.suite.cases import each_case
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    make_jwt,
    random_characters,
)
from tokcheck.core.credential import Kind

_LABELLED = (
    '{"refresh_token": "@"}',
    "refresh_token=@\n",
    "REFRESH_TOKEN: '@'\n",
    'env:\n  - name: FITBIT_REFRESH_TOKEN\n    value: "@"\n',
    "env:\n- name: REFRESH_TOKEN\n  value: @\n",
    '{"name": "refresh_token", "value": "@"}',
    '{"key": "refresh_token", "value": "@", "type": "string"}',
    '{"key": "refresh_token", "type": "text", "value": "@"}',
    '{"value": "@", "key": "refresh_token"}',
    '{"value": "@", "type": "text", "name": "refresh_token"}',
    '{\n  "value": "@",\n  "key": "fitbit_refresh_token",\n  "enabled": true\n}',
    '<add key="RefreshToken" value="@" />',
    '<add value="@" key="RefreshToken" />',
    '<setting name="RefreshToken" serializeAs="String"><value>@</value></setting>',
    '{"ParameterKey": "RefreshToken", "ParameterValue": "@"}',
    '{"Name": "/prod/refresh_token", "Type": "SecureString", "Value": "@"}',
    '{"OptionName": "REFRESH_TOKEN", "OptionValue": "@"}',
    "string(name: 'REFRESH_TOKEN', defaultValue: '@')",
    'localStorage.setItem("refresh_token", "@");',
    "sessionStorage.setItem('refreshToken', '@')",
    'config.setRefreshToken("@");',
    "client.set_refresh_token('@')",
    'os.environ["REFRESH_TOKEN"] = "@"',
    "<key>refreshToken</key>\n\t<string>@</string>\n",
    "<tr><td>refresh_token</td><td>@</td></tr>",
    "<dt>refresh_token</dt>\n<dd><code>@</code></dd>",
    "<refresh_token>@</refresh_token>",
    '<input type="hidden" name="refresh_token" value="@">',
    '<input name="refresh_token" type="hidden" id="t" value="@">',
    '<meta name="refresh_token" lang="en" content="@">',
    '<string name="refresh_token">@</string>',
    "| refresh_token | @ |\n",
    "| name | value |\n|---|---|\n| `refresh_token` | `@` |\n",
    "| user | refresh_token |\n|---|---|\n| alice | @ |\n",
    "**refresh_token**: @\n",
    "*Refresh token:* `@`\n",
    "- `refresh_token`: `@`\n",
    "refresh\\_token: @\n",
    "refresh_token&quot;: &quot;@&quot;",
    "&quot;refresh_token&quot;:&quot;@&quot;",
    "&lt;refreshToken&gt;@&lt;/refreshToken&gt;",
    "refresh_token%22%3A%22@%22",
    "refresh_token=3D@\n",
    '{\\"refresh_token\\": \\"@\\"}',
    '{\\\\\\"refresh_token\\\\\\":\\\\\\"@\\\\\\"}',
    ":refresh_token => '@'",
    "'refresh_token' => '@',",
    'refresh_token: str = "@"',
    'REFRESH_TOKEN: &\'static str = "@";',
    "Your refresh token is: @\n",
    "Refresh Token\n@\n",
    "user,access_token,refresh_token\nalice,x,@\n",
    "user;refresh_token;note\nalice;@;hello\n",
    "user\trefresh_token\nalice\t@\n",
    '"id","refresh_token","user"\n"1","@","alice"\n',
    "refresh_token\n@\n",
    'ENV REFRESH_TOKEN "@"\n',
    "setx REFRESH_TOKEN @\n",
    '(refresh-token "@")',
    "refresh_token VARCHAR DEFAULT '@'",
    'variable "refresh_token" {\n  type    = string\n  default = "@"\n}\n',
    'resource {\n  refresh_token = "@"\n}\n',
    "refreshToken\n  value: @\n",
    'putString("refresh_token", "@")',
    "refresh_token:\r\n  @\r\n",
    "- value: @\n  name: REFRESH_TOKEN\n",
    'UserDefaults.standard.set("@", forKey: "refreshToken")',
    '[defaults setObject:"@" forKey:"refresh_token"];',
    'variable "refresh_token" {\n  description = "A refresh token of Alice"\n  default = "@"\n}',
    "{u'refresh_token': u'@'}",
    'gh secret set REFRESH_TOKEN -b"@"',
    "gh secret set REFRESH_TOKEN --body @\n",
    "SET fitbit:refresh_token:alice @\n",
    "refresh_token_alice=@\n",
    "refresh_token: &rt @\n",
    "refresh_token:\n  type: string\n  example: @\n",
    '{"refresh_token": {"S": "@"}}',
    '{"refresh_token": {"stringValue": "@"}}',
    "<refreshToken><![CDATA[@]]></refreshToken>",
    "<ns:RefreshToken xmlns:ns='urn:x'>@</ns:RefreshToken>",
    "\\texttt{refresh\\_token}: \\texttt{@}",
    "# refresh token of alice\n@\n",
)
# The name of a column, and its value in another row.
_COLUMNS = (
    "<table><tr><th>user</th><th>refresh_token</th></tr><tr><td>alice</td><td>@</td></tr></table>",
    "<table>\n<thead>\n<tr>\n<th>user</th>\n<th>refresh_token</th>\n<th>x</th>\n</tr>\n</thead>\n"
    "<tbody>\n<tr>\n<td>a</td>\n<td><code>@</code></td>\n<td>1</td>\n</tr>\n</tbody></table>\n",
    " id | refresh_token \n----+---------------\n  1 | @\n",
    "+----+---------------+\n| id | refresh_token |\n+----+---------------+\n|  1 | @ |\n",
    'user,note,refresh_token\nalice,"a, b",@\n',
    "INSERT INTO t (id, `refresh_token`) VALUES (1, '@');",
    "INSERT INTO t (id, name, refresh_token, x) VALUES (1, 'a, (b)', '@', 'c');",
    "insert into t (id, refresh_token)\nvalues (1, 'x'),\n (2, '@');",
    "COPY t (id, refresh_token, x) FROM stdin;\n1\t@\tx\n\\.\n",
)


def test_a_labelled_refresh_token_is_found() -> None:
    failed = [
        text
        for text in (*_LABELLED, *_COLUMNS)
        if not finds_only(text.replace("@", FITBIT_REFRESH), FITBIT_REFRESH)
    ]
    assert [] == failed


def test_every_row_of_a_column_is_read() -> None:
    digits = [sha256(str(number).encode()).hexdigest() for number in range(50)]
    rows = "".join(f"user{number},x,{digits[number]}\n"
                   for number in range(50))  # fmt: skip
    assert 50 == len(search(f"user,access_token,refresh_token\n{rows}"))
    assert 50 == len(
        search(f"user,access_token,refresh_token\n{rows.replace('x', FITBIT[:900])}")[:50]
    )


def test_digits_beside_a_fitbit_token_are_its_refresh_token() -> None:
    for text in (
        f"{FITBIT}\n{FITBIT_REFRESH}\n",
        f"{FITBIT_REFRESH}\n{FITBIT}\n",
        f"alice,{FITBIT},{FITBIT_REFRESH}\n",
        f'{{"access": "{FITBIT}", "renew": "{FITBIT_REFRESH}"}}',
        f"| {FITBIT} | {FITBIT_REFRESH} |\n",
        f"A={FITBIT}\nR={FITBIT_REFRESH}\n",
    ):
        assert finds_only(text, {FITBIT, FITBIT_REFRESH}), text
        assert ["fitbit", "fitbit"] == [item.provider for item in search(text)]


def test_a_secret_away_from_its_label_is_found_beside_the_name() -> None:
    for text in (
        "FITBIT_CLIENT_SECRET=@\n",
        '# fitbit\n- name: CLIENT_SECRET\n  value: "@"\n',
        '{"name": "fitbit_client_secret", "value": "@"}',
        '<add key="FitbitClientSecret" value="@" />',
        'fitbit.setClientSecret("@");',
        "<key>FitbitClientSecret</key>\n<string>@</string>",
        "| fitbit client secret | `@` |\n",
        "**Fitbit client secret**: @\n",
        "fitbit client_secret&quot;:&quot;@&quot;",
        'fitbit = OAuth(client_secret="@")\n',
    ):
        assert finds_only(text.replace("@", FITBIT_SECRET), FITBIT_SECRET), text


def test_other_digits_are_no_refresh_token() -> None:
    other = make_jwt({"iss": "https://issuer.test", "exp": 4_000_000_000})
    digits = sha256(b"other").hexdigest()
    for text in (
        f"oauth/refresh_token.py sha256:{digits}\n",
        f"refresh-token-1.2.js {digits}\n",
        f"refresh_token\ncommit {digits}\n",
        f"def refresh_token(): pass  # {'x' * 200} {digits}\n",
        f'"refresh_token": null, "digest": "{digits}"',
        f"sha256:{digits}  {FITBIT}\n",
        f"digest = {digits}\n",
        f"user,refresh_token,sha256\nalice,none,{digits}\n",
        f"INSERT INTO t (id, refresh_token) VALUES ('{digits}', 'none');",
        f"<tr><th>refresh_token</th><th>x</th></tr><tr><td>none</td><td>{digits}</td></tr>",
        f"refresh_token_hash = {digits}\n",
        f"{digits}  refresh_token.py\n{digits}  other.py\n",
        f"- sha256: {digits}\n  name: refresh-token-store\n",
    ):
        assert not [item for item in search(text) if item.kind == "refresh_token"], text
    assert not [
        item for item in search(f"{other}\n{digits}\n{GOOGLE}") if item.kind == "refresh_token"
    ]


_VALUE = random_characters(32, 7).encode().hex()
_VALUE_FIRST, _VALUE_REST = _VALUE[:22], _VALUE[22:]


@pytest.mark.parametrize("text", ["FITBIT_REFRESH_TOKEN={}", '"refresh_token": "{}"'])
def test_digits_in_capitals_behind_a_label_are_found(text: str) -> None:
    digest = sha256(_VALUE.upper().encode()).digest()
    assert [digest] == [item.digest for item in search(text.format(_VALUE.upper()))]


@pytest.mark.parametrize("pair", ["\u201c\u201d", "\u00ab\u00bb", "\u2018\u2019", "\u2014\u2026"])
def test_typographic_signs_directly_around_digits_are_none_of_them(pair: str) -> None:
    expected = [item.digest for item in search(f"refresh_token: {_VALUE}\n")]
    assert expected == [
        item.digest for item in search(f"refresh_token: {pair[0]}{_VALUE}{pair[1]}\n")
    ]


@pytest.mark.parametrize(
    "text",
    [
        'refresh_token = "{}"\nrefresh_token += "{}"\n',
        'refresh_token="{}";refresh_token+="{}"\n',
        "REFRESH_TOKEN={}\nREFRESH_TOKEN+={}\n",
        'refresh_token.append("{}")\nrefresh_token.append("{}")\n',
        'refresh_token = "".join(["{}", "{}"])\n',
        'refresh_token = new StringBuilder("{}").append("{}")\n',
    ],
)
def test_digits_in_statements_that_append_them_are_found(text: str) -> None:
    expected = [item.digest for item in search(f"refresh_token: {_VALUE}\n")]
    assert expected == [item.digest for item in search(text.format(_VALUE_FIRST, _VALUE_REST))]


_ENCODED = (
    "kind: Secret\ndata:\n  REFRESH_TOKEN: {}\n  other: x\n",
    "data:\n  fitbit-refresh-token: {}",
    '{{"data": {{"refresh_token": "{}"}}}}',
    "echo {} | base64 -d  # refresh_token\nREFRESH_TOKEN={}\n",
)


def test_digits_in_base64_behind_a_label_are_found() -> None:
    for text in _ENCODED:
        for value in (FITBIT_REFRESH, f"{FITBIT_REFRESH}\n"):
            encoded = b64encode(value.encode()).decode()
            for written in (encoded, encoded.rstrip("=")):
                assert finds_only(text.format(written, written), FITBIT_REFRESH), text
    secret = b64encode(FITBIT_SECRET.encode()).decode()
    assert finds_only(f"data:\n  FITBIT_CLIENT_SECRET: {secret}\n", FITBIT_SECRET)
    for other in (FITBIT_REFRESH[:63], f"{FITBIT_REFRESH}0", f"sha256:{FITBIT_REFRESH}", "0" * 64):
        assert [] == search(f"refresh_token: {b64encode(other.encode()).decode()}\n"), other
    assert [] == search(f"refresh_token_sha256: {b64encode(FITBIT_REFRESH.encode()).decode()}\n")


@pytest.mark.parametrize("front", ["refresh_token=", "FITBIT_REFRESH_TOKEN=", "refresh_token=3D"])
def test_the_first_digits_of_a_value_are_no_sign_and_number_of_its_name(front: str) -> None:
    # 5F is an underscore in quoted-printable, and names of values may end in _1.
    for first in ("5f1", "5f10", "5f11", "5f12", "2d1", "2e1", "5fa"):
        token = first + FITBIT_REFRESH[len(first) :]
        assert finds_only(f"fitbit\n{front}{token}\n".encode(), token)


_BASIC = b64encode(f"23TEST:{FITBIT_SECRET}".encode()).decode()


@each_case(
    ("at", "sign"),
    [
        (0, "\N{CYRILLIC CAPITAL LETTER EM}"),
        (3, "\N{CYRILLIC SMALL LETTER A}"),
        (10, "\N{FULLWIDTH LATIN CAPITAL LETTER M}"),
        (20, "\N{EN DASH}"),
        (21, "é"),
        (30, "\N{MINUS SIGN}"),
        (len(_BASIC) - 1, "ß"),
    ],
)
def test_a_foreign_character_in_basic_credentials_leaves_a_part(at: int, sign: str) -> None:
    text = f"fitbit\nAuthorization: Basic {_BASIC[:at]}{sign}{_BASIC[at + 1 :]}\n"
    found = [(one.kind, one.provider, one.fragment) for one in search(text)]
    assert [(Kind.BASIC_CREDENTIALS, "fitbit", True)] == found


def test_other_words_with_foreign_characters_behind_basic_are_none() -> None:
    words = "Ein-sehr-langes-Wort-mit-Umlauten-wie-ä-und-ö-und-noch-mehr-davon"
    assert [] == search(f"fitbit\nbasic {words}\nBasic {_BASIC[::-1][:30]}é{_BASIC[:20]}\n")
