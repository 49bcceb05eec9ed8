"""When a single round of probes says that it has found nothing out."""

from tests.support.exporter.builders import probed_state
from tokcheck.core.report import Verdict
from tokcheck.exporter.service import has_probed_nothing
from tokcheck.exporter.state import SkipReason

_WORKS = probed_state(Verdict.VALID, success=True)
_REFUSED = probed_state(Verdict.REVOKED_OR_INVALID, success=True)
_FAILED = probed_state(Verdict.UNDETERMINED, success=False)
_UNCOUNTED = _WORKS._replace(waiting=SkipReason.LEDGER)
_UNREAD = _WORKS._replace(source_unread=True)
_NO_TOKEN = probed_state(Verdict.NO_TOKEN, success=None, probed_verdict=None)
_MALFORMED = probed_state(Verdict.MALFORMED, success=None, probed_verdict=None)


def test_nothing_was_probed_if_some_could_not_be_and_none_has_a_result() -> None:
    table = [
        (False, (_WORKS,)),
        (False, (_REFUSED,)),
        (False, (_MALFORMED,)),
        (False, (_MALFORMED, _NO_TOKEN)),
        (False, (_FAILED, _WORKS)),
        (False, (_UNREAD, _REFUSED)),
        (True, ()),
        (True, (_NO_TOKEN,)),
        (True, (_NO_TOKEN, _NO_TOKEN)),
        (True, (_FAILED,)),
        (True, (_UNCOUNTED,)),
        (True, (_UNREAD,)),
        (True, (_FAILED, _NO_TOKEN)),
        (True, (_FAILED, _UNCOUNTED, _UNREAD)),
    ]
    wrong = [(want, states) for want, states in table if want != has_probed_nothing(states)]
    assert [] == wrong
