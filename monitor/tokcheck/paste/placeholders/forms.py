"""The forms of placeholders, each with its explanation and advice."""

import re
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.placeholders import NAME
from tokcheck.paste.placeholders.masks import (
    MASK,
    MASKED_REMEDY,
    MASKED_SENTENCE,
    ROW_OF_X,
    ROW_OF_X_REMEDY,
    ROW_OF_X_SENTENCE,
    SHORTENED,
)
from tokcheck.paste.placeholders.program_code import (
    INTERPOLATION,
    MEMBER,
    READ_VARIABLE,
    TERRAFORM,
)

IDENTIFIER = r"[A-Za-z_]\w{0,40}"
_WORKFLOW = r"\$\{\{[^{}\n]{1,80}\}\}"
_POWERSHELL = rf"\$\{{?(?i:env):{IDENTIFIER}\}}?"
_CMD = rf"%{IDENTIFIER}%"
# No command's name has capitals, a full stop or an underscore.
_PIPELINE = r"\$\((?=[a-z0-9]{0,60}[A-Z._])[A-Za-z_][\w.]{0,60}\)"
_COMMAND = r"\$\([^()\n]{1,60}\)|`(?:cat|echo|jq|pass|op|gcloud|security) [^`\n]{1,60}`"
_SHELL = rf"\$\{{?{IDENTIFIER}(?::?[-=?+][^{{}}\n]{{0,40}})?\}}?|\$[0-9@*]"
_REFERENCE = (
    r"!(?:secret|Ref|vault|env_var|ENV)\x20\w{1,60}|op://[^\s\"'<>]{3,200}"
    r"|vault:[\w/.-]{1,100}#\w{1,60}"
    r"|\{\{resolve:[^{}\n]{5,200}\}\}|arn:aws:(?:secretsmanager|ssm):[\w:/.+=@-]{1,200}"
    r"|(?:valueFrom:\s{0,20})?secretKeyRef:?[^\n]{0,80}(?:\n\s{1,20}(?:name|key|optional):[^\n]{0,80}){0,3}"
)
_TEMPLATE = (
    r"\{\{[^{}\n]{1,80}\}\}|\{ ?[A-Za-z$][\w.$ -]{0,40}\}|\{[0-9]?\}|%[sv@](?!\w)"
    r"|(?:__|@@|##)[A-Z_]{3,40}(?:__|@@|##)"
)
_RESPONSE = r"<(?:Client)?Response ?[\[(][^<>\n]{1,200}[\])]>"
_PRINTED = (
    r"\[object \w{1,40}\]|<[\w.]{1,80} object at 0x[0-9A-Fa-f]{1,16}>"
    r"|<(?:coroutine|function|bound method) [^<>\n]{1,120}>|Promise \{[^{}\n]{0,40}\}"
    r"|\[(?:Async)?Function[^\]\n]{0,60}\]"
)
_MISSING = r"(?:(?:undefined|null|None|nil|NaN)(?![\w.])|\(null\))"
PLACEHOLDER = (
    f"{MASK}|{ROW_OF_X}|{_RESPONSE}|{_PRINTED}|{_REFERENCE}|"
    r"<[A-Za-z][^<>\n\"']{0,40}>|\[[A-Za-z][^\[\]\n\"']{0,40}\]"
    r"|(?:&lt;|%3[Cc])[A-Za-z][\w %-]{0,40}?(?:&gt;|%3[Ee])|"
    f"{_TEMPLATE}|{_WORKFLOW}|{_POWERSHELL}|{_PIPELINE}|{_COMMAND}|{READ_VARIABLE}|{INTERPOLATION}"
    f"|{_SHELL}|{_CMD}|{NAME}|{_MISSING}"
    r"|\.{3}|…|(?i:replace_?me|change_?me)"
    r"|(?:true|false|string|TOKEN|Token|token)"
    r"(?![\w.]|(?:\s{1,4}(?:token=)?|=)[\"']?[\w.~+/=-]{16})"
)
ALONE = f"{PLACEHOLDER}|{MEMBER}|{SHORTENED}"


# The values that a program sends in place of a missing token.
SENT = f"{_PRINTED}|{_MISSING}"


class Origin(NamedTuple):
    """Where placeholders of one form come from.

    Of the texts, ``{name}`` is the variable's name, ``{what} {was}`` are what stands there.
    """

    form: LazyRegex
    sentence: str
    remedy: str


_NO_VALUE = "This is a variable that was not replaced with its value"
_CHECK_VARIABLE = "To check the value of this variable, run: tokcheck validate --env {name}"
_READS_VARIABLE = Origin(
    LazyRegex(rf"[$#\\]?[{{(]? ?{READ_VARIABLE}.{{0,60}}"),
    "This is program code that reads a variable, not the variable's value",
    "The program replaces it when it runs, unless it stands inside quotation marks. "
    + _CHECK_VARIABLE,
)
CODE = Origin(
    LazyRegex(f"{INTERPOLATION}|{MEMBER}"),
    "This is program code that puts a token there, not the token itself",
    "The program replaces it when it runs. JavaScript does so between backquotes only, Python only "
    "in strings that begin with f. Paste the token, or print the header that the program sends.",
)
ORIGINS = (
    Origin(
        LazyRegex(MASK),
        MASKED_SENTENCE,
        MASKED_REMEDY,
    ),
    Origin(
        LazyRegex(SHORTENED),
        "The {what} {was} shortened by the program that printed {it}",
        "The rest cannot be restored. Copy it from where it was issued or is stored, not from a "
        "log.",
    ),
    Origin(
        LazyRegex(ROW_OF_X),
        ROW_OF_X_SENTENCE,
        ROW_OF_X_REMEDY,
    ),
    Origin(
        LazyRegex(_RESPONSE),
        "This is how a program prints a response, without its body",
        "Print the response's text. If it is an error, paste that; if it contains an access_token, "
        "paste the token.",
    ),
    Origin(
        LazyRegex(_PRINTED),
        "This is how a program prints an object, not a token",
        "Print the field access_token of the response's JSON, and paste that.",
    ),
    Origin(
        LazyRegex(_REFERENCE),
        "This is a reference to a stored secret, not the secret itself",
        "Only the program that the file is for replaces it, such as Home Assistant (!secret), op "
        "run (op://), Kubernetes or CloudFormation. Check that the secret exists there, and paste "
        "its value.",
    ),
    Origin(
        LazyRegex(r"\$\{\{ ?secrets\b.*"),
        "This is a secret of a workflow that was not replaced with its value",
        "Only a GitHub Actions workflow replaces it, in the fields of its own file: pass the "
        "secret to the step with env, and check that a secret {name} exists under Settings > "
        "Secrets and variables > Actions. One that does not exist is empty, as it is for a pull "
        "request from a fork.",
    ),
    Origin(
        LazyRegex(_WORKFLOW),
        "This is an expression of a workflow that was not replaced with its value",
        "Only a GitHub Actions workflow replaces it, in the fields of its own file. Pass it to the "
        "step with env, and check that it has a value there.",
    ),
    Origin(
        LazyRegex(_POWERSHELL),
        _NO_VALUE,
        "Only PowerShell replaces it, and not in single quotes: use double quotes, and set the "
        "variable. cmd.exe writes %{name}%, other shells write ${name}. " + _CHECK_VARIABLE,
    ),
    Origin(
        LazyRegex(_CMD),
        _NO_VALUE,
        "Only cmd.exe replaces it, and only if the variable is set. PowerShell writes $env:{name}, "
        "other shells write ${name}. " + _CHECK_VARIABLE,
    ),
    _READS_VARIABLE,
    Origin(
        LazyRegex(TERRAFORM),
        "This is an expression of Terraform, or of another program, that was not replaced",
        "Only Terraform replaces it, in its own files and outside quotation marks. Paste the "
        "token itself.",
    ),
    CODE,
    Origin(
        LazyRegex(_PIPELINE),
        _NO_VALUE,
        "Azure Pipelines and make replace it, and only in their own files. Azure passes a secret "
        "to a script only if its env names it. " + _CHECK_VARIABLE,
    ),
    Origin(
        LazyRegex(_COMMAND),
        "This is a command, and its output was meant to take its place",
        "A shell runs it in double quotes, but not in single quotes. Or pipe the command's output: "
        "... | tokcheck validate -",
    ),
    Origin(
        LazyRegex(_SHELL),
        _NO_VALUE,
        "Set the variable, and use double quotes: shells expand no variable in single quotes. "
        + _CHECK_VARIABLE,
    ),
    Origin(
        LazyRegex(_TEMPLATE),
        "This is a field of a template that was not filled in",
        "Check that the program that fills in the template (such as Postman, a REST client or a "
        "format string) has a value for it, or write the token in its place.",
    ),
    Origin(
        LazyRegex(_MISSING),
        "This is what a program writes for a value that is missing",
        "The program's variable had no value. Check where it reads the token from, such as a file, "
        "a variable or a field of a response.",
    ),
    Origin(
        LazyRegex(r".*", re.DOTALL),
        "This is a placeholder that was never replaced with a token",
        "Replace it with your own access token.",
    ),
)
