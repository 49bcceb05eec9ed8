"""The prompts of shells and interpreters in front of the next line of an unfinished command."""

import re

from tokcheck.core.lazy import LazyRegex

# zsh names what is unfinished.
_ZSH = (
    "dquote|quote|bquote|cmdand|cmdor|pipe|heredoc|cmdsubst|subsh|cursh|for|while|until|if|then|"
    "elif|else|case|select|function|repeat|array|braceparam|mathsubst|math|error|errbrace|always"
)
PROMPT = LazyRegex(
    rf"(?:(?:{_ZSH})\x20){{0,6}}(?:{_ZSH})>\x20|More\?\x20|>>?>?\x20|\.\.\.>?\x20|\x20*->\x20"
    r"|\x20*[\"'`]>\x20|\x20*\.\.\.(?:>|:)\x20|[a-z]\w{0,20}[-'\"(][#>]\x20"
    r"|irb\([^()\s]{1,20}\):\d{1,5}(?::\d{1,3})?[\"'`*>]\x20?>?\x20?|ghci\|\x20|\x20*\|\x20"
    r"|(?:\x1b\[[0-9;]{0,12}m){1,8}"
)
# A prompt that may also be the last line of a token, with a comment behind it: the name of a
# database, a word of zsh with less than four letters, a hyphen.
_LINE_OR_PROMPT = LazyRegex(r"(?![a-z]{4,}(?:>|\x20))([A-Za-z0-9_]*)(?:[-'\"(]?[#>]\x20)")


def is_prompt_of_line(before: str, own: str) -> bool:
    """Return whether an opening is the prompt of an unfinished command, and no line of a token.

    A name is that of a database only if the prompt of the line before has it as well.
    """
    if PROMPT.fullmatch(own) is None:
        return False
    name = _LINE_OR_PROMPT.match(own)
    if name is None or not (name[1] or own.startswith("-")):
        return True
    first = re.match(rf"{re.escape(name[1])}[=*'\"(-][#>]\x20", before)
    return bool(name[1]) and first is not None
