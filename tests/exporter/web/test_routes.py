import asyncio
import re
import threading
from collections.abc import Mapping

import httpx
import pytest

from tests.support.exporter.fake_backend import (
    ALL,
    AT,
    FINE,
    FakeBackend,
    run_in_loop,
    serving,
    wait_until,
)
from tokcheck.accounts.errors import StoreError
from tokcheck.core.errors import UsageError
from tokcheck.exporter.state.severity import Notice
from tokcheck.exporter.web.actions import RequestedProbe


@run_in_loop
async def test_metrics_are_the_backends_response_with_its_headers() -> None:
    backend = FakeBackend(body=b"a 1\n" * 300_000)
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        headers = {"Accept": "application/openmetrics-text", "Accept-Encoding": "gzip;q=0.5"}
        got = await client.get("/metrics?name[]=a&x=%00", headers=headers)
        assert backend.body == got.content
        assert "text/plain; version=0.0.4; charset=utf-8" == got.headers["content-type"]
        assert str(len(backend.body)) == got.headers["content-length"]
        assert "no-store" == got.headers["cache-control"]
        assert "date" in got.headers
        assert "server" not in got.headers
    assert [("application/openmetrics-text", "gzip;q=0.5")] == backend.scrapes


@run_in_loop
async def test_head_returns_only_headers() -> None:
    backend = FakeBackend(ALL)
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        for path in ("/metrics", "/", "/api/v1/accounts", "/-/healthy", "/-/ready"):
            full, head = await client.get(path), await client.head(path)
            assert (200, b"") == (head.status_code, head.content)
            assert full.headers["content-length"] == head.headers["content-length"]


@run_in_loop
async def test_metrics_are_rendered_in_threads_at_most_two_at_once() -> None:
    threads: set[int] = set()
    go_on = threading.Event()

    def before() -> None:
        threads.add(threading.get_ident())
        go_on.wait(10)

    backend = FakeBackend(before=before)
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        requests = [asyncio.create_task(client.get("/metrics")) for _ in range(8)]
        await wait_until(lambda: 2 == len(threads))
        for _ in range(20):  # while the event loop stays free
            assert 200 == (await client.get("/-/healthy")).status_code
        assert 2 == len(backend.scrapes)
        go_on.set()
        assert [200] * 8 == [answer.status_code for answer in await asyncio.gather(*requests)]
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("path", ["/", "/api/v1/accounts"])
@run_in_loop
async def test_accounts_are_rendered_in_a_thread(path: str) -> None:
    threads: set[int] = set()

    class RecordingName(str):
        __slots__ = ()

        def casefold(self) -> str:
            threads.add(threading.get_ident())
            return super().casefold()

    backend = FakeBackend((FINE._replace(name=RecordingName("anna")),))
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert "anna" in (await client.get(path)).text
    assert 1 == len(threads)
    assert threading.get_ident() not in threads


@run_in_loop
async def test_the_accounts_are_json_that_the_pages_filters_select() -> None:
    async with (
        serving(FakeBackend(ALL)) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        response = await client.get("/api/v1/accounts?severity=broken&account=STUDY")
        assert "application/json" == response.headers["content-type"]
        found = response.json()
        assert ["study-019"] == [account["name"] for account in found["accounts"]]
        assert {"accounts": 8, "critical": 2, "warning": 4} == {
            name: found["totals"][name] for name in ("accounts", "critical", "warning")
        }
        assert 8 == len((await client.get("/api/v1/accounts")).json()["accounts"])
        assert 405 == (await client.post("/api/v1/accounts")).status_code


@pytest.mark.parametrize("path", ["/", "/api/v1/accounts"])
@run_in_loop
async def test_an_unknown_severity_is_refused_with_the_words_there_are(path: str) -> None:
    words = (
        "There is no such severity. The severities are critical, warning, broken, login-needed, "
        "rate-limited, unclear, running-out, expires-soon, not-probed, fine.\n"
    )
    async with (
        serving(FakeBackend(ALL)) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        for severity in ("nonsense", "BROKEN", "<b>", "broken%20", "x" * 1_000):
            got = await client.get(f"{path}?severity={severity}")
            assert (400, words) == (got.status_code, got.text)
        for severity in ("", "fine", "critical", "warning"):
            assert 200 == (await client.get(f"{path}?severity={severity}")).status_code


@run_in_loop
async def test_health_and_readiness() -> None:
    backend = FakeBackend(ready_now=False, messages=[Notice("a lock", "The ledger is locked.")])
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert 200 == (await client.get("/-/healthy")).status_code
        waiting = await client.get("/-/ready")
        assert 503 == waiting.status_code
        assert [
            "Not ready: the first round of probes has not ended.",
            "The ledger is locked.",
        ] == waiting.text.splitlines()
        backend.ready_now = True
        assert 200 == (await client.get("/-/ready")).status_code
        backend.away_now = True
        away = await client.get("/-/ready")
        assert (503, True) == (away.status_code, "database cannot be reached" in away.text)
        assert 200 == (await client.get("/-/healthy")).status_code


@run_in_loop
async def test_reload_is_a_post_that_reports_errors() -> None:
    backend = FakeBackend()
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert 405 == (await client.get("/-/reload")).status_code
        assert 0 == backend.reloads
        assert 200 == (await client.post("/-/reload")).status_code
        backend.error = UsageError("accounts.x.path is missing.", "Write path = …")
        broken = await client.post("/-/reload")
        assert 500 == broken.status_code
        assert "text/plain; charset=utf-8" == broken.headers["content-type"]
        assert "accounts.x.path is missing.\nWrite path = …\nThe previous" in broken.text
        backend.error = StoreError("The store is damaged.", "Rebuild it.")
        broken = await client.post("/-/reload")
        assert 500 == broken.status_code
        assert "The store is damaged.\nRebuild it.\nThe previous" in broken.text
    assert 3 == backend.reloads


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}],
)
@run_in_loop
async def test_a_page_of_another_site_cannot_reload(headers: dict[str, str]) -> None:
    backend = FakeBackend()
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert 403 == (await client.post("/-/reload", headers=headers)).status_code
        own = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        assert 200 == (await client.post("/-/reload", headers=own)).status_code
    assert 1 == backend.reloads


@pytest.mark.parametrize(
    "path",
    ["/metrics/", "//", "/<script>x", "/%00%ff", "/..%2fmetrics", "/%E2%80%AE", "/favicon.ico"],
)
@run_in_loop
async def test_any_other_path_is_a_404_that_repeats_nothing(path: str) -> None:
    async with serving(FakeBackend()) as server, httpx.AsyncClient() as client:
        got = await client.get(f"{server.url}{path}")
        assert (404, "Not Found\n") == (got.status_code, got.text)
        assert "text/plain; charset=utf-8" == got.headers["content-type"]
        assert "location" not in got.headers


@run_in_loop
async def test_every_response_has_the_security_headers() -> None:
    async with (
        serving(FakeBackend(ALL)) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        for path in ("/", "/metrics", "/-/ready", "/nothing"):
            headers = (await client.get(path)).headers
            assert "nosniff" == headers["x-content-type-options"]
            assert "same-origin" == headers["referrer-policy"]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert "no-store" == headers["cache-control"]


@run_in_loop
async def test_a_bug_is_announced_by_type_and_place_and_never_by_its_text() -> None:
    backend = FakeBackend(error=RuntimeError("canary-of-a-token"))

    def fail() -> None:
        raise LookupError("canary-of-a-token")

    backend.before = fail
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        for _ in range(3):
            got = await client.get("/metrics")
            assert 500 == got.status_code
            assert "canary" not in got.text
        assert 500 == (await client.post("/-/reload")).status_code
        backend.before = lambda: None
        assert 200 == (await client.get("/metrics")).status_code
        bugs = [line for line in server.lines if "bug" in line]
    assert 2 == len(bugs), "each place once"
    assert "LookupError at test_routes.py:" in bugs[0]
    assert "canary" not in "".join(bugs)


@run_in_loop
async def test_the_page_follows_its_query() -> None:
    backend = FakeBackend(ALL, at=AT + 5)
    async with (
        serving(backend, refresh=7) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        page = (await client.get("/?account=study&page=x&other=1")).text
        assert '<meta http-equiv="refresh" content="7">' in page
        assert "4 accounts with" in page
        assert "12:00:05 UTC" in page
        paused = (await client.get("/?refresh=0")).text
        assert "http-equiv" not in paused
        assert "paused · " in paused


@pytest.mark.parametrize(
    ("query", "status", "words", "retry_after"),
    [
        ("account=anna", 200, "anna: valid: fine.", None),
        ("account=bo", 429, "Not probed: its budget is spent.", "61"),
        ("account=cy", 409, "Not probed: expired.", None),
        ("account=di", 503, "Not probed: a lock.", "12"),
        ("account=ed", 503, "Not probed: a lock.", "60"),
        ("account=evil%0d%0a", 404, "No account has this name.", None),
        ("", 400, "Name one account: POST /-/probe?account=NAME", None),
        ("account=anna&account=bo", 400, "Name one account: POST /-/probe?account=NAME", None),
    ],
)
@run_in_loop
async def test_a_probe_is_a_post_that_says_why_not(
    query: str, status: int, words: str, retry_after: str | None
) -> None:
    answers = {
        "anna": RequestedProbe("anna: valid: fine.", sent=True),
        "bo": RequestedProbe("Not probed: its budget is spent.", sent=False, retry_after=60.4),
        "cy": RequestedProbe("Not probed: expired.", sent=False),
        "di": RequestedProbe("Not probed: a lock.", sent=False, retry_after=12, is_failure=True),
        "ed": RequestedProbe("Not probed: a lock.", sent=False, is_failure=True),
    }
    backend = FakeBackend(answers=answers)
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        got = await client.post(f"/-/probe?{query}")
        assert (status, f"{words}\n") == (got.status_code, got.text)
        assert retry_after == got.headers.get("retry-after")
        assert 405 == (await client.get("/-/probe?account=anna")).status_code
        evil = await client.post("/-/probe?account=anna", headers={"Origin": "http://evil.example"})
        assert 403 == evil.status_code
    assert len(backend.probes) <= 1


@pytest.mark.parametrize(
    ("headers", "has_token", "status"),
    [
        ({}, True, 303),
        ({}, False, 403),
        ({"Sec-Fetch-Site": "same-origin"}, False, 303),
        ({"Sec-Fetch-Site": "cross-site"}, True, 403),
    ],
)
@run_in_loop
async def test_the_button_works_behind_a_proxy_that_changes_the_host(
    headers: Mapping[str, str], *, has_token: bool, status: int
) -> None:
    probed = RequestedProbe("anna: valid: fine.", sent=True)
    backend = FakeBackend(
        (FINE._replace(name="anna"),), answers={"anna": probed}, probeable=frozenset({"anna"})
    )
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        page = (await client.get("/")).text
        name, value = re.findall(r'<input type="hidden" name="(\w+)" value="([\w-]{20,})">', page)[
            0
        ]
        got = await client.post(
            "/-/probe?account=anna",
            data={name: value if has_token else value[::-1]},
            headers={"Accept": "text/html", "Origin": "http://192.0.2.2:24210", **headers},
        )
    assert status == got.status_code
    assert (["anna"] if status == 303 else []) == backend.probes


@run_in_loop
async def test_a_probe_by_the_button_leads_back_to_the_account() -> None:
    backend = FakeBackend(answers={"a&b": RequestedProbe("a&b: valid: fine.", sent=True)})
    async with serving(backend) as server, httpx.AsyncClient(base_url=server.url) as client:
        got = await client.post("/-/probe?account=a%26b", headers={"Accept": "text/html,*/*"})
    assert (303, "../?account=a%26b") == (got.status_code, got.headers["location"])
