"""The form of an encrypted secret: the id of its key can be read without the key."""

# A token begins otherwise: no form has a colon.
PREFIX = "tokcheck-encrypted-1:"


def is_encrypted(text: object) -> bool:
    """Return whether a text of the store is an encrypted secret."""
    return isinstance(text, str) and text.startswith(PREFIX)


def other_key_message(stored: str, given: str) -> str:
    """Return the sentence about a store with one key while another one is set, by their ids."""
    return (
        f"The secrets of this store are encrypted with the key {stored}, and the key that is set "
        f"is {given}."
    )


def key_id_of(text: str) -> str:
    """Return the id of the key that a secret is encrypted with; empty if it is not encrypted."""
    return text.removeprefix(PREFIX).partition(":")[0] if is_encrypted(text) else ""
