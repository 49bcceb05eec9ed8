from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.support.providers.sandbox_requests import (
    CHALLENGE,
    FITBIT_PAGE,
    FITBIT_PARAMETERS,
    FITBIT_TOKEN,
    GOOGLE_CLIENT_FIELDS,
    GOOGLE_PAGE,
    GOOGLE_PARAMETERS,
    GOOGLE_TOKEN,
    LOOPBACK_REDIRECT_URI,
    REDIRECT_URI,
    SETTINGS,
    SLEEP,
    VERIFIER,
    redirect_fields,
    submit_consent,
)
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    FITBIT_SERVER_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_TESTING_CLIENT,
    GOOGLE_WEB_CLIENT,
    RegisteredClient,
    SandboxState,
)

EMAIL = "https://www.googleapis.com/auth/userinfo.email"
_PAGES = [
    pytest.param(FITBIT_PAGE, FITBIT_PARAMETERS, id="fitbit"),
    pytest.param(GOOGLE_PAGE, GOOGLE_PARAMETERS, id="google"),
]


class Tags(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def find_tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.mark.parametrize(("page", "parameters"), _PAGES)
def test_the_page_is_plain_html_that_reads_aloud(
    http: httpx.Client, page: str, parameters: dict[str, str]
) -> None:
    response = http.get(page, params=parameters)
    assert 200 == response.status_code
    assert "text/html; charset=UTF-8" == response.headers["Content-Type"]
    tags = Tags(response.text)
    assert [{"lang": "en"}] == tags.find_tags("html")
    assert 1 == len(tags.find_tags("h1"))
    assert [] == tags.find_tags("script")
    fields = {f["id"] for name in ("input", "select") for f in tags.find_tags(name)}
    assert fields == {label["for"] for label in tags.find_tags("label")}
    described = {box["aria-describedby"] for box in tags.find_tags("input")}
    assert described == {small["id"] for small in tags.find_tags("small")}
    assert parameters["scope"].split() == [box["value"] for box in tags.find_tags("input")]
    assert all("checked" in box for box in tags.find_tags("input"))
    assert ["deny", "allow"] == [button["value"] for button in tags.find_tags("button")]
    assert 8 == len(tags.find_tags("option"))


def test_fitbit_what_stays_ticked_is_granted(http: httpx.Client) -> None:
    response = submit_consent(
        http, FITBIT_PAGE, FITBIT_PARAMETERS, ["sleep", "weight"], account="bo"
    )
    assert response.headers["Location"].startswith(f"{REDIRECT_URI}?code=")
    assert response.headers["Location"].endswith("#_=_")
    fields = redirect_fields(response)
    assert "st/a te" == fields["state"]
    assert 40 == len(fields["code"])
    form = {
        "grant_type": "authorization_code",
        "client_id": FITBIT_CLIENT,
        "redirect_uri": REDIRECT_URI,
    }
    form |= {"code": fields["code"], "code_verifier": VERIFIER}
    response = http.post(FITBIT_TOKEN, data=form).json()
    assert ("sleep", "8BOBO3") == (response["scope"], response["user_id"])


def test_google_what_stays_ticked_is_granted(http: httpx.Client) -> None:
    parameters = GOOGLE_PARAMETERS | {"scope": f"openid email {SETTINGS} {SLEEP}"}
    assert "Always included: openid" in http.get(GOOGLE_PAGE, params=parameters).text
    response = submit_consent(http, GOOGLE_PAGE, parameters, [SLEEP])
    fields = redirect_fields(response)
    assert ["state", "code", "scope"] == list(fields)
    assert f"openid {EMAIL} {SLEEP}" == fields["scope"]
    form = GOOGLE_CLIENT_FIELDS | {
        "grant_type": "authorization_code",
        "redirect_uri": LOOPBACK_REDIRECT_URI,
    }
    response = http.post(GOOGLE_TOKEN, data=form | {"code": fields["code"]}).json()
    assert fields["scope"] == response["scope"]


def test_denying_comes_back_as_access_denied(http: httpx.Client) -> None:
    expected = {
        "error": "access_denied",
        "error_description": "The user denied the request.",
        "state": "st/a te",
    }
    assert expected == redirect_fields(
        submit_consent(http, FITBIT_PAGE, FITBIT_PARAMETERS, [], decision="deny")
    )
    expected = {"state": "st/a te", "error": "access_denied"}
    assert expected == redirect_fields(
        submit_consent(http, GOOGLE_PAGE, GOOGLE_PARAMETERS, [], decision="deny")
    )


@pytest.mark.parametrize(("page", "parameters"), _PAGES)
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"scopes": []}, "Tick at least one box, or choose Deny."),
        ({"account": "nobody"}, "There is no such account."),
        ({"decision": "perhaps"}, "Choose Allow or Deny."),
    ],
)
def test_half_an_answer_brings_the_page_back(
    http: httpx.Client,
    page: str,
    parameters: dict[str, str],
    changed: dict[str, Any],
    sentence: str,
) -> None:
    ticked = parameters["scope"].split()[1]
    response = submit_consent(
        http, page, parameters, **{"scopes": [ticked], "account": "bo"} | changed
    )
    assert (400, True) == (response.status_code, sentence in response.text)
    tags = Tags(response.text)
    kept = [ticked] if changed.get("scopes", True) else []
    assert kept == [box["value"] for box in tags.find_tags("input") if "checked" in box]
    chosen = [option["value"] for option in tags.find_tags("option") if "selected" in option]
    assert chosen == ([] if "account" in changed else ["bo"])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_id": ""}, "invalid_request - Missing parameters: client_id"),
        ({"client_id": GOOGLE_CLIENT}, "unauthorized_client - Invalid client_id"),
        ({"redirect_uri": ""}, "invalid_request - Missing redirect_uri parameter value"),
        (
            {"redirect_uri": f"{REDIRECT_URI}/"},
            "invalid_request - Invalid redirect_uri parameter value",
        ),
        (
            {"redirect_uri": LOOPBACK_REDIRECT_URI},
            "invalid_request - Invalid redirect_uri parameter value",
        ),
        ({"response_type": ""}, "invalid_request - Missing response_type parameter value"),
        (
            {"response_type": "token", "client_id": FITBIT_SERVER_CLIENT},
            "unauthorized_client - The client is not authorized to request an access token "
            "using this method",
        ),
        (
            {"response_type": "token", "expires_in": "3600"},
            "invalid_request - Invalid expires_in parameter value",
        ),
        (
            {"response_type": "<b>"},
            "unsupported_response_type - Invalid response_type parameter value",
        ),
        ({"code_challenge_method": "s256"}, "invalid_request - Unsupported code_challenge_method"),
        (
            {"code_challenge": CHALLENGE[1:]},
            "invalid_request - The code_challenge parameter length must be between 43 and 128",
        ),
        (
            {"code_challenge": CHALLENGE[1:] + "="},
            "invalid_request - The code_challenge parameter is invalid",
        ),
    ],
)
def test_fitbit_shows_what_it_cannot_send_back(
    http: httpx.Client, changed: dict[str, str], expected: str
) -> None:
    response = http.get(FITBIT_PAGE, params=FITBIT_PARAMETERS | changed)
    assert (400, True) == (response.status_code, expected in response.text)
    assert (
        400 == submit_consent(http, FITBIT_PAGE, FITBIT_PARAMETERS | changed, ["sleep"]).status_code
    )


@pytest.mark.parametrize("scope", ["", "sleep steps", "SLEEP"])
def test_fitbit_sends_a_wrong_scope_back(http: httpx.Client, scope: str) -> None:
    fields = redirect_fields(http.get(FITBIT_PAGE, params=FITBIT_PARAMETERS | {"scope": scope}))
    assert ("invalid_scope", "st/a te") == (fields["error"], fields["state"])


def test_fitbit_one_registered_address_may_be_left_out(
    http: httpx.Client, state: SandboxState
) -> None:
    state.clients.put(
        RegisteredClient("23ONLY", "client", redirect_uris=("http://127.0.0.1:1/a?b=c",))
    )
    parameters = {"client_id": "23ONLY", "response_type": "code", "scope": "sleep"}
    response = submit_consent(http, FITBIT_PAGE, parameters, ["sleep"])
    assert response.headers["Location"].startswith("http://127.0.0.1:1/a?b=c&code=")
    form = {"grant_type": "authorization_code", "client_id": "23ONLY"}
    form |= {"code": redirect_fields(response)["code"]}
    assert 200 == http.post(FITBIT_TOKEN, data=form).status_code


@pytest.mark.parametrize(
    ("changed", "status", "expected"),
    [
        ({"client_id": FITBIT_CLIENT}, 401, "invalid_client"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"redirect_uri": "http://example.org/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "https://127.0.0.1:1/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://127.0.0.1:1/\r\nX-Y: z"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://127.0.0.1:99999/"}, 400, "redirect_uri_mismatch"),
        ({"client_id": GOOGLE_WEB_CLIENT}, 400, "redirect_uri_mismatch"),
        ({"response_type": ""}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"scope": ""}, 400, "invalid_request"),
        ({"scope": " "}, 400, "invalid_scope"),
        ({"scope": f"{SETTINGS} settings <b>"}, 400, "invalid_scope"),
        ({"code_challenge": "short"}, 400, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S512"}, 400, "invalid_request"),
        ({"prompt": "none consent"}, 400, "invalid_request"),
        ({"prompt": "always"}, 400, "invalid_request"),
    ],
)
def test_google_shows_what_it_cannot_send_back(
    http: httpx.Client, changed: dict[str, str], status: int, expected: str
) -> None:
    response = http.get(GOOGLE_PAGE, params=GOOGLE_PARAMETERS | changed)
    assert (status, True) == (
        response.status_code,
        f"Error {status}: {expected}" in response.text,
    )
    assert "<b>" not in response.text


@pytest.mark.parametrize("uri", ["http://localhost:1/", "http://[::1]:2/x?y=z", "http://127.0.0.1"])
def test_google_a_desktop_application_may_use_any_port_of_loopback(
    http: httpx.Client, uri: str
) -> None:
    fields = GOOGLE_PARAMETERS | {"redirect_uri": uri, "code_challenge": CHALLENGE}
    assert redirect_fields(submit_consent(http, GOOGLE_PAGE, fields, [SLEEP]))["code"]


def test_google_the_login_hint_chooses_the_account(http: httpx.Client) -> None:
    page = http.get(GOOGLE_PAGE, params=GOOGLE_PARAMETERS | {"login_hint": "bo@sandbox.invalid"})
    assert '<option value="bo" selected>' in page.text


def test_google_without_a_prompt_somebody_must_be_known_and_have_consented(
    http: httpx.Client, state: SandboxState
) -> None:
    silent = GOOGLE_PARAMETERS | {"prompt": "none"}
    hinted = silent | {"login_hint": "alex@sandbox.invalid"}
    request = [http.get(GOOGLE_PAGE, params=parameters) for parameters in (silent, hinted)]
    assert ["login_required", "consent_required"] == [redirect_fields(a)["error"] for a in request]
    state.exchange_code(
        GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT, scopes=["settings", "sleep"])
    )
    assert f"{SETTINGS} {SLEEP}" == redirect_fields(http.get(GOOGLE_PAGE, params=hinted))["scope"]


def test_google_earlier_scopes_are_merged_on_request(
    http: httpx.Client, state: SandboxState
) -> None:
    state.exchange_code(GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT, scopes=["settings"]))
    parameters = GOOGLE_PARAMETERS | {"scope": SLEEP}
    assert SLEEP == redirect_fields(submit_consent(http, GOOGLE_PAGE, parameters, [SLEEP]))["scope"]
    parameters |= {"include_granted_scopes": "true"}
    merged = redirect_fields(submit_consent(http, GOOGLE_PAGE, parameters, [SLEEP]))["scope"]
    assert f"{SLEEP} {SETTINGS}" == merged


def test_google_only_testers_may_use_what_is_tested(http: httpx.Client) -> None:
    change = {"client_id": GOOGLE_TESTING_CLIENT, "testers": ["bo"]}
    assert ["bo"] == http.post("/sandbox/clients", json=change).json()["testers"]
    parameters = GOOGLE_PARAMETERS | {"client_id": GOOGLE_TESTING_CLIENT}
    assert "not verified this application" in http.get(GOOGLE_PAGE, params=parameters).text
    refused = submit_consent(http, GOOGLE_PAGE, parameters, [SLEEP])
    assert (403, True) == (refused.status_code, "Error 403: access_denied" in refused.text)
    assert redirect_fields(submit_consent(http, GOOGLE_PAGE, parameters, [SLEEP], account="bo"))[
        "code"
    ]


def test_other_verbs_find_no_page(http: httpx.Client) -> None:
    assert 405 == http.put(FITBIT_PAGE).status_code
    assert 404 == http.put(GOOGLE_PAGE).status_code


def test_an_applications_name_is_escaped_in_html(http: httpx.Client, state: SandboxState) -> None:
    state.clients.put(
        RegisteredClient("23ODDS", "client", '<script>"&', redirect_uris=(REDIRECT_URI,))
    )
    page = http.get(FITBIT_PAGE, params=FITBIT_PARAMETERS | {"client_id": "23ODDS"}).text
    assert [] == Tags(page).find_tags("script")
    assert "&lt;script&gt;&quot;&amp; wants access" in page
