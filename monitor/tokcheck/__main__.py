"""``python -m tokcheck``."""

import sys

from tokcheck.cli.entry import console

if __name__ == "__main__":
    sys.exit(console())
