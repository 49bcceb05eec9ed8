"""The wording of errors of usage: one for the commands of argparse and those of typer.

Both libraries only give sentences, which differ between them and between their releases. A sentence
that no pattern matches is shown as it is.
"""

import re
from collections.abc import Container, Iterable, Sequence

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
    (r"Missing argument '(?P<name>.*?)'\.(?:\s.*)?", "Missing argument {name}."),
    (r"the following arguments are required: (?P<name>.+)", "Missing argument {name}."),
    (
        r"Invalid value for '(?P<option>-.*?)': (?P<value>'.*') is not a valid int(?:eger)?\.",
        "{option} {value} is not a whole number.",
    ),
    (
        r"Invalid value for '(?:(?P<option>-.*?)|.*?)': (?P<value>'.*') is not one of "
        r"(?P<choices>.*?)\.",
        "{option} {value} is not one of {choices}.",
    ),
    (
        r"argument (?P<option>\S+): invalid choice: (?P<value>'.*') "
        r"\(choose from (?P<choices>.*)\)",
        "{option} {value} is not one of {choices}.",
    ),
)


def word_usage_error(sentence: str, options: Iterable[str] = ()) -> str:
    """Return a library's sentence about wrong usage in the words of tokcheck.

    The nearest of ``options`` are suggested where the library suggests none by itself.
    """
    for pattern, wording in _WORDINGS:
        if match := re.fullmatch(pattern, sentence, re.DOTALL):
            parts = match.groupdict("")
            if "near" in parts:
                parts["near"] = suggestion(
                    re.findall(r"--[\w-]+(?:[.][\w-]+)*|(?<=')\w[\w-]*(?=')", parts["near"])
                )
            elif "{near}" in wording and parts["option"].startswith("--"):
                parts["near"] = suggestion(nearest_words(parts["option"], options))
            if "choices" in parts:
                parts["choices"] = parts["choices"].replace("'", "")
            return wording.format_map({"near": "", **parts}).lstrip()
    return sentence if sentence.endswith(".") else f"{sentence}."


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


def nearest_words(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that are nearest to one, at most two; none if none is near."""
    from difflib import get_close_matches  # only after an error

    return get_close_matches(word, list(known), n=2, cutoff=0.7)


def suggestion(words: Sequence[str]) -> str:
    """Return a sentence to append that suggests these words; empty for none."""
    return f" Did you mean {' or '.join(words)}?" if words else ""
