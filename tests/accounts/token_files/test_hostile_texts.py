"""Any text is read in little time, and no error shows a secret."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.accounts.token_files.conftest import AUTHORIZED_USER, RESPONSE, SECRETS
from tests.support.suite.thoroughness import inputs
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY

_LARGE = inputs(150_000)


@pytest.mark.untraced
@pytest.mark.parametrize(
    "text",
    [
        "{" * _LARGE,
        "[{" * _LARGE,
        '{"a":' * _LARGE,
        "{'a':" * _LARGE,
        "(" * _LARGE,
        "{'a': " + "-" * _LARGE,
        "{1" + "+1" * _LARGE + "}",
        "['" + "\\x" * _LARGE,
        "{'" * _LARGE,
        '{"' * _LARGE,
        "refresh_token=" * (_LARGE // 10),
        "refresh_token " * (_LARGE // 10),
        "a" * _LARGE + "=b",
        "export " * (_LARGE // 7),
        "-" * _LARGE,
        "- " * 15_000,
        "&a: [" + "*a," * 10_000 + "]",
        "a: &a [x,x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a]\n" for n in range(1000)),
        "? " * 10_000,
        "a: " * 10_000,
        "&" * _LARGE + "=",
        "a=b&" * (_LARGE // 4),
        "-d a=b " * (_LARGE // 7),
        "-d '" + "a=b " * (_LARGE // 4),
        "client_id=a&client_secret=b&" * (_LARGE // 28),
        "INSERT INTO t (client_id, refresh_token) VALUES ('" + "''" * (_LARGE // 2),
        f"INSERT INTO t (a, refresh_token) VALUES ({'(' * _LARGE}",
        "#define REFRESH_TOKEN x\n" * (_LARGE // 25),
        "[a]\n" * (_LARGE // 4),
        "a.b." * (_LARGE // 4) + "=1",
        json.dumps({f"p{n}_refresh_token": "x" for n in range(10_000)}),
        json.dumps([{"refresh_token": str(n)} for n in range(10_000)]),
        json.dumps({f"k{n}": f"{{'refresh_token': '{n}'" for n in range(5_000)}),
        json.dumps({"client_id": "x"} | {f"k{n}": {"client_id": str(n)} for n in range(10_000)}),
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_text_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(UsageError):
        parse_token_file(text, REGISTRY)
    assert time.process_time() - began < 10  # some take 4 s on a slow computer


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text()
    | st.sampled_from((*SECRETS, "authorized_user", "23TEST", "sleep settings")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)  # fmt: skip
_NAMES = st.sampled_from(sorted({*RESPONSE, *AUTHORIZED_USER, "expires_at", "type", "data"}))


@given(
    st.dictionaries(_NAMES | st.text(max_size=8), _VALUES).map(json.dumps)
    | _VALUES.map(json.dumps)
    | st.text()
    | st.lists(st.tuples(_NAMES, st.text() | st.sampled_from(SECRETS))).map(
        lambda pairs: "\n".join(f"{name} = {value}" for name, value in pairs)
    )
)
def test_any_text_gives_tokens_or_a_usage_error_and_never_leaks(text: str) -> None:
    try:
        read = parse_token_file(text, REGISTRY)
    except UsageError as error:
        said = error.message + error.hint
    else:
        assert isinstance(read, TokenFile)
        assert read.provider in REGISTRY
        assert read.expires_at is None or 0 < read.expires_at < 1e12
        said = repr(read)
    assert [] == [raw for raw in SECRETS if raw in said]
