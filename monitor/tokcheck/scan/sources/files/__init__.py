"""Files, folders as git sees them, blobs of git and standard input, as sources of chunks."""

from tokcheck.scan.sources.files.file_source import (
    BlobSource,
    PathSource,
    file_sources,
    stdin_source,
)
from tokcheck.scan.sources.files.listing import BlobEntry, FileEntry, shown_path

__all__ = [
    "BlobEntry",
    "BlobSource",
    "FileEntry",
    "PathSource",
    "file_sources",
    "shown_path",
    "stdin_source",
]
