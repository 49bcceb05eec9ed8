"""Run checks with prepared responses and a clock that stands still."""

from collections.abc import Callable

from tests.support.providers.probe_responses import respond
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    NOW,
)
from tokcheck.accounts.explanation import explain_message
from tokcheck.checks import Checker, Requirements
from tokcheck.checks import render_json as as_json
from tokcheck.checks import render_text as as_text
from tokcheck.core.errors import NetError
from tokcheck.core.report import Report
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response, finder_for

SECONDS = int(NOW.timestamp())
LIST = respond(
    200,
    [{"deviceVersion": "Charge 5", "battery": "High", "batteryLevel": 90}],
    {
        "fitbit-rate-limit-limit": "150",
        "fitbit-rate-limit-remaining": "149",
        "fitbit-rate-limit-reset": "1200",
    },
)
OPAQUE = "k7Qm2Zp9Xv4Rt8Wn3Ys6Lb1Hd5Gf0Jc7Aq2Ue9Io4Pz"


class Sender:
    """Returns the prepared answers in turn and records the requests."""

    def __init__(self, *answers: Response | NetError) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str, str]] = []

    def __call__(self, provider: Provider, request: Request) -> Response:
        self.requests.append((provider.name, request.service, request.path))
        answer = self.answers.pop(0)
        if isinstance(answer, NetError):
            raise answer
        return answer


def ticks() -> Callable[[], float]:
    moments = iter(range(1000))
    return lambda: next(moments) * 0.25


def check(
    paste: str,
    send: Sender | None = None,
    *,
    wanted: str | None = None,
    requirements: Requirements | None = None,
) -> Report:
    """Check a paste; nothing of the report may hold a whole token of it."""
    checker = Checker(
        REGISTRY,
        now=lambda: NOW,
        timer=ticks(),
        send=send,
        wanted=wanted,
        requirements=requirements,
        explain=explain_message,
    )
    report = checker.check(paste)
    shown = "\n".join(
        [repr(report), as_json.render(report), as_text.render(report, as_text.Style(), REGISTRY)]
    )
    tokens = (FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET, GOOGLE_KEY, FITBIT_REFRESH, OPAQUE)
    credential = finder_for(REGISTRY).find(paste, wanted).credential
    found = () if credential is None else (credential.secret.reveal(),)
    assert [token for token in (*tokens, *found) if len(token) > 20 and token in shown] == []
    assert [word for word in paste.split() if len(word) > 60 and word in shown] == []
    return report
