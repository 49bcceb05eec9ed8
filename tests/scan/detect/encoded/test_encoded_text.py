"""Text in Base64 is searched as any other: over the joints that wrap it, for every credential."""

import base64
import email.mime.application
import email.mime.text
import gzip
import io
import json
import plistlib
import zipfile
import zlib
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from hashlib import sha256
from textwrap import wrap

from tests.support.scan.searching import finds_only, search, unread
from tests.support.scan.written_tokens import base64_lines
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import finder_for

_FITBIT_JSON = json.dumps({"access_token": FITBIT, "refresh_token": FITBIT_REFRESH})
_CLIENT = json.dumps({"installed": {"client_id": "x", "client_secret": GOOGLE_SECRET}}, indent=2)
_SECRETS = {
    "signed": (FITBIT, FITBIT),
    "header": (f"Authorization: Bearer {FITBIT}\n", FITBIT),
    "opaque": (GOOGLE, GOOGLE),
    "google json": (json.dumps({"access_token": GOOGLE, "expires_in": 3599}), GOOGLE),
    "refresh": (GOOGLE_REFRESH, GOOGLE_REFRESH),
    "refresh json": (json.dumps({"refresh_token": GOOGLE_REFRESH}), GOOGLE_REFRESH),
    "secret": (GOOGLE_SECRET, GOOGLE_SECRET),
    "client_secret.json": (_CLIENT, GOOGLE_SECRET),
    "fitbit refresh": (json.dumps({"refresh_token": FITBIT_REFRESH}), FITBIT_REFRESH),
    "environment": (f"REFRESH_TOKEN={FITBIT_REFRESH}\n", FITBIT_REFRESH),
    "camel case": (json.dumps({"refreshToken": FITBIT_REFRESH}), FITBIT_REFRESH),
    "pascal case": (json.dumps({"RefreshToken": FITBIT_REFRESH}), FITBIT_REFRESH),
    "far": ("# settings\n" * 90 + f"token = {FITBIT}\n", FITBIT),
}


def _mail(text: str) -> str:
    mail = MIMEMultipart()
    mail["Subject"] = "settings"
    mail.attach(email.mime.text.MIMEText("See the attachment.\n"))
    mail.attach(email.mime.application.MIMEApplication(text.encode(), Name="settings.json"))
    return mail.as_string()


def _containers(text: str) -> dict[str, str]:
    wrapped = base64_lines(text, 76) + "\n"
    return {
        "one line": f"data: {base64_lines(text)}\n",
        "64": base64_lines(text, 64) + "\n",
        "76": wrapped,
        "60": base64_lines(text, 60) + "\n",
        "crlf": wrapped.replace("\n", "\r\n"),
        "mail": _mail(text),
        "yaml": "data: !!binary |\n" + "".join(f"  {line}\n" for line in wrapped.split("\n")),
        "secret": f"apiVersion: v1\nkind: Secret\ndata:\n  token: {base64_lines(text)}\n",
        "json": json.dumps({"content": wrapped}),
        "json in json": json.dumps(json.dumps({"content": wrapped})),
        "literals": "x = (\n" + "".join(f'    "{line}"\n' for line in wrapped.split()) + ")\n",
        "plus": '" +\n  "'.join(["x = " + '"', *wrapped.split()]) + '"\n',
        "plist": plistlib.dumps({"data": text.encode()}).decode(),
        "quoted": "".join(f"> {line}\n" for line in wrapped.split()),
        "uri": f"data:application/json;base64,{base64_lines(text)}",
        "url-safe": base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
        "command": f"echo '{base64_lines(text)}' | base64 -d\n",
        "quoted json": f'{{"x":"{base64_lines(text)}"}}',
    }


def test_a_credential_in_base64_is_found_whole() -> None:
    failed = [
        (name, container)
        for name, (text, token) in _SECRETS.items()
        for container, data in _containers(text).items()
        if not finds_only(data, token)
    ]
    assert [] == failed


def test_all_credentials_of_a_text_are_found() -> None:
    for data in _containers(_FITBIT_JSON).values():
        assert finds_only(data, {FITBIT, FITBIT_REFRESH}), data


def test_the_finding_names_the_line_of_the_wrapped_text() -> None:
    data = "x:\n" + base64_lines("# nothing\n" * 12 + GOOGLE, 76, "\n  ")
    assert [4] == [item.line for item in search(data)]


def test_basic_credentials_beside_the_host_are_found() -> None:
    encoded = base64_lines(f"{FITBIT_CLIENT}:{FITBIT_SECRET}")
    for text in (
        f"curl -H 'Authorization: Basic {encoded}' https://api.fitbit.com/oauth2/token\n",
        f"POST /oauth2/token HTTP/1.1\nHost: api.fitbit.com\nAuthorization: Basic {encoded}\n",
        f'fitbit:\n  headers:\n    authorization: "Basic {encoded}"\n',
        f'fitbit.post(headers={{"Authorization": "Basic " + "{encoded}"}})\n',
    ):
        assert finds_only(text, encoded), text
    assert [] == search(f"Authorization: Basic {encoded}\n")


def test_basic_credentials_with_foreign_characters_inside_are_found() -> None:
    encoded = base64_lines(f"{FITBIT_CLIENT}:{FITBIT_SECRET}")
    for sign in ("\u200b", "\ufeff", "\u00ad"):
        for at in (1, 20, len(encoded) - 1):
            text = f"fitbit: Authorization: Basic {encoded[:at]}{sign}{encoded[at:]}\n"
            assert finds_only(text, encoded), text


def test_an_id_and_a_secret_in_an_address_are_found() -> None:
    pair = f"{FITBIT_CLIENT}:{FITBIT_SECRET}"
    assert finds_only(f"curl https://{pair}@api.fitbit.com/oauth2/token\n", pair)
    assert [] == search(f"curl https://{pair}@example.com/\n")


def test_text_in_utf_16_in_base64_is_searched() -> None:
    for text in (f"$t = '{FITBIT}'", FITBIT, f"Bearer {FITBIT}"):
        for encoding in ("utf-16-le", "utf-16"):
            data = f"powershell -enc {base64_lines(text, encoding=encoding)}\n"
            assert finds_only(data, FITBIT), (text, encoding)
    for raw in (GOOGLE, GOOGLE_SECRET, GOOGLE_REFRESH):
        text = base64_lines(f"$t = '{raw}'", encoding="utf-16-le")
        assert finds_only(f"powershell -enc {text}\n", raw)


def test_text_in_utf_32_in_base64_is_searched() -> None:
    for raw in (FITBIT, GOOGLE, GOOGLE_SECRET, GOOGLE_REFRESH):
        for encoding in ("utf-32-le", "utf-32-be", "utf-32"):
            for front in ("", "t=", "$t = '"):
                text = base64_lines(f"{front}{raw}'", encoding=encoding)
                assert finds_only(f"t: {text}\n", raw), (raw, encoding, front)


def test_a_token_that_was_encoded_three_times_is_found() -> None:
    for token in (FITBIT, GOOGLE):
        assert finds_only(f"x: {base64_lines(base64_lines(base64_lines(token)))}\n", token)


_NESTED: dict[str, Callable[[str], str]] = {
    "twice": lambda text: base64_lines(base64_lines(text)),
    "twice in lines": lambda text: base64_lines(base64_lines(text, 76) + "\n", 76),
    "gzip": lambda text: _base64(gzip.compress(text.encode())),
    "gzip with a name": lambda text: _base64(_named_gzip(text)),
    "gzip, twice": lambda text: base64_lines(_base64(gzip.compress(text.encode()))),
    "gzip in lines": lambda text: base64.encodebytes(gzip.compress(text.encode())).decode(),
    "gzip of Base64": lambda text: _base64(gzip.compress(base64_lines(text).encode())),
    "zlib": lambda text: _base64(zlib.compress(text.encode())),
    "zlib at its best": lambda text: _base64(zlib.compress(text.encode(), 9)),
    "zlib, fast": lambda text: _base64(zlib.compress(text.encode(), 3)),
    "zlib at its fastest": lambda text: _base64(zlib.compress(text.encode(), 1)),
    "zlib in base64url": lambda text: _url_safe(zlib.compress(text.encode())),
    "zlib in lines": lambda text: base64.encodebytes(zlib.compress(text.encode())).decode(),
    "zlib, twice": lambda text: base64_lines(_base64(zlib.compress(text.encode()))),
    "zlib of Base64": lambda text: _base64(zlib.compress(base64_lines(text).encode())),
    "a session at the best level": lambda text: "." + _url_safe(zlib.compress(text.encode(), 9)),
    "a signed session": lambda text: "." + _url_safe(zlib.compress(text.encode())) + ".aBcDef.xyz",
}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _named_gzip(text: str) -> bytes:
    packed = gzip.compress(text.encode())
    return packed[:3] + b"\x08" + packed[4:10] + b"release.json\0" + packed[10:]


def test_a_text_in_base64_twice_or_compressed_in_base64_is_searched() -> None:
    failed = [
        (name, nested)
        for name, (text, token) in _SECRETS.items()
        for nested, encode in _NESTED.items()
        for data in (f"data:\n  release: {encode(text)}\n", json.dumps({"data": encode(text)}))
        if not finds_only(data, token)
    ]
    assert [] == failed


def test_what_a_paste_holds_in_compressed_form_is_found_in_a_file() -> None:
    """The reader of pastes and the search read the same encodings, but for those of sessions."""
    for name, encode in _NESTED.items():
        if "session" in name:
            continue
        for text in (f"{encode(FITBIT)}\n", f'{{"state": "{encode(FITBIT)}"}}\n'):
            credential = finder_for(REGISTRY).find(text).credential
            assert credential is not None, name
            assert FITBIT == credential.secret.reveal(), name
            assert finds_only(text, FITBIT), name


def test_other_words_that_begin_as_compressed_texts_do_are_read_once() -> None:
    words = (
        "eNotFound eJwt eF4 x.eNoughWordsForARunOfThirtyTwoLetters eJyIsAlso_ABeginningOfSuchARun"
    )
    assert finds_only(f"{words}\ny: {GOOGLE}\n", GOOGLE)


def test_a_large_release_of_helm_is_unpacked_whole() -> None:
    noise = "".join(sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(4_000))
    release = json.dumps({"chart": {"notes": noise}, "config": {"access_token": GOOGLE}})
    encoded = base64_lines(_base64(gzip.compress(release.encode())))
    assert len(encoded) > 150_000
    (found,) = search(f"kind: Secret\ndata:\n  release: {encoded}\n")
    assert (3, 12) == (found.line, found.column)
    assert finds_only(f"release: {encoded}\n", GOOGLE)


def test_a_compressed_text_that_is_cut_or_damaged_is_read_as_far_as_it_goes() -> None:
    noise = "".join(sha256(bytes([n])).hexdigest() for n in range(250))
    packed = gzip.compress(f"access_token: {GOOGLE}\n\nnotes: {noise}".encode())
    for data in (packed[:-2_000], packed[:-2_000] + bytes(range(200))):
        assert finds_only(f"x: {_base64(data)}\n", GOOGLE)


def test_what_was_not_unpacked_to_its_end_is_said() -> None:
    noise = "".join(sha256(bytes([n])).hexdigest() for n in range(50))
    text = f"notes: {noise}\naccess_token: {GOOGLE}\n".encode()
    for pack in (gzip.compress, zlib.compress):
        packed = pack(text)
        assert [] == unread(f"a: 1\nx: {_base64(packed)}\n")
        for part in (packed[:-120], packed[:-300] + bytes(range(180))):
            (error,) = unread(f"a: 1\nx: {_base64(part)}\n", "notes.md")
            assert "notes.md" == error.path
            assert "A compressed text in line 2 was not read to its end" in error.message
        (found,) = search(f"x: {_base64(packed[:-120])}\n")
        assert found.fragment
    bomb = _base64(zlib.compress(b"a" * (200 << 20)))
    assert 1 == len(unread(f"x: {bomb}\n"))


def test_what_only_begins_as_a_compressed_text_is_none_that_was_cut() -> None:
    noise = b"".join(sha256(bytes([n])).digest() for n in range(8))
    for head in (b"\x78\x9c", b"\x78\xda", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"):
        for at in range(64):
            assert [] == unread(f"x: {_base64(head + noise[at:])}\n")
    assert [] == unread("x: H4sIAAAAAAAAA6tWKkktLlGyUlAqSCwuLs8vSlGyMqoFAAAA...\n")


def test_a_bomb_is_unpacked_up_to_a_bound() -> None:
    bomb = _base64(gzip.compress(bytes(200 << 20)))
    assert finds_only(f"x: {bomb}\ny: {GOOGLE}\n", GOOGLE)


def test_the_next_key_is_no_part_of_a_text() -> None:
    for token in (FITBIT, GOOGLE, GOOGLE_SECRET, GOOGLE_REFRESH):
        encoded = base64_lines(f"user:{token}")
        assert finds_only(json.dumps({"auth": encoded, "email": "a@b.example"}), token)
        assert finds_only(json.dumps({"auth": encoded, "x": 1}, indent=1), token)


def test_an_image_holds_no_credential() -> None:
    data = base64.b64encode(bytes(range(256)) * 400).decode()
    assert [] == search(f'<img src="data:image/png;base64,{data}">')


def test_the_end_of_a_key_belongs_to_no_text_in_it() -> None:
    for token in (FITBIT, GOOGLE):
        text = base64_lines(f"token: {token}\n", 64)
        assert finds_only(f"-----BEGIN TOKEN-----\n{text}\n-----END TOKEN-----\n", token)


def test_an_escaped_line_break_and_the_end_of_its_literal_are_one_joint() -> None:
    encoded = base64.b64encode(
        f"export TOKEN={FITBIT}\nand some text behind it\n".encode()
    ).decode()
    for width in (40, 64, 76):
        lines = wrap(encoded, width)
        assert finds_only('x = "' + '\\n" +\n    "'.join(lines) + '\\n";\n', FITBIT)
        assert finds_only('x = "' + '\\n"\n  + "'.join(lines) + '\\n";\n', FITBIT)
        assert finds_only('x: "' + "\\n\\\n   ".join(lines) + '"\n', FITBIT)


def _zip_of(text: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        file.mkdir("notes")
        file.writestr("notes/a.txt", "harmless")
        file.writestr("notes/b.txt", text)
    return archive.getvalue()


def test_an_archive_in_base64_is_unpacked() -> None:
    for text, token in _SECRETS.values():
        encoded = _base64(_zip_of(text))
        for content in (
            "Content-Transfer-Encoding: base64\n\n" + "\r\n".join(wrap(encoded, 76)) + "\r\n",
            f'<a href="data:application/zip;base64,{encoded}">x</a>',
            json.dumps({"file": encoded}),
        ):
            assert finds_only(content, token), text
            assert [] == unread(content)


def test_an_archive_in_base64_that_cannot_be_unpacked_is_said() -> None:
    text = f"x={GOOGLE}\n"
    (error,) = unread(f"a: 1\nx: {_base64(_zip_of(text, zipfile.ZIP_BZIP2))}\n")
    assert "line 2 " in error.message
    assert [] == unread(f"x: {_base64(_zip_of(text))[:120]}\n")


def test_the_members_of_an_archive_in_base64_have_a_bound() -> None:
    bomb = _base64(_zip_of("a" * 50_000_000))
    (error,) = unread(f"x: {bomb}\n")
    assert "too large" in error.message
