"""Texts made safe to print: the tokens of a path or a message redacted."""

from collections.abc import Collection

from tokcheck.scan.finding import sha256

_REDACTED = "[redacted]"
# Forms that no ordinary file name has; narrower than redact(), which would also redact the hash in
# "chunk-5f2a….js", so that the file could not be found.
# Words that begin as a JWT does; it is one if the second part follows. A word without one is
# matched as well, since the search would go on inside it and take quadratic time.
_JWT = r"eyJ[\w-]{8,}+([.%][\w.%=-]*+)?"
_NAMED = (
    r"ya29[.%][\w.%-]{8,}"
    r"|GOCSPX-[\w-]{8,}"
    r"|1(?:/|%2[Ff]){2}0[\w-]{16,}"
    r"|4(?:/|%2[Ff])0A[\w-]{16,}"
    r"|AIza[\w-]{30,}"
)
_WORDS = (r"[\w.~%+=-]{20,}", r"[0-9a-fA-F]{32,}")
_SHORTEST = 12
# A refresh token that was written as a path or made a file's name: 1//0 became 1/0 or 1__0.
_AS_PATH = r"(?<![A-Za-z0-9])1(?:/|\\|__?|--?|::?|%2[Ff])0([\w-]{48,})"
# In characters drawn by lot, the next one is mostly of another kind; in names and hashes it is not.
_KINDS = r"[A-Z]?[a-z]++|[A-Z]++|[0-9]++"
_MOST_ALIKE = 3


def redact_tokens(text: str, digests: Collection[bytes] = ()) -> str:
    """Redact the tokens in a path or a message.

    ``digests`` are the SHA-256 digests of the credentials that were found: a word of the text with
    such a digest is redacted in any form.
    """
    if len(text) < _SHORTEST:
        return text
    import re  # not loaded where there is no output

    text = re.sub(_JWT, lambda word: _REDACTED if word[1] else word[0], text)
    text = re.sub(_NAMED, _REDACTED, text)
    text = re.sub(_AS_PATH, lambda word: _REDACTED if _is_drawn(word[1]) else word[0], text)
    if not digests:
        return text
    for pattern in _WORDS:
        text = re.sub(pattern, lambda word: _redact_if_found(word.group(), digests), text)
    return text


def _is_drawn(word: str) -> bool:
    import re

    kinds = len(re.findall(_KINDS, word))
    return word not in {word.lower(), word.upper()} and kinds * _MOST_ALIKE >= len(word)


def _redact_if_found(word: str, digests: Collection[bytes]) -> str:
    return _REDACTED if sha256(word.encode("utf-8", "surrogatepass")) in digests else word
