"""No content takes more than linear time, including the worst known ones.

A time is compared only with one of the same content at a quarter of the size, and only where it is
long enough to mean anything, so a slow or busy machine does not fail this test.
"""

from time import process_time

import pytest

from tests.support.scan.hostile_content import hostile_contents
from tests.support.scan.searching import search
from tests.support.suite.thoroughness import IS_THOROUGH
from tests.support.tokens import FITBIT, GOOGLE, NOW
from tokcheck.scan import Chunk, ScanSettings, Searcher
from tokcheck.scan.allowlist import Allowlist
from tokcheck.scan.runner import scan
from tokcheck.scan.sources.chunks import InMemorySource

# Coverage's tracer would be measured with what it traces.
pytestmark = pytest.mark.untraced

_SEARCH = Searcher(NOW.timestamp())
_LARGE = (32 if IS_THOROUGH else 8) * 1024
_ENOUGH = 0.05
_MOST = 12


def _seconds(data: bytes) -> float:
    comments = Allowlist(ScanSettings())
    started = process_time()
    # The work for each finding counts, too.
    scan([InMemorySource(Chunk("x.txt", data))], _SEARCH, comments.allows)
    return process_time() - started


def test_no_content_takes_more_than_linear_time() -> None:
    search(f"{FITBIT} {GOOGLE.replace('_', '&#95;')} ")  # what is loaded first is loaded
    slow = []
    for name, large in hostile_contents(_LARGE).items():
        small = large[: _LARGE // 4]
        # The small one first: what is far worse than linear shows there without a long waiting.
        least = _seconds(small)
        assert least < 5, name
        took = _seconds(large)
        if took > _ENOUGH and took > _MOST * least:
            took, least = min(map(_seconds, [large] * 3)), min(map(_seconds, [small] * 3))
            if took > _MOST * least:
                slow.append((name, least, took))
    assert [] == slow
