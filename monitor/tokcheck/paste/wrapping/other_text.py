"""Recognise text that is certainly none of a token's: words, addresses, other credentials.

The characters of a token are random, so a short piece of one reads like a word or a number by
chance. A reading counts as certain here if chance produces it once in many thousand pieces at most.
"""

import re
from itertools import pairwise

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BREAK, CLOSING, OPTION, QUOTES, SPACE

# The beginning of another credential, which never continues a token.
_OTHER = ("ya29.", "GOCSPX-", "1//0")
_CLIENT_ID = ".apps.googleusercontent."
# The beginnings of other services' tokens; a test compares them with the known services.
_OTHER_SERVICE = LazyRegex(
    r"github_pat_|gl(?:[dfrw]t|pat|oas|cbt|ptt|imt|agent|soat|ffct|rtr)-|GR1348941|xox[a-z]-|xoxe\.|"
    r"xapp-|sk-(?:proj|svcacct|admin|ant|or|lf)-|[prs]k_(?:live|test)_|whsec_|pypi-|lin_api_|ATATT|"
    r"do[opr]_v1_|shp[a-z]{2}_|pat-[a-z]{2}[0-9]-|secret_|figd_|dapi[0-9a-f]|tskey-|polar_|"
    r"dckr_[op]at_|lin_oauth_|gl(?:sa|c)_|NRAK-|sq0[a-z]{3}-|hv[bs]\.[\w-]|SG\.[\w-]{16,64}\."
    # Behind a short beginning, also what follows has to be as long as theirs.
    r"|eyJ(?:hbGciOi|0eXAiOi|raWQiOi|lbmMiOi|[\w-]{7,400}\.)|(?:AIza[\w-]{35}|A[KS]IA[A-Z0-9]{16}"
    r"|(?:gh[oprsu]_|npm_)[A-Za-z0-9]{36}|r8_[A-Za-z0-9]{37}|hf_[A-Za-z0-9]{34}|sk-[A-Za-z0-9]{48}"
    r"|gsk_[A-Za-z0-9]{52}|ntn_[A-Za-z0-9]{46}|xai-[A-Za-z0-9]{80}|EAA[A-Z][A-Za-z0-9]{100,400})"
    r"(?![\w-])"
)
# Of some hundred thousand lines of a token, one begins with so few characters by chance.
_SHORT_BEGINNING = LazyRegex(
    r"eyJ|AIza|gh[oprsu]_|npm_|A[KS]IA|sk-|rk_|hf_|r8_|EAA[A-Z]|ntn_|gsk_|xai-"
)
# The blanks in front of an argument and behind it.
_ENCODED_BLANKS = frozenset({"%20", "%2520"})
_PLAIN_BLANK = LazyRegex(r"[ \t]+")
_BLANKS = LazyRegex(r"[ \t]{1,8}(?=[^\s])")


def begins_other_credential(text: str, start: int, word: str) -> bool:
    """Return whether a word is the beginning of another credential, or an application's id."""
    if text.startswith(_OTHER, start) or _CLIENT_ID in word:
        return True
    return _OTHER_SERVICE.match(text, start) is not None


def may_begin_other_credential(text: str, start: int) -> bool:
    """Return whether a word begins as another credential does, maybe by chance."""
    return _SHORT_BEGINNING.match(text, start) is not None


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Short words that stand behind tokens; longer ones are recognised by their letters.
_COMMON = _words(
    """
    about after again ago allow begin below cause check could empty error event every fails fetch
    first found given gives group guess hello hence hours level local logged login maybe minutes
    month never order other print query quota reply reset retry right scope sends shell since sorry
    start state still stops their there these thing think those three title today token tried under
    until usage user users valid value waits where which while works would write wrong years
    add all also and any api are arg args auth back bad body but call came can code copy curl data
    date days did does doesn done don down each echo else env est exit exp fail file fine for form
    free from gave get gets give goes good got had has have head help her here him his home host
    hour how http https iat info int into isn its jetzt json just key keys kind last left let like
    line list live log logs long look made make many may mean more most much name need new next
    nil none not now null off old once one only open our out over page par part pass path plus post
    put rest root same say says see seen sent set she show side site some soon sub such sure take
    team test text than that the them then they this thus till time too took true try two und
    unix uri url use used user using uuid very via wait want was way web well went wget what when
    who why will wie wird wiki with work wrap yes yet you your zip
    """
)
_CAPITALS = _words(
    """
    API AND CET CEST DELETE DEBUG END EOF ERR ERROR EST FATAL FROM GET GMT HEAD HTTP HTTPS INFO
    JSON NOT NOTE NULL OPTIONS PATCH POST PUT TODO TOKEN TRACE UTC WARN WARNING WHERE
    """
)
_TWO_LETTERS = _words(
    "am an as at be by da do du er es et he if im in is it la le me my no of ok on or so to up us "
    "we wo zu"
)
_SHORT_PARTS = _TWO_LETTERS | {"id", "ip", "x"}
_BEHIND_I = frozenset(
    ("am", "can", "copied", "could", "did", "do", "don", "get", "got", "had", "have", "just",
     "know", "need", "ran", "see", "still", "think", "tried", "try", "use", "used", "want", "was")
)  # fmt: skip
# These do not follow such a short word, but may follow anything else.
_NEW_PHRASE = frozenset(("and", "but", "or", "so", "thanks"))
# Which letters follow which ones in words; of two random letters, two in five do.
_FOLLOWING = {
    "a": "bcdfgiklmnprstuvwxyz", "b": "aeilorsu", "c": "acdehiklorstu", "d": "adeilorsuy",
    "e": "abcdefgilmnpqrstvwxy", "f": "aefilortu", "g": "aehilnorsu", "h": "aeiortu",
    "i": "abcdefgklmnoprstvxz", "j": "aeou", "k": "eins", "l": "adefiklmostuy", "m": "abeimopsu",
    "n": "acdefgiknostuvy", "o": "abcdfgiklmnoprstuvwx", "p": "aehiloprstuy", "q": "u",
    "r": "acdefgiklmnoprstuwy", "s": "acehilmnopstuwy", "t": "acehilorstuwyz",
    "u": "abcdefgilmnprst", "v": "aei", "w": "aehinou", "x": "aept", "y": "eopst", "z": "aeu",
}  # fmt: skip
_LEAST_UNKNOWN = 6
# In front of a value, a name may be shorter.
_LEAST_NAME = 4

_LETTERS = LazyRegex(r"[A-Z]?[a-z]+|[A-Z]+")
# A word as it stands in a text: nothing that a token has, and no letter, follows it directly.
_WORD = LazyRegex(r"([A-Za-z]+)(?![A-Za-z0-9_-]|\.[A-Za-z0-9_-]|[^\W\d_])")
_NAME = LazyRegex(r"(?:[A-Z]?[a-z]+|[A-Z]+)(?:[_.-]?(?:[A-Z]?[a-z]+|[A-Z]+))*")
_PARTS = LazyRegex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HEADER = LazyRegex(r"(?:[A-Z][A-Za-z0-9]*(?:-[A-Z][A-Za-z0-9]*)+|ETag|DNT):\x20")
# A variable and its value, as in a list of a process' environment.
_VARIABLE = LazyRegex(r"[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,20}){0,4}=[A-Za-z0-9/.:_-]")
_NEXT_WORD = LazyRegex(rf"(?:,?{SPACE}{{1,4}})(?=[A-Za-z])")
WRITTEN_QUOTE = (
    r"(?:&|%(?:25){0,2}26)(?:quot|apos|(?:\#|%(?:25){0,2}23)3[49])(?:;|%(?:25){0,2}3[Bb])"
)
"""A quotation mark as HTML writes it."""
_VALUE = LazyRegex(
    rf"(?:{CLOSING.pattern}|{WRITTEN_QUOTE}){{0,16}}{SPACE}{{0,8}}"
    rf"(?:[:=]|%(?:25){{0,2}}3[AaDd]){SPACE}{{0,8}}"
    rf"(?!\Z|{BREAK}|[{QUOTES}]?(?:\Z|{BREAK}))"
)
_FIELD = LazyRegex(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}(?:=|%(?:25){0,2}3[Dd])")
_SCHEME = LazyRegex(r"(?:https?|wss?|ftp|file)(?::|%3[Aa])(?://|(?:%2[Ff]){2}|\\/\\/)")
# The sign behind a host may be percent-encoded, as all of a command in a form or an address is.
# The last sections of a GitLab token are no host: of that, the one in front would be a number.
_ADDRESS = LazyRegex(
    r"(?!(?:[a-z0-9-]*\.)?[0-9]{1,2}\.[0-9a-z]{9}(?![A-Za-z0-9.-]))(?:[a-z0-9-]+\.)+[a-z]{2,}"
    r"(?=[:/?#\s\"'`)\]}>,;]|\\/|%(?:25){0,2}(?:3[AFabfB]|2[0F23793c]|0[AaDd]|[57]D|3E)|\Z)"
)
_DIGITS = LazyRegex(
    r"(?:[0-9]{7,}|20[0-9]{2}|3599|3600)(?![A-Za-z0-9_])"
    r"|[0-9]{1,4}(?:[.:-][0-9]{1,4}){2,}(?![A-Za-z0-9_])"
)
# A backslash may also write a line break, behind a token's last letter and a colon.
_WINDOWS_FOLDER = LazyRegex(rf"(?:PS )?[A-Za-z]:(?!{BREAK}(?![A-Za-z]))\\")
_OPTION = LazyRegex(r"--?[a-z][a-z-]+(?=[\s=]|\Z)")
_CERTAIN_FORMS = (_DIGITS, _SCHEME, _ADDRESS, _HEADER, _VARIABLE, _WINDOWS_FOLDER)
_ITEM = LazyRegex(r"[0-9]{1,2}[.)]\x20(?=[A-Za-z])")


def is_word(word: str, least: int = _LEAST_UNKNOWN) -> bool:
    """Return whether letters are a word as texts have it: one of less letters has to be known."""
    if _LETTERS.fullmatch(word) is None:
        return False
    if word.isupper():
        return word in _CAPITALS
    lower = word.lower()
    if lower in _COMMON:
        return True
    return len(word) >= least and all(
        second in _FOLLOWING[first] for first, second in pairwise(lower)
    )


def is_certain(text: str, at: int) -> bool:
    """Return whether the text at a place is certainly none of a token's."""
    if any(form.match(text, at) for form in _CERTAIN_FORMS):
        return True
    option = _OPTION.match(text, at)
    if option is not None:
        return is_option_name(option.group())
    if is_named_value(text, at):
        return True
    item = _ITEM.match(text, at)
    return is_prose(text, item.end() if item else at)


def is_option_name(word: str) -> bool:
    """Return whether a word with hyphens in front is an option made of words."""
    return all(is_word(part) or part in _TWO_LETTERS for part in word.strip("-").split("-"))


def is_prose(text: str, at: int) -> bool:
    """Return whether a word begins at a place; a word of one or two letters needs another."""
    match = _WORD.match(text, at)
    if match is None:
        return False
    if is_word(match.group(1)):
        return True
    first = match.group(1)
    if len(first) > 1 and _LETTERS.fullmatch(first):
        first = first.lower()
    following = _NEXT_WORD.match(text, match.end())
    second = _WORD.match(text, following.end()) if following else None
    if second is None:
        return False
    then = second.group(1).lower()
    if first == "I":
        return then in _BEHIND_I
    known = is_word(then) or then in _TWO_LETTERS
    return first in _TWO_LETTERS and known and then not in _NEW_PHRASE


def is_named_value(text: str, at: int) -> bool:
    """Return whether a name with a value behind it begins at a place."""
    name = _NAME.match(text, at)
    if name is None or _VALUE.match(text, name.end()) is None:
        return False
    parts = [part.lower() for part in _PARTS.compiled.findall(name.group())]
    return all(is_word(part, _LEAST_NAME) or part in _SHORT_PARTS for part in parts)


def is_field(text: str, at: int) -> bool:
    """Return whether a field of an address' query begins at a place."""
    return _FIELD.match(text, at) is not None


def is_argument(text: str, piece: re.Match[str], blank: str) -> bool:
    """Return whether an option of one letter, or a dash, has certain text behind it.

    ``blank`` is what stands in front of it. A percent-encoded one is followed by another.
    """
    if blank in _ENCODED_BLANKS:
        return OPTION.fullmatch(piece.group()) is not None and text.startswith(blank, piece.end())
    if not _PLAIN_BLANK.fullmatch(blank):
        return False
    if text.startswith("-- \n", piece.start()):
        return True  # a sender's name follows, in mail
    behind = _BLANKS.match(text, piece.end())
    if behind is None:
        return False
    option = OPTION.fullmatch(piece.group()) is not None
    return option or is_certain(text, behind.end())
