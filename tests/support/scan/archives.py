"""Archives in memory, of members by name."""

import io
import tarfile
import zipfile


def zip_of(method: int = zipfile.ZIP_DEFLATED, /, **members: bytes | str) -> bytes:
    """Return a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tar_of(format_: int = tarfile.PAX_FORMAT, /, **members: bytes) -> bytes:
    """Return a tar archive in one of the formats of ``tarfile``."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format_) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def ar_of(**members: bytes) -> bytes:
    """Return an archive of ``ar``, as Debian's packages are."""
    return b"!<arch>\n" + b"".join(
        ar_member(name.encode() + b"/", data) for name, data in members.items()
    )


def ar_member(name: bytes, data: bytes) -> bytes:
    """Return a member of such an archive, with a name as it is written."""
    header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data))
    return header + data + b"\n" * (len(data) % 2)


def cpio_of(**members: bytes) -> bytes:
    """Return an archive of ``cpio`` in the new format."""
    return b"".join(_cpio_member(*each) for each in (*members.items(), ("TRAILER!!!", b"")))


def _cpio_member(name: str, data: bytes) -> bytes:
    path = name.encode() + b"\0"
    numbers = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    text = b"070701" + b"".join(b"%08X" % number for number in numbers) + path
    text += b"\0" * (-len(text) % 4) + data
    return text + b"\0" * (-len(text) % 4)


def odc_of(name: bytes, data: bytes) -> bytes:
    """Return an archive of ``cpio`` in the format of POSIX."""
    text = b""
    for path, content in ((name, data), (b"TRAILER!!!", b"")):
        text += b"070707" + b"%06o" * 7 % (0, 1, 0o100644, 0, 0, 1, 0)
        text += b"%011o%06o%011o" % (0, len(path) + 1, len(content)) + path + b"\0" + content
    return text


def rpm_of(payload: bytes) -> bytes:
    """Return a package of RPM."""
    text = b"\xed\xab\xee\xdb\x03\0" + bytes(90)
    for entries, store in ((1, b"signature"), (2, b"name")):
        text += b"\0" * (-len(text) % 8)
        counts = entries.to_bytes(4, "big") + len(store).to_bytes(4, "big")
        text += b"\x8e\xad\xe8\x01\0\0\0\0" + counts + bytes(16 * entries) + store
    return text + payload
