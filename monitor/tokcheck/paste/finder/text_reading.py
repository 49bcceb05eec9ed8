"""A text as it was read, and what was found in it."""

from typing import NamedTuple

from tokcheck.paste.finder.matches import Match


class TextReading(NamedTuple):
    """A text as it was read, what was found in it, and notes about what was put right."""

    text: str
    found: list[Match]
    tokens: list[Match]
    notes: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there is a whole access token."""
        return bool(self.tokens) and self.tokens[0].credential.flaw is None

    @property
    def is_signed(self) -> bool:
        """Whether all access tokens are signed."""
        return all(item.payload is not None for item in self.tokens)

    def has_less_than(self, other: "TextReading") -> bool:
        """Return whether a token here is the beginning of one there: what followed was lost."""
        return any(
            each.raw != longer.raw and longer.raw.startswith(each.raw)
            for each in self.tokens
            for longer in other.tokens
        )
