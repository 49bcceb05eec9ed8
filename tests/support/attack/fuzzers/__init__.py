"""All fuzzers, by the kind of untrusted input that they make."""

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.fuzzers import (
    files,
    git,
    handed_over,
    pastes,
    redirects,
    settings,
    upstream,
    web,
)

FUZZERS: dict[str, Fuzzer] = {
    fuzzer.name: fuzzer
    for module in (pastes, upstream, handed_over, files, settings, git, redirects, web)
    for fuzzer in module.FUZZERS
}
