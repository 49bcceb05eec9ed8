"""PDF documents of given streams."""

import zlib


def pdf_of(*streams: bytes, facts: bytes = b"", trailer: bytes = b"") -> bytes:
    """Return a document of these streams, compressed, each with these facts in its dictionary."""
    objects = b""
    for number, stream in enumerate(streams, 1):
        packed = zlib.compress(stream)
        dictionary = b"<< /Length %d /Filter /FlateDecode %s >>" % (len(packed), facts)
        objects += b"%d 0 obj\n%s\nstream\r\n%s\n" % (number, dictionary, packed)
        objects += b"endstream\nendobj\n"
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + objects + b"trailer\n<< %s >>\n%%%%EOF\n" % trailer
