"""Run the command line by ``python -m tokcheck``."""

import sys

from tokcheck.cli.main import console

if __name__ == "__main__":
    sys.exit(console())
