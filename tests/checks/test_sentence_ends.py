"""A sentence that ends with a server's message has one end, whatever the message ends with."""

from tests.support.checks import Sender, check
from tests.support.providers.google_probe import TOKENINFO
from tests.support.providers.probe_responses import respond
from tests.support.suite.sentences import flaw_of_end
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.authorization_errors import error_from_redirect
from tokcheck.core.errors import NetError
from tokcheck.core.humanize import end_sentence
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

MESSAGES = (
    *("Boom", "Boom.", "Boom. ", "Boom!", "Boom?", "Boom…", "Boom...", "Boom:", "Boom;"),
    *("Boom,", "Boom (5).", 'Boom "x"', ""),
)  # fmt: skip
STATUSES = (302, 400, 401, 403, 404, 405, 409, 410, 412, 418, 429, 451, 500, 501, 503)


def bodies(status: int, message: str) -> tuple[object, ...]:
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ODD_REASON",
        "domain": "googleapis.com", "metadata": {},
    }  # fmt: skip
    return (
        {"errors": [{"errorType": "weird", "message": message}]},
        {"error": {"code": status, "message": message, "status": "WEIRD_ONE"}},
        {"error": {"code": status, "message": message, "status": "X", "details": [info]}},
        {"error": "weird", "error_description": message},
        {"message": message},
    )


class SameAnswer(Sender):
    """Returns one answer to every request but that for what the token is."""

    def __call__(self, provider: Provider, request: Request) -> Response:
        del provider
        answer = self.answers[0]
        assert not isinstance(answer, NetError)
        return TOKENINFO if "tokeninfo" in request.path else answer


def test_every_report_on_a_servers_message_has_one_end_a_sentence() -> None:
    wrong = set()
    for status in STATUSES:
        for message in MESSAGES:
            for body in bodies(status, message):
                for token in (FITBIT, GOOGLE):
                    report = check(token, SameAnswer(respond(status, body)))
                    wrong |= {
                        (flaw, text)
                        for text in (report.summary, *report.advice)
                        if (flaw := flaw_of_end(text))
                    }
    assert set() == wrong


def test_a_refused_consent_has_one_end_too() -> None:
    wrong = []
    for provider in REGISTRY.values():
        for message in (*MESSAGES, ".", "Boom .", "Boom.."):
            for code in ("odd", "access_denied", ""):
                login = LoginCommand(provider.name)
                error = error_from_redirect(code, message, provider, login)
                wrong += [text for text in (error.message, error.hint) if flaw_of_end(text)]
    assert [] == wrong


def test_an_end_is_added_once() -> None:
    found = {
        text: end_sentence(text) for text in ("a", "a.", "a..", "a!", "a…", "a...", "a:", "a ,")
    }
    assert {
        "a": "a.", "a.": "a.", "a..": "a.", "a!": "a!", "a…": "a…", "a...": "a...", "a:": "a.",
        "a ,": "a.",
    } == found  # fmt: skip
