"""``tokcheck serve`` as its users start it: a process of its own, over the sandbox."""

import re
import signal
import socket
import sqlite3
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.serve_process import Serve
from tokcheck.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")


def _values(metrics: str) -> list[str]:
    """Return the samples, with every number that changes from run to run taken out."""
    lines = [line for line in metrics.splitlines() if not line.startswith("#")]
    return [
        re.sub(r"(?<=[} ])\S+$", "…", line) if re.search(r"_seconds|python_version", line) else line
        for line in lines
    ]


def test_once_prints_the_metrics(
    run: Run, sandbox: Sandbox, serve_env: dict[str, str], snapshot: object
) -> None:
    token = sandbox.state.issue_fitbit_token(account="nodevices")
    result = run(
        "serve", "--token-env", "anna=T", "--once", env={**serve_env, "T": f"Bearer {token}"}
    )
    assert 0 == result.code, result.err
    assert snapshot == "\n".join(
        re.sub(r'python_version="[^"]+"', 'python_version="…"', line)
        for line in _values(result.out)
    )
    assert token not in result.out + result.err


def test_a_second_once_sends_nothing_and_has_the_results(
    run: Run, sandbox: Sandbox, serve_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token(account="oldtimer")
    minted = next(known for known, _ in sandbox.state.tokens() if known.text == token)
    words = ("serve", "--token-env", "anna=T", "--once")
    first = run(*words, env={**serve_env, "T": token})
    for _ in range(3):
        again = run(*words, env={**serve_env, "T": token})
        assert _values(first.out) == _values(again.out)
    spent = {spend.account: spend.total for spend in sandbox.state.usage()}
    assert 1 == spent[minted.account]


def test_a_textfile_is_written_whole(
    run: Run, sandbox: Sandbox, serve_env: dict[str, str], tmp_path: Path
) -> None:
    token = sandbox.state.issue_google_token()
    path = tmp_path / "tokcheck.prom"
    words = ("serve", "--token-env", "anna=T", "--once", "--textfile", str(path))
    result = run(*words, env={**serve_env, "T": token})
    assert (0, "") == (result.code, result.out)
    assert 'tokcheck_token_valid{provider="google-health",account="anna"} 1' in path.read_text()
    assert ["home", "tokcheck.prom"] == sorted(item.name for item in tmp_path.iterdir())


def test_a_textfile_without_any_result_is_written_and_reported(
    run: Run, sandbox: Sandbox, serve_env: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "tokcheck.prom"
    words = ("serve", "--token-env", "anna=T", "--once", "--textfile", str(path))
    nowhere = {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}
    token = sandbox.state.issue_fitbit_token()
    result = run(*words, env={**serve_env, **nowhere, "T": token})
    assert (3, "") == (result.code, result.out)
    assert result.err.endswith("No account could be probed.\n")
    assert 'tokcheck_probe_success{provider="fitbit",account="anna"} 0' in path.read_text()


def test_a_textfile_stays_as_it_is_while_the_ledger_cannot_be_read(
    run: Run, sandbox: Sandbox, serve_env: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "tokcheck.prom"
    words = ("serve", "--token-env", "anna=T", "--once", "--textfile", str(path))
    env = {**serve_env, "T": sandbox.state.issue_fitbit_token()}
    assert 0 == run(*words, env=env).code
    before = path.read_text(), path.stat().st_mtime_ns
    ledger = Path(serve_env["TOKCHECK_HOME"]) / "exporter.sqlite3"
    with closing(sqlite3.connect(ledger, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        result = run(*words, env=env)
    assert (3, "") == (result.code, result.out)
    assert before == (path.read_text(), path.stat().st_mtime_ns)
    assert "another process has locked it" in result.err
    assert f"The file {path} was left as it is: " in result.err
    assert 0 == run(*words, env=env).code
    assert before[1] < path.stat().st_mtime_ns


def test_once_without_any_token_is_reported(
    run: Run, serve_env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir()
    words = ("serve", "--tokens-dir", str(folder), "--once")
    for shard, want in (((), 3), (("--shard", "1/2"), 0)):
        result = run(*words, *shard, env=serve_env)
        assert want == result.code, result.err
        assert (want == 3) == result.err.endswith("No account could be probed.\n")
    (folder / "anna").write_text("")
    assert 3 == run(*words, env=serve_env).code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "No accounts are configured"),
        (("--token-env", "anna"), "names no variable"),
        (("--token-env", "anna=A", "--token-env", "anna=B"), "twice"),
        (("--token-env", "anna=A", "--textfile", "x.prom"), "--textfile needs --once"),
        (("--tokens-dir", "a", "--tokens-dir", "b"), "--tokens-dir was given 2 times"),
        (("--config", "a.toml", "--config", "a.toml"), "--config was given 2 times"),
        (("--token-env", "anna=A", "--listen", "nowhere:1"), "no valid IP address"),
        (("--token-env", "anna=A", "--shard", "3/2"), "3/2"),
        (("--config", "missing.toml"), "missing.toml"),
        (("--tokens-dir", "missing"), "missing"),
        (("--token-env", "anna=A", "--listen", ":0", "--web-config", "missing.yml"), "missing.yml"),
        (("--token-env", "anna=A", "--listen", "192.0.2.1:1"), "has no address 192.0.2.1"),
        (("--token-env", "anna=A", "--once", "--textfile", "missing/x.prom"), "no such file"),
        (("--token-env", "anna=A", "--once", "--textfile", "x.txt"), "does not end in .prom"),
    ],
)
def test_an_invalid_exporter_configuration_is_reported_and_nothing_else(
    run: Run, serve_env: dict[str, str], words: tuple[str, ...], message: str
) -> None:
    result = run("serve", *words, env={**serve_env, "A": "x"})
    assert (2, "") == (result.code, result.out)
    assert message in result.err
    assert result.err.startswith("tokcheck: ")
    assert result.err.count("\n") <= 2, result.err


def _drawer_total(sandbox: Sandbox) -> int:
    return sum(spend.total for spend in sandbox.state.usage() if spend.account == "drawer")


def test_a_port_in_use_is_reported_before_any_request_is_sent(
    run: Run, sandbox: Sandbox, serve_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token(account="drawer")
    spent = _drawer_total(sandbox)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        words = ("serve", "--token-env", "anna=T", "--listen", address)
        result = run(*words, env={**serve_env, "T": token})
    assert (2, "") == (result.code, result.out)
    assert result.err.startswith(f"tokcheck: Port {address.partition(':')[2]} on 127.0.0.1 is ")
    assert 2 == result.err.count("\n")
    assert spent == _drawer_total(sandbox)


def test_an_unusable_data_folder_is_reported_at_the_start(
    run: Run, serve_env: dict[str, str], home: Path
) -> None:
    home.write_text("a file where the folder should be")
    result = run("serve", "--token-env", "anna=A", env={**serve_env, "A": "x"})
    assert result.code != 0
    assert str(home) in result.err
    assert "Traceback" not in result.err


def test_accounts_come_and_go_while_it_runs(serve: Serve, sandbox: Sandbox, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    (tokens / "anna").write_text(sandbox.state.issue_fitbit_token())
    running = serve("--tokens-dir", str(tokens))
    running.wait_for("anna: valid")
    assert 'account="anna"' in running.get()
    (tokens / "bo").write_text(sandbox.state.issue_google_token())
    (tokens / "anna").unlink()
    running.wait_for("bo: valid", "anna: no longer watched")
    metrics = running.get()
    assert 'account="bo"' in metrics
    assert 'account="anna"' not in metrics


def test_a_reload_by_signal_and_by_post_and_a_broken_one(
    serve: Serve, sandbox: Sandbox, tmp_path: Path
) -> None:
    config = tmp_path / "accounts.toml"
    config.write_text('[accounts]\nanna = { env = "T" }\n')
    running = serve("--config", str(config), env={"T": sandbox.state.issue_fitbit_token()})
    running.wait_for("anna: valid")
    config.write_text('[accounts]\nbo = { env = "T" }\n')
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("Configuration reloaded")
    assert 'account="anna"' not in running.get()
    config.write_text("[accounts\n")
    request = urllib.request.Request(f"{running.url}/-/reload", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert "line 1" in refused.value.read().decode()
    metrics = running.get()
    assert "\ntokcheck_config_last_reload_successful 0\n" in metrics
    assert 'account="bo"' in metrics
    config.write_text('[accounts]\nanna = { env = "T" }\n')
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert 200 == answer.status
    metrics = running.get()
    assert "\ntokcheck_config_last_reload_successful 1\n" in metrics
    assert 'account="bo"' not in metrics


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_gracefully_on_a_signal(
    serve: Serve, sandbox: Sandbox, number: signal.Signals
) -> None:
    token = sandbox.state.issue_fitbit_token()
    running = serve("--token-env", "anna=T", env={"T": token})
    running.wait_for("anna: valid")
    running.process.send_signal(number)
    out, err = running.process.communicate(timeout=10)
    assert (0, "") == (running.process.returncode, out)
    assert "Traceback" not in err


def test_no_token_is_in_anything_that_it_writes(serve: Serve, sandbox: Sandbox, home: Path) -> None:
    sandbox_state = sandbox.state
    revoked = sandbox_state.issue_fitbit_token()
    sandbox_state.revoke(revoked)
    pastes = {
        "A": sandbox_state.issue_fitbit_token(),
        "B": sandbox_state.issue_google_token(),
        "C": revoked,
        "D": "eyJhbGciOi",
    }
    words = [word for name in pastes for word in ("--token-env", f"{name.lower()}={name}")]
    running = serve(*words, env=pastes)
    running.wait_for("a: valid", "b: valid", "c: revoked_or_invalid")
    shown = "".join(running.body(path) for path in ("/metrics", "/", "/-/ready", "/-/healthy"))
    running.process.terminate()
    out, err = running.process.communicate(timeout=10)
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for token in pastes.values():
        parts = [token, *(part for part in token.split(".") if len(part) > 30)]
        for part in parts:
            if part == "eyJhbGciOiJIUzI1NiJ9" or len(part) < 12:
                continue
            assert part not in shown + out + err
            assert part.encode() not in files


def test_a_service_manager_learns_that_it_is_ready_and_that_it_stops(
    serve: Serve, serve_env: dict[str, str], tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        environment = {**serve_env, "T": "", "NOTIFY_SOCKET": manager.getsockname()}
        exporter = serve("--token-env", "anna=T", env=environment)
        assert b"READY=1" == manager.recv(100)
        assert "OK" in exporter.get("/-/healthy") or "ealthy" in exporter.get("/-/healthy")
        exporter.process.send_signal(signal.SIGTERM)
        assert b"STOPPING=1" == manager.recv(100)
        assert 0 == exporter.wait_for_exit()
