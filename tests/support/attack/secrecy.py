"""The parts of a secret that must not be shown."""

_PIECE = 16


def assert_hidden(shown: str, *secrets: str, piece: int = _PIECE) -> None:
    """Fail if a text shows a long piece of a secret, also one that is spaced or reversed."""
    bare = "".join(shown.split())
    for text in {bare, bare[::-1]}:
        for secret in secrets:
            for at in range(len(secret) - piece + 1):
                assert secret[at : at + piece] not in text, f"shown: {shown!r}"
