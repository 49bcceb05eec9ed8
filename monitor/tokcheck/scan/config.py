"""The settings of a scan: ``[scan]`` in tokcheck.toml, ``[tool.tokcheck.scan]`` in pyproject.toml.

The nearest file that has its table is the only one that counts, from the folder where the scan
began up to the root of the repository. In one folder tokcheck.toml goes before pyproject.toml;
two files are never mixed.
"""

import os
from typing import Any, NamedTuple

from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.scan.ignore.gitignore import Globs

KINDS = tuple(kind for kind in Kind if kind not in {Kind.PLACEHOLDER, Kind.UNKNOWN})
_KEYS = ("exclude", "kinds", "ignore-expired", "baseline")


class Settings(NamedTuple):
    """What a scan leaves out.

    ``exclude`` are patterns of paths below ``root``, the folder of the settings' file; relative
    paths of findings are counted from ``folder``. ``kinds`` are those looked for, all if empty.
    ``baseline`` is the path of the baseline's file, ready to be opened. ``file`` is where the
    settings are from, ``None`` if there are none.
    """

    exclude: Globs = Globs()
    kinds: frozenset[Kind] = frozenset()
    ignore_expired: bool = False
    baseline: str | None = None
    root: str = "."
    folder: str = "."
    file: str | None = None

    def excludes(self, path: str) -> bool:
        """Tell whether a file is left out; nothing is outside of ``root``.

        The members of an archive are the files of a folder with the archive's name.
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


def load(folder: str) -> Settings:
    """Read the settings that hold for a folder; the defaults if nobody wrote any.

    Raises :class:`~tokcheck.errors.UsageError` for a file that is no TOML, for an unknown key,
    and for a value of the wrong type.
    """
    folder = os.path.abspath(folder)
    for place in _upwards(folder):
        for name, tables in (
            ("tokcheck.toml", ("scan",)),
            ("pyproject.toml", ("tool", "tokcheck", "scan")),
        ):
            file = os.path.join(place, name)
            table = _table(file, tables)
            if table is not None:
                return _settings(file, f"[{'.'.join(tables)}]", table)._replace(
                    root=place, folder=folder, file=file
                )
    return Settings(root=folder, folder=folder)


def _upwards(folder: str) -> list[str]:
    """Return the folder and those above it up to the repository's root; outside one, itself."""
    places = [folder]
    while not os.path.exists(os.path.join(places[-1], ".git")):
        above = os.path.dirname(places[-1])
        if above == places[-1]:
            return [folder]
        places.append(above)
    return places


def _table(file: str, tables: tuple[str, ...]) -> object:
    try:
        with open(file, "rb") as opened:
            written = opened.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    # Most commits are made where a pyproject.toml says nothing of tokcheck, and the parser takes
    # as long as the scan does.
    if tables[-2:-1] and tables[-2].encode() not in written:
        return None
    import tomllib

    try:
        found: object = tomllib.loads(written.decode("utf-8-sig"))
    except ValueError as error:  # of the encoding, too
        raise UsageError(f"{file} is no TOML: {error}.", "Correct that line.") from None
    for name in tables:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _settings(file: str, where: str, table: object) -> Settings:
    if not isinstance(table, dict):
        raise UsageError(f"{file}: {where} is no table.", f"Write {where} and its keys below it.")
    for key in table:
        if key not in _KEYS:
            raise UsageError(
                f"{file}: {where} has an unknown key {key!r}.", f"Known are: {', '.join(_KEYS)}."
            )
    baseline = table.get("baseline")
    if baseline is not None and not (isinstance(baseline, str) and baseline):
        raise UsageError(f"{file}: baseline is {baseline!r}.", "It is the path of a file.")
    expired = table.get("ignore-expired", False)
    if not isinstance(expired, bool):
        raise UsageError(f"{file}: ignore-expired is {expired!r}.", "It is true or false.")
    return Settings(
        exclude=Globs(_strings(file, table, "exclude", '["tests/data/", "*.har"]')),
        kinds=frozenset(
            _kind(file, name) for name in _strings(file, table, "kinds", '["access_token"]')
        ),
        ignore_expired=expired,
        baseline=os.path.join(os.path.dirname(file), baseline) if baseline else None,
    )


def _kind(file: str, name: str) -> Kind:
    if name not in KINDS:
        raise UsageError(
            f"{file}: kinds has an unknown kind {name!r}.", f"Known are: {', '.join(KINDS)}."
        )
    return Kind(name)


def _strings(file: str, table: dict[str, Any], key: str, sample: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise UsageError(f"{file}: {key} is no list of texts.", f"Like this: {key} = {sample}")
    return tuple(values)
