"""The encryption of a secret: it is read with its key and its reference, and not if it changed."""

from hypothesis import given
from hypothesis import strategies as st

from tokcheck.accounts.store.vaults.encrypted_text import PREFIX, is_encrypted, key_id_of
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.accounts.store.vaults.encryption_key import EncryptionKey

ONE, OTHER = (SecretEncryption(EncryptionKey(bytes([number] * 32))) for number in (1, 2))
REFERENCE = "7/3/refresh"


@given(st.text(max_size=300), st.text(max_size=30))
def test_a_secret_is_read_with_its_reference_alone(text: str, reference: str) -> None:
    encrypted = ONE.encrypt(REFERENCE, text)
    assert is_encrypted(encrypted)
    assert ONE.key_id == key_id_of(encrypted)
    assert text == ONE.decrypt(REFERENCE, encrypted)
    assert OTHER.decrypt(REFERENCE, encrypted) is None
    if reference != REFERENCE:
        assert ONE.decrypt(reference, encrypted) is None
    assert encrypted != ONE.encrypt(REFERENCE, text)


@given(st.text(max_size=100))
def test_another_key_takes_over_without_the_secret(text: str) -> None:
    encrypted = ONE.encrypt(REFERENCE, text)
    moved = OTHER.encrypt_again(REFERENCE, encrypted, ONE)
    assert moved is not None
    assert text == OTHER.decrypt(REFERENCE, moved)
    assert ONE.decrypt(REFERENCE, moved) is None
    assert encrypted.rpartition(":")[2] == moved.rpartition(":")[2], "only the data key changed"
    assert OTHER.encrypt_again(REFERENCE, moved, ONE) is None


_WHOLE = ONE.encrypt(REFERENCE, "a secret")
# The last character of Base64 before "=" has bits that mean nothing.
_POSITIONS = [
    number
    for number in range(len(PREFIX) + 9, len(_WHOLE))
    if "=" not in _WHOLE[number : number + 2] and _WHOLE[number + 1 : number + 2] not in (":", "")
]


@given(st.sampled_from(_POSITIONS), st.sampled_from("AZaz09-_:=é\n"))
def test_a_changed_text_is_none(position: int, character: str) -> None:
    changed = _WHOLE[:position] + character + _WHOLE[position + 1 :]
    if changed != _WHOLE:
        assert ONE.decrypt(REFERENCE, changed) is None
        assert OTHER.encrypt_again(REFERENCE, changed, ONE) is None


@given(st.text(max_size=60) | st.text("abcABC-_:=", max_size=200))
def test_any_text_is_read_or_not(text: str) -> None:
    for candidate in (text, PREFIX + text, _WHOLE[: len(text)]):
        assert ONE.decrypt(REFERENCE, candidate) is None
