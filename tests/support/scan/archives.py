"""Archives in memory, of members by name."""

import io
import tarfile
import zipfile


def zip_of(**members: bytes | str) -> bytes:
    """Return a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
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
