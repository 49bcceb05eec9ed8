"""What was stripped from around and inside a credential, in words. Never any of its text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tokcheck.paste.chars import BLANK, INVISIBLE, JOINT, QUOTES

_WRAPPERS = tuple(
    (re.compile(pattern, re.MULTILINE), words)
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
        (r"[#?&]access_token(?:=|%3D)|access_token=[^\s&]+&", "the redirect address around it"),
        (r"access_?[tT]oken[\\]*[\"']+\s*[:=]", "the token response around it"),
        (
            r"^\s*(?:export|setx?|declare|readonly|local)\s+[A-Za-z_]\w*[= ]|^\s*\$env:\w+\s*="
            r"|^\s*[A-Za-z_][\w.]*\s*=\s*[\"'`]?(?:Bearer\s+)?\Z",
            "the assignment in front of it",
        ),
        (r"(?i)(?:authorization|token)[\"'\\]*\s*:", "the label in front of it"),
    )
)
_AROUND = 4000
_BEARER = re.compile(rf"(?i)(?:bearer(?:{BLANK}|[:=+\"'\\_.-]|%20)*+)+\Z")
_NAMES = (
    (re.compile(f"[{QUOTES}]"), "quotation marks"),
    (re.compile(f"[{INVISIBLE}]"), "invisible characters"),
    (re.compile(r"[\\^]"), "backslashes or carets"),
    (re.compile(r"[.,;:!?…]"), "punctuation"),
    (re.compile(r"[()\[\]{}<>\u3008-\u300b\uff08\uff09]"), "brackets"),
    (re.compile(r"%[0-9A-Fa-f]{2}"), "percent-encoded characters"),
    (re.compile(r"[*_~-]"), "emphasis or dashes"),
)
_STUCK_BEFORE = re.compile(r"(?:%[0-9A-Fa-f]{2}|[^\w\s]|_)*\Z", re.ASCII)
_STUCK_BEHIND = re.compile(r"(?:%[0-9A-Fa-f]{2}|[^\w\s]|_)*", re.ASCII)
_JOINTS = {
    "invisible": ("an invisible character inside it", "{} invisible characters inside it"),
    "literal": ("a seam of a split string inside it", "{} seams of a split string inside it"),
    "wrap": ("a line break inside it", "{} line breaks inside it"),
    "blank": ("a blank inside it", "{} blanks inside it"),
}


def describe(text: str, start: int, end: int, joints: Sequence[str]) -> Iterator[str]:
    """Yield what was stripped from a credential that stands at ``text[start:end]``."""
    before = text[max(0, start - _AROUND) : start]
    behind = text[end : end + _AROUND]
    bearer = _BEARER.search(before[-200:])
    wrapper = next(
        (w for pattern, w in _WRAPPERS if pattern.search(before) or pattern.search(behind)), None
    ) if before or behind.strip() else None  # fmt: skip
    if wrapper is not None:
        yield wrapper
    if bearer is not None:
        times = len(re.findall("(?i)bearer", bearer.group()))
        yield "the word Bearer" if times == 1 else f"the word Bearer, {times} times"
        before = before[: len(before) - len(bearer.group())]
    if wrapper is None:
        yield from _stuck(before, behind)
    for kind, number in Counter(map(_kind, joints)).items():
        one, many = _JOINTS[kind]
        yield one if number == 1 else many.format(number)


def _stuck(before: str, behind: str) -> Iterator[str]:
    front = _STUCK_BEFORE.search(before)
    back = _STUCK_BEHIND.match(behind)
    stuck_before = front.group() if front else ""
    stuck_behind = back.group() if back else ""
    for where, stuck in (("in front of it", stuck_before), ("behind it", stuck_behind)):
        names = [name for pattern, name in _NAMES if pattern.search(stuck)]
        if names:
            yield f"{' and '.join(names)} {where}"
        elif stuck:
            yield f"other characters {where}"
    rest = before[: len(before) - len(stuck_before)] + behind[len(stuck_behind) :]
    if rest.strip():
        yield "the text around it"
    elif rest.strip("\r\n"):
        yield "blanks around it"


def _kind(joint: str) -> str:
    match = JOINT.match(joint)
    return (match.lastgroup if match else None) or "blank"
