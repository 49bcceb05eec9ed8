"""Requests that a page in a browser may not send to the sandbox, which has no authentication."""

import httpx
import pytest

from tokcheck.sandbox import Sandbox

FORM = {"provider": "fitbit"}


@pytest.mark.parametrize("path", ["/", "/sandbox", "/sandbox/accounts", "/1/user/-/devices.json"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evillocalhost", "127.0.0.1.evil.example", "[::2]"]
)
def test_a_name_rebound_to_loopback_is_rejected(sandbox: Sandbox, path: str, host: str) -> None:
    response = httpx.get(sandbox.url + path, headers={"Host": f"{host}:{sandbox.port}"})
    assert 421 == response.status_code
    assert "does not name this computer" in response.json()["error"]
    assert "evil" not in response.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.:1", "a.localhost", "127.0.0.2", "[::1]"])
def test_names_of_this_computer_are_accepted(sandbox: Sandbox, host: str) -> None:
    assert 200 == httpx.get(f"{sandbox.url}/sandbox", headers={"Host": host}).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_page_of_another_site_cannot_use_the_control_api(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    response = httpx.post(f"{sandbox.url}/sandbox/tokens", data=FORM, headers=headers)
    assert 403 == response.status_code
    assert "pages of other sites" in response.json()["error"]
    assert [] == httpx.get(f"{sandbox.url}/sandbox/tokens").json()["tokens"]
    for path in ("clients", "tokens", "accounts", "requests", "answers", "nothing", "clients/"):
        read = httpx.get(f"{sandbox.url}/sandbox/{path}", headers=headers)
        assert 403 == read.status_code, path
        assert 403 == httpx.head(f"{sandbox.url}/sandbox/{path}", headers=headers).status_code
    for path in ("/", "/sandbox", "/sandbox/"):
        assert 200 == httpx.get(f"{sandbox.url}{path}", headers=headers).status_code, "a link works"


def test_the_apis_are_for_any_client(sandbox: Sandbox) -> None:
    headers = {"Origin": "https://client.example", "Sec-Fetch-Site": "cross-site"}
    assert 400 == httpx.post(f"{sandbox.url}/oauth2/token", headers=headers).status_code


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}])
def test_programs_use_the_control_api(sandbox: Sandbox, headers: dict[str, str]) -> None:
    headers = headers and headers | {"Origin": sandbox.url}
    response = httpx.post(f"{sandbox.url}/sandbox/tokens", data=FORM, headers=headers)
    assert 201 == response.status_code
