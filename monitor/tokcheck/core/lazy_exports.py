"""Public names of a package, each imported from its module when it is first used."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def load_export(package: str, modules: Mapping[str, str], name: str) -> Any:  # noqa: ANN401 - of any type
    """Return a public name of ``package``; ``modules`` maps each name to the module that has it.

    :raises AttributeError: if the package has no such name.
    """
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return getattr(import_module(modules[name]), name)
