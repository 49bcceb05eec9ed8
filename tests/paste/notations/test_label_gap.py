"""The text between a label and its value: each notation is read in a paste and in a scan."""

import pytest

from tests.support.providers.paste_checks import read
from tests.support.scan.searching import finds_only
from tests.support.tokens import FITBIT_REFRESH, FITBIT_SECRET
from tokcheck.core.credential import Kind

# In the templates, ``@`` stands for the value.
_NOTATIONS = (
    "refresh_token=@\n",
    "refresh_token: @\n",
    "refresh_token := '@'",
    "refresh_token ?= @\n",
    'refresh_token <- "@"',
    "refresh_token -> @\n",
    "refresh_token \u2192 @\n",
    '"refresh_token";"@"',
    "| refresh_token | @ |\n",
    "refresh\\_token: @\n",
    "refresh_token%22%3A%22@%22",
    "refresh_token%2522%253A%2522@%2522",
    "refresh_token=3D@\n",
    "refresh_token=3D=22@=22\n",
    "refresh_token&#34;:&#34;@&#34;",
    "refresh_token&quot;: &quot;@&quot;",
    "&lt;refreshToken&gt;@&lt;/refreshToken&gt;",
    '{\\"refresh_token\\": \\"@\\"}',
    "{u'refresh_token': u'@'}",
    'gh secret set REFRESH_TOKEN -b"@"',
    "gh secret set REFRESH_TOKEN --body @\n",
    "refresh_token: &anchor @\n",
    "REFRESH_TOKEN=$(cat <<EOT\n@\nEOT\n)",
    "<refreshToken><![CDATA[@]]></refreshToken>",
    "<tr><td>refresh_token</td><td>@</td></tr>",
    "<h3>refresh_token</h3><h4>@</h4>",
    "<ns:RefreshToken xmlns:ns='urn:x'>@</ns:RefreshToken>",
    '{"refresh_token": SecretStr("@")}',
    'refresh_token => string(64) "@"',
    's:13:"refresh_token";s:64:"@";',
    '1) "refresh_token"\n2) "@"\n',
    '{"refresh_token": {"stringValue": "@"}}',
    '{"key": "refresh_token", "type": "text", "value": "@"}',
    "refresh_token:\n  type: string\n  example: @\n",
    "refresh_token VARCHAR DEFAULT '@'",
    'variable "refresh_token" {\n  description = "That of Alice"\n  default = "@"\n}',
    "SET fitbit:refresh_token:alice @\n",
    "\\texttt{refresh\\_token}: \\texttt{@}",
    "# refresh token of alice\n@\n",
    "Refresh token invalid: @\n",
)


def _is_read_as(text: str, value: str, kind: Kind) -> bool:
    credential = read(text).credential
    return credential is not None and (kind, value) == (credential.kind, credential.secret.reveal())


@pytest.mark.parametrize("template", _NOTATIONS)
def test_a_label_is_read_alike_in_a_paste_and_in_a_scan(template: str) -> None:
    text = template.replace("@", FITBIT_REFRESH)
    assert (True, True) == (
        _is_read_as(text, FITBIT_REFRESH, Kind.REFRESH_TOKEN),
        finds_only(text, FITBIT_REFRESH),
    )


@pytest.mark.parametrize("first", ["3d", "20", "22"])
def test_digits_that_quoted_printable_has_are_a_values_own(first: str) -> None:
    value = first + FITBIT_REFRESH[2:]
    for text in (f"refresh_token={value}\n", f"refresh_token=3D{value}\n"):
        assert _is_read_as(text, value, Kind.REFRESH_TOKEN), text
        assert finds_only(text, value), text
    secret = first + FITBIT_SECRET[2:]
    assert finds_only(f"FITBIT_CLIENT_SECRET={secret}\n", secret)


@pytest.mark.parametrize(
    "text",
    [
        "refresh_token_hash = @\n",
        '"refresh_token": null, "digest": "@"',
        "oauth/refresh_token.py sha256:@\n",
    ],
)
def test_other_digits_behind_a_label_are_none_of_its_value(text: str) -> None:
    text = text.replace("@", FITBIT_REFRESH)
    assert (False, False) == (
        _is_read_as(text, FITBIT_REFRESH, Kind.REFRESH_TOKEN),
        finds_only(text, FITBIT_REFRESH),
    )
