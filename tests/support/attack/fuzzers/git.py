"""Texts that git prints, writes to hooks and stores: changes, pushes, messages, pointers."""

import re
from contextlib import suppress
from random import Random

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import damaged_bytes, odd_text
from tests.support.tokens import FITBIT
from tokcheck.core.errors import UsageError
from tokcheck.scan.sources.git import is_object_id
from tokcheck.scan.sources.git_changes import parse_changes
from tokcheck.scan.sources.git_errors import git_error
from tokcheck.scan.sources.git_history import parse_range, pushed_revisions
from tokcheck.scan.sources.git_objects import parse_header
from tokcheck.scan.sources.lfs import read_pointer

_ID = b"0123456789abcdef0123456789abcdef01234567"
_NONE = b"0" * 40
_OPTIONS = {"--ignore-missing", "--not", "--remotes=origin"}
_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12\n" % (b"ab" * 32)


def _name(random: Random) -> bytes:
    return random.choice((b"refs/heads/a", b"HEAD^{/two words}", b"--output=a", b"-1x"))


def _git_output(random: Random) -> bytes:
    parts: list[bytes] = []
    for _ in range(random.randint(0, 4)):
        path = odd_text(random).encode("utf-8", "surrogatepass").replace(b"\0", b"") or b"a"
        parents = random.choice((1, 1, 1, 2, 3))
        words = [b"100644"] * (parents + 1) + [_ID] * (parents + 1) + [b"M" * parents]
        parts += random.choice(
            (
                [b":" * parents + b" ".join(words), path],
                [_ID],
                [b"%s %s refs/heads/a %s" % (_name(random), _ID, random.choice((_ID, _NONE)))],
                [b"%s..%s" % (_NONE, _name(random))],
                [_POINTER],
                [b"%s blob %d\n" % (_ID, random.choice((0, 7, 10**30)))],
                [b"fatal: " + path + FITBIT.encode()],
            )
        )
    data = random.choice((b"\0", b"\n")).join(parts)
    return data if random.random() < 0.3 else damaged_bytes(random, data)


def _check_printed(data: bytes) -> None:
    for separator in (b"\0", b"\n"):
        with suppress(UsageError):
            for change in parse_changes(data.split(separator)):
                assert is_object_id(change.object), change.object
    with suppress(UsageError):
        for word in pushed_revisions(data.splitlines(), "origin").words:
            # None of what is sent is an option of git's, but those that are meant.
            assert is_object_id(word) or word in _OPTIONS, word
    size = parse_header(data, _ID.decode())
    assert isinstance(size, str) or size >= 0
    pointer = read_pointer(data)
    assert pointer is None or re.fullmatch("[0-9a-f]{64}", pointer.object), pointer
    message = git_error(data, 128, lambda: False).message
    assert message.isprintable(), message
    assert FITBIT[30:] not in message, message
    with suppress(UsageError):
        for word in parse_range(data.decode("utf-8", "replace")).words:
            assert not word.startswith("-"), word


FUZZERS = (Fuzzer("git-output", _git_output, _check_printed),)
