"""The owner of a token with a prefix that several providers share."""

from collections.abc import Callable, Collection, Sequence

from tokcheck.core.humanize import list_names


def owner_among(
    sharing: Collection[str], wanted: str | None, name_around: Callable[[], str | None]
) -> str | None:
    """Return which of the providers that share its prefix has issued a token.

    The one that the caller expects counts, then the one that the text around the token names, which
    ``name_around`` returns. Without either, it is not known: ``None``.
    """
    if wanted in sharing:
        return wanted
    named = name_around()
    return named if named in sharing else None


def describe_sharing(words: str, sharing: Sequence[str]) -> str:
    """Return a kind of credential with the providers that may have issued it, in words."""
    return f"{words} of {list_names(sharing, 'or')}"
