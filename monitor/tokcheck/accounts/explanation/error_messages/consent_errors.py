"""Find the errors of consent pages: in the address that one redirects to, or in its own text."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from tokcheck.accounts.explanation.error_messages.error_message import ErrorMessage
from tokcheck.accounts.login.pasted_redirect import decode_error_page
from tokcheck.accounts.oauth.authorization_error_table import AUTHORIZATION_CAUSES
from tokcheck.core.lazy import LazyRegex

_MOST = 32
# The query or the fragment of a redirect, alone or in an address.
_REDIRECT = LazyRegex(
    r"(?:\A\s{0,8}|[?&#])(?:[\w%.~+-]{1,60}=[^\s&#\"'<>]{0,600}&){0,12}error=[a-z_]{3,40}[^\s\"'<>]{0,2000}"
)
_START = LazyRegex(r"[?&#]")
_CLOSING = ".,;:!)]}\"'"
# The text of such a page alone. Google's names its error, Fitbit's has a dash behind it. It is in
# the language of the browser; the code is not.
_ERROR = (
    "Error|Fehler|Erreur|Errore|Erro|Fout|Fejl|Feil|Fel|Virhe|Błąd|Chyba|Hiba|Eroare|Hata|Lỗi"
    "|Ошибка|Помилка|Σφάλμα|エラー|오류|错误|錯誤"
)
_GOOGLE_ERROR = LazyRegex(rf"(?i)(?<!\w)(?:{_ERROR}) ?[45]\d\d ?[:\uff1a] ?(?-i:[a-z_]{{3,40}})\b")
# Which such an error has: a long text without it is searched in a fraction of the time.
_ERROR_NUMBER = LazyRegex(r"[45]\d\d ?[:\uff1a]")
_GOOGLE_PAGE = LazyRegex(
    r"(?i)\b(?:authError=|(?:hasn.t verified this app"
    r"|app isn.t verified|Google blocked this access|sign-in rate limit"
    r"|google verification process|This app.s request is invalid)\b)"
)
_FITBIT_PAGE = LazyRegex(
    r"\b(?:invalid_request|unauthorized?_client|invalid_scope|unsupported_response_type) ?- ?"
    r"(?:Invalid|Missing|Unsupported|Unknown)\b"
)
_AROUND = 1500


def find_consent_errors(text: str) -> Iterator[ErrorMessage]:
    """Yield the errors of consent pages in a text."""
    for reading in (text, unquote(text)) if "error%3D" in text else (text,):
        for match in list(_REDIRECT.compiled.finditer(reading))[-_MOST:]:
            yield from _read_redirect(match.group(), match.start())
    pages = [(_GOOGLE_PAGE, "google-health"), (_FITBIT_PAGE, "fitbit")]
    if _ERROR_NUMBER.search(text):
        pages.append((_GOOGLE_ERROR, "google-health"))
    for pattern, owner in pages:
        for match in list(pattern.compiled.finditer(text))[-_MOST:]:
            page = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
            shown = f"{page} {decode_error_page(page)}"
            yield ErrorMessage("consent", match.start(), text=shown, owner=owner)


def _read_redirect(found: str, at: int) -> Iterator[ErrorMessage]:
    query = found.strip().rstrip(_CLOSING)
    start = _START.search(query)
    query = query[start.end() :] if start and start.start() < 1 else query
    fields = dict(parse_qsl(query.replace("#", "&").replace("?", "&").replace("&amp;", "&")))
    if "error" in fields and "code" not in fields:
        code = fields["error"]
        owners = {cause.provider for cause in AUTHORIZATION_CAUSES if cause.code == code}
        owner = owners.pop() if len(owners) == 1 else None  # some codes only one provider has
        detail = fields.get("error_description", "")
        if "googleapis.com/auth/" in detail:
            owner = "google-health"
        yield ErrorMessage("consent", at, code, detail, owner=owner)
