"""Separate the options of a command line from an unquoted paste.

The shell has already split a curl command that was pasted without quotes, and its ``-X`` and
``-H`` look like options of tokcheck. Everything from the first word of such a command on belongs
to the paste, except for options of tokcheck at the very end.
"""

from collections.abc import Collection, Sequence

_COMMANDS = frozenset(
    {"curl", "curl.exe", "wget", "http", "https", "xh", "iwr", "irm",
     "invoke-webrequest", "invoke-restmethod", "fetch", "export", "set", "setx", "$"}
)  # fmt: skip
# Options of curl, HTTPie and wget that may be pasted without the command's name.
_FOREIGN_OPTIONS = frozenset(
    {"-H", "--header", "-X", "--request", "--url", "--location", "--compressed", "-L", "-s", "-S",
     "-sS", "-i", "-v", "-k", "-A", "-b", "-d", "--data", "--data-raw", "--user-agent", "-Headers",
     "-Uri", "-Method", "-UseBasicParsing", "-WebSession"}
)  # fmt: skip
# A pasted header begins with one of these, and a token follows.
_HEADER_WORDS = frozenset({"bearer", "authorization"})


def split(
    argv: list[str], flags: Collection[str], valued: Collection[str]
) -> tuple[list[str], list[str]]:
    """Return the options of tokcheck with their values, and the words of the paste.

    ``flags`` are the options without a value, ``valued`` those with one. A word that looks like an
    option and is unknown goes to the options, so that the parser reports it.
    """
    options: list[str] = []
    paste: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return options, paste + rest
        if word in flags or word.partition("=")[0] in valued:
            options.append(word)
            if word in valued and rest:
                options.append(rest.pop(0))
        elif _starts_command(word):
            tail = _trailing_options(rest, flags, valued)
            command = rest[: len(rest) - len(tail)]
            return options + tail, [*paste, word, *command]
        elif word.startswith("--") or (word.startswith("-") and len(word) == 2):  # noqa: PLR2004 - -x
            options.append(word)
        else:
            paste.append(word)
    return options, paste


def has_options(argv: Sequence[str]) -> bool:
    """Return whether any word may be an option, so that the command line has to be parsed."""
    return any(word.startswith("-") for word in argv)


def is_paste(words: Sequence[str]) -> bool:
    """Return whether the words are a paste without a command: a token, or what begins with one.

    A command's name that was misspelt is none, even if a token follows it.
    """
    from tokcheck.core.credential import Kind
    from tokcheck.providers import FINDER

    begins_paste = _starts_command(words[0]) or words[0].lower().rstrip(":") in _HEADER_WORDS
    credential = FINDER.find(" ".join(words) if begins_paste else words[0]).credential
    if credential is None:
        return False
    return credential.kind is not Kind.UNKNOWN or credential.flaw is not None


def _starts_command(word: str) -> bool:
    name = word.replace("\\", "/").rpartition("/")[2].lower()
    return name in _COMMANDS or word in _FOREIGN_OPTIONS or word[:2] == "-H" or word[:2] == "-X"


def _trailing_options(
    rest: list[str], flags: Collection[str], valued: Collection[str]
) -> list[str]:
    """Return the options of tokcheck at the end of the words; a pasted command has none there."""
    tail: list[str] = []
    while True:
        count = len(rest) - len(tail)
        if count >= 1 and (
            rest[count - 1] in flags
            or ("=" in rest[count - 1] and rest[count - 1].partition("=")[0] in valued)
        ):
            tail.insert(0, rest[count - 1])
        elif count >= 2 and rest[count - 2] in valued:  # noqa: PLR2004 - an option and its value
            tail[:0] = rest[count - 2 : count]
        else:
            return tail
