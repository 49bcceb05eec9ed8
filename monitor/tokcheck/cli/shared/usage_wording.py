"""The wording of errors of usage: one for the commands of argparse and those of typer.

Both libraries only give sentences, which differ between them and between their releases. A sentence
that no pattern matches is shown as it is.
"""

import re

# What the libraries write, and what tokcheck writes instead.
_WORDINGS = (
    (
        r"No such option:? '?(?P<option>-[^\s']+?)'?\.?(?P<near>\s.*)?",
        "Unknown option {option}.{near}",
    ),
    (r"unrecognized arguments: (?P<option>-\S*).*", "Unknown option {option}."),
    (r"unrecognized arguments: (?P<words>.+)", "Unexpected argument {words}."),
    (
        r"Got unexpected extra arguments? ?(?:\(s\) )?\((?P<words>.+)\)\.?",
        "Unexpected argument {words}.",
    ),
    (r"No such command '(?P<name>.*?)'\.(?:\s.*)?", "Unknown command '{name}'."),
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


def word_usage_error(sentence: str) -> str:
    """Return a library's sentence about wrong usage in the words of tokcheck."""
    for pattern, wording in _WORDINGS:
        if match := re.fullmatch(pattern, sentence, re.DOTALL):
            parts = match.groupdict("")
            if "near" in parts:
                parts["near"] = _suggestion(re.findall(r"--[\w-]+", parts["near"]))
            if "choices" in parts:
                parts["choices"] = parts["choices"].replace("'", "")
            return wording.format(**parts).lstrip()
    return sentence if sentence.endswith(".") else f"{sentence}."


def missing_value(option: str) -> str:
    """Return the sentence about an option without its value."""
    return word_usage_error(f"Option '{option}' requires an argument.")


def _suggestion(options: list[str]) -> str:
    return f" Did you mean {' or '.join(options)}?" if options else ""
