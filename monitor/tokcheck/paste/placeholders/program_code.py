"""Program code that reads a token, where the token itself belongs."""

from tokcheck.core.lazy import LazyRegex

_IDENTIFIER = r"[A-Za-z_]\w{0,60}"
_INDEX = r"(?:\.\w{1,60}|[\[({][\"'\w]{1,64}[^\])}\n]{0,20}[\])}])"
# How programs read the variables of their environment.
_READERS = (
    r"(?:(?:globalThis\.)?process\.env|import\.meta\.env|(?:Bun|Deno)\.env|os\.environ|os\.getenv"
    r"|os\.Getenv|System\.(?:getenv|get_env|fetch_env!?)|Sys\.getenv|Environment\.GetEnvironmentVariable"
    r"|(?:std::)?env::var(?:_os)?|env!|Platform\.environment|ProcessInfo\.processInfo\.environment"
    r"|\$_ENV|\$_SERVER|\$ENV|getenv|\bENV)"
)
READ_VARIABLE = rf"{_READERS}(?:\??\.get\b|\.fetch\b)?\??{_INDEX}"
TERRAFORM = r"(?:var|local)\.[a-z]\w{1,60}"
# A field of an object that programs keep settings in.
MEMBER = (
    r"(?:(?:var|local|config|cfg|settings|secrets|self|this|props|options|opts|args|session|creds"
    r"|credentials|user|auth|client|app|env|params|state|data)\.(?:\w{1,40}\.){0,3}[A-Za-z_]{2,40})"
    r"(?![\w.(\[-])"
)
_PART = r"(?:(?:\.|->|::|\?\.)\w{1,60}|\[[^\]\n]{1,60}\]|\([^()\n]{0,60}\))"
_CALL = rf"(?:\$\w{{1,60}}{_PART}{{0,6}}|\w{{1,60}}{_PART}{{0,4}}\([^()\n]{{0,60}}\))"
_EXPRESSION = rf"(?:{READ_VARIABLE}|[$@]?{_IDENTIFIER}{_PART}{{0,6}})"
_CHAIN = rf"(?:{READ_VARIABLE}|(?:await )?[$@]?{_IDENTIFIER}{_PART}{{1,6}})"
INTERPOLATION = (
    rf"\$\{{ ?{_CHAIN}[^{{}}\n]{{0,40}}\}}|#\{{ ?{_EXPRESSION}[^{{}}\n]{{0,40}}\}}"
    rf"|\{{ ?{READ_VARIABLE} ?\}}"
    rf"|\\\({_EXPRESSION}\)"
)
# A string that ends in Bearer, and what is joined to it: in PHP and Perl by a dot, which also ends
# a sentence; as an argument behind a comma, which also separates a list.
_JOINED = LazyRegex(
    r"(?i:bearer)\x20{0,4}\\?[\"'`]\s{0,4}(?:"
    rf"(?:\+{{1,2}}|&|~|\|\||<>|\.\.)\s{{0,4}}({_EXPRESSION})(?!\s{{0,4}}[:=\w])"
    rf"|\.\s{{0,4}}({READ_VARIABLE}|{_CALL})"
    rf"|,\s{{0,4}}({READ_VARIABLE}|{_EXPRESSION}(?=\s{{0,4}}\)))"
    r")"
)
# The expression that fills the field of a format string.
_ARGUMENT = LazyRegex(
    rf"[^\"'`\n]{{0,40}}[\"'`]\s{{0,4}}(?:,|%|\.format\()\s{{0,4}}\(?({READ_VARIABLE}|{_EXPRESSION})"
)
_FIELDS = frozenset({"{}", "{0}", "%s", "%v", "%@"})
_VARIABLE = LazyRegex(rf"{_READERS}(?:\??\.get|\.fetch)?\??[.\[({{]{{1,2}}[\"']?({_IDENTIFIER})")


def find_joined(text: str) -> tuple[str, int] | None:
    """Return the expression that a program joins to the word Bearer, and where it stands."""
    match = _JOINED.search(text)
    if match is None:
        return None
    number = match.lastindex or 1
    return match.group(number), match.start(number)


def find_argument(text: str, field: str, end: int) -> tuple[str, int] | None:
    """Return the expression that fills a field of a format string, and where it stands."""
    match = _ARGUMENT.match(text, end) if field in _FIELDS else None
    return None if match is None else (match.group(1), match.start(1))


def read_name(code: str) -> str | None:
    """Return the variable of the environment that code reads; ``None`` if it reads none."""
    match = _VARIABLE.search(code)
    return match.group(1) if match else None
