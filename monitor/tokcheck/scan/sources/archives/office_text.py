"""Office documents: text that is cut into runs by formatting, joined to what a person reads.

A word processor cuts a word where its spelling is marked, where it was edited, or anywhere.
"""

from tokcheck.core.lazy import compile_regex

_SUFFIXES = (".xml", ".xhtml", ".html")
_MARKS = (b"<w:t", b"<a:t", b"<t>", b"<t ", b"<text:")
# Markup between two runs that shows nothing. A new paragraph, a tab and a line break are text; an
# attribute with a long value, or text between two tags, may be a credential.
_ATTRIBUTES = rb"""(?:\s++[\w:.-]++\s*+=\s*+(?:"[^"<>]{0,64}"|'[^'<>]{0,64}'))*+\s*+"""
_SILENT = (
    rb"w:(?:r|rPr|proofErr|bookmark\w+|lastRenderedPageBreak|ins|del|hyperlink|smartTag|sdt\w*"
    rb"|comment\w+|perm\w+|move\w+|rStyle|rFonts|b|bCs|i|iCs|u|strike|color|sz|szCs|lang|noProof"
    rb"|highlight|shd|spacing|kern|caps|vanish|vertAlign|effect|bdr|em|position|w|rtl|cs)"
    rb"|a:(?:r|rPr|latin|ea|cs|sym|solidFill|srgbClr|schemeClr|hlinkClick|effectLst|ln|noFill)"
    rb"|r|rPr|b|i|u|sz|color|rFont|family|scheme|charset|strike|vertAlign|phoneticPr"
)
_JOINT = compile_regex(
    rb"</(w:t|a:t|t)>(?:\s*+</?(?:"
    + _SILENT
    + rb")"
    + _ATTRIBUTES
    + rb"/?>)*+\s*+<\1"
    + _ATTRIBUTES
    + rb">"
)
_SPAN = compile_regex(
    rb"</?text:(?:span|soft-page-break|bookmark[\w-]*|a|change[\w-]*)" + _ATTRIBUTES + rb"/?>"
)


def join_runs(name: str, data: bytes) -> bytes:
    """Return a member of an archive, without the markup between two runs of its text."""
    if not name.lower().endswith(_SUFFIXES) or not any(mark in data for mark in _MARKS):
        return data
    return _SPAN.sub(b"", _JOINT.sub(b"", data))
