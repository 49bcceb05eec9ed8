"""A whole login without a terminal: its steps, what it stores, and that it prints nothing."""

import ast
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import tokcheck.accounts.login
from tests.support.accounts.fake_token_endpoint import START, FakeClock, response
from tests.support.accounts.login_person import Person, consent_query
from tests.support.tokens import (
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    fitbit,
)
from tokcheck.accounts.errors import ConsentError, OAuthError
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.login.application import ClientFile
from tokcheck.accounts.login.session import LoginOptions, LoginResources, log_in
from tokcheck.accounts.oauth.client_secret import CleanSecret
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

PASTED = LoginOptions(
    REGISTRY["fitbit"],
    "https://consent.example/authorize",
    30.0,
    client_id=FITBIT_CLIENT,
    listen=False,
)
LISTENING = PASTED._replace(listen=True, port=0)
VARIABLES = {"TOKCHECK_FITBIT_CLIENT_SECRET": FITBIT_SECRET}


class TokenEndpoint:
    """Exchanges one code for tokens, if the verifier belongs to the user's request."""

    def __init__(self, clock: FakeClock, user: Person) -> None:
        self.clock = clock
        self.user = user
        self.forms: list[dict[str, str]] = []
        self.user_id = "7TESTS"
        self.interrupted = False
        self.refuses = False

    def send(self, provider: Provider, request: Request) -> Response:
        if request.method == "HEAD":
            assert provider.oauth.token == request.path
            assert request == Request("HEAD", request.service, request.path), "no credential"
            return response(404, b"")
        assert request.form is not None
        form = {name: secret.reveal() for name, secret in request.form.items()}
        self.forms.append(form)
        self.clock.seconds += 5
        if self.interrupted:
            raise KeyboardInterrupt
        digest = sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        wanted = self.user.request
        own = (challenge, form["redirect_uri"])
        if self.refuses or own != (wanted["code_challenge"], wanted["redirect_uri"]):
            return response(400, {"errors": [{"errorType": "invalid_grant", "message": "no"}]})
        refresh = sha256(str(len(self.forms)).encode() + FITBIT_REFRESH.encode()).hexdigest()
        return response(
            200,
            {
                "access_token": fitbit(exp=int(START) + 90_000),
                "refresh_token": refresh,
                "expires_in": 28_800,
                "scope": wanted["scope"],
                "token_type": "Bearer",
                "user_id": self.user_id,
            },
        )


class LoginHarness:
    """A login of one user with a store and a token endpoint of its own."""

    def __init__(self, store: GrantStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.random: list[int] = []
        self.endpoint = TokenEndpoint(clock, Person())

    def __call__(
        self,
        user: Person,
        options: LoginOptions = PASTED,
        environment: Any = VARIABLES,
        lock_patience: float = 10.0,
    ) -> Any:
        self.endpoint.user = user
        resources = LoginResources(
            self.store,
            self.endpoint.send,
            REGISTRY,
            environment,
            self.clock.now,
            self._random_token,
            explain_message,
            lock_patience,
        )
        return log_in(options, resources, user)

    def _random_token(self, size: int) -> str:
        self.random.append(size)
        return sha256(f"{len(self.random)}".encode()).hexdigest()[:size]


def reveal(value: Any) -> Any:
    """Return a value with its secrets as texts, so that it can be compared."""
    if isinstance(value, Secret):
        return value.reveal()
    return tuple(map(reveal, value)) if isinstance(value, tuple) else value


@pytest.fixture
def login(store: GrantStore, clock: FakeClock) -> LoginHarness:
    return LoginHarness(store, clock)


@pytest.fixture(autouse=True)
def _silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize("options", [PASTED, LISTENING], ids=["pasted", "listening"])
def test_a_redirect_of_another_server_than_the_requested_one_ends_the_login(
    login: LoginHarness, store: GrantStore, options: LoginOptions
) -> None:
    own = Person(lambda request: consent_query(request) | {"iss": "https://consent.example"})
    login(own, options)
    assert 1 == len(store.grants())
    other = Person(lambda request: consent_query(request) | {"iss": "https://www.fitbit.com"})
    with pytest.raises(ConsentError) as caught:
        login(other, options)
    assert "issuer_mismatch" == caught.value.code
    assert 1 == len(login.endpoint.forms), "its code went nowhere"


def test_a_pasted_redirect_becomes_an_account(login: LoginHarness, store: GrantStore) -> None:
    user = Person()
    stored = login(user, PASTED._replace(name="alex", scopes=("sleep", "settings")))
    (grant,) = store.grants()
    assert reveal(stored.grant) == reveal(grant)
    assert ("alex", "7TESTS", ("sleep", "settings")) == (grant.name, grant.user_id, grant.scopes)
    assert ("fitbit", FITBIT_CLIENT, FITBIT_SECRET) == reveal(grant.client)
    # The lifetime counts from before the exchange, which took five seconds.
    assert (START, START + 28_800) == (grant.obtained_at, grant.expires_at)
    assert (("sleep", "settings"), (), ()) == stored.scopes
    assert (None, None, ()) == (stored.replaced, stored.name.taken, stored.name.twins)
    assert [32, 64] == login.random
    (page,) = user.pages
    assert page.address.startswith("https://consent.example/authorize?response_type=code&")
    assert ("http://127.0.0.1:19152/callback", None) == (page.redirect_uri, page.wait_seconds)
    (form,) = login.endpoint.forms
    assert (FITBIT_CODE, user.request["redirect_uri"]) == (form["code"], form["redirect_uri"])
    assert form["code_verifier"] not in page.address
    assert ["old token", "consent page", "redirect"] == user.prompts


def test_a_redirect_to_the_loopback_server_becomes_an_account(
    login: LoginHarness, store: GrantStore
) -> None:
    user = Person()
    stored = login(user, LISTENING)
    assert [reveal(stored.grant)] == list(map(reveal, store.grants()))
    assert user.browser is not None
    user.browser.join(30)
    assert [200] == [landing.status_code for landing in user.landings]
    (page,) = user.pages
    assert page.redirect_uri.startswith("http://127.0.0.1:")
    assert 30.0 == page.wait_seconds
    assert page.redirect_uri == login.endpoint.forms[0]["redirect_uri"]


def test_redirects_of_another_login_are_reported_once_and_passed_over(
    login: LoginHarness, store: GrantStore
) -> None:
    def foreign(request: dict[str, str]) -> dict[str, str]:
        return consent_query(request) | {"state": "another"}

    user = Person(foreign, foreign, consent_query)
    login(user, LISTENING)
    assert ["state_mismatch"] == [error.code for error in user.foreign]
    assert 1 == len(store.grants())
    assert 1 == len(login.endpoint.forms)


def test_a_consent_that_is_denied_ends_the_login(login: LoginHarness, store: GrantStore) -> None:
    def deny(request: dict[str, str]) -> dict[str, str]:
        return {"error": "access_denied", "state": request["state"]}

    for options in (PASTED, LISTENING):
        with pytest.raises(ConsentError) as caught:
            login(Person(deny), options)
        assert "access_denied" == caught.value.code
    assert [] == login.endpoint.forms
    assert [] == store.grants()


def test_without_a_redirect_the_wait_times_out(login: LoginHarness, store: GrantStore) -> None:
    user = Person(lambda _: {"nothing": "of use"})
    with pytest.raises(ConsentError) as caught:
        login(user, LISTENING._replace(timeout=0.05))
    assert "timeout" == caught.value.code
    assert [] == store.grants()


def test_a_code_that_is_refused_leaves_no_account(login: LoginHarness, store: GrantStore) -> None:
    login.endpoint.refuses = True
    with pytest.raises(OAuthError):
        login(Person())
    assert 1 == len(login.endpoint.forms)
    assert [] == store.grants()


@pytest.mark.parametrize(("can_prompt", "tries"), [(True, 3), (False, 1)])
def test_a_mistaken_paste_may_be_repeated_by_somebody_who_is_there(
    can_prompt: bool,  # noqa: FBT001
    tries: int,
    login: LoginHarness,
) -> None:
    user = Person(pastes=("nothing of use",) * 3, can_prompt=can_prompt)
    with pytest.raises(ConsentError) as caught:
        login(user)
    assert "no_code" == caught.value.code
    assert tries == user.prompts.count("redirect")
    assert ["no_code"] * (tries - 1) == [error.code for error in user.rejected]


def test_a_right_paste_after_a_mistaken_one_is_enough(
    login: LoginHarness, store: GrantStore
) -> None:
    wrong = f"http://127.0.0.1:19152/callback?code={FITBIT_CODE}&state=another"
    user = Person(pastes=("", wrong), can_prompt=True)
    login(user)
    assert ["no_code", "state_mismatch"] == [error.code for error in user.rejected]
    assert 1 == len(store.grants())


def test_an_error_of_the_consent_page_is_not_pasted_again(login: LoginHarness) -> None:
    user = Person(pastes=("error=access_denied",), can_prompt=True)
    with pytest.raises(ConsentError) as caught:
        login(user)
    assert "access_denied" == caught.value.code
    assert [] == user.rejected


def test_a_second_login_takes_application_and_scopes_from_the_store(
    login: LoginHarness, store: GrantStore
) -> None:
    first = login(Person(), PASTED._replace(name="alex", scopes=("nutrition", "sleep")))
    user = Person()
    again = login(user, PASTED._replace(name="alex", client_id=None), {})
    assert ["old token", "consent page", "redirect"] == user.prompts
    (requested,) = user.requested
    assert (("nutrition", "sleep"), "account") == (requested.scopes, requested.source)
    assert reveal(first.grant) == reveal(again.replaced)
    assert reveal(first.grant.client) == reveal(again.grant.client)
    assert [reveal(again.grant)] == list(map(reveal, store.grants()))


def test_the_only_application_of_a_provider_is_used_for_a_new_account(login: LoginHarness) -> None:
    first = login(Person(), PASTED._replace(name="alex"))
    login.endpoint.user_id = "7KIM"
    second = login(Person(), PASTED._replace(name="kim", client_id=None), {})
    assert reveal(first.grant.client) == reveal(second.grant.client)
    other = PASTED._replace(name="sam", client_id="23OTHR")
    login.endpoint.user_id = "7SAM"
    login(Person(client_secret=""), other, {})
    with pytest.raises(UsageError, match="No client id"):  # of two
        login(Person(), PASTED._replace(client_id=None), {})


def test_an_application_that_nothing_names_is_prompted_for(login: LoginHarness) -> None:
    user = Person(client_id=f" {FITBIT_CLIENT}\n", client_secret="made-up")
    stored = login(user, PASTED._replace(client_id=None), {})
    assert ("fitbit", FITBIT_CLIENT, "made-up") == reveal(stored.grant.client)
    assert ["client id", "client secret"] == user.prompts[1:3]


@pytest.mark.parametrize("typed", ["", None])
def test_an_application_may_have_no_secret(typed: str | None, login: LoginHarness) -> None:
    stored = login(Person(client_secret=typed), PASTED, {})
    assert stored.grant.client.secret is None


def test_a_variable_names_the_application(login: LoginHarness) -> None:
    variables = VARIABLES | {"TOKCHECK_FITBIT_CLIENT_ID": "23VARI"}
    stored = login(Person(), PASTED._replace(client_id=None), variables)
    assert "23VARI" == stored.grant.client.client_id


def test_a_client_files_secret_and_redirect_uri_come_first(login: LoginHarness) -> None:
    file = ClientFile(
        GOOGLE_CLIENT,
        CleanSecret(Secret(GOOGLE_SECRET), ""),
        ("https://localhost:8443/back",),
        "c.json",
    )
    options = PASTED._replace(
        provider=REGISTRY["google-health"],
        client_id=None,
        client_file=file,
        listen=True,  # in vain: nothing can listen there
    )
    variables = {"TOKCHECK_GOOGLE_CLIENT_SECRET": "another"}
    user = Person(pastes=("https://localhost:8443/back?error=access_denied",))
    with pytest.raises(ConsentError, match="denied"):
        login(user, options, variables)
    (page,) = user.pages
    assert ("https://localhost:8443/back", None) == (page.redirect_uri, page.wait_seconds)
    assert GOOGLE_CLIENT == user.request["client_id"]
    assert "client secret" not in user.prompts


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": GOOGLE_CLIENT}, "This is a client id of the Google Health API"),
        ({"client_file": ClientFile("23ELSE", None, (), "c.json")}, "name different app"),
        (
            {"client_file": ClientFile(FITBIT_CLIENT, None, ("http://a", "http://b"), "c")},
            "several red",
        ),
        ({"scopes": ("slep",)}, "has no scope 'slep'"),
        ({"port": 70_000}, "--port 70000 is out of range"),
        ({"port": 1, "redirect_uri": "http://localhost:1/"}, "both name a port"),
        ({"redirect_uri": "http://example.org/"}, "unencrypted"),
        ({"name": "5e" * 20}, "looks like a token"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_consent_page(
    changes: dict[str, Any], words: str, login: LoginHarness, store: GrantStore
) -> None:
    user = Person()
    with pytest.raises(UsageError, match=words):
        login(user, PASTED._replace(**changes))
    assert [] == user.pages
    assert [] == store.grants()


def test_an_error_repeats_the_command_with_its_options_and_no_secret(login: LoginHarness) -> None:
    options = PASTED._replace(
        name="kim o", scopes=("sleep",), client_id=f"client_id={FITBIT_CLIENT}", timeout=600.0
    )
    denied = Person(lambda request: {"error": "access_denied", "state": request["state"]})
    with pytest.raises(ConsentError) as caught:
        login(denied, options, VARIABLES)
    assert caught.value.hint.endswith(
        f"To try again: tokcheck login fitbit --name 'kim o' --client-id {FITBIT_CLIENT} "
        "--scope sleep --timeout 10m --no-browser"
    )
    assert FITBIT_SECRET not in caught.value.hint
    file = ClientFile(GOOGLE_CLIENT, CleanSecret(Secret(GOOGLE_SECRET), ""), (), "my client.json")
    google = options._replace(
        provider=REGISTRY["google-health"], client_id=None, client_file=file, timeout=300.0
    )
    with pytest.raises(ConsentError) as caught:
        login(denied, google)
    assert caught.value.hint.endswith(
        "To try again: tokcheck login google-health --name 'kim o' --client-file 'my client.json' "
        "--scope sleep --no-browser"
    )


def test_an_old_token_is_prompted_for_in_the_next_login(login: LoginHarness) -> None:
    options = PASTED._replace(
        provider=REGISTRY["google-health"], client_id=GOOGLE_CLIENT, like=True
    )
    denied = Person(
        lambda request: {"error": "access_denied", "state": request["state"]},
        old_token=fitbit("rsle"),
    )
    with pytest.raises(ConsentError) as caught:
        login(denied, options, {"TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET})
    assert "--like - " in caught.value.hint
    assert fitbit("rsle") not in caught.value.hint


def test_an_error_message_in_place_of_the_old_token_is_explained(login: LoginHarness) -> None:
    options = PASTED._replace(
        provider=REGISTRY["google-health"], client_id=GOOGLE_CLIENT, like=True
    )
    error = '{"errors":[{"errorType":"expired_token","message":"Access token expired: x"}]}'
    with pytest.raises(UsageError, match="is an error message, not a token") as caught:
        login(Person(old_token=error), options)
    assert "Refresh it" in caught.value.hint


def test_the_name_of_another_providers_account_is_refused(login: LoginHarness) -> None:
    login(Person(), PASTED._replace(name="alex o"))
    other = PASTED._replace(
        provider=REGISTRY["google-health"], client_id=GOOGLE_CLIENT, name="alex o"
    )
    with pytest.raises(UsageError, match="belongs to another provider") as caught:
        login(Person(), other)
    assert caught.value.hint.endswith("tokcheck accounts remove 'alex o'")


def test_the_scopes_of_an_old_token_are_requested_before_those_named(login: LoginHarness) -> None:
    user = Person(old_token=fitbit("wsle rset rsoc", exp=1_700_000_000))
    options = PASTED._replace(
        provider=REGISTRY["google-health"], client_id=GOOGLE_CLIENT, scopes=("ecg",)
    )
    user.interrupt_at = "consent page"
    with pytest.raises(KeyboardInterrupt):
        login(user, options, {"TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET})
    (requested,) = user.requested
    names = REGISTRY["google-health"].oauth.scopes
    like = tuple(names[name] for name in ("settings", "sleep", "sleep.writeonly"))
    assert ("old_token", like, ("social",)) == (
        requested.source, requested.matching, requested.unmatched
    )  # fmt: skip
    assert (*like, names["ecg"]) == requested.scopes


STEPS = ["old token", "client id", "client secret", "consent page", "exchange"]


@pytest.mark.parametrize(
    ("step", "options"),
    [*((step, options) for options in (PASTED, LISTENING) for step in STEPS), ("redirect", PASTED)],
)
def test_an_interrupt_leaves_no_account_no_lock_and_no_socket(
    step: str, options: LoginOptions, login: LoginHarness, store: GrantStore
) -> None:
    user = Person(client_id=FITBIT_CLIENT)
    user.interrupt_at = step
    login.endpoint.interrupted = step == "exchange"
    with pytest.raises(KeyboardInterrupt):
        login(user, options._replace(client_id=None), {})
    assert [] == store.grants()
    if step == "exchange":
        assert 1 == len(login.endpoint.forms)  # the code is not sent again
    for page in user.pages:
        port = int(page.redirect_uri.rpartition(":")[2].partition("/")[0])
        socket.create_server(("127.0.0.1", port)).close()
    with store.exclusive(0):
        pass


def test_an_interrupt_while_the_account_is_written_leaves_none(
    login: LoginHarness, store: GrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "put", put)
        with pytest.raises(KeyboardInterrupt):
            login(Person())
    assert [] == store.grants()
    login(Person())  # the lock is free
    assert 1 == len(store.grants())


def test_no_module_of_the_login_can_print_or_prompt() -> None:
    folder = Path(tokcheck.accounts.login.__file__).parent
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text())
        imported = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in [getattr(node, "module", None) or "", *(a.name for a in node.names)]
        }
        assert set() == imported & {"sys", "getpass", "webbrowser", "logging"}, path.name
        called = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert set() == called & {"print", "input", "open"}, path.name


@pytest.mark.parametrize("channel", ["variable", "prompt"])
def test_a_client_secret_is_cleaned_and_that_is_reported(channel: str, login: LoginHarness) -> None:
    text = f'"{FITBIT_SECRET}"\n'
    user = Person(client_secret=text if channel == "prompt" else None)
    environment = {} if channel == "prompt" else {"TOKCHECK_FITBIT_CLIENT_SECRET": text}
    stored = login(user, PASTED, environment)
    assert FITBIT_SECRET == stored.grant.client.secret.reveal()
    where = "the prompt" if channel == "prompt" else "TOKCHECK_FITBIT_CLIENT_SECRET"
    assert [
        f"The client secret from {where} was read without the line break and quotes around it."
    ] == user.notes
