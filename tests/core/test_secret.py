"""A secret is shown masked or not at all."""

import copy
import json
import logging
import pickle
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from tests.support.paths import DOCS
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.secret import Secret, is_secret_variable, without_secrets

SECRET = Secret(FITBIT)


def test_only_reveal_returns_the_raw_text() -> None:
    assert SECRET.reveal() == FITBIT


@pytest.mark.parametrize(
    ("masked", "raw"),
    [
        ("\u2026", ""),
        ("\u2026", "a" * 11),
        ("ab\u2026", "ab" + "x" * 10),
        ("ab\u2026", "ab" + "x" * 17),
        ("abcd\u2026yz", "abcd" + "x" * 14 + "yz"),
        ("abcd\u2026yz", "abcd" + "x" * 57 + "yz"),
        ("abcdef\u2026wxyz", "abcdef" + "x" * 54 + "wxyz"),
        (f"{FITBIT[:6]}\u2026{FITBIT[-4:]}", FITBIT),
    ],
)
def test_a_mask_shows_less_the_shorter_the_text(masked: str, raw: str) -> None:
    assert Secret(raw).masked == masked


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        format,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r:>40}",
        lambda secret: f"{secret:>40}",
        lambda secret: f"{secret:.3}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - old code formats so
        lambda secret: f"{[secret]} {(secret,)} { {'token': secret} }",
        lambda secret: str(vars(logging.makeLogRecord({"msg": "%s", "args": (secret,)}))),
        lambda secret: logging.makeLogRecord({"msg": "%s", "args": (secret,)}).getMessage(),
        lambda secret: str(ValueError("bad", secret)),
        lambda secret: str(dir(secret)),
    ],
)
@pytest.mark.parametrize("raw", [FITBIT, GOOGLE])
def test_every_way_to_print_shows_the_mask(shown: Callable[[Any], str], raw: str) -> None:
    text = shown(Secret(raw))
    assert raw not in text
    assert not any(raw[at : at + 8] in text for at in range(len(raw) - 8))


def test_the_mask_is_what_is_printed() -> None:
    assert str(SECRET) == SECRET.masked
    assert repr(SECRET) == f"Secret({SECRET.masked})"
    assert f"{SECRET:>20}" == SECRET.masked.rjust(20)


@pytest.mark.parametrize(
    "use",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        hash,
        json.dumps,
        lambda secret: json.dumps({"token": secret}),
        lambda secret: secret == Secret(FITBIT),
        lambda secret: secret != Secret(FITBIT),
        lambda secret: secret == FITBIT,
        lambda secret: secret in [Secret(FITBIT), FITBIT],
        lambda secret: {secret: 1},
        lambda secret: {secret},
        lambda secret: secret < secret,  # noqa: PLR0124 - that it refuses is the point
        lambda secret: secret + "x",
        lambda secret: "x" + secret,
        lambda secret: secret[0],
        list,
        bytes,
        vars,
        lambda secret: setattr(secret, "other", 1),
    ],
)
def test_forbidden_operations_raise_without_the_text(use: Callable[[Any], object]) -> None:
    with pytest.raises((TypeError, AttributeError)) as caught:
        use(SECRET)
    assert FITBIT not in str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_protocol_accepts_a_secret(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps({"token": [SECRET]}, protocol=protocol)


def test_two_secrets_are_compared_by_their_fingerprints() -> None:
    assert Secret(FITBIT).fingerprint == SECRET.fingerprint
    assert Secret(GOOGLE).fingerprint != SECRET.fingerprint
    assert SECRET.fingerprint == sha256(FITBIT.encode()).hexdigest()[:12]
    assert len(Secret("\ud800").fingerprint) == 12


def test_a_secret_is_always_true_and_knows_its_length() -> None:
    assert bool(Secret(""))
    assert len(SECRET) == len(FITBIT)
    assert SECRET.is_signed
    assert not Secret(GOOGLE).is_signed


def test_programs_inherit_no_secret_of_an_application_or_of_the_store() -> None:
    documented = (DOCS / "reference" / "environment.md").read_text()
    secrets = set(re.findall(r"TOKCHECK_\w*SECRET", documented))
    assert 3 == len(secrets)
    kept = {"PATH": "/bin", "TOKCHECK_HOME": "/x", "TOKCHECK_FITBIT_CLIENT_ID": "x", "SECRET": "x"}
    store = {"TOKCHECK_ENCRYPTION_KEY", "TOKCHECK_DATABASE", "PGPASSWORD"}
    assert kept == without_secrets(kept | dict.fromkeys(secrets | store, "made-up"))
    assert all(map(is_secret_variable, (*secrets, "tokcheck_client_secret")))
