"""Compile the ready-made declarations: ``uv run python -m tests.support.providers.ready_made``."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import tokcheck
from tokcheck.declarations.declaration_text import read_declaration

PACKAGE = Path(tokcheck.__file__).parent
FOLDER = PACKAGE / "declarations" / "ready_made"
COMPILED = PACKAGE / "providers" / "known_services" / "ready_made.py"

_HEAD = '''"""The ready-made declarations, compiled from those in TOML: do not edit.

``uv run python -m tests.support.providers.ready_made`` writes this module.
"""

from collections.abc import Mapping
from typing import Any

TABLES: Mapping[str, Mapping[str, Any]] = '''


def read_ready_made() -> dict[str, dict[str, Any]]:
    """Return the tables of the package's declarations by name, in the order of their files."""
    tables = [
        read_declaration(path.read_text("utf-8"), path.name)
        for path in sorted(FOLDER.iterdir())
        if path.suffix == ".toml"
    ]
    return {table["name"]: table for table in tables}


def compiled_source() -> str:
    """Return the module that the declarations compile to."""
    source = f"{_HEAD}{read_ready_made()!r}\n"
    command = [sys.executable, "-m", "ruff", "format", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    COMPILED.write_text(compiled_source(), "utf-8")
