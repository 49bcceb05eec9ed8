"""The words of a command line that takes a paste: which are options, and which are pasted.

A curl command pasted without quotes was already split by the shell, and its ``-X`` and ``-H``
look like options of ours. From the first word of such a command on, everything is the paste,
but for options of ours at the very end.
"""

from collections.abc import Collection

_COMMANDS = frozenset(
    {"curl", "curl.exe", "wget", "http", "https", "xh", "iwr", "irm",
     "invoke-webrequest", "invoke-restmethod", "fetch", "export", "set", "setx", "$"}
)  # fmt: skip
# Options of curl, HTTPie and wget that somebody may paste without the command's name.
_FOREIGN = frozenset(
    {"-H", "--header", "-X", "--request", "--url", "--location", "--compressed", "-L", "-s", "-S",
     "-sS", "-i", "-v", "-k", "-A", "-b", "-d", "--data", "--data-raw", "--user-agent", "-Headers",
     "-Uri", "-Method", "-UseBasicParsing", "-WebSession"}
)  # fmt: skip


def split(
    argv: list[str], flags: Collection[str], valued: Collection[str]
) -> tuple[list[str], list[str]]:
    """Split words into options of ours, their values among them, and the words of the paste.

    ``flags`` are our options that stand alone, ``valued`` those that take the next word. A word
    that looks like an option and is nobody's is left to the parser, which will complain.
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
        elif _begins_a_command(word):
            tail = _own_tail(rest, flags, valued)
            kept = rest[: len(rest) - len(tail)]
            return options + tail, [*paste, word, *kept]
        elif word.startswith("--") or (word.startswith("-") and len(word) == 2):  # noqa: PLR2004 - -x
            options.append(word)
        else:
            paste.append(word)
    return options, paste


def _begins_a_command(word: str) -> bool:
    name = word.replace("\\", "/").rpartition("/")[2].lower()
    return name in _COMMANDS or word in _FOREIGN or word[:2] == "-H" or word[:2] == "-X"


def _own_tail(rest: list[str], flags: Collection[str], valued: Collection[str]) -> list[str]:
    """Return the options of ours that end the line: a pasted command does not end in them."""
    tail: list[str] = []
    while True:
        left = len(rest) - len(tail)
        if left >= 1 and (
            rest[left - 1] in flags
            or ("=" in rest[left - 1] and rest[left - 1].partition("=")[0] in valued)
        ):
            tail.insert(0, rest[left - 1])
        elif left >= 2 and rest[left - 2] in valued:  # noqa: PLR2004 - an option and its value
            tail[:0] = rest[left - 2 : left]
        else:
            return tail
