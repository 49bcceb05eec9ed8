"""What is glued to the end of a token, so that all of it is none of its form."""

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import closing_mark
from tokcheck.paste.wrapping.openings.glued_prompt import is_certain_prompt

# Characters of tokens behind one; zsh writes a percent sign behind what has no line break.
_RUN = LazyRegex(r"(?:[A-Za-z0-9_-]++|[.~](?=[A-Za-z0-9_-]))++")


def end_of_glued(text: str, start: int, end: int) -> int:
    """Return where the characters end that are glued to a token at ``start`` to ``end``.

    It is ``end`` if there are none, but a prompt or the closing mark of what is around the token.
    """
    run = _RUN.match(text, end)
    if run is None or not run.group().strip("_-"):
        return end
    mark = closing_mark(text, start)
    if (mark and text.startswith(mark, end)) or is_certain_prompt(text, start, end, run.end()):
        return end
    return run.end()
