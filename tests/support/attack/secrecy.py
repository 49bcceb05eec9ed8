"""The parts of a secret that must not be shown."""

_PIECE = 16


def assert_hidden(shown: str, *secrets: str) -> None:
    """Fail if a text shows a long piece of a secret, also one that is spaced or reversed."""
    bare = "".join(shown.split())
    for text in {bare, bare[::-1]}:
        for secret in secrets:
            for at in range(len(secret) - _PIECE + 1):
                assert secret[at : at + _PIECE] not in text, f"shown: {shown!r}"
