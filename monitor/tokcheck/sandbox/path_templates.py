"""Match the segments of a path with a template such as ``sleep/date/{date}``."""

from collections.abc import Collection, Mapping, Sequence


def split_template(template: str) -> tuple[str, ...]:
    """Return the segments of a template."""
    return tuple(template.split("/"))


def match_segments(
    template: Sequence[str], segments: Sequence[str], choices: Mapping[str, Collection[str]]
) -> dict[str, str] | None:
    """Return the text of each ``{name}`` in ``template``; ``None`` if the path does not fit.

    A name stands for one of its ``choices``, or for any text that is not empty if it has none.
    """
    if len(template) != len(segments):
        return None
    fields: dict[str, str] = {}
    for expected, segment in zip(template, segments, strict=True):
        if not expected.startswith("{"):
            if expected != segment:
                return None
            continue
        name = expected.strip("{}")
        if not segment or segment not in choices.get(name, (segment,)):
            return None
        fields[name] = segment
    return fields
