"""Annotated tags: objects with a message of their own, which no list of commits shows.

A tag may also be of a file or of a tree, which no commit need have.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from tokcheck.scan.finding import BlobOrigin, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import PathFilter
from tokcheck.scan.sources.git_objects import ObjectEntry

_MOST_NESTED = 16
_TAG = "tag"
_BLOB = "blob"
_TREE = "tree"
_MISSING = "Git cannot list its files; git fsck --full lists what is damaged."


class _Tag(NamedTuple):
    object: str
    target: str
    target_type: str
    name: str


def tag_entries(
    named: Iterable[str],
    commits: Collection[str] | None,
    read: Collection[str] = (),
    keep: PathFilter | None = None,
) -> list[ObjectEntry | Unreadable]:
    """Return the messages of tags, to be read as those of commits, and the files of tags.

    These are the tags of the ``commits``, or all if it is ``None``, and those among the objects
    that are ``named``. Of the files of a tagged tree, those that are ``read`` already are left out,
    and those with a path that ``keep`` does not select.
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
    entries: dict[str, ObjectEntry | Unreadable] = {}
    for tag in wanted:
        target = _target(tag, known)
        commit = target.target if target.target_type == "commit" else ""
        origin = BlobOrigin(commit, 0, commit, tag=True)
        for each in _chain(tag, known):
            path = f"<tag {each.name}>"
            if each.object != each.target:
                entries[each.object] = ObjectEntry(each.object, path, commit=True, origin=origin)
        for path, blob in _files_of(target, keep):
            if not blob:
                entries[path] = Unreadable(path, _MISSING)
            elif target.target_type == _BLOB or blob not in read:
                origin = origin._replace(object=blob)
                entries.setdefault(blob, ObjectEntry(blob, path, origin=origin))
    return list(entries.values())


def _files_of(tag: _Tag, keep: PathFilter | None) -> Iterator[tuple[str, str]]:
    """Yield the files of a tag that is of no commit, each with the id of its blob.

    A tree that git cannot list has none.
    """
    if tag.target_type == _BLOB:
        yield f"<file of tag {tag.name}>", tag.target
    if tag.target_type != _TREE or not git.is_object_id(tag.target):
        return
    tree = f"<tree of tag {tag.name}>"
    listing = git.try_run("ls-tree", "-r", "-z", "--full-tree", tag.target)
    if listing is None:
        yield tree, ""
    for entry in (listing or b"").split(b"\0")[:-1]:
        facts, _, name = entry.partition(b"\t")
        _, kind, blob = facts.decode("ascii", "replace").split()
        path = os.fsdecode(name)
        if kind == _BLOB and (keep is None or keep(path)):
            yield f"{tree}/{path}", blob


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
    """Yield the annotated tags that have a name here, and names of files and trees as tags."""
    fields = "%(objecttype) %(objectname) %(*objectname) %(*objecttype) %(refname:lstrip=2)"
    listing = git.run("for-each-ref", f"--format={fields}", "refs/tags")
    for line in listing.decode("utf-8", "surrogateescape").split("\n"):
        kind, _, rest = line.partition(" ")
        if kind == _TAG:
            yield _Tag(*rest.split(" ", 3))
        elif kind in {_BLOB, _TREE}:
            object_id, *_, name = rest.split(" ", 3)
            yield _Tag(object_id, object_id, kind, name)


def _read_tag(object_id: str) -> list[_Tag]:
    """Return the tag of an id, if it is one; a damaged tag may name anything as its object."""
    content = git.try_run("cat-file", _TAG, object_id) if git.is_object_id(object_id) else None
    if content is None:
        return []
    head = content.partition(b"\n\n")[0].decode("utf-8", "surrogateescape")
    fields = dict(line.split(" ", 1) for line in head.split("\n") if " " in line)
    found = (fields.get(name, "") for name in ("object", "type", _TAG))
    return [_Tag(object_id, *found)]
