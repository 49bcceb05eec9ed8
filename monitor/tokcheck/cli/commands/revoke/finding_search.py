"""Find the token that ``tokcheck scan`` has reported, by its fingerprint."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tokcheck.core.credential import Credential, Flaw
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.paste.finder import CredentialFinder
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import Source
from tokcheck.scan.sources.files import file_sources
from tokcheck.scan.sources.git_changes import staged_sources
from tokcheck.scan.sources.git_history import all_revisions, history_sources

_DIGITS = frozenset("0123456789abcdef")
_SHOWN = 12
_WHOLE = 64
_MESSAGE = "COMMIT_EDITMSG"


def check_fingerprint(text: str) -> str:
    """Return the fingerprint that an option names, as outputs show it.

    :raises UsageError: if it is none; the text is not repeated, since it may be a token.
    """
    if not (_SHOWN <= len(text) <= _WHOLE and set(text) <= _DIGITS):
        raise UsageError(
            "--finding is not the fingerprint of a finding, which has 12 hexadecimal digits.",
            "`tokcheck scan` prints it in its advice, and in JSON as fingerprint.",
        )
    return text[:_SHOWN]


def find_credential(
    fingerprint: str,
    folder: str,
    finder: CredentialFinder,
    tables: Sequence[Mapping[str, Any]] = (),
    wanted: str | None = None,
) -> Credential:
    """Return the credential with this fingerprint in a folder, its index or its history.

    ``finder`` reads the credential alone, and says whether it may be only a part. ``tables`` are
    the user's own declarations, and ``wanted`` is the provider that the caller expects.

    :raises UsageError: if there is none.
    """
    raws: dict[str, str] = {}

    def collect(digest: bytes, raw: str) -> None:
        if digest.hex().startswith(fingerprint):
            raws[fingerprint] = raw

    search = Searcher(time.time(), None, collect, tables, finder.in_use())
    for source in _sources(folder):
        for chunk in source:
            if isinstance(chunk, Unreadable):
                continue
            for finding in search(chunk):
                if finding.fingerprint == fingerprint:
                    flaw = Flaw.CUT_OFF if finding.fragment else None
                    raw = raws[fingerprint]
                    read = finder.find(raw, wanted).credential
                    is_wanted = read is not None and wanted is not None and read.provider == wanted
                    provider = wanted if is_wanted else finding.provider
                    return Credential(
                        finding.kind,
                        Secret(raw),
                        provider,
                        flaw,
                        doubt=read.doubt if read is not None else "",
                        is_sent_elsewhere=finding.is_sent_elsewhere and wanted is None,
                        sharing=read.sharing if read is not None and provider is None else (),
                    )
    raise UsageError(
        f"No finding has the fingerprint {fingerprint} in this folder or its history.",
        "Run this in the folder where tokcheck scan found it, or pass the token itself: "
        "`tokcheck revoke` prompts for it.",
    )


def _sources(folder: str) -> Iterator[Source]:
    """Yield the sources in the order in which they are likely to have it."""
    yield from file_sources(["."])
    if git.repository_root(folder) is not None:
        yield from staged_sources()
        yield from history_sources(all_revisions())
        # A hook that found it in the message of a commit has prevented the commit.
        message = os.fsdecode(git.run("rev-parse", "--git-path", _MESSAGE).rstrip(b"\n"))
        yield from file_sources([message] if os.path.exists(message) else [], gitignore=False)  # noqa: PTH110 - a text
    yield from file_sources(["."], gitignore=False)
