"""A browser without a screen: it allows what the sandbox's consent page asks for."""

import re
import sys
import urllib.parse
import urllib.request


class _Stay(urllib.request.HTTPRedirectHandler):
    """Return a redirect instead of following it."""

    def redirect_request(self, *_: object) -> None:
        return None


def main(address: str) -> None:
    """Tick every scope of the page, allow, and follow the redirect to the login that waits."""
    with urllib.request.urlopen(address, timeout=30) as response:
        page = response.read().decode()
    scopes = re.findall(r'name="scope" value="([^"]+)"', page)
    form = [("account", "alex"), ("decision", "allow"), *(("scope", one) for one in scopes)]
    opener = urllib.request.build_opener(_Stay)
    try:
        opener.open(address, urllib.parse.urlencode(form).encode(), timeout=30)
    except urllib.error.HTTPError as redirect:
        with redirect:
            target = redirect.headers["Location"]
    with urllib.request.urlopen(target.partition("#")[0], timeout=30) as response:
        response.read()


if __name__ == "__main__":
    main(sys.argv[1])
