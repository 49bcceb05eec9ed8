"""Labels, and what may stand between one and its value: one table for pastes, imports and scans.

A label need not touch its value. Between them stand quotation marks, tags, the other names of a
pair, a call. A notation that a reader lacks is one more row here, and then no reader lacks it.
"""

from tokcheck.paste.notations import signs

VALUE_WORDS = (
    "value|values|val|string|str|text|data|content|default|current|static|final|const|is|invalid|"
    "type|token|td|dd|dt|th|tr|span|strong|varchar|char|secret|hidden|password|the|to|as|of|new|"
    "key|name|var|private|public|readonly|required|enabled|true|false|sensitive|description|example|"
    "stringvalue|parametervalue|optionvalue|settingvalue|defaultvalue|securestring|serializeas|s|body|cdata|tab|texttt|textbf|verb|join|append|concat|push|add|stringbuilder"
)
"""Words between a label and its value: those of pairs, tags, types and sentences."""

_NOTATIONS = (
    r"\s{1,40}+",
    r"[\"'`:=>|,()\[\]{*\u2502\u2192]",
    r"\\(?:[nrt](?![A-Za-z])|u00[0-9A-Fa-f]{2}|x[0-9A-Fa-f]{2})?",
    # Quotation marks, signs and blanks percent-encoded or as HTML has them.
    r"%(?:25){0,2}(?:3[AaDd]|2[02CcBb]|5[Bb]|7[Bb])",
    r"&(?:quot|gt|apos|\#3[49]|\#[Xx]2[27]);",
    # The beginning of a shell's text of several lines, a text in XML, and a document's tag.
    r"<<[-~]?[\"']?[A-Z_]{1,20}(?=[\"'\s])",
    r"<!\[CDATA\[",
    r"</?(?:key|string|value|t[dhr]|d[dtl]|b|strong|em|i|code|pre|span|div|p|li|ul|br)\b"
    r"[^<>\n]{0,80}+>",
    # A type around the value, such as SecretStr("..."), an option, and the letter of a literal.
    r"[A-Z][A-Za-z]{2,30}(?=\()",
    r"--(?:body|value)(?=\s)",
    r"(?<![A-Za-z0-9])[ubrUBR](?=[\"'])",
    # The length that PHP writes in front of a text, and Redis in front of an entry.
    r"string\(\d{1,5}\)|;?s:\d{1,5}:",
    r"(?<![0-9A-Za-z])\d{1,5}\)(?=\s)",
    r"(?:value|val|stringValue|String|string|str|text|default|is|S)(?![A-Za-z0-9])",
)
"""The text in front of a label's own value, of any form: no other field begins like this."""

_LOOSE_NOTATIONS = (
    # A description in front of the value.
    r"(?i:description|comment|title)[\"']?\s{0,8}[:=]\s{0,8}\"[^\"\n]{0,200}\"",
    # An anchor of YAML.
    r"&[A-Za-z]\w{0,20}\s",
    # Any sign, plain, percent-encoded or as HTML has it.
    r"[^A-Za-z0-9<&%=\\]",
    r"%(?:(?:25){0,2}[0-9A-Fa-f]{2})?",
    r"&(?:\#?\w{1,8};)?",
    r"<(?:[^<>]{0,120}>)?",
    rf"(?<![A-Za-z0-9])(?i:{VALUE_WORDS})(?![A-Za-z0-9])",
)
"""The text in front of a value of an evident form, other fields' names included."""

# Quoted-printable, if a whole value, one with a soft break or none follows: its digits may be the
# value's own.
_QUOTED_PRINTABLE = (
    r"=(?:3[Dd]|2[02])(?=(?:[0-9a-f]{32}|[0-9A-F]{32}){1,2}(?![0-9A-Za-z])|[^0-9A-Za-z]"
    r"|(?:[0-9a-f]{1,63}|[0-9A-F]{1,63})=\r?\n[0-9A-Fa-f])"
)

LABEL_GAP = rf"(?:{'|'.join(_NOTATIONS)}){{1,16}}+"
"""The text between a label and a value of any form."""

_LOOSE_GAP = rf"(?:{'|'.join((_QUOTED_PRINTABLE, *_NOTATIONS, *_LOOSE_NOTATIONS))}){{1,80}}+"

_UNDERSCORE = rf"(?:[_ .-]|{signs.spelling('_')})?"
# The owner of the value, or another name for it; the digest of a token is not one.
_SUFFIX = (
    rf"(?:s|{_UNDERSCORE}(?i:value|hex|1(?![0-9A-Fa-f]))"
    r"|[_:-](?!(?i:sha|hash|digest|md5|id\b))\w{1,20}+)?+"
)
# The names and values of a tag, up to its end or to its value.
_ATTRIBUTE = r"\s{1,8}[\w:.-]{1,40}=(?:\"[^\"<>]{0,80}\"|'[^'<>]{0,80}')"
_ATTRIBUTES = rf"(?:(?:{_ATTRIBUTE})++\s{{0,8}}>)"
_VALUE_ATTRIBUTE = (
    rf"[\"'](?:{_ATTRIBUTE}){{0,6}}?\s{{1,8}}[\w:-]{{0,20}}(?i:value|val|content)=[\"']"
)
# The rest of a sentence, if the value is the next line.
_SENTENCE = r"[^\r\n0-9]{0,60}\r?\n[ \t]{0,20}(?=(?:[0-9a-f]{64}|[0-9A-F]{64})\s{0,8}(?:[\r\n]|\Z))"

# The other fields of a pair between its name and its value, as cookies and settings of a program
# have them, and the lines of other fields and comments in YAML.
_FIELD = (
    r"[\"'](?!(?i:value)[\"'])[\w.-]{1,40}[\"']\s{0,8}:\s{0,8}"
    r"(?:true|false|null|-?\d{1,13}(?:\.\d{1,9})?|\"[^\"\n]{0,160}\"|'[^'\n]{0,160}')\s{0,8},\s{0,60}"
)
_PAIR = (
    rf"[\"']\s{{0,8}},\s{{0,60}}(?:{_FIELD}){{1,10}}+[\"'](?i:value)[\"']\s{{0,8}}:\s{{0,8}}[\"']"
    r"|[\"']?(?:[ \t]{0,40}\#[^\r\n]{0,160})?"
    r"(?:\r?\n[ \t]{0,40}(?:\#[^\r\n]{0,160}|(?!value:|-)[\w.-]{1,40}:[ \t][^\r\n]{0,120}"
    r"|(?=\r?\n))){0,6}+"
    r"\r?\n[ \t]{0,40}value:[ \t]{1,8}[\"']?"
)

REFRESH_NAME = rf"(?i:refresh{_UNDERSCORE}token)"
"""The name of a refresh token."""

REFRESH_LABEL = rf"{REFRESH_NAME}{_SUFFIX}"
"""The name of a refresh token with what belongs to it."""

REFRESH_OPENING = (
    rf"{REFRESH_LABEL}(?![\"'`]?\)\s{{1,20}}(?i:values?)\b)"
    rf"(?:{_SENTENCE}|{_VALUE_ATTRIBUTE}|{_PAIR}|[\"']?{_ATTRIBUTES}(?:{_LOOSE_GAP})?|{_LOOSE_GAP})"
)
"""All that stands in front of a refresh token of 64 hexadecimal digits."""

SECRET_OPENING = rf"(?i:secret(?:{_UNDERSCORE}key)?){_LOOSE_GAP}"
"""All that stands in front of a client secret of 32 hexadecimal digits."""
