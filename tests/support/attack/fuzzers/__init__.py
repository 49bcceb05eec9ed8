"""All fuzzers, by the kind of untrusted input that they make."""

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.fuzzers import files, pastes, redirects, upstream, web

FUZZERS: dict[str, Fuzzer] = {
    fuzzer.name: fuzzer
    for module in (pastes, upstream, files, redirects, web)
    for fuzzer in module.FUZZERS
}
