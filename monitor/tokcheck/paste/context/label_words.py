"""The words of labels and keys: those of a service that is not known, and those of any."""

from tokcheck.core.lazy import LazyRegex

# Words of labels that name no service.
_GENERIC = frozenset(
    # A literal list would have a line for each of them.
    (  # noqa: SIM905
        "access account admin api app application athlete auth authorization basic bearer bot "
        "client code config const cookie credential credentials current data default demo dev env "
        "export fresh grant header headers http https id initial invalid jwt key live local login "
        "long main member my new oauth old password personal plain private prod production public "
        "raw read refresh request response sandbox saved secret server service session shared "
        "short staging static stored temp test the tmp token tokens user valid value var web "
        "write your"
    ).split()
)
_WORDS_OF_LABEL = LazyRegex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LEAST_WORD = 3


def names_something(label: str) -> bool:
    """Return whether a label has a word of its own, as that of a service that is not known."""
    words = (match.group().lower() for match in _WORDS_OF_LABEL.compiled.finditer(label))
    return any(len(word) >= _LEAST_WORD and word not in _GENERIC for word in words)
