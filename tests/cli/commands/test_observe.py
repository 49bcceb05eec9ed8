"""``tokcheck observe``: what responses report is recorded and said; nothing else is kept."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.suite.cases import each_case
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.core.report import Quota
from tokcheck.sandbox.faults.google_bodies import quota, quota_info, retry_info

_HEADERS = (
    "Fitbit-Rate-Limit-Limit: 150\r\nFitbit-Rate-Limit-Remaining: 87\r\n"
    "Fitbit-Rate-Limit-Reset: 600\r\n"
)
_CANARY = "canary-that-nobody-keeps"
_SECRET = f"Set-Cookie: id={_CANARY}\r\nAuthorization: Bearer {_CANARY}\r\n"
_CURL = f"HTTP/1.1 200 OK\r\n{_HEADERS}{_SECRET}\r\n{_CANARY}"
_SAID = "87 of 150 requests an hour left, reset in "


def _archive(url: str) -> str:
    headers = [
        {"name": name, "value": value}
        for name, _, value in (line.partition(": ") for line in _HEADERS.split("\r\n"))
    ]
    entry = {"request": {"url": url}, "response": {"status": 200, "headers": headers}}
    return json.dumps({"log": {"entries": [entry]}})


@each_case(
    "text",
    [
        _CURL,
        f"HTTP/2 301 \r\nLocation: x\r\n\r\n{_CURL}",
        f"HTTP/1.1 200 Connection established\r\n\r\n{_CURL}",
        _HEADERS,
        _archive("https://api.fitbit.com/1/user/-/profile.json"),
        json.dumps(dict(line.split(": ") for line in _HEADERS.split("\r\n") if line)),
    ],
)
def test_each_input_is_read(run: Run, text: str) -> None:
    result = run("observe", "anna", "--provider", "fitbit", stdin=text)
    assert (0, "") == (result.code, result.err)
    first, second = result.out.splitlines()
    assert first.startswith("anna: ")
    assert " of the Fitbit Web API (" in first
    assert second.startswith(_SAID)


@each_case("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_another_encoding_is_read(run: Run, tmp_path: Path, encoding: str) -> None:
    """As PowerShell writes one."""
    (tmp_path / "headers.txt").write_bytes(_CURL.encode(encoding))
    for arguments in (("--file", str(tmp_path / "headers.txt")), ()):
        result = run(
            "observe", "anna", "--provider", "fitbit", *arguments,
            stdin=b"" if arguments else _CURL.encode(encoding),
        )  # fmt: skip
        assert _SAID in result.out, result.err


def test_an_archive_may_be_long(run: Run, tmp_path: Path) -> None:
    archive = json.loads(_archive("https://api.fitbit.com/1/user/-/profile.json"))
    archive["log"]["comment"] = "x" * 3_000_000
    (tmp_path / "long.har").write_text(json.dumps(archive))
    result = run("observe", "anna", "--provider", "fitbit", "--file", str(tmp_path / "long.har"))
    assert _SAID in result.out, result.err


@each_case("token", [FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET])
def test_a_token_in_the_place_of_the_account_is_refused_and_not_kept(
    run: Run, tmp_path: Path, token: str
) -> None:
    home = tmp_path / "data"
    for json_option in ((), ("--json",)):
        words = ("observe", token, "--provider", "ietf", *json_option)
        result = run(*words, stdin=_CURL, env={"TOKCHECK_HOME": str(home)})
        assert (2, "") == (result.code, result.out)
        assert token not in result.err
        assert "it looks like a token" in result.err
    assert [] == [path for path in home.rglob("*") if path.is_file()]


def test_only_the_rate_limits_are_kept(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "data"
    words = ("observe", "anna", "--provider", "fitbit", "--json")
    result = run(*words, stdin=_CURL, env={"TOKCHECK_HOME": str(home)})
    assert 0 == result.code
    document = json.loads(result.out)
    assert ("anna", "fitbit", {"2xx": 1}) == tuple(
        document[name] for name in ("account", "provider", "responses")
    )
    (quota,) = document["quota"]
    assert ("hour", 150, 87) == (quota["window"], quota["limit"], quota["remaining"])
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert _CANARY.encode() not in kept + result.out.encode() + result.err.encode()
    with closing(sqlite3.connect(home / "exporter.sqlite3")) as connection:
        assert [("anna",)] == connection.execute("SELECT account FROM observation").fetchall()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("observe", "anna"), "The provider of the account anna is not known"),
        (("observe", "anna", "--provider", "x"), "There is no provider 'x'."),
        (("observe", "anna", "--provider", "fitbit"), "The input contains no response of the"),
    ],
)
def test_what_is_missing_is_named(
    run: Run, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    result = run(*words, stdin="hello\n", env={"TOKCHECK_HOME": str(tmp_path / "data")})
    assert 2 == result.code
    assert result.err.startswith(f"tokcheck: {message}")


def test_an_archive_of_other_sites_holds_nothing(run: Run) -> None:
    result = run("observe", "anna", "--provider", "fitbit", stdin=_archive("https://other.org/"))
    assert 2 == result.code


def test_responses_without_a_rate_limit_are_counted(run: Run) -> None:
    text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    result = run("observe", "anna", "--provider", "google-health", stdin=text * 3)
    assert result.out == (
        "anna: 3 responses of the Google Health API (3 of 2xx).\n"
        "None of them reports a rate limit, so tokcheck only counts them.\n"
    )


def test_rate_limit_headers_that_cannot_be_read_are_named(run: Run) -> None:
    text = "HTTP/1.1 200 OK\r\nFitbit-Rate-Limit-Limit: many\r\n\r\n"
    result = run("observe", "anna", "--provider", "fitbit", stdin=text)
    assert (0, True) == (result.code, "only counts them" in result.out)
    assert result.err == (
        "note: The value of fitbit-rate-limit-limit cannot be read as a rate limit of the Fitbit "
        "Web API.\n"
    )


@each_case(
    "text",
    [
        '{"a": 1}',
        '{"error": "odd", "limit": 5, "date": "2026-11-29"}',
        '[{"name": "anna", "value": "7"}]',
        '{"headers": {"a": 1}}',
        "a: 1\nb: 2\n",
        "error: the token has expired\n",
    ],
)
def test_a_body_or_any_other_text_alone_is_no_response(run: Run, text: str) -> None:
    result = run("observe", "anna", "--provider", "fitbit", stdin=text)
    assert 2 == result.code
    assert "contains no response" in result.err


def test_responses_of_a_cache_are_left_out(run: Run, tmp_path: Path) -> None:
    cached = _CURL.replace("\r\n", "\r\nAge: 300\r\n", 1)
    environment = {"TOKCHECK_HOME": str(tmp_path / "data")}
    words = ("observe", "anna", "--provider", "fitbit")
    result = run(*words, stdin=f"{_CURL}\r\n{cached}", env=environment)
    assert result.out.startswith("anna: 1 response of the")
    assert "note: 1 response is from a cache and left out.\n" == result.err
    result = run(*words, "--json", stdin=f"{cached}\r\n" * 2, env=environment)
    document = json.loads(result.out)
    assert ({}, 2, None) == (
        document["responses"], document["cached_responses"], document["observed_at"]
    )  # fmt: skip
    result = run(*words, stdin=cached, env=environment)
    assert "anna: no response of the Fitbit Web API to record.\n" == result.out


@pytest.mark.parametrize(("count", "is_cut"), [(11_000, False), (100_001, True)])
def test_a_long_input_is_read_whole_or_said_to_be_cut(
    run: Run, count: int, *, is_cut: bool
) -> None:
    words = ("observe", "anna", "--provider", "fitbit", "--json")
    result = run(*words, stdin='{"status":200,"headers":{"x":"1"}}\n' * count)
    document = json.loads(result.out)
    assert ({"2xx": min(count, 100_000)}, is_cut) == (document["responses"], document["is_cut"])
    note = "note: The input has more than 100,000 responses; the others are left out."
    assert (f"{note} Pass fewer at once.\n" if is_cut else "") == result.err


def test_the_limit_and_the_pause_of_a_refusal_are_named(run: Run) -> None:
    body = quota(quota_info(), retry_info("90s")).decode()
    text = f"HTTP/2 429\r\ncontent-type: application/json\r\n\r\n{body}"
    result = run("observe", "gina", "--provider", "google-health", stdin=text)
    assert "The exceeded limit is RequestsPerMinutePerUser.\n" in result.out
    assert "The server wants no request for 1 min" in result.out
    result = run("observe", "gina", "--provider", "google-health", "--json", stdin=text)
    document = json.loads(result.out)
    assert ["RequestsPerMinutePerUser"] == document["limits"]
    assert document["retry_at"] == document["quota"][0]["reset_at"]


@each_case("head", ["", "Retry-After: 0\r\n", "Retry-After: soon\r\n"])
def test_a_refusal_without_an_end_is_named(run: Run, head: str) -> None:
    text = f"HTTP/1.1 429 X\r\n{head}\r\n"
    result = run("observe", "sam", "--provider", "spotify", stdin=text)
    assert (
        "sam: 1 response of the Spotify Web API (1 of 4xx).\nThe latest request was refused by a "
        "limit; the response does not say until when.\n"
    ) == result.out


@each_case(
    ("reset", "pause", "waits"), [(120, "10", 120), (10, "120", 120), (120, "", 120), (0, "60", 60)]
)
def test_the_later_of_a_pause_and_a_reset_counts(
    run: Run, reset: int, pause: str, waits: int
) -> None:
    text = f'HTTP/1.1 429 X\r\nRateLimit: "a";r=0;t={reset}\r\n'
    text += f"Retry-After: {pause}\r\n" * bool(pause)
    words = ("observe", "lee", "--provider", "ietf")
    before = datetime.now(UTC)
    document = json.loads(run(*words, "--json", stdin=text).out)
    until = datetime.fromisoformat(document["retry_at"])
    assert -1 <= (until - before).total_seconds() - waits < 60
    wait = f"The server wants no request for {waits // 60} min.\n"
    assert wait in run(*words, stdin=text).out


def _strava(seconds_ago: int, usage: str) -> str:
    date = format_datetime(datetime.now(UTC) - timedelta(seconds=seconds_ago), usegmt=True)
    return (
        f"HTTP/1.1 200 OK\r\nDate: {date}\r\nX-ReadRateLimit-Limit: 100,1000\r\n"
        f"X-ReadRateLimit-Usage: {usage}\r\n\r\n"
    )


def test_an_older_response_never_replaces_a_newer_one(run: Run, tmp_path: Path) -> None:
    environment = {"TOKCHECK_HOME": str(tmp_path / "data")}
    note = "note: The rate limits of a newer response are known, and stay as they are.\n"
    for seconds_ago, usage, said in ((5, "90,900", ""), (400, "10,100", note), (0, "90,900", "")):
        text = _strava(seconds_ago, usage)
        result = run("observe", "old", "--provider", "strava", stdin=text, env=environment)
        assert said == result.err
    with closing(sqlite3.connect(tmp_path / "data" / "exporter.sqlite3")) as connection:
        (latest,) = connection.execute("SELECT latest FROM observation").fetchone()
    quotas = [Quota(*fields) for fields in json.loads(latest)[2]]
    assert [10, 100] == [quota.remaining for quota in quotas]


def test_a_window_that_has_ended_is_none_of_now(run: Run) -> None:
    result = run("observe", "old", "--provider", "strava", stdin=_strava(1000, "90,900"))
    window = "10 of 100 requests in 15 minutes (read)"
    assert f"{window} were left; it has been reset since.\n" in result.out


def _log_line(account: str | None, remaining: int = 87, **more: object) -> str:
    headers = {"Fitbit-Rate-Limit-Limit": "150", "Fitbit-Rate-Limit-Remaining": str(remaining)}
    line = {"status": 200, "headers": headers, **more}
    return json.dumps(line if account is None else {"account": account, **line}) + "\n"


@pytest.mark.parametrize("is_list", [False, True])
def test_only_the_responses_of_the_account_are_counted(run: Run, *, is_list: bool) -> None:
    """Of a log, such as a proxy's, in which each line may name its account."""
    lines = [_log_line("ben", 5), _log_line("anna"), _log_line(None), _log_line("gina", 4)]
    text = f"[{','.join(lines)}]" if is_list else "".join(lines)
    words = ("observe", "anna", "--provider", "fitbit")
    result = run(*words, stdin=text)
    assert (0, "note: 2 responses of other accounts (ben, gina) are left out.\n") == (
        result.code, result.err
    )  # fmt: skip
    assert result.out.startswith("anna: 2 responses of the Fitbit Web API (2 of 2xx).\n87 of 150 ")
    document = json.loads(run(*words, "--json", stdin=text).out)
    assert ({"2xx": 2}, 2) == (document["responses"], document["other_accounts_responses"])


@each_case("count", [1, 9])
def test_a_log_of_other_accounts_alone_is_an_error(run: Run, tmp_path: Path, count: int) -> None:
    home = tmp_path / "data"
    names = ["b\x1b[31m\n" + "x" * 500, FITBIT, *(f"a{number}" for number in range(7))][:count]
    text = "".join(map(_log_line, names))
    words = ("observe", "anna", "--provider", "fitbit")
    result = run(*words, stdin=text, env={"TOKCHECK_HOME": str(home)})
    assert (2, "") == (result.code, result.out)
    assert result.err.startswith(
        "tokcheck: The input contains no response of the account anna, but "
        + ("1 response of another account (" if count == 1 else "9 responses of other accounts (")
    )
    assert (" and 6 more)" in result.err) is (count > 3)
    assert FITBIT not in result.err
    assert "\x1b" not in result.err
    assert 400 > len(result.err)
    if (home / "exporter.sqlite3").exists():
        with closing(sqlite3.connect(home / "exporter.sqlite3")) as connection:
            assert [] == connection.execute("SELECT account FROM observation").fetchall()


def test_the_lines_of_a_log_that_cannot_be_read_are_noted(run: Run) -> None:
    """As those of nginx with the status of two servers, if it is not quoted."""
    damaged = _log_line("anna").replace("200", "502, 200", 1)
    text = _log_line("anna", status="502, 200") + damaged + _log_line("anna", status="") + damaged
    words = ("observe", "anna", "--provider", "fitbit")
    result = run(*words, stdin=f"{text}\n\n")
    assert (0, "note: 3 entries of the log cannot be read and are left out.\n") == (
        result.code, result.err
    )  # fmt: skip
    assert result.out.startswith("anna: 1 response of the Fitbit Web API (1 of 2xx).\n")
    document = json.loads(run(*words, "--json", stdin=text).out)
    assert ({"2xx": 1}, 3) == (document["responses"], document["unreadable_entries"])


def _nginx_line(status: str, remaining: str) -> str:
    """Return the line that nginx writes in the documented format."""
    page = Path("docs/quotas/observing.md").read_text("utf-8")
    parts = page.partition("log_format observed escape=json ")[2].partition(";\n")[0]
    line = "".join(part.strip().strip("'") for part in parts.splitlines())
    line = line.replace("$upstream_status", status)
    line = line.replace("$upstream_http_fitbit_rate_limit_remaining", remaining)
    line = line.replace("$upstream_http_fitbit_rate_limit_limit", "150" * bool(remaining))
    return re.sub(r"\$[a-z_]+", "", line) + "\n"


def test_each_line_of_the_documented_format_of_nginx_is_read(run: Run) -> None:
    text = _nginx_line("502, 200", "87") + _nginx_line("404", "") + _nginx_line("", "")
    result = run("observe", "anna", "--provider", "fitbit", stdin=text)
    assert result.out.startswith(
        "anna: 2 responses of the Fitbit Web API (1 of 2xx, 1 of 4xx).\n87 of 150 "
    )
    assert "note: 1 entry of the log cannot be read and is left out.\n" == result.err


@each_case(
    "status, head, left",
    [
        (status, head, left)
        for status in (400, 401, 403, 404, 422, 500)
        for head, left in (("", True), ("Content-Type: text/html\n", False))
    ],
)
def test_a_refusal_reports_the_rate_limit_of_a_declared_provider(
    run: Run, status: int, head: str, *, left: bool
) -> None:
    text = f"HTTP/1.1 {status} No\n{head}X-RateLimit-Limit: 200,2000\nX-RateLimit-Usage: 200,9\n\n"
    result = run("observe", "anna", "--provider", "strava", stdin=text)
    assert left is ("0 of 200 requests in 15 minutes (overall) left" in result.out), result.out
    assert left is not ("None of them reports a rate limit" in result.out)


def test_the_notes_say_why_numbers_are_left_out(run: Run) -> None:
    past = int(datetime.now(UTC).timestamp()) - 300
    core = "x-ratelimit-resource: core\n"
    for head, note in (
        (core, "note: The rate limit of 1 response had been reset by the time of the response"),
        ("", "note: The header x-ratelimit-resource is missing, which names the limit"),
    ):
        text = (
            f"HTTP/2 200\n{head}x-ratelimit-limit: 5000\nx-ratelimit-remaining: 3\n"
            f"x-ratelimit-reset: {past}\n\n"
        )
        result = run("observe", "anna", "--provider", "github", stdin=text)
        assert note in result.err.replace("\n  ", " ")
        assert "cannot be read" not in result.err
