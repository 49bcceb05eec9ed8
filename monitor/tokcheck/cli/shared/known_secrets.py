"""The secrets of a command line and its environment, and texts without them."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tokcheck.core.credential import Kind
from tokcheck.core.escape import printable, without_commands
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import random_runs, redact_pieces, spelled_secret
from tokcheck.core.redact.spellings import readings
from tokcheck.core.secret import Secret
from tokcheck.scan.safe_text import redact_tokens

# No credential is shorter.
_SHORTEST = 16
_SEPARATORS = LazyRegex(r"[^A-Za-z0-9_-]+")
# The value is shown on purpose: in the address that a login opens.
_CLIENT_ID = "--client-id"
# Its ids of commits are no secrets.
_RANGE = "--range"
_OBJECT_ID = re.compile(r"(?<![\w-])[0-9a-f]{40}(?:[0-9a-f]{24})?(?![\w-])")
_LABEL = LazyRegex(r"(?:.*[^A-Za-z0-9_-])?-{0,2}[A-Za-z]?[a-z]+(?:[A-Z_-][a-z]+)*", re.DOTALL)


def secrets_in(words: Sequence[str], values: Sequence[str]) -> tuple[str, ...]:
    """Return the secrets among the words of a command line and the values of variables."""
    found: dict[str, None] = {}
    for before, each in pairwise(("", *words)):
        is_range = before == _RANGE or each.startswith(f"{_RANGE}=")
        word = _OBJECT_ID.sub("", each) if is_range else each
        is_client_id = before == _CLIENT_ID or word.startswith(f"{_CLIENT_ID}=")
        unlabelled = _without_label(word)
        for reading in dict.fromkeys((word, *(reading.text for reading in readings(unlabelled)))):
            found |= dict.fromkeys(_secrets_in_word(reading, is_client_id=is_client_id))
        # Of an option and its value in one word, the value may be spelled.
        for part in () if is_client_id else (unlabelled, word.partition("=")[2]):
            spelled = spelled_secret(part)
            if spelled is not None:
                found[spelled] = None
            # Without the separators, a shorter one may show its prefix.
            joined = _SEPARATORS.compiled.sub("", part)
            if joined != part:
                found |= dict.fromkeys(_secrets_in_word(joined, any_run=False))
    for value in values:
        found |= dict.fromkeys(random_runs(value))
    return tuple(found)


def _without_label(word: str) -> str:
    """Return the value of a word such as ``refresh_token=VALUE``, and any other word as it is.

    Read as quoted-printable, the sign and two digits are a letter, which would join the label to
    the secret; then every message with the words of the label would be redacted.
    """
    label, _, value = word.partition("=")
    return value if value and _LABEL.compiled.fullmatch(label) else word


def safe_text(text: str, words: Sequence[str], secrets: Sequence[str]) -> str:
    """Return a text without tokens, pieces of these secrets, escape sequences and CI commands.

    Its line breaks stay, except for those inside one of ``words``.
    """
    text = redact_tokens(text)
    for secret in secrets:
        # It may be a commit id or a name: a few characters of it show which was meant.
        if random_runs(secret) == [secret]:
            text = text.replace(secret, Secret(secret).masked)
    text = redact_pieces(text, secrets)
    for word in words:
        text = text.replace(word, printable(word))
    return without_commands(printable(text, keep="\n\t"))


def _secrets_in_word(
    word: str, *, any_run: bool = True, is_client_id: bool = False
) -> Iterator[str]:
    """Yield the secrets in a word; many client ids have forms that could be any service's."""
    if len(word) < _SHORTEST:
        return
    from tokcheck.providers import FINDER  # only for long words

    paste = FINDER.find(word)
    found = paste.candidates if paste.credential is None else (paste.credential,)
    public = ""
    for each in found:
        raw = each.secret.reveal()
        if is_client_id and each.kind is Kind.UNKNOWN and not (each.flaw or each.service):
            continue
        if each.is_secret:
            yield raw
        elif each.kind is Kind.CLIENT_ID:
            public = raw
    if any_run and not is_client_id:
        yield from (run for run in random_runs(word) if run not in public)
