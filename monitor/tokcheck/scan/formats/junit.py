"""A scan's result as JUnit's XML, which nearly every CI system shows as tests.

https://github.com/testmoapp/junitxml
"""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from tokcheck.core.escape import printable, without_commands
from tokcheck.scan.finding import Finding, ScanResult
from tokcheck.scan.formats.wording import (
    description,
    headline,
    location,
    messages,
    names,
    worst_first,
)

_NAME = "tokcheck scan"


def render(scanned: ScanResult) -> str:
    """Return one test a finding, which fails unless it is a note; one that passes if all is clean.

    An unreadable path is an error.
    """
    shown = names(scanned)
    findings = worst_first(scanned.findings)
    cases = [_case(finding, shown) for finding in findings]
    unread = messages(scanned)
    for path, message in unread:
        name = printable(shown[path])
        body = f"<error{_attributes(message=message)}>{_text(f'{name}: {message}')}</error>"
        cases.append(_test(body, classname=name, name="could not be read", file=name))
    if not cases:
        cases.append(_test("", classname=_NAME, name="no findings"))
    notes = sum(finding.is_note for finding in findings)
    counts = _attributes(
        name=_NAME,
        tests=str(len(cases)),
        failures=str(len(findings) - notes),
        errors=str(len(unread)),
        skipped=str(notes),
        time=f"{max(0.0, scanned.ended_at - scanned.started_at):.3f}",
    )
    text = "".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>\n',
            f"<testsuites{counts}>\n<testsuite{counts}>\n",
            *cases,
            "</testsuite>\n</testsuites>\n",
        ]
    )
    return without_commands(text)


def _case(finding: Finding, shown: Mapping[str, str]) -> str:
    place = location(finding)
    path = printable(shown[finding.path])
    where = f"{path}:{finding.line}:{finding.column}"
    message = description(finding, shown)
    if finding.is_note:
        body = f"<skipped{_attributes(message=message)}/>"
    else:
        kind = _attributes(type=finding.kind.value, message=message)
        body = f"<failure{kind}>{_text(f'{where}: {message}')}</failure>"
    return _test(
        body,
        classname=path,
        # Places of one file differ in their names.
        name=f"{headline(finding)} in line {finding.line}, column {finding.column}",
        file=printable(shown[place.path]).removeprefix("./"),
        line=str(place.line),
    )


def _test(body: str, **attributes: str) -> str:
    return f"<testcase{_attributes(**attributes)}>{body}</testcase>\n"


def _attributes(**attributes: str) -> str:
    return "".join(f" {name}={quoteattr(printable(text))}" for name, text in attributes.items())


def _text(text: str) -> str:
    return escape(printable(text))
