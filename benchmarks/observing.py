"""The cost of ``tokcheck.observe``: microseconds of the caller's thread, and of its process.

The background thread writes to a ledger meanwhile, as it does in an application. Right after a wait,
the processor is slow for a moment, whatever it does: the last figure of a thread is the median of
reading one header of the same response then.

The CPU time of the process has that thread in it. It is measured in bursts, of which each is written
at once, and for 50 responses a second, each second of which is written at its end.

uv run python -m benchmarks.observing [RESPONSES]
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import requests

import tokcheck
from benchmarks.support.goals import Figure, report
from tokcheck.library.observing.observation_writer import WRITER

_GOAL_MICROSECONDS = 50
_RESPONSES = 2_000
_URL = "https://api.fitbit.com/1/user/-/activities/heart/date/today/1d.json?detail=1min"
_HEADERS = {
    "Date": "Sat, 28 Nov 2026 12:00:00 GMT",
    "Content-Type": "application/json;charset=utf-8",
    "Content-Length": "1532",
    "Connection": "keep-alive",
    "Cache-Control": "no-cache, private",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Set-Cookie": "fct=none; Secure; HttpOnly; Path=/",
    "Strict-Transport-Security": "max-age=31536000",
    "Vary": "Origin, Accept-Encoding",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Fitbit-Rate-Limit-Limit": "150",
    "Fitbit-Rate-Limit-Remaining": "87",
    "Fitbit-Rate-Limit-Reset": "1482",
    "Server": "nginx",
}
_STRAVA_URL = "https://www.strava.com/api/v3/athlete"
_STRAVA_HEADERS = {
    **{name: value for name, value in _HEADERS.items() if not name.startswith("Fitbit-")},
    "X-RateLimit-Limit": "200,2000",
    "X-RateLimit-Usage": "50,300",
    "X-ReadRateLimit-Limit": "100,1000",
    "X-ReadRateLimit-Usage": "40,300",
}
_APIS = {"fitbit": (_URL, _HEADERS), "strava": (_STRAVA_URL, _STRAVA_HEADERS)}
_A_SECOND, _PACED_SECONDS = 50, 5


def _httpx_response(url: str = _URL, headers: Mapping[str, str] = _HEADERS) -> httpx.Response:
    request = httpx.Request("GET", url, headers={"Authorization": "Bearer x"})
    return httpx.Response(200, headers=headers, request=request)


def _requests_response() -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response.headers.update(_HEADERS)
    response.request = requests.Request("GET", _URL).prepare()
    return response


def _read_one_header(response: Any) -> None:  # noqa: ANN401 - of httpx or requests
    response.headers.get("Fitbit-Rate-Limit-Remaining")


def _work() -> None:
    """Do what an application does between two responses."""
    json.loads(json.dumps([{"time": f"00:{n % 60:02}:00", "value": n} for n in range(1_440)]))


def _wait() -> None:
    time.sleep(0.005)


_SITUATIONS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("in a row", lambda: None),
    ("after 2 ms of work", _work),
    ("after 5 ms of sleep", _wait),
)


def _call_times(
    make: Callable[[], Any],
    hook: Callable[..., object],
    count: int,
    prepare: Callable[[], object],
) -> list[float]:
    """Return the sorted microseconds of each call; ``prepare`` comes before each."""
    spent: list[float] = []
    for _ in range(count):
        response = make()
        prepare()
        before = time.perf_counter()
        hook(response)
        spent.append((time.perf_counter() - before) * 1e6)
    return sorted(spent)


def _process_time(provider: str, count: int, folder: str) -> tuple[float, float]:
    """Return the CPU time of the process a response, in a burst and paced, in microseconds."""
    (hook,) = tokcheck.observe(
        "alex", provider=provider, environment={"TOKCHECK_HOME": f"{folder}/{provider}"}
    )["response"]
    responses = [_httpx_response(*_APIS[provider]) for _ in range(count)]
    hook(responses[0])
    WRITER.flush()  # the ledger is made
    before = time.process_time()
    for response in responses:
        hook(response)
    WRITER.flush()
    burst = (time.process_time() - before) / count * 1e6
    paced = _A_SECOND * _PACED_SECONDS
    before = time.process_time()
    for number in range(paced):
        hook(responses[number % count])
        time.sleep(1 / _A_SECOND)
    WRITER.flush()
    spent = time.process_time() - before
    before = time.process_time()
    for _ in range(paced):
        time.sleep(1 / _A_SECOND)
    return burst, (spent - (time.process_time() - before)) / paced * 1e6


def measure(count: int = _RESPONSES) -> list[Figure]:
    """Print each library in each situation; return the worst median that does not follow a wait.

    After that come the CPU times of the process.
    """
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        (hook,) = tokcheck.observe(
            "alex", provider="fitbit", environment={"TOKCHECK_HOME": f"{folder}/home"}
        )["response"]
        for name, make in (("httpx", _httpx_response), ("requests", _requests_response)):
            for words, prepare in _SITUATIONS:
                spent = _call_times(make, hook, count, prepare)
                median, high = statistics.median(spent), spent[int(len(spent) * 0.99)]
                one = statistics.median(_call_times(make, _read_one_header, count // 4, prepare))
                worst = worst if prepare is _wait else max(worst, median)
                print(
                    f"{name:9} {words:20} median {median:6.1f} us  99 % {high:7.1f} us  "
                    f"one header {one:5.1f} us"
                )
        costs = {name: _process_time(name, count, folder) for name in _APIS}
    return [
        Figure("tokcheck.observe, a response, caller's thread", worst, "us", _GOAL_MICROSECONDS),
        *(
            Figure(f"the same, CPU of the process, {name}", burst, "us", _GOAL_MICROSECONDS)
            for name, (burst, _) in costs.items()
        ),
        *(
            Figure(f"the same at {_A_SECOND} a second, {name}", paced, "us")
            for name, (_, paced) in costs.items()
        ),
    ]


if __name__ == "__main__":
    report(measure)
