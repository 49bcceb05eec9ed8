"""The scope of a path that the sandbox has no resource for: that of the most similar resource."""

from typing import NamedTuple

from tokcheck.sandbox.fitbit.resources.table import RESOURCES, VERSIONS

READING = {"GET", "HEAD"}


class PathScope(NamedTuple):
    """What a request to a path needs: the user's own token with a scope."""

    user: str
    """``-`` for the token's own user, or an encoded id."""
    scope: str
    """Empty if the path is similar to none, or needs no certain scope."""


def scope_of_path(path: str) -> PathScope:
    """Return what the path of a user's resource needs, whatever its method and its ending."""
    match path.split("/"):
        case ["", version, "user", user, *segments] if version in VERSIONS and user and segments:
            *first, last = segments
            return PathScope(user, _similar_scope([*first, last.partition(".")[0]]))
    return PathScope("-", "")


def _similar_scope(segments: list[str]) -> str:
    """Return the scope of the resource with the most leading segments in common.

    Of several, the shortest is the one that the others belong to.
    """
    common = {each: _common_segments(each.template, segments) for each in RESOURCES}
    most = max(common.values())
    similar = [each for each, number in common.items() if number == most > 0]
    return min(similar, key=lambda each: len(each.template)).scope if similar else ""


def _common_segments(template: tuple[str, ...], segments: list[str]) -> int:
    number = 0
    for expected, segment in zip(template, segments, strict=False):
        if expected != segment:
            break
        number += 1
    return number
