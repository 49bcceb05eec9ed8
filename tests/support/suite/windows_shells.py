"""How the shells of Windows read a line, by their documentation: no shell is started.

PowerShell: https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02
"""

_DOUBLE = '"\u201c\u201d\u201e'
_SINGLE = "'\u2018\u2019\u201a\u201b"
# Characters that PowerShell reads as its own where a word is not quoted.
_SPECIAL = "$`(){}@,;<>&#"


def powershell_commands(line: str) -> list[list[str]]:
    """Return the words of each command of a pipeline.

    :raises ValueError: where PowerShell would expand something or read another statement.
    """
    commands: list[list[str]] = [[]]
    at = 0
    while at < len(line):
        letter = line[at]
        if letter == " ":
            at += 1
        elif letter == "|":
            commands.append([])
            at += 1
        else:
            word, at = _powershell_word(line, at)
            commands[-1].append(word)
    return commands


def _powershell_word(line: str, at: int) -> tuple[str, int]:
    word = ""
    while at < len(line) and line[at] not in " |":
        letter = line[at]
        if letter in _DOUBLE:
            part, at = _quoted_text(line, at + 1, _DOUBLE)
            if "$" in part or "`" in part:
                raise ValueError(f"PowerShell expands {part}")
            word += part
        elif letter in _SINGLE:
            part, at = _quoted_text(line, at + 1, _SINGLE)
            word += part
        elif letter in _SPECIAL:
            raise ValueError(f"PowerShell reads {letter} in {line}")
        else:
            word += letter
            at += 1
    return word, at


def _quoted_text(line: str, at: int, marks: str) -> tuple[str, int]:
    """Return what is quoted and the place behind its end; a double mark is one."""
    text = ""
    while at < len(line):
        if line[at] not in marks:
            text += line[at]
        elif line[at + 1 : at + 2] and line[at + 1] in marks:
            text += line[at + 1]
            at += 1
        else:
            return text, at + 1
        at += 1
    raise ValueError(f"the quotes of {line} are not closed")


def cmd_commands(line: str) -> list[list[str]]:
    """Return the words of each command of a pipeline, as cmd and the program read them."""
    commands: list[list[str]] = [[]]
    word: str | None = None
    quoted = False
    for letter in line:
        if letter == '"':
            quoted = not quoted
            word = word or ""
        elif quoted or letter not in " |&<>^()":
            word = (word or "") + letter
        elif letter in " |":
            if word is not None:
                commands[-1].append(word)
            word = None
            if letter == "|":
                commands.append([])
        else:
            raise ValueError(f"cmd reads {letter} in {line}")
    if quoted:
        raise ValueError(f"the quotes of {line} are not closed")
    if word is not None:
        commands[-1].append(word)
    return commands
