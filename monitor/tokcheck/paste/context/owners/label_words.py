"""The words of labels and keys: those of a service that is not known, and those of any.

Also the labels of values in a text, and those that stand apart from their values.
"""

from typing import TYPE_CHECKING

from tokcheck.core.lazy import LazyRegex

if TYPE_CHECKING:
    import re

# Words of labels that name no service.
_GENERIC = frozenset(
    # A literal list would have a line for each of them.
    (  # noqa: SIM905
        "access account accounts admin api apis app application apps args athlete auth "
        "authorization basic bearer body bot client clients code conf config configs "
        "configuration const container containers content cookie credential credentials current "
        "data default demo dev entries entry env environment environments export fresh grant "
        "header headers http https id initial invalid items json jwt key keys list live local "
        "login long main member metadata my new oauth old options params password payload "
        "personal plain private prod production profile profiles properties provider providers "
        "public raw read refresh request response result results sandbox saved secret secrets "
        "server service services session settings shared short spec staging static stored temp "
        "template test the tmp token tokens user valid value values var variables vars web "
        "write your"
    ).split()
)
_WORDS_OF_LABEL = LazyRegex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LEAST_WORD = 3
NAME_APART = (
    # A pair of a name and a value, in YAML, JSON or XML.
    r"(?:[\"']?\b(?:[Nn]ame|[Kk]ey)[\"']?\s{0,8}[:=]\s{0,8}[\"']?(?P<paired>[A-Za-z_][\w.-]{0,80})"
    r"[\"']?\s{0,40},?\s{0,40}[\"']?\b[Vv]alue[\"']?\s{0,8}[:=]\s{0,8}[\"']?"
    # A command that sets a variable, or a line of a Dockerfile.
    r"|\b(?:ENV|(?i:setx)|set[ \t]+-[A-Za-z]{0,3}x)[ \t]+(?P<set>[A-Za-z_][\w.-]{0,80})"
    r"[ \t]+[\"']?)"
)
"""The expression of a label and what stands between it and its value, for :func:`label_apart`."""
# A label stands so close in front of its value, in characters.
LABEL_LENGTH = 160
_LABEL = LazyRegex(
    r"([A-Za-z_][\w.-]{0,80})[\"'\\\]\s]{0,8}(?:=>|[:=]|%3[AaDd])[\"'\\\s]{0,8}(?:[Bb]earer\s+)?\Z"
)
_LABEL_APART = LazyRegex(rf"{NAME_APART}\Z")


def label_apart(match: "re.Match[str]") -> str:
    """Return the label of a match of :data:`NAME_APART`."""
    return match["paired"] or match["set"]


def label_before(text: str, start: int) -> str:
    """Return the name of the value that begins at ``start``; empty if there is none."""
    before = text[max(0, start - LABEL_LENGTH) : start]
    apart = _LABEL_APART.search(before)
    if apart is not None:
        return label_apart(apart)
    label = _LABEL.search(before)
    return label.group(1) if label else ""


def names_something(label: str) -> bool:
    """Return whether a label has a word of its own, as that of a service that is not known."""
    words = (match.group().lower() for match in _WORDS_OF_LABEL.compiled.finditer(label))
    return any(len(word) >= _LEAST_WORD and word not in _GENERIC for word in words)
