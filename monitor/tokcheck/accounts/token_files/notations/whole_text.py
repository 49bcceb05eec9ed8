"""Values that their notation delimits: each is the whole value, whatever its characters. Pure.

JSON, TOML, quoted texts of YAML, Python's literals, the fields of a form and the cells of a table
say where a value begins and where it ends. No other reader knows better.
"""

from collections.abc import Mapping
from typing import Any

from tokcheck.accounts.oauth.client_secret import (
    CleanText,
    clean_secret_text,
    clean_text,
    clean_token_text,
    find_fault_in_text,
    is_token_text,
)
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.wrapping.foreign_character import Character, describe_character

TOKEN_FIELDS = ("refresh_token", "access_token", "client_secret")
"""The fields with values that may have any character."""

# A call or a composite of a program, complete or begun: SecretStr("..."), &oauth2.Token{.
_CODE = LazyRegex(r"[&*@$]?[A-Za-z_][\w.:]{0,60}(?:[({\[]\Z|[({\[].*[)}\]][;,]?\Z)")
_TAIL = LazyRegex(r"[({\[](?:[\"'].*[\"'])?[)}\]]?[;,]?\Z")


# What a value without quotation marks has in every notation. The shell and the forms end it at
# other signs, or replace them.
_PLAIN = LazyRegex(r"[A-Za-z0-9._~+/=-][A-Za-z0-9._~+/=%:#@!,?^*-]*")
# Another field in the same text.
_NEXT_FIELD = LazyRegex(r"[,?]([A-Za-z_][\w.-]{0,60})[=:]")
_QUOTES = "\"'`"
# Google's refresh tokens and secrets have a prefix and a length.
_COMPLETE = LazyRegex(r"1//0[\w-]{96,}|GOCSPX-[\w-]{28,}")


class WholeText(str):
    """A value that its notation delimits."""

    __slots__ = ()


class FormText(WholeText):
    """A value of a form, in which a plus sign is a blank."""

    __slots__ = ()


def mark_whole(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with their tokens and secrets marked as whole."""
    return {
        name: WholeText(value)
        if name in TOKEN_FIELDS and isinstance(value, str) and not isinstance(value, WholeText)
        else value
        for name, value in fields.items()
    }


def is_code(text: str) -> bool:
    """Return whether a text is a program's call or the beginning of one, and no value."""
    return _CODE.fullmatch(text) is not None and _TAIL.search(text) is not None


def clean_value(name: str, value: str) -> CleanText:
    """Return the value of a field without what does not belong to it.

    A whole value is taken as it is; one in quotation marks is not.
    """
    if isinstance(value, WholeText):
        is_quoted = value[:1] in _QUOTES and value[:1] == value[-1:]
        if is_token_text(value) and not is_quoted:
            return CleanText(str(value), ())
        if isinstance(value, FormText):  # a blank in a form is a character of its value
            return clean_text(value)
    clean = clean_secret_text(value) if name == "client_secret" else clean_token_text(value)
    bare = clean_text(value)
    # Another word behind a whole value is not its part.
    return bare if clean.breaks and is_complete(next(iter(bare.text.split()), "")) else clean


def is_complete(text: str) -> bool:
    """Return whether a text is a whole token or secret by its prefix and its length."""
    return _COMPLETE.fullmatch(text) is not None


def find_fault(value: str, text: str) -> str | None:
    """Return what is wrong with a value, as a sentence's predicate; ``text`` is the clean one."""
    if is_code(text) and not text.isalnum():
        return "contains a program's code instead of its value"
    fault = _name_character(text) or find_fault_in_text(text)
    if isinstance(value, WholeText):
        return None if is_token_text(text) else fault
    if fault is not None or is_plain(text):
        return fault
    sign = text[end] if (end := _end_of_plain(text)) < len(text) else ","
    return f"contains the character {sign} outside quotation marks, so its end is not certain"


def _name_character(text: str) -> str | None:
    """Return the first character that no request can carry, as a sentence's predicate."""
    other = next((each for each in text if not "!" <= each <= "~" and not each.isspace()), "")
    if not other:
        return None
    return f"contains {describe_character(Character(other, 1, other))}, which no request can carry"


def is_value(name: str, value: object) -> bool:
    """Return whether a field has the text of a token or a secret, as far as a reader can tell.

    A whole value is one even if no request can carry it: no other reader has a better one.
    """
    if not isinstance(value, str):
        return False
    if isinstance(value, WholeText) and not any(map(str.isspace, value)):
        return not is_code(value)
    text = clean_value(name, value).text
    return bool(text) and find_fault(value, text) is None


def is_plain(text: str) -> bool:
    """Return whether a text is one value in every notation."""
    return _end_of_plain(text) == len(text) and _NEXT_FIELD.search(text) is None


def _end_of_plain(text: str) -> int:
    match = _PLAIN.match(text)
    return 0 if match is None else match.end()


def is_part(text: object, whole: object) -> bool:
    """Return whether a text is only a part of a whole value, which is no code."""
    return (
        isinstance(whole, WholeText)
        and isinstance(text, str)
        and text != whole
        and text in whole
        and not is_code(whole)
        and not any(map(str.isspace, whole))
    )
