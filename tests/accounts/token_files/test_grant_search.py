"""A grant is found in any text that contains it: JSON, YAML, INI files, logs and programs."""

import base64
import json
from typing import Any

import pytest

from tests.accounts.token_files.conftest import (
    FITBIT,
    GOOGLE_FIELDS,
    GOOGLE_REFRESH,
    HOME_ASSISTANT,
    RESPONSE,
    read_fields,
)
from tests.support.tokens import (
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    NOW,
)

_RCLONE = (
    "[health]\ntype = http\n"
    f"client_id = {GOOGLE_CLIENT}\nclient_secret = {GOOGLE_SECRET}\n"
    f'token = {{"access_token":"{GOOGLE}","token_type":"Bearer","refresh_token":'
    f'"{GOOGLE_REFRESH}","expiry":"2026-01-15T13:00:00.1234567+01:00"}}\nteam_drive = \n\n'
)
_CURL = (
    "HTTP/2 200 \r\ndate: Thu, 15 Jan 2026 12:00:00 GMT\r\ncontent-type: application/json\r\n\r\n"
)


def _camel(fields: dict[str, Any]) -> dict[str, Any]:
    return {"".join(part.capitalize() for part in name.split("_")): v for name, v in fields.items()}


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        pytest.param(json.dumps({"a": [{"b": {"c": RESPONSE}}]}), None, id="deep JSON"),
        pytest.param(json.dumps({"token": json.dumps(RESPONSE)}), None, id="JSON in JSON"),
        pytest.param(json.dumps(json.dumps(RESPONSE)), None, id="JSON in a text"),
        pytest.param(json.dumps(_camel(RESPONSE)), None, id="camel case"),
        pytest.param(f"{_CURL}{json.dumps(RESPONSE)}\n", None, id="curl -i"),
        pytest.param(f"{_CURL}{json.dumps(RESPONSE, indent=2)}\n", None, id="curl -i, indented"),
        pytest.param(f"log: got {RESPONSE} at last", None, id="a dictionary in a log"),
        pytest.param(repr(RESPONSE), None, id="a dictionary"),
        pytest.param(repr([RESPONSE | {"scope": ["sleep", "settings"]}]), None, id="a list"),
        pytest.param(f"FITBIT_TOKEN='{json.dumps(RESPONSE)}'\n", None, id="JSON in a variable"),
        pytest.param(
            "".join(f"FITBIT_{name.upper()}={value}\n" for name, value in RESPONSE.items()),
            None,
            id="variables with a prefix",
        ),
        pytest.param(
            "".join(f"set {name.upper()}={value}\r\n" for name, value in RESPONSE.items()),
            None,
            id="variables of Windows",
        ),
        pytest.param(
            "".join(f'const {name} = "{value}";\n' for name, value in RESPONSE.items()),
            None,
            id="a program",
        ),
        pytest.param(
            "fitbit:\n  accounts:\n    - user: alex\n"
            + "".join(f"      {name}: {value}\n" for name, value in RESPONSE.items()),
            None,
            id="YAML",
        ),
        pytest.param(
            "[fitbit.alex]\n"
            + "".join(f"{name} = {json.dumps(value)} # x\n" for name, value in RESPONSE.items()),
            None,
            id="TOML",
        ),
        pytest.param(
            "&".join(f"{name}={str(value).replace(' ', '+')}" for name, value in RESPONSE.items()),
            None,
            id="a form",
        ),
        pytest.param(json.dumps(HOME_ASSISTANT), None, id="Home Assistant"),
        pytest.param(
            "services:\n  sync:\n    environment:\n"
            + "".join(f"      - FITBIT_{name.upper()}={v}\n" for name, v in RESPONSE.items()),
            None,
            id="docker compose",
        ),
        pytest.param(
            json.dumps(
                {"env": [{"name": k.upper(), "value": str(v)} for k, v in RESPONSE.items()]}
            ),
            None,
            id="variables of a container",
        ),
        pytest.param(
            "{" + ", ".join(f"{name}: '{value}'" for name, value in RESPONSE.items()) + "}",
            None,
            id="an object of JavaScript",
        ),
        pytest.param(f"{json.dumps({'a': 1})}\n{json.dumps(RESPONSE)}\n", None, id="JSON lines"),
    ],
)
def test_a_grant_is_found_in_any_form(text: str, provider: str | None) -> None:
    found = read_fields(text, provider)
    assert (FITBIT, FITBIT_REFRESH, "7TESTS") == (
        found["access"], found["refresh"], found["user_id"],
    )  # fmt: skip
    assert ("sleep", "settings") == found["scopes"]
    assert () == found["notes"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(
            {"client": {"client_id": "23TEST"}, "tokens": {"refresh_token": FITBIT_REFRESH}}
        ),
        json.dumps({"clientId": "23TEST", "token": {"refreshToken": FITBIT_REFRESH}}),
        f"CLIENT_ID=23TEST\nALEX_FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}\n",
        f"FITBIT_CLIENT_ID=23TEST\nFITBIT_REFRESH_TOKEN_ALEX={FITBIT_REFRESH}\n",
        f"curl -d refresh_token={FITBIT_REFRESH} -d client_id=23TEST https://api.fitbit.com/",
        f"client_id = 23TEST\nrefresh token: \nrefresh_token => '{FITBIT_REFRESH}',",
    ],
)
def test_a_refresh_token_and_its_application_are_found(text: str) -> None:
    found = read_fields(text, "fitbit")
    assert (FITBIT_REFRESH, "23TEST") == (found["refresh"], found["client_id"])


def test_a_bare_refresh_token_needs_its_provider() -> None:
    assert FITBIT_REFRESH == read_fields(f" {FITBIT_REFRESH}\n", "fitbit")["refresh"]
    google = read_fields(f'"{GOOGLE_REFRESH}"')
    assert (GOOGLE_REFRESH, "google-health") == (google["refresh"], google["provider"])


def test_rclone_keeps_its_token_as_json_in_a_setting() -> None:
    found = read_fields(_RCLONE)
    assert GOOGLE_FIELDS | {
        "scopes": (), "expires_at": NOW.timestamp() + 0.123456, "issued_to": None, "notes": (),
        "refresh_expires_at": None,
    } == found  # fmt: skip


@pytest.mark.parametrize("mark", [";", ","])
@pytest.mark.parametrize("word", ["", "const "])
def test_several_assignments_in_one_line_are_read(mark: str, word: str) -> None:
    fields = {"client_id": "23TEST", "client_secret": FITBIT_SECRET, "refresh_token": "x"}
    fields["refresh_token"] = FITBIT_REFRESH
    line = f"{mark} ".join(f'{word}{name} = "{value}"' for name, value in fields.items())
    for text in (f"{line}{mark}\n", f"Fitbit(\n    {line}{mark}\n)\n"):
        found = read_fields(text, "fitbit")
        assert tuple(fields.values()) == (
            found["client_id"], found["client_secret"], found["refresh"],
        )  # fmt: skip


def _base64_of(fields: dict[str, Any]) -> dict[str, str]:
    return {k: base64.b64encode(str(v).encode()).decode() for k, v in fields.items()}


@pytest.mark.parametrize(
    "fields",
    [
        RESPONSE | {"client_id": "23TEST", "client_secret": FITBIT_SECRET},
        {"refresh_token": f"{FITBIT_REFRESH}\n", "client_id": "23TEST"},
        {"token.json": json.dumps(RESPONSE)},
    ],
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_data_of_a_kubernetes_secret_is_decoded(fields: dict[str, Any], form: str) -> None:
    data = _base64_of(fields)
    lines = "".join(f"  {name}: {value}\n" for name, value in data.items())
    text = {
        "json": json.dumps({"kind": "Secret", "data": data}),
        "yaml": f"apiVersion: v1\nkind: Secret\ndata:\n{lines}",
    }[form]
    found = read_fields(text, "fitbit")
    assert FITBIT_REFRESH == found["refresh"]
    assert found["client_id"] == "23TEST"


def test_a_further_file_that_gives_nothing_is_noted() -> None:
    file = json.dumps(HOME_ASSISTANT)
    application = {"id": "fitbit_23test", "domain": "fitbit", "client_id": "23TEST"}
    given = json.dumps({"data": {"items": [application | {"client_secret": FITBIT_SECRET}]}})
    empty = json.dumps({"version": 1, "key": "application_credentials", "data": {"items": []}})
    nothing = "file gave nothing: neither an application nor tokens were found."
    assert () == read_fields(file, others=[given])["notes"]
    for others, expected in (
        ([empty], [f"The second {nothing}"]),
        ([""], [f"The second {nothing}"]),
        ([given, "a = 1\n"], [f"The third {nothing}"]),
    ):
        found = read_fields(file, others=others)
        assert expected == list(found["notes"])
    two = json.dumps([{"client_id": one, "client_secret": FITBIT_SECRET} for one in ("2A", "2B")])
    with_id = json.dumps(RESPONSE | {"client_id": "23TEST"})
    assert ("The second file gave nothing: it has no application that is the tokens'.",) == (
        read_fields(with_id, others=[two])["notes"]
    )
