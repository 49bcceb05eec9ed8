import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.providers import REGISTRY
from tokcheck.transport.endpoints import Endpoints, authorization_endpoint, resolve_endpoints

FITBIT_URL = "TOKCHECK_FITBIT_URL"
HEALTH_URL = "TOKCHECK_GOOGLE_HEALTH_URL"
OAUTH_URL = "TOKCHECK_GOOGLE_OAUTH_URL"


def fitbit(address: str) -> str:
    return resolve_endpoints(REGISTRY, {FITBIT_URL: address}).address_of(REGISTRY["fitbit"], "api")


def refusals(address: str) -> list[UsageError]:
    """Return the errors of an address in the variable and in the option."""
    errors = []
    for environment, option in (({FITBIT_URL: address}, None), ({}, address)):
        with pytest.raises(UsageError) as caught:
            resolve_endpoints(REGISTRY, environment, option)
        errors.append(caught.value)
    return errors


def test_the_defaults_are_the_providers_own() -> None:
    assert resolve_endpoints(REGISTRY, {}).addresses == {
        ("fitbit", "api"): "https://api.fitbit.com",
        ("google-health", "api"): "https://health.googleapis.com",
        ("google-health", "oauth"): "https://oauth2.googleapis.com",
    }


def test_each_variable_replaces_one_address() -> None:
    environment = {
        name: f"https://{number}.example"
        for number, name in enumerate((FITBIT_URL, HEALTH_URL, OAUTH_URL))
    }
    assert resolve_endpoints(REGISTRY, environment).addresses == {
        ("fitbit", "api"): "https://0.example",
        ("google-health", "api"): "https://1.example",
        ("google-health", "oauth"): "https://2.example",
    }


def test_an_address_of_the_user_may_be_one_that_never_resolves() -> None:
    """Whether a name resolves is found out with the request, which is not sent then."""
    assert "https://nowhere.invalid" == fitbit("https://nowhere.invalid")


def test_the_option_comes_before_the_variable_and_leaves_the_oauth_service() -> None:
    environment = {FITBIT_URL: "https://a.example", OAUTH_URL: "https://b.example"}
    assert resolve_endpoints(REGISTRY, environment, "https://c.example").addresses == {
        ("fitbit", "api"): "https://c.example",
        ("google-health", "api"): "https://c.example",
        ("google-health", "oauth"): "https://b.example",
    }


def test_a_variable_that_the_option_replaces_may_hold_anything() -> None:
    addresses = resolve_endpoints(REGISTRY, {FITBIT_URL: "nonsense"}, "https://c.example")
    assert addresses.address_of(REGISTRY["fitbit"], "api") == "https://c.example"


def test_an_empty_variable_is_none() -> None:
    assert fitbit("") == "https://api.fitbit.com"


@pytest.mark.parametrize(
    ("expected", "address"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example", "  https://a.example// \n"),
        ("https://a.example/base/v0", "https://a.example/base/v0/"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("HTTPS://A.example", "HTTPS://A.example"),
        ("https://heyJunction-one.example", "https://heyJunction-one.example"),
        ("https://eyjunction-one.example", "https://eyjunction-one.example"),
        ("https://maya29.example-one.org", "https://maya29.example-one.org"),
        ("https://192.0.2.1", "https://192.0.2.1"),
        ("https://[2001:db8::1]:1", "https://[2001:db8::1]:1"),
        ("https://bücher.example", "https://bücher.example"),
        ("http://localhost", "http://localhost"),
        ("http://LOCALHOST:80", "http://LOCALHOST:80"),
        ("http://127.0.0.1:19151", "http://127.0.0.1:19151"),
        ("http://127.255.0.9", "http://127.255.0.9"),
        ("http://[::1]:19151/~slow", "http://[::1]:19151/~slow/"),
    ],
)
def test_https_is_good_anywhere_and_http_on_this_machine(expected: str, address: str) -> None:
    assert expected == fitbit(address)


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("is unencrypted and not on this computer", "http://a.example"),
        ("is unencrypted and not on this computer", "http://192.168.0.1"),
        ("is unencrypted and not on this computer", "http://0.0.0.0"),
        ("is unencrypted and not on this computer", "http://128.0.0.1"),
        ("is unencrypted and not on this computer", "http://127.0.0.1.example"),
        ("is unencrypted and not on this computer", "http://localhost.example"),
        ("is unencrypted and not on this computer", "http://localhost."),
        ("is unencrypted and not on this computer", "http://2130706433"),
        ("is unencrypted and not on this computer", "http://[::]"),
        ("is not a web address", "a.example"),
        ("is not a web address", "//a.example"),
        ("is not a web address", "https://"),
        ("is not a web address", "https:///path"),
        ("is not a web address", "https:a.example"),
        ("is not a web address", "ftp://a.example"),
        ("is not a web address", "file:///etc/hosts"),
        ("is not a web address", "localhost:8080"),
        ("is not a web address", "https://:443"),
        ("is not a valid URL", "https://["),
        ("is not a valid URL", "https://[::1"),
        ("is not a valid URL", "https://a.example:0"),
        ("is not a valid URL", "https://a.example:65536"),
        ("is not a valid URL", "https://a.example:-1"),
        ("is not a valid URL", "https://a.example:port"),
        ("is not a valid URL", "https://a.exam\nple"),
        ("is not a valid URL", "https://a.exam\tple"),
        ("is not a valid URL", "https://a.example/\u200b"),
        ("is not a valid URL", "https://a example"),
        ("is not a valid URL", "http://127.0.0.1\\.a.example"),
        ("contains more than a host and a path", "https://user@a.example"),
        ("contains more than a host and a path", "https://@a.example"),
        ("contains more than a host and a path", "https://user:password@a.example"),
        ("contains more than a host and a path", "http://127.0.0.1@a.example"),
        ("contains more than a host and a path", "http://localhost:80@a.example"),
        ("contains more than a host and a path", "https://a.example?"),
        ("contains more than a host and a path", "https://a.example/?x=1"),
        ("contains more than a host and a path", "https://a.example#"),
        ("contains more than a host and a path", "http://127.0.0.1#@a.example"),
    ],
)
def test_anything_else_is_wrong_usage_with_a_hint(words: str, address: str) -> None:
    for error, source in zip(refusals(address), (FITBIT_URL, "--api-url"), strict=True):
        assert f"The address in {source} {words}." == error.message
        assert error.hint.endswith(".")
        assert ExitCode.USAGE is error.exit_code


def test_an_empty_option_is_no_address() -> None:
    with pytest.raises(UsageError, match="--api-url is not a web address"):
        resolve_endpoints(REGISTRY, {}, "")


@pytest.mark.parametrize("token", [FITBIT, GOOGLE])
@pytest.mark.parametrize(
    "address",
    [
        "{}",
        "https://{}",
        "https://{}.example",
        "https://{}@a.example",
        "https://a.example/{}",
        "https://a.example/?access_token={}",
        "https://a.example/#access_token={}",
        "http://a.example/{}",
        "https://a.example:{}",
    ],
)
def test_a_token_in_an_address_is_refused_and_never_repeated(address: str, token: str) -> None:
    for error in refusals(address.format(token)):
        shown = repr((error, error.message, error.hint)).lower()
        assert token.lower() not in shown
        assert token[:12].lower() not in shown


@settings(deadline=None)
@given(st.text(alphabet="htps:/[]@.#?%1a0\\ -\n", max_size=30) | st.text(max_size=30))
def test_every_text_is_an_address_or_wrong_usage(address: str) -> None:
    try:
        found: Endpoints = resolve_endpoints(REGISTRY, {}, address)
    except UsageError:
        return
    assert found.address_of(REGISTRY["fitbit"], "api").lower().startswith(("https://", "http://"))


def test_a_consent_page_is_the_providers_own_or_what_replaces_it() -> None:
    provider = REGISTRY["fitbit"]
    variable = "TOKCHECK_FITBIT_AUTHORIZE_URL"
    assert "https://www.fitbit.com/oauth2/authorize" == authorization_endpoint(provider, {})
    assert "https://www.fitbit.com/oauth2/authorize" == authorization_endpoint(
        provider, {variable: ""}
    )
    here = "http://127.0.0.1:1/oauth2/authorize"
    assert here == authorization_endpoint(provider, {variable: here})
    with pytest.raises(UsageError, match="TOKCHECK_FITBIT_AUTHORIZE_URL is unencrypted"):
        authorization_endpoint(provider, {variable: "http://www.example.org/authorize"})
    with pytest.raises(UsageError, match="more than a host and a path"):
        authorization_endpoint(provider, {variable: "https://www.example.org/authorize?a=b"})


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("https://a.example", "/", "https://a.example/"),
        ("https://a.example/", "/", "https://a.example/"),
        ("https://a.example/v1/me", "/", "https://a.example/v1/me"),
        ("https://a.example/v1/me/ ", "/", "https://a.example/v1/me/"),
        ("https://a.example/v1", "/me", "https://a.example/v1/me"),
        ("https://a.example/v1/", "/me/", "https://a.example/v1/me/"),
    ],
)
def test_a_path_of_a_slash_alone_is_the_base_address(base: str, path: str, expected: str) -> None:
    provider = REGISTRY["fitbit"]
    for endpoints in (
        resolve_endpoints(REGISTRY, {FITBIT_URL: base}),
        resolve_endpoints(REGISTRY, {}, base),
        Endpoints({}, {}, base),
    ):
        assert expected == endpoints.request_url(provider, "api", path)
