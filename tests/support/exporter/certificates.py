"""Certificates made up for a test, by the openssl command."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="the openssl command is not installed")
_NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


class Pair(NamedTuple):
    """A certificate and its key."""

    cert: Path
    key: Path


def authority(folder: Path, name: str = "ca") -> Pair:
    """Make a certificate authority."""
    made = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    _openssl("req", "-x509", *_NEW, "-subj", f"/CN={name}", "-out", made.cert, "-keyout", made.key)
    return made


def signed_by(ca: Pair, folder: Path, name: str, sans: str = "IP:127.0.0.1,DNS:localhost") -> Pair:
    """Make a certificate of an authority, with these alternative names."""
    made = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    _openssl(
        "req", "-new", *_NEW[:-2], "-subj", f"/CN={name}", "-out", request, "-keyout", made.key
    )
    extensions.write_text(f"subjectAltName={sans}\n" if sans else "basicConstraints=CA:FALSE\n")
    _openssl(
        "x509", "-req", "-in", request, "-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial",
        "-days", "2", "-extfile", extensions, "-out", made.cert,
    )  # fmt: skip
    return made


def encrypted(pair: Pair, folder: Path) -> Path:
    """Return the key once more, with a password."""
    key = folder / "encrypted.key"
    _openssl("ec", "-in", pair.key, "-aes256", "-passout", "pass:secret", "-out", key)
    return key


def _openssl(*words: str | Path) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *words], check=True, capture_output=True, timeout=30)
