"""The wording of errors of usage: one for the commands of argparse and those of typer.

Both libraries only give sentences, which differ between them and between their releases. A sentence
that no pattern matches is shown as it is.
"""

import re
from collections.abc import Container, Iterable, Mapping

from tokcheck.core.humanize import nearest_names, suggestion

# Messages of the libraries, and the wording of tokcheck.
_WORDINGS = (
    (
        r"No such option:? '?(?P<option>-[^\s']+?)'?\.?(?P<near>\s.*)?",
        "Unknown option {option}.{near}",
    ),
    (r"unrecognized arguments: (?P<option>-[^\s=]*).*", "Unknown option {option}.{near}"),
    (r"unrecognized arguments: (?P<words>.+)", "Unexpected argument {words}."),
    (
        r"Got unexpected extra arguments? ?(?:\(s\) )?\((?P<words>.+)\)\.?",
        "Unexpected argument {words}.",
    ),
    (r"No such command '(?P<name>.*?)'\.(?P<near>(?:\s.*)?)", "Unknown command '{name}'.{near}"),
    (
        r"Option '?(?P<option>-[^\s']+)'? requires an argument\.",
        "Option {option} requires an argument.",
    ),
    (r"argument (?P<option>\S+): expected one argument", "Option {option} requires an argument."),
    (
        r"Option '?(?P<option>-[^\s']+)'? does not take a value\.",
        "Option {option} takes no argument.",
    ),
    (
        r"argument (?:\S+/)?(?P<option>\S+): ignored explicit argument .*",
        "Option {option} takes no argument.",
    ),
    (
        r"argument (?P<option>\S+): not allowed with argument (?P<other>\S+)",
        "{option} cannot be combined with {other}.",
    ),
    (r"Missing argument '\[?(?P<name>.*?)\]?(?:\.\.\.)?'\.(?:\s.*)?", "Missing argument {name}."),
    (
        r"Missing option '(?P<option>-.*?)'\. Choose from:\s+(?P<choices>.*?)\.?",
        "Missing option {option}, which is one of {choices}.",
    ),
    (r"Missing option '(?P<option>-.*?)'\.?", "Missing option {option}."),
    (r"the following arguments are required: (?P<name>.+)", "Missing argument {name}."),
    (
        r"Invalid value for '(?P<option>-.*?)': (?P<value>'.*') is not a valid "
        r"int(?:eger)?(?: range)?\.",
        "{option} {value} is not a whole number.",
    ),
    (
        r"Invalid value for '(?:(?P<option>-.*?)|.*?)': (?P<value>'.*') is not one of "
        r"(?P<choices>.*?)\.",
        "{option} {value} is not one of {choices}.{near}",
    ),
    (
        r"argument (?P<option>\S+): invalid choice: (?P<value>'.*') "
        r"\(choose from (?P<choices>.*)\)",
        "{option} {value} is not one of {choices}.{near}",
    ),
)


def word_usage_error(sentence: str, known: Iterable[str] = ()) -> str:
    """Return a library's sentence about wrong usage in the words of tokcheck.

    The nearest of ``known``, the options and the commands, are suggested where the library suggests
    none by itself.
    """
    for pattern, wording in _WORDINGS:
        if match := re.fullmatch(pattern, sentence, re.DOTALL):
            parts = match.groupdict("")
            if "{near}" in wording:
                parts["near"] = suggestion(
                    _suggested_words(parts.get("near", "")) or _nearest(parts, known)
                )
            if "choices" in parts:
                parts["choices"] = " ".join(parts["choices"].replace("'", "").split())
            return wording.format_map(parts).lstrip()
    return sentence if sentence.endswith(".") else f"{sentence}."


def _suggested_words(near: str) -> list[str]:
    """Return the words that a library's own suggestion names."""
    return re.findall(r"--[\w-]+(?:[.][\w-]+)*|(?<=')\w[\w-]*(?=')", near)


def _nearest(parts: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Return the words that are nearest to the wrong one of an error."""
    if "choices" in parts:
        choices = parts["choices"].replace("'", "").split(", ")
        return nearest_names(parts["value"].strip("'"), choices)
    word = parts.get("option") or parts["name"]
    is_option = word.startswith("--")
    if word.startswith("-") and not is_option:
        return []
    return nearest_names(word, [one for one in known if one.startswith("--") == is_option])


def missing_value(option: str) -> str:
    """Return the sentence about an option without its value."""
    return word_usage_error(f"Option '{option}' requires an argument.")


def empty_word(words: Iterable[str], valued: Container[str]) -> str | None:
    """Return the sentence about the first empty value or argument; ``None`` if there is none.

    ``valued`` are the options with a value. A shell leaves an empty word where a variable is not
    set, which would name the present folder, or nothing.
    """
    option = ""
    for word in words:
        if word == "--":
            return None
        name, equals, value = word.partition("=")
        is_empty_value = bool(equals) and not value and name in valued
        if not word or is_empty_value:
            where = name if is_empty_value else option or "An argument"
            return f"{where} is empty; a variable in it may not be set."
        option = word if word in valued else ""
    return None
