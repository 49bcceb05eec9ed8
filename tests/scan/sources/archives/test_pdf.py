"""PDF documents: compressed streams are unpacked, and cut words are joined."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scan.archives import zip_of
from tests.support.scan.documents import pdf_of
from tests.support.tokens import FITBIT, GOOGLE, NOW
from tokcheck.scan import Chunk, Searcher, Unreadable
from tokcheck.scan.finding import sha256
from tokcheck.scan.runner import scan
from tokcheck.scan.sources.archives import Bounds, with_members
from tokcheck.scan.sources.archives.pdf import LARGEST, join_text
from tokcheck.scan.sources.chunks import InMemorySource, read_chunks

_SEARCH = Searcher(NOW.timestamp())


def _parts(data: bytes, bounds: Bounds | None = None) -> list[Chunk | Unreadable]:
    parts = read_chunks("a.pdf", io.BytesIO(data).read)
    return list(with_members(parts, lambda: None, bounds or Bounds()))


def _findings_of(data: bytes) -> list[tuple[str, bytes]]:
    scanned = scan([InMemorySource(*_parts(data))], _SEARCH, lambda _finding, _chunk: False)
    assert not scanned.errors
    return [(one.path, one.digest) for one in scanned.findings if not one.fragment]


def _cut(token: str, seam: str, width: int = 9) -> str:
    return seam.join(token[at : at + width] for at in range(0, len(token), width))


_TEXTS = {
    "a word": lambda token: f"BT /F1 12 Tf ({token}) Tj ET",
    "kerned": lambda token: f"BT [({_cut(token, ')-12.5(')})] TJ ET",
    "positive": lambda token: f"BT [({_cut(token, ') 30 (')})]TJ ET",
    "behind a word": lambda token: f"BT [(Bearer)-250({_cut(token, ')7(')})] TJ ET",
    "digits": lambda token: f"BT <{token.encode().hex()}> Tj ET",
    "kerned digits": lambda token: f"BT [<{_cut(token.encode().hex().upper(), '>-3<', 10)}>] TJ ET",
    "a link": lambda token: f"<< /S /URI /URI (https://app.test/#access_token={token}) >>",
    "plain": lambda token: f"token: {token}\n",
}


@pytest.mark.parametrize("name", _TEXTS)
def test_a_token_in_a_compressed_stream_is_found_whole(name: str) -> None:
    for token in (FITBIT, GOOGLE):
        text = _TEXTS[name](token).encode()
        expected = [("a.pdf!stream 2", sha256(token.encode()))]
        assert expected == _findings_of(pdf_of(b"BT ET", text, b"q Q"))


def test_a_document_in_an_archive_is_read() -> None:
    data = zip_of(**{"b.pdf": pdf_of(f"BT ({FITBIT}) Tj ET".encode())})
    assert [("a.pdf!b.pdf!stream 1", sha256(FITBIT.encode()))] == _findings_of(data)


def test_images_are_left_out() -> None:
    (document,) = _parts(pdf_of(FITBIT.encode(), facts=b"/Subtype /Image"))
    assert "a.pdf" == document.path


def test_what_is_not_read_is_reported() -> None:
    def errors(data: bytes, bounds: Bounds | None = None) -> list[str]:
        return [part.message for part in _parts(data, bounds) if isinstance(part, Unreadable)]

    assert ["The document is encrypted; its text was not scanned."] == errors(
        pdf_of(b"x", trailer=b"/Encrypt 5 0 R")
    )
    assert ["Only its first 16 MiB were scanned."] == [
        message
        for message in errors(pdf_of(bytes(LARGEST + 1)), Bounds(ratio=2_000))
        if "Only" in message
    ]
    assert ["The archive has more than 1 members; the others were not scanned."] == errors(
        pdf_of(b"x", b"y"), Bounds(members=1)
    )
    assert "decompression bomb" in errors(pdf_of(bytes(LARGEST)))[0]


def test_words_are_joined_only_in_text() -> None:
    assert b"(a)-3(b)" == join_text(b"(a)-3(b)")
    assert b"[(ab c)] TJ" == join_text(b"[(a)-3(b)-300(c)] TJ")


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_no_document_breaks_the_reader(stream: bytes, noise: bytes) -> None:
    whole = pdf_of(stream, noise, b"[(" + noise + b")] TJ")
    for data in (whole, whole[: len(whole) // 2] + noise, b"%PDF-" + noise + b"stream\n" + stream):
        assert data == _parts(data)[0].data  # type: ignore[union-attr]
