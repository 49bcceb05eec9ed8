"""The hooks that observe an application's own requests: what they keep, and what they never do."""

import asyncio
import json
import logging
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

import tokcheck
from tests.support.accounts.stored_accounts import DEVICES, GOOGLE, StoredAccounts
from tests.support.exporter.observed_traffic import quota_numbers, read_traffic
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE_REFRESH
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.exporter.ledger.selected_ledger import ledger_path
from tokcheck.library.observing.observation_writer import WRITER
from tokcheck.library.observing.seen_responses import SeenResponse

Hooks = dict[str, list[Callable[..., Any]]]
IDENTITY = "/v4/users/me/identity"
NOW = datetime(2026, 11, 28, 12, 0, 30, tzinfo=UTC)
_CANARY = "canary-4711"


def _by_httpx(hooks: Hooks, url: str, headers: Mapping[str, str]) -> int:
    with httpx.Client(event_hooks=hooks) as client:
        return client.get(url, headers=headers).status_code


def _by_async_httpx(hooks: Hooks, url: str, headers: Mapping[str, str]) -> int:
    async def send() -> int:
        async with httpx.AsyncClient(event_hooks=hooks) as client:
            return (await client.get(url, headers=headers)).status_code

    return asyncio.run(send())


def _by_session(hooks: Hooks, url: str, headers: Mapping[str, str]) -> int:
    with requests.Session() as session:
        session.hooks["response"].extend(hooks["response"])
        return session.get(url, headers=headers, timeout=30).status_code


def _by_requests(hooks: Hooks, url: str, headers: Mapping[str, str]) -> int:
    return requests.get(url, headers=headers, hooks=hooks, timeout=30).status_code


Send = Callable[[Hooks, str, Mapping[str, str]], int]


@pytest.fixture(
    params=[_by_httpx, _by_async_httpx, _by_session, _by_requests], ids=lambda send: send.__name__
)
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


def _bearer(accounts: StoredAccounts, name: str = "alex") -> dict[str, str]:
    return {"Authorization": f"Bearer {accounts.token(name)}"}


def test_a_token_in_the_place_of_the_account_is_refused() -> None:
    for token in (FITBIT, FITBIT_REFRESH, GOOGLE_REFRESH):
        with pytest.raises(tokcheck.UsageError) as caught:
            tokcheck.observe(token, provider="fitbit")
        assert token not in f"{caught.value} {caught.value!r}"


def test_every_client_takes_the_same_hooks(accounts: StoredAccounts, send: Send) -> None:
    accounts.add("alex")
    hooks = tokcheck.observe("alex", environment=accounts.environment)
    statuses = [send(hooks, accounts.sandbox.url + DEVICES, _bearer(accounts)) for _ in range(3)]
    traffic = read_traffic(accounts.home)["alex"]
    assert [200] * 3 == statuses
    assert ("fitbit", {"2xx": 3}) == (traffic.provider, traffic.classes)
    assert ("hour", 150, 147) == quota_numbers(traffic)
    assert 3 == sum(traffic.minutes.values())


def test_the_line_of_the_documentation(
    accounts: StoredAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.add("alex")
    for name, value in accounts.environment.items():
        monkeypatch.setenv(name, value)
    with httpx.Client(auth=tokcheck.auth("alex"), event_hooks=tokcheck.observe("alex")) as client:
        client.get(accounts.sandbox.url + DEVICES)
    assert ("hour", 150, 149) == quota_numbers(read_traffic(accounts.home)["alex"])


@pytest.mark.parametrize("by", [_by_httpx, _by_requests])
def test_a_response_that_the_auth_repeats_is_counted_with_the_first(
    accounts: StoredAccounts, by: Send
) -> None:
    accounts.sandbox.state.revoke(accounts.add("alex").access.reveal())
    hooks = tokcheck.observe("alex", environment=accounts.environment)
    auth = tokcheck.auth("alex", environment=accounts.environment)
    url = accounts.sandbox.url + DEVICES
    if by is _by_httpx:
        with httpx.Client(auth=auth, event_hooks=hooks) as client:
            assert 200 == client.get(url).status_code
    else:
        assert 200 == requests.get(url, auth=auth, hooks=hooks, timeout=30).status_code
    assert {"4xx": 1, "2xx": 1} == read_traffic(accounts.home)["alex"].classes


def test_requests_of_an_api_without_headers_are_counted(
    accounts: StoredAccounts, send: Send
) -> None:
    accounts.add("gina", GOOGLE)
    hooks = tokcheck.observe("gina", environment=accounts.environment, now=lambda: NOW)
    url, headers = accounts.sandbox.url + IDENTITY, _bearer(accounts, "gina")
    assert [200] * 4 == [send(hooks, url, headers) for _ in range(4)]
    traffic = read_traffic(accounts.home)["gina"]
    assert ("google-health", None, {"2xx": 4}) == (
        traffic.provider, traffic.latest, traffic.classes,
    )  # fmt: skip
    assert {int(NOW.timestamp() // 60): 4} == traffic.minutes


@pytest.mark.parametrize("name", ["Age", "CF-Cache-Status"])
def test_a_response_of_a_cache_on_the_way_is_not_counted(
    tmp_path: Path, send: Send, name: str
) -> None:
    limits = {"Fitbit-Rate-Limit-Limit": "150", "Fitbit-Rate-Limit-Remaining": "87"}
    cached = limits | {name: "300" if name == "Age" else "HIT"}
    with serve_fixed_responses(
        GET_new=FixedResponse(200, {}, limits), GET_old=FixedResponse(200, {}, cached)
    ) as server:
        hooks = tokcheck.observe(
            "anna", provider="fitbit", api_url=server.url,
            environment={"TOKCHECK_HOME": str(tmp_path / "home")},
        )  # fmt: skip
        assert [200] * 3 == [
            send(hooks, server.url + path, {}) for path in ("/new", "/old", "/old")
        ]
    assert {"2xx": 1} == read_traffic(tmp_path / "home")["anna"].classes


def test_a_refusal_is_recorded_with_its_end(tmp_path: Path, send: Send) -> None:
    with serve_fixed_responses(GET_v4=FixedResponse(429, "", {"Retry-After": "20"})) as server:
        environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
        hooks = tokcheck.observe(
            "gina", provider="Google-Health", api_url=server.url, environment=environment,
            now=lambda: NOW,
        )  # fmt: skip
        assert 429 == send(hooks, f"{server.url}/v4", {})
    traffic = read_traffic(tmp_path / "home")["gina"]
    assert traffic.latest is not None
    at = NOW.timestamp()
    assert (429, at, at + 20) == (traffic.latest.status, traffic.latest.at, traffic.latest.retry_at)


_DAILY = {
    "error": {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "message": f"Quota exceeded for {_CANARY}.",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "metadata": {
                    "quota_limit": "RequestsPerDayPerProject",
                    "quota_limit_value": "86400000",
                },
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "5000s"},
        ],
    }
}


def test_the_body_of_a_refusal_names_the_limit_and_the_pause(tmp_path: Path, send: Send) -> None:
    with serve_fixed_responses(GET_v4=FixedResponse(429, _DAILY)) as server:
        environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
        hooks = tokcheck.observe(
            "gina", provider="google-health", api_url=server.url, environment=environment,
            now=lambda: NOW,
        )  # fmt: skip
        assert 429 == send(hooks, f"{server.url}/v4", {})
    traffic = read_traffic(tmp_path / "home")["gina"]
    assert traffic.latest is not None
    assert NOW.timestamp() + 5000 == traffic.latest.retry_at
    (quota,) = traffic.latest.quotas
    assert ("day", 86_400_000, 0, "project") == (
        quota.window, quota.limit, quota.remaining, quota.owner,
    )  # fmt: skip
    assert _CANARY not in repr(traffic)


def test_a_declared_field_of_a_body_is_read(tmp_path: Path, send: Send) -> None:
    declaration = tmp_path / "own.toml"
    body = {"usage": {"max": 60, "left": 7}, "text": _CANARY}
    with serve_fixed_responses(GET_x=FixedResponse(200, body)) as server:
        declaration.write_text(
            f'name = "weather"\naddress = "{server.url}"\ncheck = "/x"\n[[windows]]\n'
            'length = "1h"\nlimit = { path = "usage.max" }\nremaining = { path = "usage.left" }\n'
        )
        declaration.chmod(0o600)
        environment = {
            "TOKCHECK_HOME": str(tmp_path / "home"), "TOKCHECK_PROVIDERS": str(declaration),
        }  # fmt: skip
        assert 200 == send(tokcheck.observe("w", environment=environment), f"{server.url}/x", {})
    assert ("hour", 60, 7) == quota_numbers(read_traffic(tmp_path / "home")["w"])


def test_a_refusal_inside_a_success_is_one(tmp_path: Path, send: Send) -> None:
    declaration = tmp_path / "own.toml"
    refused = FixedResponse(200, {"ok": False, "error": "slow_down"}, {"Retry-After": "20"})
    with serve_fixed_responses(GET_x=refused) as server:
        declaration.write_text(
            f'name = "chat"\naddress = "{server.url}"\ncheck = "/x"\n[[refusals]]\n'
            'status = 200\npath = "error"\nequals = "slow_down"\nverdict = "rate_limited"\n'
        )
        declaration.chmod(0o600)
        environment = {
            "TOKCHECK_HOME": str(tmp_path / "home"), "TOKCHECK_PROVIDERS": str(declaration),
        }  # fmt: skip
        hooks = tokcheck.observe("w", environment=environment, now=lambda: NOW)
        # The writer's thread may come at any moment, also before the body is read.
        hooks["response"].append(_AwaitableWrite() if send is _by_async_httpx else _write)
        assert 200 == send(hooks, f"{server.url}/x", {})
    traffic = read_traffic(tmp_path / "home")["w"]
    assert traffic.latest is not None
    assert (429, NOW.timestamp() + 20) == (traffic.latest.status, traffic.latest.retry_at)


def _write(*_response: object, **_options: object) -> None:
    assert WRITER.flush()


class _AwaitableWrite:
    async def __call__(self, _response: object) -> None:
        assert WRITER.flush()


@pytest.mark.parametrize("client", ["httpx", "async", "requests"])
def test_a_stream_is_left_to_its_reader(tmp_path: Path, client: str) -> None:
    with serve_fixed_responses(GET_v4=FixedResponse(429, _DAILY, {"Retry-After": "9"})) as server:
        environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
        hooks = tokcheck.observe(
            "gina", provider="google-health", api_url=server.url, environment=environment
        )
        url = f"{server.url}/v4"
        if client == "httpx":
            with httpx.Client(event_hooks=hooks) as one, one.stream("GET", url) as response:
                assert WRITER.flush()
                content = b"".join(response.iter_raw())
        elif client == "async":
            content = asyncio.run(_stream(hooks, url))
        else:
            with requests.get(url, hooks=hooks, timeout=30, stream=True) as taken:
                assert WRITER.flush()
                content = taken.raw.read()
    assert _DAILY == json.loads(content)
    latest = read_traffic(tmp_path / "home")["gina"].latest
    assert latest is not None
    assert () == latest.quotas, "only the headers are known"


async def _stream(hooks: Hooks, url: str) -> bytes:
    async with (
        httpx.AsyncClient(event_hooks=hooks) as client,
        client.stream("GET", url) as response,
    ):
        assert WRITER.flush()
        return b"".join([piece async for piece in response.aiter_raw()])


def _fitbit_headers(remaining: int) -> dict[str, str]:
    return {
        "Fitbit-Rate-Limit-Limit": "150",
        "Fitbit-Rate-Limit-Remaining": str(remaining),
        "Fitbit-Rate-Limit-Reset": "1200",
    }


def test_nothing_but_the_rate_limits_is_kept(tmp_path: Path, send: Send) -> None:
    """Neither in the memory nor in the files of the folder."""
    secrets = {
        "Set-Cookie": f"sid={_CANARY}",
        "Authorization": f"Bearer {_CANARY}",
        "X-Echo": _CANARY,
        "X-RateLimit-Note": _CANARY * 1000,
    }
    response = FixedResponse(200, {"token": _CANARY}, _fitbit_headers(9) | secrets)
    taken: list[SeenResponse] = []
    with pytest.MonkeyPatch.context() as patch, serve_fixed_responses(GET_a=response) as server:
        environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
        hooks = tokcheck.observe(
            "alex", provider="fitbit", api_url=server.url, environment=environment
        )
        add = WRITER.add

        def take(seen: SeenResponse) -> None:
            taken.append(seen)
            add(seen)

        patch.setattr(WRITER, "add", take)
        server.responses[f"GET /a?access_token={_CANARY}"] = response
        headers = {"Authorization": f"Bearer {_CANARY}"}
        assert 200 == send(hooks, f"{server.url}/a?access_token={_CANARY}", headers)
    assert ("hour", 150, 9) == quota_numbers(read_traffic(tmp_path / "home")["alex"])
    assert 1 == len(taken)
    assert _CANARY not in repr(taken)
    written = [path.read_bytes() for path in (tmp_path / "home").iterdir() if path.is_file()]
    assert written
    assert not [content for content in written if _CANARY.encode() in content]


def test_other_servers_and_paths_are_not_counted(tmp_path: Path, send: Send) -> None:
    found = FixedResponse(200, "", _fitbit_headers(9))
    with serve_fixed_responses() as other, serve_fixed_responses() as server:
        for each in (other, server):
            each.responses = dict.fromkeys(
                ("GET /api/a", "GET /api?a=1", "GET /apix", "GET /b", "GET /"), found
            )
        environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
        hooks = tokcheck.observe(
            "alex", provider="fitbit", api_url=f"{server.url}/api", environment=environment
        )
        for path in ("/apix", "/b", "", "/"):
            assert 200 == send(hooks, server.url + path, {}), path
        assert 404 == send(hooks, f"{other.url}/api", {})
        assert {} == read_traffic(tmp_path / "home")
        for path in ("/api/a", "/api?a=1"):
            assert 200 == send(hooks, server.url + path, {}), path
    assert {"2xx": 2} == read_traffic(tmp_path / "home")["alex"].classes


def test_the_server_tells_the_provider_of_an_account_that_is_not_stored(tmp_path: Path) -> None:
    with (
        serve_fixed_responses(GET_a=FixedResponse(200)) as fitbit,
        serve_fixed_responses(GET_a=FixedResponse(200)) as google,
    ):
        environment = {
            "TOKCHECK_HOME": str(tmp_path / "home"),
            "TOKCHECK_FITBIT_URL": fitbit.url,
            "TOKCHECK_GOOGLE_HEALTH_URL": google.url,
        }
        hooks = tokcheck.observe("alex", environment=environment)
        assert not (tmp_path / "home").exists(), "nothing is made for it"
        _by_httpx(hooks, f"{google.url}/a", {})
        assert "google-health" == read_traffic(tmp_path / "home")["alex"].provider
        _by_httpx(tokcheck.observe("bob", environment=environment), f"{fitbit.url}/a", {})
        assert "fitbit" == read_traffic(tmp_path / "home")["bob"].provider


def test_a_server_of_two_providers_tells_none_which_is_a_warning(
    tmp_path: Path, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_fixed_responses(GET_a=FixedResponse(200)) as server:
        environment = {
            "TOKCHECK_HOME": str(tmp_path / "home"),
            "TOKCHECK_FITBIT_URL": server.url,
            "TOKCHECK_GOOGLE_HEALTH_URL": server.url,
        }
        hooks = tokcheck.observe("alex", environment=environment)
        with caplog.at_level(logging.WARNING, "tokcheck"):
            assert [200] * 3 == [send(hooks, f"{server.url}/a", {}) for _ in range(3)]
        assert {} == read_traffic(tmp_path / "home")
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "account alex are not observed" in warning
    assert "fitbit, google-health" in warning
    assert 'provider="fitbit"' in warning


def test_a_request_to_no_provider_is_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_fixed_responses(GET_a=FixedResponse(200)) as server:
        hooks = tokcheck.observe("alex", environment={"TOKCHECK_HOME": str(tmp_path / "home")})
        with caplog.at_level(logging.WARNING, "tokcheck"):
            assert 200 == _by_httpx(hooks, f"{server.url}/a", {})
    assert [] == caplog.records


def test_a_declared_provider_may_have_headers_of_any_name(tmp_path: Path) -> None:
    declaration = tmp_path / "own.toml"
    with serve_fixed_responses(
        GET_x=FixedResponse(200, "", {"X-All": "60", "X-Left": "7"})
    ) as server:
        declaration.write_text(
            f'name = "weather"\naddress = "{server.url}"\ncheck = "/x"\n[[windows]]\n'
            'length = "1h"\nlimit = "X-All"\nremaining = "X-Left"\n'
        )
        declaration.chmod(0o600)
        environment = {
            "TOKCHECK_HOME": str(tmp_path / "home"), "TOKCHECK_PROVIDERS": str(declaration),
        }  # fmt: skip
        _by_httpx(tokcheck.observe("w", environment=environment), f"{server.url}/x", {})
        assert ("hour", 60, 7) == quota_numbers(read_traffic(tmp_path / "home")["w"])


def test_an_unknown_provider_names_the_variable_that_reads_further_declarations() -> None:
    with pytest.raises(tokcheck.UsageError) as caught:
        tokcheck.observe("alex", provider="zz", environment={})
    assert ". Set TOKCHECK_PROVIDERS to PATH to read declarations of more." in str(
        caught.value.hint
    )


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("There is no provider 'fitbti'.", {"provider": "fitbti"}),
        ("unencrypted", {"provider": "fitbit", "api_url": "http://example.org"}),
        ("is not stored", {"api_url": "https://example.org"}),
    ],
)
def test_a_wrong_argument_is_an_error_at_once(
    tmp_path: Path, message: str, options: dict[str, Any]
) -> None:
    with pytest.raises(tokcheck.UsageError, match=message):
        tokcheck.observe("alex", environment={"TOKCHECK_HOME": str(tmp_path)}, **options)


def test_a_ledger_that_cannot_be_written_is_no_error_and_no_loss(
    accounts: StoredAccounts, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    accounts.add("alex")
    hooks = tokcheck.observe("alex", environment=accounts.environment)
    folder = ledger_path(accounts.environment)
    folder.mkdir()
    with caplog.at_level(logging.WARNING, "tokcheck"):
        for _ in range(2):
            assert 200 == send(hooks, accounts.sandbox.url + DEVICES, _bearer(accounts))
            assert not WRITER.flush()
    folder.rmdir()
    assert {"2xx": 2} == read_traffic(accounts.home)["alex"].classes
    assert 1 == len([each for each in caplog.records if "ledger" in each.getMessage()])


class _Broken:
    """A response of a client that has nothing that a hook needs."""

    def __init__(self) -> None:
        self.extensions = {"from_cache": False}


def test_no_error_reaches_the_caller(
    tmp_path: Path, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> datetime:
        raise RuntimeError(_CANARY)

    with serve_fixed_responses(GET_a=FixedResponse(200)) as server:
        environment = {"TOKCHECK_HOME": str(tmp_path / "home")}
        hooks = tokcheck.observe(
            "alex", provider="fitbit", api_url=server.url, environment=environment, now=fail
        )
        with caplog.at_level(logging.WARNING, "tokcheck"):
            assert [200, 200] == [send(hooks, f"{server.url}/a", {}) for _ in range(2)]
            (hook,) = hooks["response"]
            for broken in (_Broken(), object(), None):
                hook(broken)
    assert ["RuntimeError", "AttributeError"] == [
        record.getMessage().rpartition(" ")[2] for record in caplog.records
    ]
    assert _CANARY not in caplog.text


def _fake_httpx_response(url: str, extensions: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, request=httpx.Request("GET", url), extensions=extensions)


def _fake_requests_response(url: str, **facts: Any) -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response.request = requests.Request("GET", url).prepare()
    response.headers.update(facts.pop("headers", {}))
    for name, value in facts.items():
        setattr(response, name, value)
    return response


def test_responses_from_a_cache_are_not_counted(tmp_path: Path) -> None:
    """As the libraries mark them; tests/system/clients has the libraries themselves."""
    url = "https://api.fitbit.com/a"
    hooks = tokcheck.observe(
        "alex", provider="fitbit", environment={"TOKCHECK_HOME": str(tmp_path / "home")}
    )
    (hook,) = hooks["response"]
    for cached in (
        _fake_httpx_response(url, {"from_cache": True}),
        _fake_httpx_response(url, {"hishel_from_cache": True}),
        _fake_httpx_response(url, {"caching": {"from_cache": True, "revalidated": False}}),
        _fake_requests_response(url, from_cache=True),
        _fake_requests_response(url, headers={"X-Hishel-From-Cache": "True"}),
        _fake_requests_response(url, headers={"Age": "9"}),
    ):
        hook(cached)
    assert {} == read_traffic(tmp_path / "home")
    fresh = _fake_requests_response(url, from_cache=False)
    for sent in (
        _fake_httpx_response(url, {"from_cache": False}),
        _fake_httpx_response(url, {"hishel_from_cache": False}),
        _fake_httpx_response(url, {"caching": {"from_cache": False, "revalidated": True}}),
        _fake_requests_response(
            url, headers={"X-Hishel-From-Cache": "True", "X-Hishel-Revalidated": "True"}
        ),
        fresh,
        fresh,  # requests-cache calls the hooks twice
    ):
        hook(sent)
    assert {"2xx": 5} == read_traffic(tmp_path / "home")["alex"].classes


def test_a_response_of_requests_can_be_pickled_with_its_hooks(accounts: StoredAccounts) -> None:
    accounts.add("alex")
    hooks = tokcheck.observe("alex", environment=accounts.environment)
    url = accounts.sandbox.url + DEVICES
    response = requests.get(url, headers=_bearer(accounts), hooks=hooks, timeout=30)
    copied = pickle.loads(pickle.dumps(response))
    (hook,) = copied.request.hooks["response"]
    assert "tokcheck.observe('alex')" == repr(hook)
    hook(copied)
    assert {"2xx": 2} == read_traffic(accounts.home)["alex"].classes
