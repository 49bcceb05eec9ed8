"""Observations of clients are recorded: bounded, guarded as a reload is, with a sentence."""

import json
from pathlib import Path

import bcrypt
import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.support.exporter.fake_backend import FakeBackend, run_in_loop, serving
from tests.support.suite.cases import each_case
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.exporter.web import actions
from tokcheck.exporter.web.actions import ClientObservation

_ANNA = {"account": "anna", "status": 200, "headers": {"X-Left": "7", "Age": 3, "odd": None}}


@run_in_loop
async def test_an_observation_is_recorded() -> None:
    backend = FakeBackend()
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        got = await client.post("/-/observe", json=_ANNA)
        assert (200, "anna: recorded.\n") == (got.status_code, got.text)
        got = await client.post("/-/observe", json={**_ANNA, "account": "nobody"})
        assert (404, "No account has this name.\n") == (got.status_code, got.text)
        evil = await client.post("/-/observe", json=_ANNA, headers={"Origin": "http://evil.org"})
        assert 403 == evil.status_code
        assert 405 == (await client.get("/-/observe")).status_code
    assert ClientObservation("anna", 200, {"x-left": "7", "age": "3"}) == backend.observations[0]
    assert 2 == len(backend.observations)


@run_in_loop
async def test_the_last_status_of_a_proxy_that_tried_several_servers_counts() -> None:
    backend = FakeBackend()
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        for status in ("200", "502, 200", "404 : 200"):
            got = await client.post("/-/observe", json={**_ANNA, "status": status})
            assert 200 == got.status_code
    assert [200] * 3 == [observed.status for observed in backend.observations]


@each_case("size", [2, 300, 60_000])
def test_an_observation_whose_password_is_checked_for_the_first_time_is_recorded(
    tmp_path: Path, size: int
) -> None:
    config = tmp_path / "web.yml"
    hashed = bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode()
    config.write_text(f"basic_auth_users:\n  alice: {hashed}\n")
    headers = {"x-left": "7" * size}
    observed = {**_ANNA, "headers": headers}

    @run_in_loop
    async def send() -> None:
        backend = FakeBackend()
        async with (
            serving(backend, web_config=config) as server,
            httpx.AsyncClient(base_url=server.url, timeout=10) as client,
        ):
            got = await client.post("/-/observe", json=observed, auth=("alice", "x"))
            assert (200, "anna: recorded.\n") == (got.status_code, got.text)
            refused = await client.post("/-/observe", json=observed, auth=("alice", "y"))
            assert 401 == refused.status_code
        assert [ClientObservation("anna", 200, headers)] == backend.observations

    send()


@each_case(
    "body",
    [
        *("", "{", "[]", "1", "\xff", '{"account": "anna"}'),
        *(json.dumps({**_ANNA, "status": status}) for status in ("", "-", "502, -", None, True)),
        json.dumps({**_ANNA, "status": 100}),
        json.dumps({**_ANNA, "headers": ["X-Left: 7"]}),
        json.dumps({**_ANNA, "account": 1}),
    ],
)
def test_what_is_no_observation_gets_an_example(body: str) -> None:
    @run_in_loop
    async def send() -> None:
        backend = FakeBackend()
        async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
            got = await client.post("/-/observe", content=body.encode("latin-1"))
        assert 400 == got.status_code
        assert got.text.startswith('Send JSON: {"account": "anna", "status": 200, ')
        assert [] == backend.observations

    send()


@run_in_loop
async def test_a_long_observation_and_a_ledger_that_fails_are_named() -> None:
    backend = FakeBackend()
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        long = {**_ANNA, "headers": {"a": "x" * 70_000}}
        assert 413 == (await client.post("/-/observe", json=long)).status_code
        backend.observation_error = UsageError("The provider of anna is not known yet.")
        got = await client.post("/-/observe", json=_ANNA)
        assert (409, "The provider of anna is not known yet.\n") == (got.status_code, got.text)
        backend.observation_error = TokcheckError("The ledger is locked.", "Wait.")
        got = await client.post("/-/observe", json=_ANNA)
        assert (503, "60") == (got.status_code, got.headers["retry-after"])


@given(st.binary(max_size=200))
def test_any_body_is_read_without_an_error(body: bytes) -> None:
    actions._parse_observation(body)  # noqa: SLF001 - what a client sends
