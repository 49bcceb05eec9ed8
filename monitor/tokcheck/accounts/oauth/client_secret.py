"""Clean the secret of an application, from whatever channel it comes. Pure.

Variables, files and prompts all carry what does not belong to a secret: ``docker --env-file`` keeps
the quotes of a value, files and secret stores end in a line break, and clipboards add characters
that no screen shows. A provider answers such a secret with *invalid client*. So every command
cleans a secret with the one function here, and says what it removed.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.core.secret import Secret
from tokcheck.paste.flaws import KEEP_CASE
from tokcheck.paste.invisible import strip_invisible
from tokcheck.paste.placeholders.search import find as find_placeholder
from tokcheck.paste.wrapping.word_shapes import looks_random
from tokcheck.providers.base import Provider, finder_for

_QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}",
}
# As two characters each, which some shells and templates leave: no secret has a backslash.
_WRITTEN_BREAKS = ("\\n", "\\r")
# A break in the middle, and what may stand on both sides of it.
_BREAK = LazyRegex(r"(?:\\[rn]|\s)+")
_LINE_BREAK = LazyRegex(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\\[rn]")
_PIECE = LazyRegex(r"[A-Za-z0-9._~+/-]+=*")
_WORD = LazyRegex(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_SHORTEST_QUOTED = 2
_LONE_QUOTES = "\"'`"
# The whole assignment was copied, with what ends it in a program.
_LABEL = LazyRegex(r"([\"']?)[A-Za-z_][\w.-]{0,60}\1\s{0,9}(?:=>|[:=])\s{0,9}(?=\S)")
_NAMED = LazyRegex(r"(?i)secret")
# Python's notation of bytes and of raw texts.
_BYTES = LazyRegex(r"[bBrRuU]{1,2}(?=([\"']).*\1\Z)")
# The placeholders of tutorials for a secret.
_SAMPLE = LazyRegex(
    r"[<\[{(]{0,2}(?i:(?:(?:your|my|the|insert|paste|put|enter|add|some)[ _-]?){1,3}"
    r"(?:\w{1,20}[ _-]){0,3}(?:client)?[ _-]?(?:secret|password)(?:[ _-]?here)?"
    r"|(?:\w{1,20}[ _-])?(?:oauth2?[ _-]?)?client[ _-]?secret"
    r"|(?:change|replace)[ _-]?me)[>\]})]{0,2}"
)
_ENDS = {";": "semicolon", ",": "comma"}
_HEXADECIMAL = LazyRegex(r"[0-9A-Fa-f]{16,}")
_OTHER = LazyRegex(r"[^A-Za-z0-9._~+/=-]")
_REGISTRATION = "Copy the client secret from the application's registration."


class CleanText(NamedTuple):
    """A text without what does not belong to it, and the names of what was removed."""

    text: str
    removed: tuple[str, ...]
    breaks: tuple[str, ...] = ()
    """What was removed from its middle."""

    def note(self, what: str) -> str:
        """Return the sentence about what was removed, or nothing; ``what`` is its subject."""
        around = f"the {list_names(self.removed)} around it" if self.removed else ""
        inside = f"the {list_names(self.breaks)} in its middle" if self.breaks else ""
        removed = " and ".join(filter(None, (around, inside)))
        return f"{what} was read without {removed}." if removed else ""


class CleanSecret(NamedTuple):
    """A client secret, and the sentence about what was removed from it; empty if nothing was."""

    secret: Secret
    note: str


def clean_client_secret(text: str, where: str) -> CleanSecret:
    """Return the client secret in a text that comes from ``where``, as ``the prompt``.

    :raises UsageError: if it cannot be sent in a request; the text of the secret is not repeated.
    """
    clean = clean_secret_text(text)
    problem = find_secret_problem(clean.text)
    if problem is not None:
        raise UsageError(f"The client secret from {where} is not one. {problem}", _REGISTRATION)
    fault = find_fault_in_text(clean.text)
    if fault is not None:
        raise UsageError(
            f"The client secret from {where} {fault}.",
            "Copy it again from the application's registration.",
        )
    return CleanSecret(Secret(clean.text), clean.note(f"The client secret from {where}"))


def find_secret_problem(text: str) -> str | None:
    """Return a sentence about a text in the place of a client secret, or ``None``."""
    if _SAMPLE.fullmatch(text) is not None:
        return "This is a placeholder that was never replaced with a secret."
    placeholder = find_placeholder(f"secret: {text}")
    if placeholder is not None and placeholder.raw == text:
        return f"{placeholder.sentence}."
    return None


def check_client_secret(
    secret: Secret, where: str, provider: Provider, providers: Mapping[str, Provider]
) -> None:
    """Check that a client secret from ``where`` can be one of the provider's.

    :raises UsageError: if it is another kind of credential, another provider's, or a part.
    """
    text = secret.reveal()
    found = finder_for(providers).find(text).credential
    if found is not None and found.secret.fingerprint == secret.fingerprint:
        own = found.kind is Kind.CLIENT_SECRET and found.provider in {None, provider.name}
        if not own and found.provider is not None:
            other = providers[found.provider]
            raise UsageError(
                f"The client secret from {where} is {found.words} of the {other.title}, not a "
                f"client secret of the {provider.title}.",
                _REGISTRATION,
            )
    sign = _sign_in_form(text, provider)
    if sign:
        raise UsageError(
            f"The client secret from {where} contains the character {sign}. No client secret of "
            f"the {provider.title} has it.",
            _REGISTRATION,
        )
    alone = next((f.alone for f in provider.forms if f.kind is Kind.CLIENT_SECRET and f.alone), "")
    if alone and _HEXADECIMAL.fullmatch(text) and not compile_cached(alone).fullmatch(text):
        if compile_cached(alone).fullmatch(text.lower()):
            raise UsageError(
                f"The client secret from {where} has capital letters, and those of the "
                f"{provider.title} have none.",
                KEEP_CASE,
            )
        raise UsageError(
            f"The client secret from {where} has {len(text)} hexadecimal digits, more or fewer "
            f"than those of the {provider.title}.",
            _REGISTRATION,
        )


def foreign_sign(text: str, provider: Provider) -> str:
    """Return the first character that no token of a provider has, or nothing.

    Declared providers give theirs any: RFC 6749, appendices A.12 and A.17.
    """
    other = None if provider.is_declared else _OTHER.search(text)
    return "" if other is None else other.group()


def _sign_in_form(text: str, provider: Provider) -> str:
    """Return the first character that a secret of a known form does not have, or nothing."""
    sign = foreign_sign(text, provider)
    rest = _OTHER.compiled.sub("", text)
    forms = (form for form in provider.forms if form.kind is Kind.CLIENT_SECRET)
    is_known = any(
        text.startswith(form.anchors) if form.anchors else _HEXADECIMAL.fullmatch(rest) is not None
        for form in forms
    )
    return sign if is_known else ""


def clean_secret_text(text: str) -> CleanText:
    """Remove what :func:`clean_text` does around a client secret, its label, and a comma behind."""
    removed: dict[str, None] = {}
    while True:
        before = text
        bare = strip_invisible(text).strip()
        label = _LABEL.match(bare)
        if label is not None and _NAMED.search(label.group()):
            removed["label"] = None
            text = bare[label.end() :]
        elif (prefix := _BYTES.match(bare)) is not None:
            text = bare[prefix.end() :]
        elif bare[-1:] in _ENDS:
            removed[_ENDS[bare[-1]]] = None
            text = bare[:-1]
        else:
            clean = clean_text(text)
            removed |= dict.fromkeys(clean.removed)
            text = _without_lone_quote(clean.text)
            if text != clean.text:
                removed["unpaired quote"] = None
        if text == before:
            return _join_pieces(CleanText(text, tuple(removed)))


def _without_lone_quote(text: str) -> str:
    """Return a text without a quote at one end alone, as half an assignment leaves it."""
    for quote in _LONE_QUOTES:
        if text.count(quote) == 1 and len(text) >= _SHORTEST_QUOTED:
            return text.removeprefix(quote).removesuffix(quote)
    return text


def clean_text(text: str) -> CleanText:
    """Remove quotes, line breaks, spaces and invisible characters around a text."""
    removed: dict[str, None] = {}
    while True:
        before = text
        visible = strip_invisible(text)
        if visible != text:
            removed["invisible characters"] = None
        text = visible.strip()
        around = visible.replace(text, "", 1)
        if text.endswith(_WRITTEN_BREAKS):
            text, around = text[:-2], "\n"
        if "\n" in around or "\r" in around:
            removed["line break"] = None
        elif around:
            removed["spaces"] = None
        if len(text) >= _SHORTEST_QUOTED and _QUOTES.get(text[0]) == text[-1]:
            removed["quotes"] = None
            text = text[1:-1]
        if text == before:
            return CleanText(text, tuple(removed))


def clean_token_text(text: str) -> CleanText:
    """Remove what :func:`clean_text` does around a token, and the breaks in its middle."""
    return _join_pieces(clean_text(text))


def _join_pieces(clean: CleanText) -> CleanText:
    """Return a text without the line breaks and spaces between its pieces.

    Mail programs and terminals break a long value, and programs indent what follows. Several words
    are no such value: they are not joined.
    """
    pieces = _BREAK.compiled.split(clean.text)
    if len(pieces) == 1 or not all(_PIECE.fullmatch(piece) for piece in pieces):
        return clean
    joined = "".join(pieces)
    found = _BREAK.compiled.findall(clean.text)
    has_space = any(_LINE_BREAK.search(each) is None for each in found)
    if not looks_random(joined) or (has_space and any(map(_WORD.fullmatch, pieces))):
        return clean
    has_line = any(_LINE_BREAK.search(each) is not None for each in found)
    names = (("line break", has_line), ("space", has_space))
    return CleanText(joined, clean.removed, tuple(name for name, is_there in names if is_there))


def find_fault_in_text(text: str) -> str | None:
    """Return why a text cannot be sent in a request, as a sentence's predicate."""
    if is_token_text(text) and _BREAK.search(text) is None:
        return None
    if not text:
        return "is empty"
    found = _BREAK.search(text)
    if found is not None:
        name = "a space" if _LINE_BREAK.search(found.group()) is None else "a line break"
        return f"has {name} in its middle"
    return "contains characters that cannot be sent in a request"


def is_token_text(text: str) -> bool:
    """Return whether a request can carry a text: visible ASCII characters, at least one."""
    return bool(text) and all("!" <= letter <= "~" for letter in text)
