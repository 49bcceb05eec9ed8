"""Which modes are private."""

import pytest

from tokcheck.storage.modes import is_private_mode


@pytest.mark.parametrize("mode", [0o600, 0o700, 0o400, 0o100600, 0o40700, 0o1700, 0])
def test_a_mode_for_the_owner_alone_is_private(mode: int) -> None:
    assert is_private_mode(mode)


@pytest.mark.parametrize("mode", [0o601, 0o602, 0o604, 0o610, 0o620, 0o640, 0o100644, 0o40755])
def test_a_mode_with_access_for_others_is_not(mode: int) -> None:
    assert not is_private_mode(mode)
