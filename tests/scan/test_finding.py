"""The digest is hashlib's, whichever module makes it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.scan import finding


@given(st.binary(max_size=200))
def test_it_is_sha_256(data: bytes) -> None:
    assert hashlib.sha256(data).digest() == finding.sha256(data)


def test_it_is_sha_256_where_the_interpreter_has_no_module_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "_MODULES", ("no_such_module", "hashlib"))
    assert hashlib.sha256(b"x").digest() == finding.sha256(b"x")
