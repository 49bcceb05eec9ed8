"""All fuzzers, by the kind of untrusted input that they make."""

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.fuzzers import (
    files,
    git,
    pastes,
    redirects,
    settings,
    upstream,
    user_input,
    web,
)

FUZZERS: dict[str, Fuzzer] = {
    fuzzer.name: fuzzer
    for module in (pastes, upstream, user_input, files, settings, git, redirects, web)
    for fuzzer in module.FUZZERS
}
