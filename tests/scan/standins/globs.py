"""Patterns that name a file or a folder."""


class Globs:
    """Patterns of paths."""

    def __init__(self, patterns: tuple[str, ...] = ()) -> None:
        self.patterns = patterns

    def match(self, path: str) -> bool:
        """Tell whether a file is out."""
        return any(
            path == each or path.startswith(each.rstrip("/") + "/") for each in self.patterns
        )
