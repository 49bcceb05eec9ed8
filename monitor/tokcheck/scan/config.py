"""The settings of a scan: ``[scan]`` in tokcheck.toml, ``[tool.tokcheck.scan]`` in pyproject.toml.

Only the nearest file with such a table is read, from the scan's folder up to the root of the
repository. In one folder tokcheck.toml takes precedence; two files are never merged.
"""

import os
from typing import Any, NamedTuple

from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.scan.ignore.gitignore import Globs

KINDS = tuple(kind for kind in Kind if kind not in {Kind.PLACEHOLDER, Kind.UNKNOWN})
_KEYS = ("exclude", "kinds", "ignore-expired", "baseline")


class ScanSettings(NamedTuple):
    """The kinds that a scan searches for, and what it ignores."""

    exclude: Globs = Globs()
    """Patterns of paths below ``root`` that are not scanned."""
    kinds: frozenset[Kind] = frozenset()
    """The kinds that are reported; all if it is empty."""
    ignore_expired: bool = False
    """Whether tokens that are expired by their own claims are not reported."""
    baseline: str | None = None
    """The path of the baseline file, ready to be opened."""
    root: str = "."
    """The folder of the settings file."""
    folder: str = "."
    """The folder that relative paths of findings start from."""
    file: str | None = None
    """The settings file, ``None`` if there is none."""

    def excludes(self, path: str) -> bool:
        """Return whether a file is excluded; files outside ``root`` never are.

        The members of an archive count as files of a folder with the archive's name.
        """
        if not self.exclude.patterns:
            return False
        if os.path.isabs(path) or self.folder != self.root or path.startswith("."):
            try:
                path = os.path.relpath(os.path.join(self.folder, path), self.root)
            except ValueError:  # another drive of Windows
                return False
        path = path.replace(os.sep, "/")
        if path.startswith("../"):
            return False
        return self.exclude.match(path) or (
            "!" in path and self.exclude.match(path.replace("!", "/"))
        )


def load_settings(folder: str) -> ScanSettings:
    """Read the settings of a folder, or return the defaults if no file has any.

    :raises UsageError: if a file is not TOML, has an unknown key or a value of the wrong type.
    """
    folder = os.path.abspath(folder)
    for place in _folders_upwards(folder):
        for name, tables in (
            ("tokcheck.toml", ("scan",)),
            ("pyproject.toml", ("tool", "tokcheck", "scan")),
        ):
            file = os.path.join(place, name)
            table = _read_table(file, tables)
            if table is not None:
                return _parse_settings(file, f"[{'.'.join(tables)}]", table)._replace(
                    root=place, folder=folder, file=file
                )
    return ScanSettings(root=folder, folder=folder)


def _folders_upwards(folder: str) -> list[str]:
    """Return the folder and its parents up to the repository's root; outside one, only itself."""
    places = [folder]
    while not os.path.exists(os.path.join(places[-1], ".git")):
        above = os.path.dirname(places[-1])
        if above == places[-1]:
            return [folder]
        places.append(above)
    return places


def _read_table(file: str, tables: tuple[str, ...]) -> object:
    """Return what a file has at the path of tables, ``None`` if it is missing."""
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    # Most pyproject.toml files do not mention tokcheck, and parsing takes as long as a scan.
    if tables[-2:-1] and tables[-2].encode() not in data:
        return None
    import tomllib

    try:
        value: object = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # of the encoding, too
        raise UsageError(f"{file} is not valid TOML: {error}.", "Correct that line.") from None
    for name in tables:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _parse_settings(file: str, where: str, table: object) -> ScanSettings:
    if not isinstance(table, dict):
        raise UsageError(
            f"{file}: {where} is not a table.", f"Write {where}, and its keys below it."
        )
    for key in table:
        if key not in _KEYS:
            raise UsageError(
                f"{file}: {where} has an unknown key {key!r}.", f"Known keys: {', '.join(_KEYS)}."
            )
    baseline = table.get("baseline")
    if baseline is not None and not (isinstance(baseline, str) and baseline):
        raise UsageError(f"{file}: baseline is {baseline!r}.", "Give the path of a file.")
    expired = table.get("ignore-expired", False)
    if not isinstance(expired, bool):
        raise UsageError(f"{file}: ignore-expired is {expired!r}.", "Give true or false.")
    return ScanSettings(
        exclude=Globs(_string_list(file, table, "exclude", '["tests/data/", "*.har"]')),
        kinds=frozenset(
            _parse_kind(file, name)
            for name in _string_list(file, table, "kinds", '["access_token"]')
        ),
        ignore_expired=expired,
        baseline=os.path.join(os.path.dirname(file), baseline) if baseline else None,
    )


def _parse_kind(file: str, name: str) -> Kind:
    if name not in KINDS:
        raise UsageError(
            f"{file}: kinds has an unknown kind {name!r}.", f"Known kinds: {', '.join(KINDS)}."
        )
    return Kind(name)


def _string_list(file: str, table: dict[str, Any], key: str, sample: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise UsageError(f"{file}: {key} is not a list of strings.", f"Example: {key} = {sample}")
    return tuple(values)
