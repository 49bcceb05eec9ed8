"""Google's ID tokens, signed with RS256, and the public key that verifies them.

The signature is the one of RFC 8017 section 8.2.1, a dozen lines: a cryptography library would be
the sandbox's alone, and PyJWT would load it in every other command, too. The key is a constant, so
that the start takes no time for making one. It is public and a sample: its signatures are valid in
the sandbox only.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

KEY_ID = "5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db"
_PRIME_1 = int(
    "e7f0953152d0d74013cbc850c5074d35c12f437f9fa80204b1b52d017ed7aecd"
    "bccba80e571e41474ece31ee3ddbf09fb57970093e0d9fd3d13d46449c2764e1"
    "5a115a5977aee57a7b02ab282730eb33407bce79d23672b624a9e35a46cfdc8d"
    "62daac56323b9694e500da229593d2739138010446587c9607f1491be2438e37",
    16,
)
_PRIME_2 = int(
    "b5ff0b5395e89d2ae14f1d6c299a8f8734bd60bc4ba305c6bcc62cf8682951c6"
    "86f259c26509058fb3d0397c2625f56bc1a17cfd0a1fa472242838a1dc693e46"
    "728ffab42011c568f293240f05266e6175a79409b62707d65f4ffcc842153212"
    "fc4cf0c34d5b1983781bd1f1b9cf4f93ed58dae2377decf5b7db71709f300375",
    16,
)
_MODULUS = _PRIME_1 * _PRIME_2
_EXPONENT = 65537
_BYTES = 256
_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIICxTCCAa2gAwIBAgIBATANBgkqhkiG9w0BAQsFADAlMSMwIQYDVQQDDBp0b2tj
aGVjayBzYW5kYm94LCBhIHNhbXBsZTAgFw0yMDAxMDEwMDAwMDBaGA8yMDk5MTIz
MTAwMDAwMFowJTEjMCEGA1UEAwwadG9rY2hlY2sgc2FuZGJveCwgYSBzYW1wbGUw
ggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCk5CxjjOprBdjIzLF8ZjLq
wI+eVX8q78RwbKhqM62UD8p+75Xx1ZLn1a1o4bD764KkPtEJ0EY4FpU7SrOZ/8ij
DX20d6kOIj1Ex3NHtfRMSrn0LFagFI6FRZZcZAx4lC+9DrmpUfPUdZ+3bj0tYUkH
RnrrFz817PWCEVHBTAl7+Qzvkamtjlfmrlcqrmz553tYaRyUd007UAb9UbIFLFj/
nGTI7PKLi3DqGtguxenbWBtxuiAgE5luAH3Ptg3V6CxPcVTw+2hHFgvtjVCWIy2M
FLhK4Csj6OCO4Z+/WDxHudXC8REOe8dX0B2UC2nB0IRXBbjvQwIAeUVFnnQG2qQj
AgMBAAEwDQYJKoZIhvcNAQELBQADggEBAIr3JOmbrGK8w57JNmRo6iOlX+JbnS1Z
bdvUDKHRA42vRMCUtheMbCjXPvlJ+9KFmLk9cHu4putEFPqnS7D5XBpf1osaHQ3J
6d/RjhDgW4EZx2Le3bEo0/H3RUGTsuJ9Or20FmyLueuUoxPxqTbCHhblZJRqz4CA
9Y0fs6uckW9wpI5jrJtZi5WIesTeWAZpV++LwLbSpM3V3Bis2Dc48eW8aA+59u2/
AJ9bZLHzed9iFkGhoiIozHe6hnhee6Vk8sSWRjPgbo69PSb1mn5TMvpFKQ396F7a
RKPzCWxJFBoht7wMhzszzTulqYE3tbi4ChiYme2J6fXjPg2Lx6fPD/I=
-----END CERTIFICATE-----
"""
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def encode_id_token(claims: Mapping[str, object]) -> str:
    """Return a signed ID token with ``claims``."""
    header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = ".".join(map(_encode_base64url, parts))
    return f"{signed}.{_encode_base64url(_sign(signed.encode()))}"


def access_token_hash(access_token: str) -> str:
    """Return the claim ``at_hash``: the first half of the hash, in base64url."""
    return _encode_base64url(sha256(access_token.encode()).digest()[:16])


def public_key() -> dict[str, str]:
    """Return the public key as a JSON Web Key (RFC 7517)."""
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": KEY_ID,
        "n": _encode_base64url(_MODULUS.to_bytes(_BYTES)),
        "e": _encode_base64url(_EXPONENT.to_bytes(3)),
    }


def certificates() -> dict[str, str]:
    """Return the public key in a self-signed certificate, as Google's older endpoint does."""
    return {KEY_ID: _CERTIFICATE}


def _sign(message: bytes) -> bytes:
    digest = _SHA256_PREFIX + sha256(message).digest()
    padded = b"\x00\x01" + b"\xff" * (_BYTES - 3 - len(digest)) + b"\x00" + digest
    private_exponent = pow(_EXPONENT, -1, (_PRIME_1 - 1) * (_PRIME_2 - 1))
    signature = pow(int.from_bytes(padded), private_exponent, _MODULUS)
    return signature.to_bytes(_BYTES)


def _encode_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
