"""Certificates for a test, made by the openssl command."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="the openssl command is not installed")
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
_CA_USAGE = "keyUsage=critical,keyCertSign,cRLSign"  # Python 3.13 and later verify it
_EXTENSIONS = "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"


class Pair(NamedTuple):
    """A certificate and its key."""

    cert: Path
    key: Path


def make_ca(folder: Path, name: str = "ca") -> Pair:
    """Return a new certificate authority."""
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    _openssl(
        "req", "-x509", *_NEW_KEY, "-subj", f"/CN={name}", "-addext", _CA_USAGE,
        "-out", pair.cert, "-keyout", pair.key,
    )  # fmt: skip
    return pair


def make_certificate(
    ca: Pair, folder: Path, name: str, sans: str = "IP:127.0.0.1,DNS:localhost"
) -> Pair:
    """Return a new certificate signed by a CA, with these alternative names."""
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    _openssl(
        "req", "-new", *_NEW_KEY[:-2], "-subj", f"/CN={name}", "-out", request, "-keyout", pair.key
    )
    extensions.write_text(_EXTENSIONS + (f"subjectAltName={sans}\n" if sans else ""))
    _openssl(
        "x509", "-req", "-in", request, "-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial",
        "-days", "2", "-extfile", extensions, "-out", pair.cert,
    )  # fmt: skip
    return pair


def encrypt_key(pair: Pair, folder: Path) -> Path:
    """Return a copy of the key that is encrypted with a password."""
    key = folder / "encrypted.key"
    _openssl("ec", "-in", pair.key, "-aes256", "-passout", "pass:secret", "-out", key)
    return key


def _openssl(*words: str | Path) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *words], check=True, capture_output=True, timeout=30)
