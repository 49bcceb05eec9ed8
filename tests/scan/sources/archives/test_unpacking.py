"""Archives, and archives in archives."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.conftest import Repository
from tests.support.scan.archives import (
    ar_member,
    ar_of,
    cpio_of,
    odc_of,
    rpm_of,
    tar_of,
    zip_of,
)
from tests.support.scan.source_contents import contents, names, unreadable
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.scan import Chunk, Searcher, Unreadable
from tokcheck.scan.runner import scan
from tokcheck.scan.sources import files
from tokcheck.scan.sources.archives import Bounds, with_members
from tokcheck.scan.sources.chunks import InMemorySource, Name, read_chunks


def _members(data: bytes, bounds: Bounds | None = None) -> list[Chunk | Unreadable]:
    parts = read_chunks("a.zip", io.BytesIO(data).read)
    return list(with_members(parts, lambda: None, bounds or Bounds()))


def test_the_members_of_a_zip_archive_are_read_after_its_own_bytes(tmp_path: Path) -> None:
    data = zip_of(one=b"1", two=b"2")
    (tmp_path / "no.suffix").write_bytes(data)
    path = str(tmp_path / "no.suffix")
    expected = {path: data, f"{path}!one": b"1", f"{path}!two": b"2"}
    assert expected == contents(files.file_sources([path]))


@pytest.mark.parametrize(
    ("member", "name"),
    [("x", "x.gz"), ("x.tar", "x.tgz"), ("x.dat", "x.dat"), ("x.log", "x.log.GZ")],
)
def test_the_member_of_a_gzip_file_is_read(tmp_path: Path, member: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b"two"))
    assert b"onetwo" == contents(files.file_sources([str(path)]))[f"{path}!{member}"]


@pytest.mark.parametrize("padding", [0, 70_000, 2_000_000])
@pytest.mark.parametrize("head", [b"", b"MZ", b"\0noise", b"a text\n"])
def test_a_zip_archive_with_other_data_around_it_is_found_in_a_batch(
    tmp_path: Path, head: bytes, padding: int
) -> None:
    data = head + b"-" * padding + zip_of(zipfile.ZIP_DEFLATED, a=FITBIT.encode())
    (tmp_path / "a").write_bytes(data + b"-" * padding)
    sources = [*files.file_sources([str(tmp_path / "a")])]
    search = Searcher(0)
    found = scan(sources, search, lambda _finding, _chunk: False, sieve=search)
    assert [f"{tmp_path / 'a'}!a"] == [each.path for each in found.findings]


def test_an_archive_larger_than_a_piece_is_read_in_chunks(tmp_path: Path) -> None:
    noise = os.urandom(5_000)
    (tmp_path / "a").write_bytes(zip_of(member=noise))
    source = files.PathSource((files.FileEntry(str(tmp_path / "a"), "a"),), size=1_000, overlap=100)
    assert noise == contents([source])["a!member"]


def test_a_large_archive_on_standard_input_is_reported_as_unread() -> None:
    source = files.stdin_source(
        io.BytesIO(zip_of(member=os.urandom(5_000))), size=1_000, overlap=100
    )
    assert {"<stdin>": "The archive is too large to be unpacked here."} == unreadable([source])


def _texts(path: str, data: bytes, bounds: Bounds | None = None) -> dict[str, bytes]:
    """Return what is read of a file that is no archive itself, and the messages."""
    parts = read_chunks(path, io.BytesIO(data).read, size=1 << 16, overlap=1 << 10)
    read: dict[str, bytes] = {}
    packed = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"#!", b"\x28\xb5", b"]\0\0", b"\xed\xab")
    for chunk in with_members(
        parts, lambda: io.BytesIO(data), bounds or Bounds(), size=1 << 16, overlap=1 << 10
    ):
        if isinstance(chunk, Unreadable):
            read[chunk.path] = chunk.message.encode()
        elif not isinstance(chunk, Name) and not chunk.data.startswith(packed) and chunk.data:
            read[chunk.path] = read.get(chunk.path, b"") + chunk.data[chunk.seen :]
    return read


_DOCX = zip_of(
    **{
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": (
            f"<w:p><w:r><w:t>{FITBIT[:50]}</w:t></w:r><w:proofErr w:type='spellStart'/>"
            f'<w:r w:rsidR="00A1"><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{FITBIT[50:]}'
            "</w:t></w:r></w:p>"
        ).encode(),
    }
)
_JOINED = f"<w:p><w:r><w:t>{FITBIT}</w:t></w:r></w:p>".encode()
_LONG = "a-folder-with-a-long-name/" * 12 + "file"
_NESTED: list[tuple[str, bytes, dict[str, bytes]]] = [
    (
        "x.zip",
        zip_of(**{"app.war": zip_of(**{"WEB-INF/x": b"1"})}),
        {"x.zip!app.war!WEB-INF/x": b"1"},
    ),
    (
        "x.zip",
        zip_of(**{"logs.tar.gz": gzip.compress(tar_of(a=b"1", b=b"2"))}),
        {"x.zip!logs.tar.gz!a": b"1", "x.zip!logs.tar.gz!b": b"2"},
    ),
    ("x.tar", tar_of(**{"d/x.log.gz": gzip.compress(b"1")}), {"x.tar!d/x.log.gz!x.log": b"1"}),
    ("x.tar", tar_of(tarfile.USTAR_FORMAT, a=b"1"), {"x.tar!a": b"1"}),
    ("x.tar", tar_of(tarfile.GNU_FORMAT, **{_LONG: b"1"}), {f"x.tar!{_LONG}": b"1"}),
    ("x.tar", tar_of(tarfile.PAX_FORMAT, **{_LONG: b"1"}), {f"x.tar!{_LONG}": b"1"}),
    ("x.tar", tar_of(tarfile.PAX_FORMAT, é中=b"1"), {"x.tar!é\u4e2d": b"1"}),
    ("x.tgz", gzip.compress(tar_of(a=b"1" * 100_000)), {"x.tgz!a": b"1" * 100_000}),
    ("x.tar.bz2", bz2.compress(tar_of(a=b"1")), {"x.tar.bz2!a": b"1"}),
    ("x.txz", lzma.compress(tar_of(a=b"1")), {"x.txz!a": b"1"}),
    ("x.bz2", bz2.compress(b"1") + bz2.compress(b"2"), {"x.bz2!x": b"12"}),
    ("x.bz2", bz2.compress(b"1") + b"\0\0junk", {"x.bz2!x": b"1"}),
    ("x.xz", lzma.compress(b"1") + b"\0" * 8 + lzma.compress(b"2"), {"x.xz!x": b"12"}),
    ("x.bz2", bz2.compress(b""), {}),
    ("x.lzma", lzma.compress(b"1", format=lzma.FORMAT_ALONE), {"x.lzma!x": b"1"}),
    ("x.zip", zip_of(zipfile.ZIP_BZIP2, a=b"1" * 9), {"x.zip!a": b"1" * 9}),
    ("x.zip", zip_of(zipfile.ZIP_LZMA, a=b"1" * 9, b=b"2"), {"x.zip!a": b"1" * 9, "x.zip!b": b"2"}),
    (
        "x.deb",
        ar_of(**{"debian-binary": b"2.0\n", "data.tar.xz": lzma.compress(tar_of(a=b"1"))}),
        {"x.deb!debian-binary": b"2.0\n", "x.deb!data.tar.xz!a": b"1"},
    ),
    (
        "x.a",
        b"!<arch>\n"
        + b"".join(
            ar_member(*each)
            for each in (
                (b"//", b"a-long-name-of-an-object.o/\nanother-long-name.o/\n"),
                (b"/0", b"1"), (b"/28", b"22"), (b"#1/20", b"a-name-of-BSD.o\0\0\0\0\0" + b"3"),
            )
        ),
        {
            "x.a": b"a-long-name-of-an-object.o/\nanother-long-name.o/\n\n",
            "x.a!a-long-name-of-an-object.o": b"1", "x.a!another-long-name.o": b"22",
            "x.a!a-name-of-BSD.o": b"3",
        },
    ),
    ("x.cpio", cpio_of(a=b"1", b=b"22222"), {"x.cpio!a": b"1", "x.cpio!b": b"22222"}),
    ("x.cpio", odc_of(b"a", b"1"), {"x.cpio!a": b"1"}),
    ("x.cpio.gz", gzip.compress(cpio_of(a=b"1")), {"x.cpio.gz!a": b"1"}),
    ("initrd", cpio_of(a=b"1") + bytes(500) + cpio_of(b=b"2"), {"initrd!a": b"1"}),
    ("x.rpm", rpm_of(gzip.compress(cpio_of(a=b"1"))), {"x.rpm!payload!a": b"1"}),
    (
        "x.rpm",
        rpm_of(b"")[:120],
        {"x.rpm": b"The RPM package is damaged; its files were not scanned."},
    ),
    (
        "x.run",
        b"#!/bin/sh\ntail -n +4 $0 | tar xz\nexit\n" + gzip.compress(tar_of(a=b"1")),
        {"x.run!a": b"1"},
    ),
    ("x.crx", b"Cr24" + bytes(20) + zip_of(a=b"1"), {"x.crx!a": b"1"}),
    ("x.csv", b"070701,1\n070702,2\n", {"x.csv": b"070701,1\n070702,2\n"}),
    (
        "x.cab",
        b"MSCF" + bytes(60),
        {"x.cab": b"It is compressed with Cabinet, and was not unpacked."},
    ),
    ("x", b"#!/usr/bin/env python3\n" + zip_of(**{"m.py": b"1"}), {"x!m.py": b"1"}),
    ("x.exe", b"MZ" + bytes(100_000) + zip_of(a=b"1"), {"x.exe!a": b"1"}),
    ("signed.exe", b"MZ" + bytes(100_000) + zip_of(a=b"1") + b"s" * 90_000, {"signed.exe!a": b"1"}),
    ("x.jpg", b"\xff\xd8\xff\xe0" + bytes(3_000) + zip_of(a=b"1"), {"x.jpg!a": b"1"}),
    ("text.zip", b"a text\n" * 300 + zip_of(a=b"1") + b"junk\n" * 9, {"text.zip!a": b"1"}),
    ("behind.zip", zip_of(a=b"1") + b"\xfe" * 90_000, {"behind.zip!a": b"1"}),
    ("PK\x05\x06 alone", b"\0" * 900 + b"PK\x05\x06" + b"\0" * 900, {}),
    ("x.tgz", gzip.compress(tar_of(**{"a.docx": _DOCX})), {
        "x.tgz!a.docx![Content_Types].xml": b"<Types/>", "x.tgz!a.docx!word/document.xml": _JOINED,
    }),
    ("x.docx", _DOCX, {
        "x.docx![Content_Types].xml": b"<Types/>", "x.docx!word/document.xml": _JOINED,
    }),
    (
        "x.7z",
        b"7z\xbc\xaf\x27\x1c",
        {"x.7z": b"It is compressed with 7-Zip, and was not unpacked."},
    ),
    (
        "x.zip",
        zip_of(a=b"Rar!\x1a\x07\x01"),
        {"x.zip!a": b"It is compressed with RAR, and was not unpacked."},
    ),
]  # fmt: skip


def test_archives_in_archives_are_read() -> None:
    wrong = []
    for name, data, expected in _NESTED:
        read = _texts(name, data)
        # Bytes of no member, or in front of an archive.
        found = {path: text for path, text in read.items() if path != name or path in expected}
        if found != expected:
            wrong.append((name, expected, found))
    assert [] == wrong


def test_what_this_python_cannot_unpack_is_reported() -> None:
    frame = b"\x28\xb5\x2f\xfd\x04\x00\x09\x00\x00a\x99\xe9\xd8Q"
    read = _texts("x.zip", zip_of(**{"a.zst": frame}))
    if find_spec("compression") is None:
        assert {
            "x.zip!a.zst": b"It is compressed with Zstandard, for which this Python lacks the "
            b"module compression.zstd, and was not unpacked."
        } == read
    else:
        assert {"x.zip!a.zst!a"} == read.keys()


def test_a_tar_archive_is_read_by_its_members_and_nothing_of_it_is_lost() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "to/" + "l" * 200
        link.pax_headers = {"comment": "a comment"}
        archive.addfile(link)
        folder = tarfile.TarInfo("folder/")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        info = tarfile.TarInfo("a")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"one"))
    data = file.getvalue() + b"behind the end"
    read = _texts("x.tar", data)
    assert b"one" == read["x.tar!a"]
    for text in (b"a comment", b"to/" + b"l" * 200, b"behind the end"):
        assert text in read["x.tar"]
    # The rest is searched, wherever the damage is.
    second = tar_of(a=b"first", b=b"second")
    damaged = bytearray(second)
    damaged[1024 + 150] ^= 1
    parts = list(with_members(read_chunks("x.tar", io.BytesIO(damaged).read), lambda: None))
    assert (
        Unreadable("x.tar", "The tar archive is damaged; the rest was scanned as it is.") in parts
    )
    assert any(isinstance(part, Chunk) and b"second" in part.data for part in parts)
    assert Chunk("x.tar!a", b"first") in parts


def test_an_old_tar_archive_and_a_sparse_file_are_read() -> None:
    old = bytearray(tar_of(tarfile.USTAR_FORMAT, a=b"one")[:1024])
    old[257:512] = bytes(255)
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old[:512])
    assert b"one" == _texts("x", bytes(old))["x!a"]
    sparse = bytearray(old)
    sparse[156:157], sparse[482:483] = b"S", b"\1"
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse[:512])
    assert b"one" == _texts("x", bytes(sparse[:512] + bytes(512) + sparse[512:]))["x!a"]


def test_depth_and_total_are_bounded_and_what_is_beyond_is_reported() -> None:
    data = b"deep"
    for _ in range(12):
        data = zip_of(x=data)
    path = "x" + "!x" * 8
    message = b"It is an archive in more than 8 others; it was not unpacked."
    assert {path: message} == _texts("x", data)
    # All members count together, and so do their bytes.
    inner = zip_of(**{f"m{number}": b"x" for number in range(6)})
    read = _texts("x", zip_of(a=inner, b=inner), Bounds(members=10))
    assert b"The archive has more than 10 members; the others were not scanned." in read.values()
    assert 8 == sum(text == b"x" for text in read.values())
    packed = zip_of(a=zip_of(a=b"\0" * 300_000), b=zip_of(b=b"\0" * 300_000), c=b"x")
    read = _texts("x", packed, Bounds(unpacked=500_000))
    assert b"The archive unpacks to more than 0 MiB; the rest was not scanned." == read["x!b!b"]
    assert "x!c" not in read
    many = tar_of(**{f"m{number}": b"%d" % number for number in range(12)})
    read = _texts("x", many, Bounds(members=10))
    assert b"one by one" in b"".join(read.values()) or b"10" in read["x"]
    large = zip_of(a=zip_of(a=os.urandom(200_000)))
    read = _texts("x", large, Bounds(buffered=100_000))
    assert b"The archive is too large to be unpacked here." == read["x!a"]


def test_a_dictionary_that_fills_the_memory_is_not_members_of_copy() -> None:
    header = bytearray(lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}]))
    # The byte of the dictionary's size in the block header, which its checksum follows.
    at = header.index(b"\x21\x01", 12) + 2
    header[at] = 34
    header[20:24] = zlib.crc32(header[12:20]).to_bytes(4, "little")
    assert {"x.xz!x": b"It needs more than 128 MiB of memory to be unpacked."} == _texts(
        "x.xz", bytes(header)
    )


_WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    "zip": lambda data: zip_of(member=data),
    "tar": lambda data: tar_of(member=data),
    "gnu": lambda data: tar_of(tarfile.GNU_FORMAT, member=data),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "ar": lambda data: ar_of(member=data),
    "cpio": lambda data: cpio_of(member=data),
    "zip of LZMA": lambda data: zip_of(zipfile.ZIP_LZMA, member=data),
    "zipapp": lambda data: b"#!/bin/sh\n" + zip_of(member=data),
}


@given(st.lists(st.sampled_from(sorted(_WRAPPERS)), max_size=8), st.booleans())
def test_a_text_is_found_at_any_depth(wrappers: list[str], large: bool) -> None:  # noqa: FBT001
    text = b"a text" + bytes(range(256)) * (500 if large else 0)
    data = text
    for wrapper in wrappers:
        data = _WRAPPERS[wrapper](data)
    assert text in _texts("x", data).values()


@given(
    st.lists(st.sampled_from(sorted(_WRAPPERS)), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 10**6),
)
def test_damaged_archives_in_archives_never_crash(
    wrappers: list[str], changes: list[tuple[int, int]], cut: int
) -> None:
    data = b"text" * 50
    for wrapper in wrappers:
        data = _WRAPPERS[wrapper](data)
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    for each in (bytes(damaged), data[: cut % len(data) + 1]):
        assert _members(each)


# A text in a member, and what is searched.
_DOCUMENTS = [
    ("<w:t>ab</w:t></w:r><w:r><w:t>cd</w:t>", "<w:t>abcd</w:t>"),
    (
        '<w:t>ab</w:t></w:r><w:ins w:id="1" w:author="A B"><w:r w:rsidR="1"><w:rPr><w:lang '
        'w:val="en"/></w:rPr><w:t xml:space="preserve">cd</w:t>',
        "<w:t>abcd</w:t>",
    ),
    ("<a:t>ab</a:t></a:r><a:r><a:rPr lang='en'/><a:t>cd</a:t>", "<a:t>abcd</a:t>"),
    ("<si><r><t>ab</t></r><r><rPr><b/></rPr><t>cd</t></r></si>", "<si><r><t>abcd</t></r></si>"),
    (
        '<text:p>ab<text:span text:style-name="T1">c</text:span><text:soft-page-break/>d</text:p>',
        "<text:p>abcd</text:p>",
    ),
    # These show something between the two.
    *(
        (text, text)
        for text in (
            "<w:t>ab</w:t></w:r></w:p><w:p><w:r><w:t>cd</w:t>",
            "<w:t>ab</w:t><w:tab/><w:t>cd</w:t>",
            "<w:t>ab</w:t><w:br/><w:t>cd</w:t>",
            "<w:t>ab</w:t></w:r> and <w:r><w:t>cd</w:t>",
            f'<w:t>ab</w:t></w:r><w:hyperlink w:anchor="{"x" * 80}"><w:r><w:t>cd</w:t>',
            "<si><t>ab</t></si><si><t>cd</t></si>",
        )
    ),
]


def test_the_runs_of_a_document_are_joined_where_nothing_is_between_them() -> None:
    wrong = []
    for text, expected in _DOCUMENTS:
        read = _texts("x.docx", zip_of(**{"word/document.xml": text.encode()}))
        if expected.encode() != read["x.docx!word/document.xml"]:
            wrong.append((expected, read))
    assert [] == wrong
    plain = _texts("x.zip", zip_of(**{"notes.txt": _DOCUMENTS[0][0].encode()}))
    assert _DOCUMENTS[0][0].encode() == plain["x.zip!notes.txt"]


def test_a_token_over_two_runs_in_a_document_in_an_archive_is_found() -> None:
    data = gzip.compress(tar_of(**{"a.docx": _DOCX}))
    found = [
        (one.path, one.kind.value)
        for part in with_members(read_chunks("x.tgz", io.BytesIO(data).read), lambda: None)
        if isinstance(part, Chunk)
        for one in Searcher(0)(part)
    ]
    assert [("x.tgz!a.docx!word/document.xml", "access_token")] == found


_BOMB = b"\0" * (1 << 20)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (Bounds(ratio=20, free=1000), "It unpacks to more than 20 times its size"),
        (Bounds(unpacked=500_000), "The archive unpacks to more than 0 MiB"),
    ],
    ids=["ratio", "size"],
)
@pytest.mark.parametrize("packed", [zip_of(bomb=_BOMB, more=b"x"), gzip.compress(_BOMB)])
def test_a_bomb_is_unreadable(bounds: Bounds, message: str, packed: bytes) -> None:
    messages = [each.message for each in _members(packed, bounds) if isinstance(each, Unreadable)]
    assert [True] == [each.startswith(message) for each in messages]


def test_too_many_members_are_reported() -> None:
    found = _members(zip_of(**{f"m{n}": b"x" for n in range(12)}), Bounds(members=10))
    assert 10 == len({chunk.path for chunk in found} - {"a.zip"})
    assert "more than 10 members; the others" in str(found[-1])
    many = _members(zip_of(**{f"m{n}" * 20: b"x" for n in range(40)}), Bounds(members=10))
    assert "more than 10 members; they were not" in str(many[-1])


def test_an_encrypted_member_and_a_strange_method_are_unreadable() -> None:
    data = bytearray(zip_of(secret=b"x", plain=b"y"))
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    assert Unreadable("a.zip!secret", "This member of the archive is encrypted.") in _members(
        bytes(data)
    )
    data[central + 8] &= 0xFE
    data[central + 10] = 9
    assert "It is compressed with Deflate64, and was not unpacked" in str(_members(bytes(data)))
    data[central + 10] = 12
    assert "This member of the archive is damaged" in str(_members(bytes(data)))


@given(st.integers(4, 10**6), st.integers(0, 255), st.sampled_from([0, 1, 2]))
def test_a_damaged_archive_never_crashes(at: int, value: int, kind: int) -> None:
    packed = zip_of(a=b"hello" * 9, b=b"x"), gzip.compress(b"hello" * 9), zip_of(a=b"y" * 200)
    whole = packed[kind]
    data = bytearray(whole)
    data[at % (len(data) - 4) + 4] = value
    assert bytes(data) == b"".join(
        each.data
        for each in _members(bytes(data))
        if isinstance(each, Chunk) and each.path == "a.zip"
    )
    assert _members(whole[: at % len(whole) + 1])


def test_a_long_name_of_a_member_is_looked_through(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(zip_of(**{GOOGLE: b"x"}))
    assert f"{tmp_path / 'a'}!{GOOGLE}" in names(files.file_sources([str(tmp_path)]))


def _inside(data: bytes) -> dict[str, bytes]:
    """Return what is in a file, by the name of the member; and what could not be read."""
    parts = _members(data)
    read = {part.path: part.data for part in parts[1:] if isinstance(part, Chunk)}
    return read | {
        part.path: part.message.encode() for part in parts if isinstance(part, Unreadable)
    }


@pytest.mark.parametrize("front", [b"", b"junk", b"\x7fELF\0\0" * 20, b"#!/bin/sh\nexit\n\0"])
@pytest.mark.parametrize("between", [b"", b"\0" * 70_000, b"text\n"])
def test_every_zip_archive_in_a_file_is_unpacked(front: bytes, between: bytes) -> None:
    data = front + between.join((zip_of(a=b"one"), zip_of(b=b"two"), zip_of(c=b"three"))) + between
    expected = {"a.zip!a": b"one", "a.zip!b": b"two", "a.zip!c": b"three"}
    assert expected == _inside(data)


def test_a_stored_zip_archive_in_another_is_unpacked_once() -> None:
    inner = zip_of(a=b"one")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("inner.zip", inner)
    expected = {"a.zip!inner.zip": inner, "a.zip!inner.zip!a": b"one"}
    assert expected == _inside(packed.getvalue())


def test_more_zip_archives_than_the_limit_are_reported() -> None:
    found = _inside(b"".join(zip_of(**{f"m{number}": b"x"}) for number in range(20)))
    assert b"It holds more than 16 zip archives; only the last were unpacked." == found["a.zip"]
    assert 17 == len(found)


@pytest.mark.parametrize(
    "front", [b"junk", b"\0\x1f\x8b\x08\0constant\0", b"HTTP/1.1 200 OK\r\n\r\n"]
)
@pytest.mark.parametrize("behind", [b"", b"\0\0", b"more data"])
def test_streams_of_gzip_among_other_data_are_unpacked(front: bytes, behind: bytes) -> None:
    text = b"a text of one stream, which is long enough"
    packed = gzip.compress(text)
    assert {"a.zip!a.zip": text} == _inside(front + packed + behind)
    both = _inside(front + packed + b"between" + gzip.compress(text[::-1]) + behind)
    assert {"a.zip!a.zip": text, "a.zip!stream 2": text[::-1]} == both


def test_a_cut_stream_among_other_data_is_reported() -> None:
    packed = gzip.compress(os.urandom(4_000))
    found = _inside(b"junk" + packed[:3_000])
    assert b"This member of the archive is damaged." == found["a.zip!a.zip"]


def test_the_constants_of_a_program_are_no_stream() -> None:
    data = b"\x7fELF" + b"\x1f\x8b\x08\0\0\0\0\0\0\xff" * 3 + b"\0" * 500
    assert {} == _inside(data)


def test_a_stream_among_other_data_is_found_in_a_batch(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 300)
    (tmp_path / "b").write_bytes(b"junk" + gzip.compress(f"T={FITBIT}\n".encode()))
    found = scan(files.file_sources([str(tmp_path)]), Searcher(0.0), lambda *_: False,
                 sieve=Searcher(0.0))  # fmt: skip
    assert [str(tmp_path / "b!b")] == [one.path for one in found.findings]


@pytest.mark.parametrize("level", [1, 3, 6, 9])
@pytest.mark.parametrize("text", [b"", b"tree 4\0text", FITBIT.encode()])
def test_a_file_of_zlib_is_unpacked(text: bytes, level: int) -> None:
    read = _members(zlib.compress(text, level))
    assert {} == unreadable([InMemorySource(*read)])
    assert text == contents([InMemorySource(*read)]).get("a.zip!a.zip", b"")


@pytest.mark.parametrize("text", [b"x^2 + y^2 = z^2", b"x\x9c", b"x\x01\x02\x03", b"x^" * 500])
def test_a_file_that_only_begins_as_zlib_is_none(text: bytes) -> None:
    assert [Chunk("a.zip", text)] == _members(text)


def test_the_repository_in_an_archive_is_read_or_reported(repository: Repository) -> None:
    repository.commit(file=FITBIT)
    repository.git("rm", "-q", "file")
    repository.git("commit", "-q", "-m", "without it")

    def members_of_copy() -> list[Chunk | Unreadable]:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            tar.add(".git")
        return _members(archive.getvalue())

    read = members_of_copy()
    assert {} == unreadable([InMemorySource(*read)])
    assert FITBIT.encode() in b"".join(each.data for each in read if isinstance(each, Chunk))
    repository.git("repack", "-adq")
    assert ["It is a pack of git's objects, which was not read."] == [
        message.partition(" In ")[0]
        for message in unreadable([InMemorySource(*members_of_copy())]).values()
    ]


@pytest.mark.parametrize("version", [2, 3])
def test_a_bundle_is_reported(repository: Repository, version: int) -> None:
    repository.commit(file=FITBIT)
    repository.git("bundle", "create", "-q", f"--version={version}", "a.bundle", "--all")
    [message] = unreadable(files.file_sources(["a.bundle"])).values()
    assert message.startswith("It is a bundle of git's objects, which was not read. Clone it")
