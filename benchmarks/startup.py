"""Start-up of the commands and of the package as ratios against a bare ``python -c pass``.

uv run python -m benchmarks.startup [ROUNDS]
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support.ratios import SCRIPT, Case, measure
from tests.support.tokens import FITBIT_REFRESH, fitbit
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret


def main(rounds: int) -> int:
    token = fitbit(exp=int(time.time()) + 20_000, iat=int(time.time()) - 8_000)
    with TemporaryDirectory() as folder:
        os.environ["TOKCHECK_HOME"] = str(Path(folder) / "home")
        tokens = Tokens(Secret(token), Secret(FITBIT_REFRESH), expires_in=20_000)
        with Store(Path(folder) / "home") as store:
            store.put(
                grant_from_tokens("alex", Client("fitbit", "23TEST", None), tokens, time.time())
            )
        return measure(
            {
                "import tokcheck": Case([sys.executable, "-c", "import tokcheck"], 1.3),
                "--version": Case([SCRIPT, "--version"], 3),
                "clean": Case([SCRIPT, "clean", token], 4),
                "token": Case([SCRIPT, "token", "alex"], 4),
                "validate --offline": Case([SCRIPT, "validate", "--offline", token], 10),
                "--help": Case([SCRIPT, "--help"]),
            },
            rounds,
        )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
