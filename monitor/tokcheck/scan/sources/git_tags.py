"""Annotated tags: objects with a message of their own, which no list of commits shows.

A tag may also be of a file, which no commit need have.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from tokcheck.scan.finding import BlobOrigin
from tokcheck.scan.sources import git
from tokcheck.scan.sources.git_objects import ObjectEntry

_MOST_NESTED = 16
_TAG = "tag"
_BLOB = "blob"


class _Tag(NamedTuple):
    object: str
    target: str
    target_type: str
    name: str


def tag_entries(named: Iterable[str], commits: Collection[str] | None) -> list[ObjectEntry]:
    """Return the messages of tags, to be read as those of commits, and the files of tags.

    These are the tags of the ``commits``, or all if it is ``None``, and those among the objects
    that are ``named``.
    """
    known = {tag.object: tag for tag in _read_tags()}
    wanted = [
        tag
        for tag in list(known.values())
        if commits is None or _target(tag, known).target in commits
    ]
    for object_id in named:
        if object_id in known:
            wanted.append(known[object_id])
        elif commits is not None and object_id not in commits:
            wanted += _read_tag(object_id)
    entries: dict[str, ObjectEntry] = {}
    for tag in wanted:
        target = _target(tag, known)
        commit = target.target if target.target_type == "commit" else ""
        origin = BlobOrigin(commit, 0, commit, tag=True)
        for each in _chain(tag, known):
            path = f"<tag {each.name}>"
            if each.object != each.target:
                entries[each.object] = ObjectEntry(each.object, path, commit=True, origin=origin)
        if target.target_type == _BLOB:
            entries[target.target] = ObjectEntry(
                target.target,
                f"<file of tag {target.name}>",
                origin=origin._replace(object=target.target),
            )
    return list(entries.values())


def _chain(tag: _Tag, known: dict[str, _Tag]) -> Iterator[_Tag]:
    """Yield a tag, and the tags that it leads to."""
    for _ in range(_MOST_NESTED):
        yield tag
        if tag.target_type != _TAG:
            return
        below = known.get(tag.target) or next(iter(_read_tag(tag.target)), None)
        if below is None:
            return
        known[below.object] = tag = below


def _target(tag: _Tag, known: dict[str, _Tag]) -> _Tag:
    *_, last = _chain(tag, known)
    return last


def _read_tags() -> Iterator[_Tag]:
    """Yield the annotated tags that have a name here, and the names of files as their own tags."""
    fields = "%(objecttype) %(objectname) %(*objectname) %(*objecttype) %(refname:lstrip=2)"
    listing = git.run("for-each-ref", f"--format={fields}", "refs/tags")
    for line in listing.decode("utf-8", "surrogateescape").split("\n"):
        kind, _, rest = line.partition(" ")
        if kind == _TAG:
            yield _Tag(*rest.split(" ", 3))
        elif kind == _BLOB:
            object_id, *_, name = rest.split(" ", 3)
            yield _Tag(object_id, object_id, _BLOB, name)


def _read_tag(object_id: str) -> list[_Tag]:
    """Return the tag of an id, if it is one; a damaged tag may name anything as its object."""
    content = git.try_run("cat-file", _TAG, object_id) if git.is_object_id(object_id) else None
    if content is None:
        return []
    head = content.partition(b"\n\n")[0].decode("utf-8", "surrogateescape")
    fields = dict(line.split(" ", 1) for line in head.split("\n") if " " in line)
    found = (fields.get(name, "") for name in ("object", "type", _TAG))
    return [_Tag(object_id, *found)]
