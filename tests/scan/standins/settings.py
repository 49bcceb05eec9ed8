"""No settings."""

from typing import NamedTuple

from tests.scan.standins.globs import Globs


class Settings(NamedTuple):
    """What a scan leaves out."""

    exclude: Globs = Globs()
    ignore_expired: bool = False
    baseline: str | None = None

    def excludes(self, path: str) -> bool:
        """Tell whether a file is left out."""
        return self.exclude.match(path)


def load(_folder: str) -> Settings:
    """Return the defaults."""
    return Settings()
