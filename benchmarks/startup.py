"""The cost of the commands and the package, as ratios of CPU time.

    uv run python -m benchmarks.startup [ROUNDS]

Against a bare ``python -c pass``; ``validate`` also against a script that does the same with PyJWT
and httpx, at a sandbox in a process of its own.
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.support.goals import Figure, report
from benchmarks.support.ratios import SCRIPT, Case, measure_ratios
from benchmarks.support.servers import run_server
from tests.support.tokens import FITBIT_REFRESH, fitbit
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

_ROUNDS = 21

# A user's own script in place of `tokcheck validate`.
_CALL = """
import sys
import httpx
import jwt
address, token = sys.argv[1:]
claims = jwt.decode(token, options={"verify_signature": False})
response = httpx.get(
    f"{address}/1/user/-/devices.json", headers={"Authorization": f"Bearer {token}"}, timeout=10
)
print(claims["sub"], claims["exp"], claims["scopes"], response.status_code, response.json())
print({k: v for k, v in response.headers.items() if k.startswith("fitbit-rate-limit")})
"""
_DECODE = """
import sys
import jwt
claims = jwt.decode(sys.argv[1], options={"verify_signature": False})
print(claims["sub"], claims["exp"], claims["scopes"])
"""


def measure(rounds: int = _ROUNDS) -> list[Figure]:
    """Measure every command, in turns."""
    token = fitbit(exp=int(time.time()) + 20_000, iat=int(time.time()) - 8_000)
    sandbox = [SCRIPT, "sandbox", "--port", "0", "--limit", "100000000"]
    with TemporaryDirectory() as folder, run_server(sandbox) as server:
        os.environ["TOKCHECK_HOME"] = str(Path(folder) / "home")
        tokens = Tokens(Secret(token), Secret(FITBIT_REFRESH), expires_in=20_000)
        with Store(Path(folder) / "home") as store:
            store.put(
                grant_from_tokens("alex", Client("fitbit", "23TEST", None), tokens, time.time())
            )
        url = server.first_line.removeprefix("Listening on ")
        form = {"provider": "fitbit", "scopes": "settings,profile"}
        live = httpx.post(f"{url}/sandbox/tokens", data=form).json()["token"]
        script = "a script with PyJWT and httpx"
        decoding = "a script with PyJWT"
        return measure_ratios(
            {
                "import tokcheck": Case([sys.executable, "-c", "import tokcheck"], 1.3),
                "--version": Case([SCRIPT, "--version"], 3),
                "clean TOKEN": Case([SCRIPT, "clean", token], 2.4),
                "token NAME": Case([SCRIPT, "token", "alex"], 2.2),
                "validate --offline TOKEN": Case([SCRIPT, "validate", "--offline", token], 6),
                decoding: Case([sys.executable, "-c", _DECODE, token]),
                "--help": Case([SCRIPT, "--help"]),
                script: Case([sys.executable, "-c", _CALL, url, live]),
                "validate TOKEN, against that script": Case(
                    [SCRIPT, "validate", "--api-url", url, live], 1.3, against=script
                ),
            },
            rounds,
        )


if __name__ == "__main__":
    report(measure)
