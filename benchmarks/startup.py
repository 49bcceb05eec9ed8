"""Start-up of the commands as ratios against a bare ``python -c pass``.

uv run python -m benchmarks.startup [ROUNDS]
"""

import sys
import time

from benchmarks.ratios import SCRIPT, Case, measure
from tests.tokens import fitbit


def main(rounds: int) -> int:
    token = fitbit(exp=int(time.time()) + 20_000, iat=int(time.time()) - 8_000)
    return measure(
        {
            "--version": Case([SCRIPT, "--version"], 3),
            "clean": Case([SCRIPT, "clean", token], 4),
            "validate --offline": Case([SCRIPT, "validate", "--offline", token], 10),
            "--help": Case([SCRIPT, "--help"]),
        },
        rounds,
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
