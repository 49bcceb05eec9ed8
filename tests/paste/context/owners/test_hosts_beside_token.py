"""The host that a token is sent to decides over names farther away; an unknown one against all."""

from collections.abc import Mapping
from hashlib import sha1
from types import MappingProxyType

import pytest

import tokcheck
from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.checks.checker import Checker
from tokcheck.cli.commands.revoke.leaked_token import NotRevocableError, check_credential
from tokcheck.core.report import Verdict
from tokcheck.declarations.known_providers import providers_in_use
from tokcheck.providers.base import Provider, Request, Response, finder_for
from tokcheck.providers.base.addresses_in_use import with_addresses
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.scan.annotation.liveness import can_be_probed
from tokcheck.scan.annotation.remedies import with_remedies
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Chunk

_RAW = sha1(b"of another service", usedforsecurity=False).hexdigest()
_SEARCH = Searcher(NOW.timestamp())
_STRAVA = "https://www.strava.com/api/v3/athlete"
_OTHER = "https://api.acme.example/x"

# What stands above or below names Strava.
_AROUND = (
    f'requests.get("{_STRAVA}")\n@',
    f"# Strava\n@\n\ncurl {_STRAVA}\n",
    f"STRAVA_URL={_STRAVA}\n@\nSTRAVA_CLIENT_ID=5\n",
    "@\n# as with Strava\n",
)
# URL is the host of the request, RAW its token.
_CALLS = (
    # Python
    'requests.get("URL", headers={"Authorization": "Bearer RAW"})',
    'httpx.get(\n    "URL",\n    headers={"Authorization": f"Bearer RAW"},\n)',
    'headers = {"Authorization": "Bearer RAW"}\nr = requests.get("URL", headers=headers)',
    'token = "RAW"\nprint("x")\n'
    'r = requests.get("URL", headers={"Authorization": "Bearer " + token})',
    'url = "URL"\nrequests.get("https://www.strava.com/")\n'
    'requests.get(url, headers={"Authorization": "Bearer RAW"})',
    'r = Request("URL")\nr.add_header("Authorization", "Bearer RAW")',
    # JavaScript
    'await fetch("URL", {headers: {Authorization: "Bearer RAW"}});',
    "await fetch(`URL`, {\n  headers: {\n    Authorization: `Bearer RAW`,\n  },\n});",
    'axios({\n  url: "URL",\n  headers: { Authorization: "Bearer RAW" },\n})',
    'const accessToken = "RAW";\nfetch("URL", {headers: {Authorization: `Bearer ${accessToken}`}})',
    # Go
    'req, _ := http.NewRequest("GET", "URL", nil)\nreq.Header.Set("Authorization", "Bearer RAW")',
    # Ruby
    'HTTParty.get("URL", headers: { "Authorization" => "Bearer RAW" })',
    'uri = URI("URL")\nreq = Net::HTTP::Get.new(uri)\nreq["Authorization"] = "Bearer RAW"',
    # PHP
    "$client->request('GET', 'URL', ['headers' => ['Authorization' => 'Bearer RAW']]);",
    'curl_setopt($ch, CURLOPT_URL, "URL");\n'
    'curl_setopt($ch, CURLOPT_HTTPHEADER, ["Authorization: Bearer RAW"]);',
    # PowerShell
    'Invoke-RestMethod -Uri "URL" -Headers @{ Authorization = "Bearer RAW" }',
    'Invoke-RestMethod `\n  -Uri "URL" `\n  -Headers @{ Authorization = "Bearer RAW" }',
    '$headers = @{ Authorization = "Bearer RAW" }\nInvoke-RestMethod "URL" -Headers $headers',
    # shell
    'curl "URL" -H "Authorization: Bearer RAW"',
    'curl -H "Authorization: Bearer RAW" \\\n  "URL"',
    'wget --header="Authorization: Bearer RAW" URL',
    'http GET URL "Authorization: Bearer RAW"',
    'export ACCESS_TOKEN=RAW\ncurl "URL" -H "Authorization: Bearer $ACCESS_TOKEN"',
    'BASE=URL\ncurl "$BASE/y" -H "Authorization: Bearer RAW"',
    # HTTP
    "GET URL\nAuthorization: Bearer RAW\n",
    "GET URL HTTP/1.1\nAccept: application/json\nAuthorization: Bearer RAW\n\n",
    "POST URL\nContent-Type: application/x-www-form-urlencoded\n\naccess_token=RAW",
    "GET /x HTTP/1.1\nHost: HOST\nAuthorization: Bearer RAW\n",
    "> GET /x HTTP/2\n> Authorization: Bearer RAW\n> Host: HOST\n",
    # data
    '{"request": {"url": "URL", "headers": [{"name": "Authorization", "value": "Bearer RAW"}]}}',
    '{"url": "ESCAPED", "access_token": "RAW"}',
    "env:\n  API_URL: URL\n  ACCESS_TOKEN: RAW\n",
    "API_URL=URL\nACCESS_TOKEN=RAW",
    "API_URL=URL\nRETRIES=3\nexport ACCESS_TOKEN='RAW'",
    "[api]\nurl = URL\naccess_token = RAW\n",
    "machine HOST\n  login me\n  access_token: RAW\n",
)


def _fill(text: str, url: str) -> str:
    host = url.split("/")[2]
    escaped = url.replace("/", "\\/")
    return (
        text.replace("URL", url)
        .replace("HOST", host)
        .replace("ESCAPED", escaped)
        .replace("RAW", _RAW)
    )


def _check(
    text: str,
    wanted: str | None = None,
    providers: Mapping[str, Provider] | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    api_url: str | None = None,
) -> tuple[Verdict, list[str]]:
    """Return the verdict on a text, and the providers to which requests were sent."""
    sent: list[str] = []

    def send(provider: Provider, _: Request) -> Response:
        sent.append(provider.name)
        return Response(200, {}, b"{}", NOW)

    checker = Checker(
        with_addresses(providers or providers_in_use(None, {}), environment, api_url),
        now=lambda: NOW,
        timer=lambda: 0.0,
        send=send,
        wanted=wanted,
    )
    return checker.check(text).verdict, sent


def _owners_found(text: str) -> set[str | None]:
    return {finding.provider for finding in _SEARCH(Chunk("a.txt", text.encode()))}


@each_case("call", _CALLS)
@each_case("around", _AROUND)
def test_a_token_for_an_unknown_host_is_sent_to_nobody(call: str, around: str) -> None:
    text = around.replace("@", _fill(call, _OTHER))
    assert (Verdict.UNDETERMINED, []) == _check(text), text
    assert "strava" not in _owners_found(text), text


@each_case("call", _CALLS)
@each_case(
    "around",
    [
        f'requests.get("{_OTHER}")\n@',
        f"# Acme\n@\n\ncurl {_OTHER}\n",
        "OURA_URL=https://api.ouraring.com/v2\n@\n",
        "@",
    ],
)
def test_a_token_for_a_known_host_is_its_own(call: str, around: str) -> None:
    text = around.replace("@", _fill(call, _STRAVA))
    assert ["strava"] == _check(text)[1], text
    if "Bearer RAW" in call:
        assert {"strava"} == _owners_found(text), text


@each_case(
    "text",
    [
        '{"strava": {"id": 1}, "acme": {"access_token": "RAW"}}',
        '{\n  "strava": {\n    "id": 1\n  },\n  "acme": {\n    "access_token": "RAW"\n  }\n}',
        "strava:\n  client_id: 5\nacme:\n  access_token: RAW\n",
        "apis:\n  - strava:\n      client_id: 5\n  - acme:\n      access_token: RAW\n",
        "[strava]\nclient_id = 5\n\n[acme]\naccess_token = RAW\n",
        "STRAVA_CLIENT_ID=5\nACME_ACCESS_TOKEN=RAW\n",
        "STRAVA_CLIENT_ID=5\nacmeAccessToken=RAW\n",
    ],
)
def test_a_name_beside_the_place_of_a_token_is_not_its_owner(text: str) -> None:
    text = text.replace("RAW", _RAW)
    assert (Verdict.UNDETERMINED, []) == _check(text), text
    assert "strava" not in _owners_found(text), text


# A text with a name or host of Strava, and the token in something with another name.
_NAMED_ELSEWHERE = (
    '{"strava": AROUND, "acme": {"access_token": "RAW"}}',
    '{"strava": AROUND, "example": {"access_token": "RAW"}}',
    '{"acme": {"access_token": "RAW"}, "strava": AROUND}',
    '{\n  "strava": AROUND,\n  "acme": {\n    "id": 1,\n    "access_token": "RAW"\n  }\n}',
    '{"strava": AROUND, "acme": {"auth": {"access_token": "RAW"}}}',
    '{"strava": AROUND, "acme": {"tokens": ["Bearer RAW"]}}',
    '{"strava": AROUND, "acme_token": "RAW"}',
    'call(\'{"strava": AROUND, "acme": {"access_token": "RAW"}}\')',
    'curl -d \'{"strava": AROUND, "acme": {"access_token": "RAW"}}\' "$URL"',
    'requests.post(url, json={"strava": AROUND, "acme": {"access_token": "RAW"}})',
    'x = {"strava": AROUND}\ny = {"acme": {"access_token": "RAW"}}',
    '// AROUND of Strava\n{"acme": {"access_token": "RAW"}}',
    "strava: AROUND\nacme:\n  access_token: RAW\n",
    "apis:\n  strava: AROUND\n  acme:\n    access_token: RAW\n",
    "env:\n  STRAVA: AROUND\n  ACME_TOKEN: RAW\n",
    "# AROUND of Strava\nacme:\n  access_token: RAW\n",
    "[strava]\nx = AROUND\n[acme]\naccess_token = RAW\n",
    "[env]\nSTRAVA = AROUND\nACME_TOKEN = RAW\n",
    "STRAVA_X=AROUND ACME_TOKEN=RAW ./run",
)


@each_case("text", _NAMED_ELSEWHERE)
@each_case(
    "around",
    [
        f'{{"url": "{_STRAVA}"}}',
        '{"url": "https:\\/\\/www.strava.com\\/"}',
        '{"host": "www.strava.com"}',
        f'{{"client_id": 1, "urls": ["{_STRAVA}"]}}',
        '{"client_id": 1}',
        f'"{_STRAVA}"',
    ],
)
def test_the_key_of_its_own_object_outweighs_what_is_elsewhere(text: str, around: str) -> None:
    text = text.replace("AROUND", around).replace("RAW", _RAW)
    assert (Verdict.UNDETERMINED, []) == _check(text), text
    assert "strava" not in _owners_found(text), text


@each_case(
    "text",
    [
        f'requests.get("{_STRAVA}", headers={{"x-acme-token": "Bearer RAW"}})',
        f"curl {_STRAVA} -d acme_token=RAW",
        '{"strava": {"anna": {"access_token": "RAW"}}}',
        f'{{"strava": {{"url": "{_STRAVA}", "anna": {{"access_token": "RAW"}}}}}}',
        f'{{"anna": {{"url": "{_STRAVA}", "access_token": "RAW"}}}}',
        f'{{"url": "{_STRAVA}", "headers": {{"Authorization": "Bearer RAW"}}}}',
        "anna:\n  # Strava\n  access_token: RAW\n",
        '# Strava\n{"data": {"access_token": "RAW"}}',
    ],
)
def test_what_has_the_key_outweighs_it(text: str) -> None:
    text = text.replace("RAW", _RAW)
    assert ["strava"] == _check(text)[1], text


@each_case(
    "text",
    [
        '{"acme": {"id": 1}, "strava": {"access_token": "RAW"}}',
        '{"access_token": "RAW", "athlete": {"profile": "https://images.example/1.jpg"}} # Strava',
        "strava:\n  redirect_uri: https://mine.example/callback\n  access_token: RAW\n",
        "acme:\n  url: https://api.acme.example\n\nstrava:\n  access_token: RAW\n",
        "[acme]\nurl = https://api.acme.example\n[strava]\naccess_token = RAW\n",
        "ACME_URL=https://api.acme.example\nSTRAVA_ACCESS_TOKEN=RAW\n",
        "# https://api.acme.example\n# Strava\nACCESS_TOKEN=RAW\n",
        f'access_token=RAW\ncurl {_STRAVA} -H "Authorization: Bearer $access_token"',
    ],
)
def test_the_nearest_evidence_decides(text: str) -> None:
    text = text.replace("RAW", _RAW)
    assert ["strava"] == _check(text)[1], text


@each_case(
    "host",
    [
        "api.acme.example", "API.ACME.EXAMPLE", "www.strava.com.acme.example",
        "www.strava.com@acme.example", "acme.example/www.strava.com", "10.1.2.3", "[2001:db8::1]",
        "acme.example:8443", "\u00fcber.example", "localhost:8080", "intranet",
    ],
)  # fmt: skip
def test_any_other_host_speaks_against(host: str) -> None:
    for call in (
        'requests.get("https://@/x", headers={"Authorization": "Bearer RAW"})',
        "curl https://@/x -H 'Authorization: Bearer RAW'",
        "GET https://@/x\nAuthorization: Bearer RAW",
    ):
        text = f'requests.get("{_STRAVA}")\n\n' + call.replace("@", host).replace("RAW", _RAW)
        if host != "acme.example/www.strava.com":
            assert (Verdict.UNDETERMINED, []) == _check(text), text
        assert [] == _check(text)[1], text


_PREFIXED = (
    "glpat-aB3dE5gH7jK9mN2pQ4rS",  # tokcheck: allow
    "ghp_aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zA2bC4",  # tokcheck: allow
    "acme_0aB3dE5gH7jK9mN2pQ4rS6tU8",
)
_ACME = {
    "name": "acme",
    "address": "https://api.service.example/v1",
    "check": "/me",
    "tokens": [{"prefix": "acme_"}, {"pattern": "[0-9a-f]{40}"}],
}


_LOCAL_HOSTS = (
    "localhost:3000", "LOCALHOST:3000", "localhost", "127.0.0.1:3000", "127.1.2.3", "[::1]:3000",
    "0.0.0.0:3000", "10.0.0.5:3000", "192.168.1.2", "gitea:3000", "gitea.lan:3000",
)  # fmt: skip
_TO_LOCAL_HOSTS = (
    "curl http://@/api/v1/user -H 'Authorization: Bearer RAW' # strava",
    "STRAVA: curl http://@/api/v1/user -H 'Authorization: Bearer RAW'",
    "curl @/api/v1/user -H 'Authorization: Bearer RAW' # strava",
    "http GET @/api/v1/user 'Authorization: Bearer RAW' # strava",
    'requests.get("http://@/strava", headers={"Authorization": "Bearer RAW"})',
    "GET http://@/user\nAuthorization: Bearer RAW\n\n# strava",
    "GET /strava HTTP/1.1\nHost: @\nAuthorization: Bearer RAW\n",
    '{"url": "http://@/", "access_token": "RAW", "name": "strava"}',
    "# Strava\nAPI_URL=http://@\nACCESS_TOKEN=RAW\n",
)


@each_case("call", _TO_LOCAL_HOSTS)
@each_case("host", _LOCAL_HOSTS)
def test_a_server_in_the_own_network_is_an_unknown_host(host: str, call: str) -> None:
    for raw in (_RAW, *_PREFIXED[:2]):
        if raw != _RAW and call.startswith("#"):
            continue  # another line is no evidence against a prefix
        text = call.replace("@", host).replace("RAW", raw)
        for set_to in ("http://127.0.0.1:3001", "https://gitea.example:3000"):
            environment = {"TOKCHECK_STRAVA_URL": set_to}
            assert (Verdict.UNDETERMINED, []) == _check(text, None, None, environment), text
    text = call.replace("@", host).replace("RAW", _RAW)
    assert "strava" not in _owners_found(text), text


@each_case("call", _TO_LOCAL_HOSTS)
@each_case("host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "127.0.0.1"])
def test_an_address_in_use_is_its_providers(host: str, call: str) -> None:
    text = call.replace("@", host).replace("RAW", _RAW)
    address = f"http://{host.replace('localhost', '127.0.0.1')}"
    assert ["strava"] == _check(text, None, None, {"TOKCHECK_STRAVA_URL": address})[1], text
    other = {"TOKCHECK_OURA_URL": address}
    assert "strava" not in _check(text, None, None, other)[1], text
    assert ["strava"] == _check(text, None, None, {}, address)[1], text


def test_a_token_with_a_prefix_is_sent_to_an_address_in_use_for_its_provider() -> None:
    text = f"curl http://127.0.0.1:3000/x -H 'Authorization: Bearer {_PREFIXED[1]}'"
    for name, sent in (("GITHUB", ["github"]), ("STRAVA", [])):
        environment = {f"TOKCHECK_{name}_URL": "http://127.0.0.1:3000/"}
        assert sent == _check(text, None, None, environment)[1]


def _check_declared(text: str, wanted: str | None = None) -> tuple[Verdict, list[str]]:
    return _check(text, wanted, {**providers_in_use(None, {}), "acme": provider_of(_ACME)})


@each_case("raw", _PREFIXED)
@each_case(
    "call",
    [
        "curl https://git.mine.example/api/v4/user -H 'PRIVATE-TOKEN: RAW'",
        "curl https://git.mine.example/api/v3/user -H 'Authorization: Bearer RAW'",
        'requests.get("https://git.mine.example/", headers={"Authorization": "token RAW"})',
        "GET https://git.mine.example/user\nAuthorization: Bearer RAW\n",
        'FITBIT_ID=1\n{"url": "https://git.mine.example", "token": "RAW"}\n',
    ],
)
def test_a_token_of_ones_own_server_is_not_sent_to_the_public_one(raw: str, call: str) -> None:
    text = call.replace("RAW", raw)
    assert (Verdict.UNDETERMINED, []) == _check_declared(text), text
    owner = {"gl": "gitlab", "gh": "github", "ac": "acme"}[raw[:2]]
    assert [owner] == _check_declared(text, owner)[1], text
    for free in ("RAW", "GIT_TOKEN=RAW\nX=1"):
        assert [owner] == _check_declared(free.replace("RAW", raw))[1], free


def test_the_declared_address_is_evidence() -> None:
    for host, sent in (("api.service.example", ["acme"]), ("other.service.example", [])):
        text = f"curl https://{host}/v1/me -H 'Authorization: Bearer {_RAW}'"
        assert sent == _check_declared(text)[1], text
        prefixed = f"curl https://{host}/v1/me -H 'Authorization: Bearer {_PREFIXED[2]}'"
        assert sent == _check_declared(prefixed)[1], prefixed


def test_a_scan_probes_no_token_of_ones_own_server() -> None:
    known = {"gitlab", "github"}
    for raw in _PREFIXED[:2]:
        for text, is_probed in (
            (f"curl https://git.mine.example/x -H 'PRIVATE-TOKEN: {raw}'", False),
            (f"curl https://git.mine.example/x\nGIT_TOKEN={raw}\n", True),
            (f"GIT_TOKEN={raw}\n", True),
        ):
            (found,) = _SEARCH(Chunk("a.txt", text.encode()))
            assert found.provider in known
            assert is_probed == can_be_probed(found, known), text
            (advised,) = with_remedies([found], {})
            assert is_probed == ("tokcheck revoke" in advised.advice) or found.provider == "github"


@each_case("raw", _PREFIXED[:2])
def test_where_nothing_is_sent_the_form_counts(raw: str) -> None:
    text = f"curl https://git.mine.example/x -H 'PRIVATE-TOKEN: {raw}'"
    assert raw == tokcheck.clean(text)
    providers = providers_in_use(None, {})
    credential = finder_for(providers).find(text).credential
    with pytest.raises(NotRevocableError, match="names an unknown host"):
        check_credential(credential, 1, providers)
