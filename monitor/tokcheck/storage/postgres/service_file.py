"""The service file of PostgreSQL's programs, which names parameters of connections.

Read as libpq does, to know whether the host is this computer.
https://www.postgresql.org/docs/current/libpq-pgservice.html
"""

from collections.abc import Mapping
from pathlib import Path


def read_service(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a service; none if they are not known."""
    for path in _paths(environment):
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeError):
            continue
        lines = _lines_of(name, text)
        if lines is not None:
            return _parameters(lines)
    return {}


def _paths(environment: Mapping[str, str]) -> list[Path]:
    own = environment.get("PGSERVICEFILE")
    home = environment.get("HOME")
    paths = [Path(own)] if own else [Path(home, ".pg_service.conf")] if home else []
    system = environment.get("PGSYSCONFDIR")
    return [*paths, Path(system, "pg_service.conf")] if system else paths


def _lines_of(name: str, text: str) -> list[str] | None:
    """Return the lines of the first section with this name; ``None`` if there is none."""
    lines: list[str] | None = None
    for line in map(str.strip, text.split("\n")):
        if line.startswith("["):
            if lines is not None:
                break
            if line.startswith(f"[{name}]"):
                lines = []
        elif lines is not None and line and line[0] != "#":
            lines.append(line)
    return lines


def _parameters(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, sign, value = line.partition("=")
        if not sign or name.startswith("ldap") or name == "service":
            return {}  # a directory has the rest, or libpq refuses the file
        found.setdefault(name, value)
    return found
