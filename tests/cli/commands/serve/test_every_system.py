"""``tokcheck serve`` as a process, by what every system has: no signals, no forks."""

import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.support.cli.serve_process import Serve, Serving
from tokcheck.sandbox import Sandbox


def _post(serving: Serving, path: str) -> str:
    request = urllib.request.Request(serving.url + path, b"", method="POST")
    with urllib.request.urlopen(request, timeout=20) as response:
        text: str = response.read().decode()
    return text


def _valid(account: str) -> str:
    return f'tokcheck_token_valid{{provider="google-health",account="{account}"}} 1'


def test_a_folder_is_served_probed_on_request_and_read_again(
    serve: Serve, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir()
    for name in ("anna", ".hidden", "desktop.ini"):
        (folder / name).write_bytes(f"{sandbox.state.issue_google_token()}\r\n".encode())
    if sys.platform == "win32":
        subprocess.run(["attrib", "+h", str(folder / "desktop.ini")], check=True)
    else:
        (folder / "desktop.ini").unlink()
    serving = serve("--tokens-dir", str(folder))
    metrics = serving.wait_for_samples(_valid("anna"), within=60)
    assert ("hidden" not in metrics, "desktop" not in metrics) == (True, True)
    assert "anna" in serving.get("/")
    (folder / "bo").write_text(sandbox.state.issue_google_token())
    _post(serving, "/-/reload")
    serving.wait_for_samples(_valid("anna"), _valid("bo"), within=60)
    requests = sum(spend.total for spend in sandbox.state.usage())
    assert "anna" in _post(serving, "/-/probe?account=anna")
    assert requests < sum(spend.total for spend in sandbox.state.usage())
    assert serving.process.poll() is None
