"""Every sentence that is shown ends with one full stop, or with a command to copy."""

import re

import pytest

from tests.support.cli.hints import texts
from tests.support.suite.sentences import flaw_of_end, flaw_of_template
from tokcheck.accounts.oauth.authorization_error_table import AUTHORIZATION_CAUSES
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.providers import REGISTRY

# The login's part there ends with a command, or is a sentence of its own.
_COMMANDS = re.compile(r"\{(?:login[a-z:-]*|again|other_application|same_uri|bug)\}")


@pytest.mark.parametrize(
    ("flaw", "text"),
    [
        ("", "It failed."),
        ("", "Log in again: tokcheck login fitbit"),
        ("", "Did it work? Yes!"),
        ("", "Pass a range such as main..HEAD, ../x or ... for more."),
        ("", "It was cut off…"),
        ("no full stop", "It failed"),
        ("no full stop", "It failed. Try again"),
        ("no full stop", "Wait:"),
        ("a double end: It failed..", "It failed.. Try again."),
        ("a double end: It failed..", "It failed.."),
        ("a double end: It failed. .", "It failed. ."),
        ("a double end: Did it?.", "Did it?. Yes."),
    ],
)
def test_a_flaw_is_found(flaw: str, text: str) -> None:
    assert flaw == flaw_of_end(text)


# They end where they are used, or are the words of a provider.
_FRAGMENTS = {
    "exporter/sources/config_file.py": "or a program that prints it with command",
    "providers/google_health/advice.py": "Retries before that are refused",
    "sandbox/faults/fitbit_bodies.py": "Error id: 5a:0c:1d:9e:77:b3:42:f8",
    "scan/git_hooks/installation.py": "Edit it",
}


def test_every_text_ends_each_of_its_sentences_once() -> None:
    wrong = [
        (one.place, flaw, one.text)
        for one in texts()
        if (flaw := flaw_of_template(one.text))
        and not one.text.endswith(_FRAGMENTS.get(one.module, "\0"))
    ]
    assert [] == wrong


def test_every_sentence_of_a_catalogue_ends() -> None:
    causes = (*TOKEN_CAUSES, *AUTHORIZATION_CAUSES)
    sentences = [
        *(cause.sentence for cause in causes),
        *(
            _COMMANDS.sub("x: tokcheck login x", cause.hint) + " tokcheck x" * bool(cause.command)
            for cause in causes
        ),
        *(
            remedy
            for provider in REGISTRY.values()
            for remedies in provider.remedies.values()
            for remedy in remedies
        ),
    ]
    assert [] == [(flaw, text) for text in sentences if (flaw := flaw_of_end(text))]
