"""Applications in the files of a grant: which of them is the grant's own."""

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.accounts.token_files.conftest import FITBIT
from tests.support.tokens import FITBIT_REFRESH, FITBIT_SECRET
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.secret import Secret
from tokcheck.declarations.on_demand import ProvidersOnDemand

PROVIDERS = ProvidersOnDemand({})
REFRESH = "5d0c1f7a93" * 4
SECRET = "9b1e7d40c2" * 4
OTHER_SECRET = "4f6a8b2c10" * 4
STRAVA = {"access_token": "3c5e7f9a01" * 4, "refresh_token": REFRESH}
BOTH = {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH}


def parse(*texts: Any, provider: str | None = None) -> TokenFile:
    text, *others = (each if isinstance(each, str) else json.dumps(each) for each in texts)
    for name in ("strava", "spotify", "withings"):
        assert PROVIDERS[name]
    return parse_token_file(text, PROVIDERS, provider, others=others)


def application(found: TokenFile) -> tuple[str | None, str | None]:
    secret = found.client_secret
    return found.client_id, secret.reveal() if isinstance(secret, Secret) else None


def entry(domain: str, token: dict[str, str]) -> dict[str, Any]:
    data = {"auth_implementation": domain, "token": token}
    return {"data": {"entries": [{"domain": domain, "title": "Alex", "data": data}]}}


def credentials(*domains: str) -> dict[str, Any]:
    items = [
        {"id": domain, "domain": domain, "auth_domain": domain, "client_id": f"1234{number}"}
        | {"client_secret": SECRET if number else OTHER_SECRET}
        for number, domain in enumerate(domains)
    ]
    return {"key": "application_credentials", "data": {"items": items}}


@pytest.mark.parametrize("domain", ["spotify", "withings", "foo", "netatmo"])
def test_an_application_of_another_domain_is_not_the_grants(domain: str) -> None:
    found = parse(entry("strava", STRAVA), credentials(domain))
    assert (None, None) == application(found)
    assert any("second file gave nothing" in note for note in found.notes)
    found = parse(entry("fitbit", BOTH), credentials(domain))
    assert ("23TEST", None) == application(found)
    assert any("second file gave nothing" in note for note in found.notes)


def test_an_application_of_the_same_domain_is_the_grants() -> None:
    assert ("12341", SECRET) == application(
        parse(entry("strava", STRAVA), credentials("foo", "strava"))
    )
    own = entry("ha_strava", STRAVA)
    assert ("12340", OTHER_SECRET) == application(parse(own, credentials("ha_strava")))
    response = STRAVA | {"token_type": "Bearer"}
    assert ("12340", OTHER_SECRET) == application(
        parse(response, credentials("strava"), provider="strava")
    )


@pytest.mark.parametrize(
    "other",
    [
        f"SPOTIFY_CLIENT_ID=12345\nSPOTIFY_CLIENT_SECRET={OTHER_SECRET}\n",
        f"GITHUB_CLIENT_ID=12345\nGITHUB_CLIENT_SECRET={OTHER_SECRET}\n",
        f"[spotify]\nclient_id = 12345\nclient_secret = {OTHER_SECRET}\n",
        json.dumps({"spotify": {"client_id": "12345", "client_secret": OTHER_SECRET}}),
        json.dumps({"provider": "spotify", "client_id": "12345", "client_secret": OTHER_SECRET}),
    ],
    ids=["variables", "known service", "section", "key", "field"],
)
def test_an_application_with_the_name_of_another_service_is_not_the_grants(other: str) -> None:
    grants = (f"STRAVA_REFRESH_TOKEN={REFRESH}\n", json.dumps({"strava": STRAVA}))
    for grant in grants:
        assert (None, None) == application(parse(grant, other))
    if not other.startswith("{"):
        own = f"STRAVA_CLIENT_ID=77\nSTRAVA_CLIENT_SECRET={SECRET}\n"
        assert (None, None) == application(parse(grants[0] + other))
        assert ("77", SECRET) == application(parse(own + grants[0] + other))


@pytest.mark.parametrize("name", ["strava", "my", "oauth", "fit"])
def test_an_application_without_another_services_name_is_the_grants(name: str) -> None:
    other = f"{name}_CLIENT_ID=12345\n{name}_CLIENT_SECRET={SECRET}\n"
    assert ("12345", SECRET) == application(parse(f"STRAVA_REFRESH_TOKEN={REFRESH}\n", other))


def test_the_application_of_a_signed_token_is_its_own() -> None:
    other = {"domain": "spotify", "client_id": "23TEST", "client_secret": FITBIT_SECRET}
    assert ("23TEST", FITBIT_SECRET) == application(parse(entry("fitbit", BOTH), other))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize(
    "template",
    [
        "{}",
        "{}\n",
        "POST /oauth/token HTTP/1.1\nHost: example.org\n\n{}\n",
        "# body: of the last request\n{}\n",
        "'{}'\n",
        "BODY={}\n",
        "curl https://www.strava.com/oauth/token -d '{}'\n",
        "data: {}\n",
    ],
)
def test_a_form_has_its_client_id_at_any_place(order: tuple[int, ...], template: str) -> None:
    fields = ("client_id=12345", f"client_secret={SECRET}", f"refresh_token={REFRESH}")
    text = template.format("&".join(fields[place] for place in order))
    found = parse(text, provider="strava")
    assert ("12345", SECRET) == application(found)
    assert found.refresh is not None
    assert REFRESH == found.refresh.reveal()


@pytest.mark.parametrize(
    "client_id",
    ["abcd-efg", "12345", "9f1c0d2e-4b1a-4c77-8e21-0123456789ab", "7e3bb6cba38b2f01" * 4],
)
@pytest.mark.parametrize(
    "template",
    [
        "<grant>\n<client_id>{0}</client_id>\n<client_secret>{1}</client_secret>\n"
        "<refresh_token>{2}</refresh_token>\n</grant>\n",
        "<dict>\n<key>client_id</key>\n<string>{0}</string>\n<key>client_secret</key>\n"
        "<string>{1}</string>\n<key>refresh_token</key>\n<string>{2}</string>\n</dict>\n",
        "curl -u {0}:{1} https://www.strava.com/oauth/token -d refresh_token={2}\n",
        "curl https://www.strava.com/oauth/token \\\n  --user '{0}:{1}' \\\n"
        "  -d grant_type=refresh_token \\\n  -d 'refresh_token={2}'\n",
        "curl -su {0}:{1} https://www.strava.com/oauth/token -d refresh_token={2}\n",
        '#define CLIENT_ID "{0}"\n#define CLIENT_SECRET "{1}"\n#define REFRESH_TOKEN "{2}"\n',
        "app --client-id {0} --client-secret {1} --refresh-token {2}\n",
    ],
    ids=[
        "XML",
        "property list",
        "curl",
        "curl in several lines",
        "curl -su",
        "definitions of C",
        "options",
    ],
)
def test_an_application_is_found_whatever_the_form_of_its_id(client_id: str, template: str) -> None:
    text = template.format(client_id, SECRET, REFRESH)
    assert (client_id, SECRET) == application(parse(text, provider="strava"))


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize(
    "client_id", ["12345", "9f1c0d2e-4b1a-4c77-8e21-0123456789ab", "7e3bb6cba38b2f01" * 2]
)
def test_basic_credentials_of_the_same_request_are_the_grants(client_id: str, form: int) -> None:
    pair = b64encode(f"{client_id}:{SECRET}".encode()).decode()
    text = (
        f"curl https://www.strava.com/oauth/token -H 'Authorization: Basic {pair}' "
        f"-d refresh_token={REFRESH}\n",
        f"POST /oauth/token HTTP/1.1\nHost: www.strava.com\nAuthorization: Basic {pair}\n\n"
        f"grant_type=refresh_token&refresh_token={REFRESH}\n",
    )[form]
    assert (client_id, SECRET) == application(parse(text, provider="strava"))


@pytest.mark.parametrize(
    "other",
    [
        f"curl -u admin:{OTHER_SECRET} https://intern.example/\n",
        f"curl -u 12345:{OTHER_SECRET} https://accounts.spotify.com/api/token -d a=b\n",
        "curl https://accounts.spotify.com/api/token -H 'Authorization: Basic "
        f"{b64encode(f'12345:{OTHER_SECRET}'.encode()).decode()}' -d a=b\n",
    ],
)
def test_the_credentials_of_another_request_are_not_the_grants(other: str) -> None:
    own = f"STRAVA_REFRESH_TOKEN={REFRESH}\n"
    assert (None, None) == application(parse(own + other, provider="strava"))
    assert (None, None) == application(parse(own, other, provider="strava"))
