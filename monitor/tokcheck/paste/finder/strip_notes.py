"""Describe what was stripped around and inside a credential, without repeating its text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tokcheck.core.humanize import list_names
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BLANK, QUOTES, TOKEN_CHARS, joint_at
from tokcheck.paste.invisible import INVISIBLE

_WRAPPERS = tuple(
    (LazyRegex(pattern, re.MULTILINE), words)
    for pattern, words in (
        (r"(?i)\bcurl(?:\.exe)?\^?[\"']?(?:\s|\Z)", "the curl command around it"),
        (
            r"Invoke-(?:WebRequest|RestMethod)|-Headers @\{|\biwr\b",
            "the PowerShell command around it",
        ),
        (r"\bfetch\(", "the fetch() call around it"),
        (r"\bwget\s", "the wget command around it"),
        (r"\bhttps? (?:-|GET|POST|:|\w+[./:])", "the HTTPie command around it"),
        (r"(?i)access token (?:expired|invalid)", "the error message around it"),
        (r"[#?&]access_token(?:=|%3D)|access_token=\0&", "the redirect URL around it"),
        (r"access_?[tT]oken[\\]*[\"']+\s*[:=]", "the token response around it"),
        (
            r"^[ \t]{0,40}(?:export|setx?|declare|readonly|local) +[\"']?[A-Za-z_]\w{0,60}[= ]"
            r"|^[ \t]{0,40}\$env:\w{1,60} *="
            r"|^[ \t]{0,40}[A-Za-z_][\w.]{0,60} *= *[\"'`]?(?:Bearer +)?\0",
            "the assignment before it",
        ),
        (r"(?i)(?:authorization|token)[\"'\\]*\s*:", "the label before it"),
    )
)
COMPRESSED_PART = "compression around it (the end of the compressed text is missing or damaged)"
_AROUND = 4000
_NEAR = 200
_BEARER = LazyRegex(rf"(?i)(?:bearer(?:{BLANK}|[:=+\"'\\_.-]|%20)*+)+\Z")
_NAMES = (
    (LazyRegex(f"[{QUOTES}]"), "quotation marks"),
    (LazyRegex(f"[{INVISIBLE}]"), "invisible characters"),
    (LazyRegex(r"[\\^]"), "backslashes or carets"),
    (LazyRegex(r"[.,;:!?…]"), "punctuation"),
    (LazyRegex(r"[()\[\]{}<>\u3008-\u300b\uff08\uff09]"), "brackets"),
    (LazyRegex(r"%[0-9A-Fa-f]{2}"), "percent-encoded characters"),
    (LazyRegex(r"[*_~-]"), "emphasis or dashes"),
)
_STUCK_BEFORE = LazyRegex(r"(?:%[0-9A-Fa-f]{2}|[^\w\s]|_)*\Z", re.ASCII)
_STUCK_BEHIND = LazyRegex(r"(?:%[0-9A-Fa-f]{2}|[^\w\s]|_)*", re.ASCII)
_JOINTS = {
    "invisible": ("an invisible character inside it", "{} invisible characters inside it"),
    "literal": ("a string concatenation inside it", "{} string concatenations inside it"),
    "wrap": ("a line break inside it", "{} line breaks inside it"),
    "blank": ("a space inside it", "{} spaces inside it"),
}


def describe(text: str, start: int, end: int, joints: Sequence[str]) -> Iterator[str]:
    """Yield what was stripped from a credential that stands at ``text[start:end]``."""
    # A command's name may stand far in front of its header.
    before = text[:start] if start <= _AROUND else text[:_NEAR] + text[start - _AROUND : start]
    behind = text[end : end + _AROUND]
    if behind[:1] in TOKEN_CHARS and not behind.startswith("eyJ"):
        yield "a prompt glued to its end"
    if before or behind.strip("\r\n"):
        yield from _notes_around(before, behind)
    for kind, number in Counter(map(_joint_kind, joints)).items():
        yield name_joints(kind, number)


def name_joints(kind: str, number: int) -> str:
    """Return in words so many joints of a kind inside a token."""
    one, many = _JOINTS[kind]
    return one if number == 1 else many.format(number)


def _notes_around(before: str, behind: str) -> Iterator[str]:
    whole = f"{before}\0{behind}"
    wrapper = next((words for sign, words in _WRAPPERS if sign.search(whole)), None)
    if wrapper is not None:
        yield wrapper
    bearer = _BEARER.search(before[-_NEAR:])
    if bearer is not None:
        times = bearer.group().lower().count("bearer")
        yield "the word Bearer" if times == 1 else f"the word Bearer, {times} times"
        before = before[: len(before) - len(bearer.group())]
    if wrapper is None:
        yield from _notes_on_attached(before, behind)


def _notes_on_attached(before: str, behind: str) -> Iterator[str]:
    front = _STUCK_BEFORE.search(before[-_NEAR:])
    back = _STUCK_BEHIND.match(behind)
    stuck_before = front.group() if front else ""
    stuck_behind = back.group() if back else ""
    for where, stuck in (("before it", stuck_before), ("after it", stuck_behind)):
        names = [name for sign, name in _NAMES if sign.search(stuck)]
        if names:
            yield f"{list_names(names)} {where}"
        elif stuck:
            yield f"other characters {where}"
    rest = before[: len(before) - len(stuck_before)] + behind[len(stuck_behind) :]
    if rest.strip():
        yield "the text around it"
    elif rest.strip("\r\n"):
        yield "whitespace around it"


def _joint_kind(joint: str) -> str:
    match = joint_at(joint, 0)
    return (match.lastgroup if match else None) or "blank"
