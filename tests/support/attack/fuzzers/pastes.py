"""Pastes and files with a token in them: exactly that token is found, or none as whole."""

import json
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import NamedTuple
from urllib.parse import quote

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import ALPHABET, damaged_text, odd_text
from tests.support.attack.wrapped_tokens import GRIDS, TOKEN_KINDS
from tests.support.providers.paste_checks import hard_wrap, read
from tests.support.tokens import fitbit, google
from tokcheck.core.credential import Kind
from tokcheck.paste.finder import CredentialFinder
from tokcheck.providers import FINDER
from tokcheck.providers.base import finder_for
from tokcheck.providers.ready_made_providers import load_packaged
from tokcheck.scan import Chunk, Searcher

_NEWLINES = (
    "\n", "\n", "\n", "\r\n", "\r", "\n  ", "\n\t", "\n> ", "\n# ", "\n+", "\\\n", "=\n", "\\n",
    '" +\n  "', "\n    ",
)  # fmt: skip
_OPENINGS = (
    "", "", "Bearer ", "Authorization: Bearer ", "token=", "access_token: ", '"', "'", "`", "**",
    "<", "<p>", "<code>", "(", "[", "> ", "- ", "1. ", "https://x.test/?access_token=", '{"t": "',
    "curl -H 'Authorization: Bearer ", "\ufeff", "$ export T=", "| ", "```\n", "&quot;",
)  # fmt: skip
_ENDINGS = (
    *string.printable, "", "", "**", "</p>", "<br>", "</code>", "\u2026", "...", "&quot;", "&amp;",
    " thanks", " and so on", "&expires_in=3599", '", "expires_in": 3599}', " | next |", "\n```",
    "\n\nRegards", "' https://api.test/1/user", " \\\n  -d x", "%22", "\\n", "\u300d", "\u200b",
    " -- sent from my phone", "\n-- \nJo", ") is mine", "/", "|", "://", "#_=_",
)  # fmt: skip

# Characters that no screen shows, and those of opaque tokens, also behind them or as Markdown
# writes them.
_UNSEEN = re.compile(r"(?:[\u200b\u202e\ufeff]|\x1b\[31m)+")
_GLUED = re.compile(
    rf"(?:[A-Za-z0-9_-]|\.(?!\.)|\\?{_UNSEEN.pattern}(?=[A-Za-z0-9_-])|\\{{1,2}}[_-])*"
)
_LAST_LINE = re.compile(
    rf"(?:[\n\r\x0b\x0c\x85\u2028]|\\n|<br>)(?:{_UNSEEN.pattern})?"
    r"([A-Za-z0-9_-]{1,3}|(?=[A-Za-z_-]*[0-9]|[A-Za-z_-]*[a-z][A-Z])[A-Za-z0-9_.-]{4,24})"
    r"(?:[,;)\]}>\"'`].*)?",
    re.DOTALL,
)
_LONG = 120
_WORD = re.compile(r"[A-Za-z][a-z]{2,}")


class PlantedPaste(NamedTuple):
    """A text, and the token that was planted in it.

    ``longer`` is the token with the characters of a token that follow it: nobody can tell where
    it ends there. ``alike`` is what else the text reads like to anybody, since a line break stands
    where the token may end.
    """

    text: str
    token: str
    longer: str
    alike: frozenset[str] = frozenset()

    @property
    def whole(self) -> frozenset[str]:
        """The texts that may be called the whole token."""
        return self.alike | {self.token, self.longer}


def _token(random: Random) -> str:
    if random.random() < 0.4:
        scopes = " ".join(
            random.sample(["rset", "rsle", "ract", "whr", "rnut"], random.randint(0, 5))
        )
        return fitbit(scopes, sub="".join(random.choices(string.ascii_uppercase, k=6)))
    if random.random() < 0.2:
        return google(str(random.random()))
    return "ya29." + "".join(random.choices(ALPHABET, k=random.randint(60, 260)))


def _encode(random: Random, text: str) -> str:
    match random.randrange(8):
        case 0:
            return json.dumps({"body": text})
        case 1:
            return quote(text, safe="", errors="replace")
        case 2:
            return repr(text)
        case 3:
            return "> " + text.replace("\n", "\n> ")
        case _:
            return text


def _glue_behind(ending: str) -> str:
    match = _GLUED.match(ending)
    return match.group() if match else ""


def _read_alike(token: str, longer: str, ending: str, width: int) -> Iterator[str]:
    """Yield what nobody can tell from the token, because of what stands in a line of its own."""
    # A random short line behind the token: its own last line looks the same.
    behind = _LAST_LINE.fullmatch(ending, len(_glue_behind(ending)))
    if behind is not None:
        yield longer + behind.group(1)
    # The last of two lines is a word by chance, and the first one longer than most lines are.
    if _LONG < width < len(token) and _WORD.fullmatch(longer[width:]):
        yield token[:width]


# Of declared providers: a prefix, and the numbers of characters behind it.
_DECLARED = (("ghs_123456_eyJ", 150, 500), ("glpat-", 24, 100), ("ghu_", 40, 200))


def _declared_token(random: Random) -> str:
    prefix, least, most = random.choice(_DECLARED)
    return prefix + "".join(random.choices(ALPHABET, k=random.randint(least, most)))


# A line of such a token that is as long as a usual one reads as that.
_USUAL = re.compile(r"(?:ghu_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})(?![A-Za-z0-9_-])")


def _plant_declared(random: Random) -> PlantedPaste:
    paste = _plant(random, _declared_token(random))
    return paste._replace(alike=paste.alike | {*_USUAL.findall(paste.text)})


def _plant(random: Random, token: str = "") -> PlantedPaste:
    token = token or _token(random)
    text = token
    width = len(token)
    if random.random() < 0.8:
        width = random.randint(10, 200)
        text = hard_wrap(token, width, random.choice(_NEWLINES))
    ending = random.choice(_ENDINGS)
    if random.random() < 0.3:
        ending += random.choice((*_ENDINGS, odd_text(random)))
    longer = token + _UNSEEN.sub("", _glue_behind(ending)).replace("\\", "").rstrip(".")
    alike = frozenset(_read_alike(token, longer, ending, width))
    text = _encode(random, random.choice(_OPENINGS) + text + ending)
    return PlantedPaste(text, token, longer, alike)


def _check_declared(paste: PlantedPaste) -> None:
    _check_paste(paste, _packaged_finder())


@lru_cache(maxsize=1)
def _packaged_finder() -> CredentialFinder:
    return finder_for(load_packaged())


def _check_paste(paste: PlantedPaste, finder: CredentialFinder = FINDER) -> None:
    credential = finder.find(paste.text).credential
    if credential is None or credential.flaw is not None:
        return
    if credential.kind is not Kind.ACCESS_TOKEN:
        return
    raw = credential.secret.reveal()
    assert raw in paste.whole, f"a part, or more, of the token is called whole: {paste.text!r}"


def _check_scan(paste: PlantedPaste) -> None:
    whole = {sha256(token.encode()).digest() for token in paste.whole}
    for finding in Searcher(0.0)(Chunk("notes.txt", paste.text.encode("utf-8", "replace"))):
        if finding.provider == "github":
            continue  # four characters of the token are the beginning of one by chance
        if finding.kind is Kind.ACCESS_TOKEN and not finding.fragment:
            assert finding.digest in whole, f"the fingerprint is a part's: {paste.text!r}"


def _noise(random: Random) -> str:
    texts = [
        random.choice((*_OPENINGS, *_ENDINGS, "eyJ", "ya29.", "1//0", "GOCSPX-", "AIza", "Fitbit"))
        + odd_text(random)
        for _ in range(random.randint(0, 8))
    ]
    if random.random() < 0.5:
        texts.insert(random.randint(0, len(texts)), _token(random))
    return damaged_text(random, "".join(texts))


def _check_noise(text: str) -> None:
    credential = read(text).credential
    if credential is not None and credential.flaw is None:
        assert credential.secret.reveal(), "an empty credential"
    list(Searcher(0.0)(Chunk("notes.txt", text.encode("utf-8", "surrogatepass"))))


def _wrap_behind(random: Random) -> PlantedPaste:
    kind = TOKEN_KINDS[random.choice(("opaque", "opaque", "HS256"))]
    token = kind.make(random.randrange(100))
    text = random.choice(list(GRIDS.values())).draw(token, random)
    return PlantedPaste(text, token, token)


FUZZERS = (
    Fuzzer("paste", _plant, _check_paste),
    Fuzzer("scan", _plant, _check_scan, 1_000),
    Fuzzer("paste-declared", _plant_declared, _check_declared, 1_000),
    Fuzzer("paste-lines", _wrap_behind, _check_paste, 500),
    Fuzzer("paste-noise", _noise, _check_noise, 1_000),
)
