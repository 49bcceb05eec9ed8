"""The page that the browser lands on; it holds no script and nothing of the redirect. Pure."""

from html import escape

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    # The page's own address holds the code: no link and no frame may carry it on.
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
)

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} (tokcheck)</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 1rem; font: 1.125rem/1.5 system-ui, sans-serif; }}
main {{ max-width: 34rem; margin: 10vh auto 0; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
p {{ overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p role="{role}">{text}</p>
{more}</main>
</body>
</html>
"""
_MORE = "<p>The terminal says what to do next. You can close this window.</p>\n"


def landing(title: str, text: str, *, failed: bool) -> bytes:
    """Return the page."""
    return _PAGE.format(
        title=escape(title),
        text=escape(text),
        role="alert" if failed else "status",
        more=_MORE if failed else "",
    ).encode("utf-8", "backslashreplace")
