"""Placeholders: what documentation writes where a token belongs, and shells leave there."""

import re
from typing import NamedTuple

from tokcheck.core.credential import Credential, Flaw, Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import looks_secret
from tokcheck.core.secret import Secret
from tokcheck.paste.grammar import BLANK

# The names that tutorials use; also what stays glued to a token that was pasted beside one.
_NAME = (
    r"(?:(?i:(?:your|my|the|insert|paste|put|replace)[ _-]?(?:[\w-]{0,20}[ _-])??"
    r"(?:token|bearer|jwt|key)(?:[ _-]?here)?)|[A-Z][A-Z_]{0,20}_TOKEN(?:_HERE)?"
    r"|ACCESS_?TOKEN|accessToken|access_token)"
)
NAMES = LazyRegex(_NAME)

_IDENTIFIER = r"[A-Za-z_]\w{0,40}"
# What programs print in the place of a secret.
_MASKED = (
    r"(?:eyJ|ya29\.)?(?:[xX]{4,400}|[*\u2022\u25cf]{3,400})(?!\w)"
    r"|(?:eyJ|ya29\.)?[\[<({*_-]{0,3}(?i:redacted|masked|filtered|censored)[\])}>*_-]{0,3}(?!\w)"
    r"|[\[<(](?i:[\w -]{0,20}(?:redacted|masked|filtered|censored|hidden|removed|secure))[\])>]"
    r"|(?:&lt;|%3[Cc])(?i:redacted|masked|hidden)(?:&gt;|%3[Ee])"
)
_WORKFLOW = r"\$\{\{[^{}\n]{1,80}\}\}"
_POWERSHELL = rf"\$\{{?(?i:env):{_IDENTIFIER}\}}?"
_CMD = rf"%{_IDENTIFIER}%"
_COMMAND = r"\$\([^()\n]{1,60}\)|`(?:cat|echo|jq|pass|op|gcloud|security) [^`\n]{1,60}`"
_SHELL = rf"\$\{{?{_IDENTIFIER}(?::?[-=?+][^{{}}\n]{{0,40}})?\}}?|\$[0-9@*]"
_CODE = (
    r"(?:process\.env|import\.meta\.env|os\.environ|os\.getenv|os\.Getenv|System\.getenv|ENV)"
    r"(?:\.get\b|\.fetch\b)?(?:\.\w{1,40}|[\[(][\"'\w]{1,44}[^\])\n]{0,20}[\])])"
)
_VARIABLE = f"{_WORKFLOW}|{_POWERSHELL}|{_COMMAND}|{_SHELL}|{_CMD}|{_CODE}"
_TEMPLATE = (
    r"\{\{? ?[A-Za-z$][\w.$ -]{0,40}\}?\}|\{[0-9]?\}|%[sv@](?!\w)"
    r"|(?:__|@@|##)[A-Z_]{3,40}(?:__|@@|##)"
)
_MISSING = r"(?:undefined|null|None|nil|NaN)(?![\w.])"
_PLACEHOLDER = (
    f"{_MASKED}|"
    r"<[A-Za-z][^<>\n\"']{0,40}>|\[[A-Za-z][^\[\]\n\"']{0,40}\]"
    r"|(?:&lt;|%3[Cc])[A-Za-z][\w %-]{0,40}?(?:&gt;|%3[Ee])|"
    f"{_TEMPLATE}|{_VARIABLE}|{_NAME}|{_MISSING}"
    r"|\.{3}|…|(?i:replace_?me|change_?me)"
    r"|(?:true|false|string|TOKEN|Token|token)"
    r"(?![\w.]|(?:\s{1,4}(?:token=)?|=)[\"']?[\w.~+/=-]{16})"
)
_LABELLED = LazyRegex(
    r"(?:[Bb]earer|BEARER|(?:access_?|ACCESS_?)?[Tt](?:oken|OKEN)|authorization|Authorization)"
    r"[\"'\\^]{0,4}\s{0,4}[:= ]\s{0,4}[\"'\\^]{0,4}(?:[Bb]earer\s{1,4})?(" + _PLACEHOLDER + r")"
)
_ALONE = LazyRegex(r"(?:[Bb]earer\s{1,4})?(" + _PLACEHOLDER + r")")
_ANYWHERE = LazyRegex(
    r"(<[\w -]{0,20}(?i:token)[\w -]{0,20}>|\[[\w -]{0,20}(?i:token)\]"
    r"|\{\{? ?\w{0,20}(?i:token) ?\}?\}|(?:YOUR|MY|INSERT|PASTE)_[A-Z_]{0,20}TOKEN(?:_HERE)?+"
    # The name of a variable is none.
    r"(?![\"']?\s?[:=]\s?[\"']?[A-Za-z0-9._~+/-]{16}))"
)
_EMPTY = LazyRegex(
    rf"(?i:\bbearer)(?:{BLANK}|:)*+"
    r"(?:[\"'\\^]{1,4}(?=[\s,;)\]}]|\Z)|(?=[\r\n]|\Z|--?[A-Za-z]))"
)
_MASKED_ANYWHERE = LazyRegex(
    r"[*\u2022\u25cf]{3}|(?i:[\[<(][\w -]{0,20}(?:redacted|masked|filtered)[\])>])"
)
_VARIABLE_NAME = LazyRegex(
    rf"\A\$\{{?(?i:env:)?({_IDENTIFIER})|\A%({_IDENTIFIER})%|\bsecrets[.\[\"']{{1,2}}({_IDENTIFIER})"
    rf"|[\"']({_IDENTIFIER})[\"']|\.({_IDENTIFIER})\Z"
)
# A token of which a program printed the beginning.
_PARTLY_MASKED = LazyRegex(r"([\w.=-]{3,5000}+)[*\u2022\u25cf]{3}")
# Nobody can tell one token from another by so few characters.
_TELLS_NOTHING = 8


class Placeholder(NamedTuple):
    """A placeholder, what it is, and what to do about it, each in a sentence."""

    raw: str
    start: int
    end: int
    sentence: str
    remedy: str


class _Origin(NamedTuple):
    """Where placeholders of one form come from. ``{name}`` of the texts is the variable's name."""

    form: LazyRegex
    sentence: str
    remedy: str


_MASKED_SENTENCE = "The token was masked by the program that printed it"
_MASKED_REMEDY = (
    "A masked token cannot be restored. Copy the token from where it was issued or is stored, not "
    "from a log."
)
_NO_VALUE = "This is a variable that was not replaced with its value"
_CHECK_VARIABLE = "To check the value of this variable, run: tokcheck validate --env {name}"
_ORIGINS = (
    _Origin(
        LazyRegex(_MASKED),
        _MASKED_SENTENCE,
        _MASKED_REMEDY,
    ),
    _Origin(
        LazyRegex(r"\$\{\{ ?secrets\b.*"),
        "This is a secret of a workflow that was not replaced with its value",
        "Only a GitHub Actions workflow replaces it, in the fields of its own file: pass the "
        "secret to the step with env, and check that a secret {name} exists under Settings > "
        "Secrets and variables > Actions. One that does not exist is empty, as it is for a pull "
        "request from a fork.",
    ),
    _Origin(
        LazyRegex(_WORKFLOW),
        "This is an expression of a workflow that was not replaced with its value",
        "Only a GitHub Actions workflow replaces it, in the fields of its own file. Pass it to the "
        "step with env, and check that it has a value there.",
    ),
    _Origin(
        LazyRegex(_POWERSHELL),
        _NO_VALUE,
        "Only PowerShell replaces it, and not in single quotes: use double quotes, and set the "
        "variable. cmd.exe writes %{name}%, other shells write ${name}. " + _CHECK_VARIABLE,
    ),
    _Origin(
        LazyRegex(_CMD),
        _NO_VALUE,
        "Only cmd.exe replaces it, and only if the variable is set. PowerShell writes $env:{name}, "
        "other shells write ${name}. " + _CHECK_VARIABLE,
    ),
    _Origin(
        LazyRegex(_COMMAND),
        "This is a command whose output was to take its place",
        "A shell runs it in double quotes, but not in single quotes. Or pipe the command's output: "
        "... | tokcheck validate -",
    ),
    _Origin(
        LazyRegex(_SHELL),
        _NO_VALUE,
        "Set the variable, and use double quotes: shells expand no variable in single quotes. "
        + _CHECK_VARIABLE,
    ),
    _Origin(
        LazyRegex(_CODE),
        "This is program code that reads a variable, not the variable's value",
        "The program replaces it when it runs, unless it stands inside quotation marks. "
        + _CHECK_VARIABLE,
    ),
    _Origin(
        LazyRegex(_TEMPLATE),
        "This is a field of a template that was not filled in",
        "Check that the program that fills in the template (such as Postman, a REST client or a "
        "format string) has a value for it, or write the token in its place.",
    ),
    _Origin(
        LazyRegex(_MISSING),
        "This is what a program writes for a value that is missing",
        "The program's variable had no value. Check where it reads the token from, such as a file, "
        "a variable or a field of a response.",
    ),
    _Origin(
        LazyRegex(r".*", re.DOTALL),
        "This is a placeholder that was never replaced with a token",
        "Replace it with your own access token.",
    ),
)


def find(text: str) -> Placeholder | None:
    """Return the first placeholder that stands where a token belongs."""
    bare = text.strip().strip("\"'`")
    match = _ALONE.fullmatch(bare)
    offset = text.index(bare) if match else 0
    match = match or _LABELLED.search(text) or _ANYWHERE.search(text)
    if match is None:
        return None
    raw = match.group(1)
    start = offset + match.start(1)
    origin = next(each for each in _ORIGINS if each.form.fullmatch(raw))
    named = _VARIABLE_NAME.search(raw)
    name = next(filter(None, named.groups())) if named else "NAME"
    name = "NAME" if looks_secret(name) else name
    remedy = origin.remedy.format(name=name)
    return Placeholder(raw, start, start + len(raw), origin.sentence, remedy)


def explain_mask(text: str, credential: Credential, start: int) -> Credential:
    """Return the incomplete token at ``start`` as what it is if a program masked its end."""
    match = _PARTLY_MASKED.match(text, start)
    if match is None or credential.flaw is not Flaw.CUT_OFF:
        return credential
    if len(match.group(1)) <= _TELLS_NOTHING:
        raw = Secret(match.group())
        return Credential(Kind.PLACEHOLDER, raw, reason=_MASKED_SENTENCE, remedy=_MASKED_REMEDY)
    reason = "the program that printed it masked the rest"
    return credential._replace(reason=reason, remedy=_MASKED_REMEDY)


def has_masked(text: str) -> bool:
    """Return whether a program masked something in the text that it printed."""
    return _MASKED_ANYWHERE.search(text) is not None


def empty_bearer(text: str) -> bool:
    """Return whether ``Bearer`` stands in the text with nothing behind it."""
    return _EMPTY.search(text) is not None
