"""The first pass over bytes for credentials of declared providers: their prefixes and their names.

It is a search of its own: that of the other credentials is fast with few patterns only.
"""

import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from tokcheck.scan.detect.first_pass import known_prefixes
from tokcheck.scan.detect.first_pass.anchors import Coding, Data
from tokcheck.scan.detect.first_pass.byte_search import ByteSearch, FirstForm
from tokcheck.scan.detect.first_pass.likelihood import TornJoints
from tokcheck.scan.detect.first_pass.prefix_heads import JOINTS, TornHead, joint_in, torn_heads
from tokcheck.scan.detect.labelled import service_prefixes

PREFIXES = known_prefixes.DECLARED
# A copy of what the ready-made declarations say, as those are.
NAMES = (
    "oura", "ouraring", "polar_", "polaraccesslink", "spotify", "spotipy", "strava", "whoop",
    "withings",
)  # fmt: skip
"""The names of the providers with credentials without a prefix."""

_Found = tuple[int, str]

# A search for more is many times slower. What begins alike is one pattern, unless that were a
# frequent word, and a second look shows which it is: so the ready-made ones are in one search.
_MOST_PATTERNS = 64
_ALIKE = 3
_FREQUENT = ("doc", "github")
_LEAST_ENCODED = 4
# A name of so many letters is searched without the first, which may be a capital.
_LEAST_REST = 4
# With what a notation begins.
_NOTATIONS = "\\&%="

# Searched slice by slice, since few matches are enough; the overlap is longer than any pattern.
_SLICE = 1 << 16
_OVERLAP = 128
# A shorter name also occurs inside of words.
_LEAST_INSIDE = 6


class DeclaredNames:
    """Finds whether some data may hold a credential of a declared provider.

    ``tables`` are the user's own declarations, beside the ready-made ones.
    """

    def __init__(self, tables: Iterable[Mapping[str, Any]] = ()) -> None:
        names, own_names = {*NAMES} - {"ouraring"}, set[str]()
        own: set[str] = set()
        for table in tables:
            forms = table.get("tokens", ())
            own |= {form["prefix"] for form in forms if form.get("prefix")}
            if not all(form.get("prefix") for form in forms):
                from tokcheck.providers.known_services.recognition import names_of

                own_names |= {*names_of(table)}
        ready_made, more = _Beginnings(PREFIXES), _Beginnings(own - {*PREFIXES})
        self._encoded = ready_made.encoded | more.encoded
        self._beginnings = ready_made.all | more.all
        # Of two that begin at one place, the first counts: a short one may be a part of a word.
        patterns = {
            pattern: forms
            for name in sorted(names | own_names, key=len, reverse=True)
            for pattern, forms in _name_patterns(name)
        }
        patterns |= {
            common: each.with_heads(common)
            for common, each in _patterns_alike(ready_made.all).items()
        }
        for each in sorted(more.all):
            patterns.setdefault(each, _Forms(0, (each,)))
        items = [*patterns.items()]
        self._searches = [
            _Search(dict(items[first : first + _MOST_PATTERNS]))
            for first in range(0, len(items), _MOST_PATTERNS)
        ]

    def may_be_in(self, data: bytes, path: str) -> bool:
        """Return whether a prefix or a name stands in the data, or a name in its path."""
        return any(True for _ in self.places(data)) or self.names_provider(path)

    def names_provider(self, path: str) -> bool:
        """Return whether a name stands in a path, or a prefix."""
        folded = path.lower().encode("utf-8", "surrogatepass")
        # Nearly always there is none.
        if not any(search.matches_in(folded) for search in self._searches):
            return False
        return any(True for _ in self._declared_places(folded))

    def places(self, data: Data) -> Iterator[int]:
        """Yield the places of prefixes, and of names that no other word contains."""
        yield from service_prefixes.places(data)
        yield from self._declared_places(data)

    def _declared_places(self, data: Data) -> Iterator[int]:
        joints = TornJoints(data)
        for at, pattern in self._matches(data):
            joint = joint_in(pattern.encode())
            if joint is not None:
                if joints.may_tear(at + joint):
                    yield at
                continue
            is_long = len(pattern) >= _LEAST_INSIDE or pattern in self._beginnings
            if is_long or not bytes(data[max(0, at - 1) : at]).isalpha():
                yield at

    def torn_places(self, data: bytes) -> Iterator[TornHead]:
        """Yield the prefixes that the end of a literal or a soft hyphen tears, in their order."""
        both = merge(self._declared_torn(data), service_prefixes.torn_places(data))
        yield from (each for each, _ in groupby(both))

    def _declared_torn(self, data: bytes) -> Iterator[TornHead]:
        joints = TornJoints(data)
        for at, pattern in self._matches(data, self._with_joint):
            joint = joint_in(pattern.encode())
            torn = None if joint is None else joints.torn_at(at + joint)
            if torn is not None:
                yield torn

    def encoded_places(self, data: bytes) -> Iterator[tuple[int, Coding]]:
        """Yield the places that may belong to a prefix in another coding, in their order."""
        yield from merge(self._declared_encoded(data), service_prefixes.encoded_places(data))

    def _declared_encoded(self, data: bytes) -> Iterator[tuple[int, Coding]]:
        for at, pattern in self._matches(data, self._in_a_coding):
            coding = self._encoded.get(pattern)
            if coding is not None:
                yield at, coding

    @cached_property
    def _with_joint(self) -> list[set[int]]:
        """The patterns of each search with a form that ends with the beginning of a joint."""
        return [each.patterns_of(lambda raw, _: joint_in(raw)) for each in self._searches]

    @cached_property
    def _in_a_coding(self) -> list[set[int]]:
        """The patterns of each search with a form in another coding."""
        return [
            each.patterns_of(lambda _, form: self._encoded.get(form)) for each in self._searches
        ]

    def _matches(self, data: Data, patterns: list[set[int]] | None = None) -> Iterator[_Found]:
        whole = memoryview(data)
        for begin in range(0, len(data), _SLICE):
            part = whole[begin : begin + _SLICE + _OVERLAP] if len(data) > _SLICE else data
            found: list[tuple[int, str]] = []
            for at, search in enumerate(self._searches):
                if matches := search.matches_in(part):  # nearly always there is none
                    some = None if patterns is None else patterns[at]
                    found += search.forms_at(matches, part, some)
            for start, form in sorted(found) if len(self._searches) > 1 else found:
                yield begin + start, form


class _Beginnings:
    """What credentials with these prefixes begin with, in any notation and coding."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        prefixes = sorted(prefixes)
        long = [prefix for prefix in prefixes if len(prefix) >= _LEAST_ENCODED]
        self.encoded = {text: Coding.BASE64 for each in long for text in _in_base64(each)}
        self.encoded |= {"\0".join(each): Coding.UTF_16 for each in long}
        self.all = {*prefixes, *written_stems(prefixes), *self.encoded}


class _Forms(NamedTuple):
    """What a pattern may be a part of, and how far from the beginning it stands there."""

    offset: int
    forms: tuple[str, ...]

    def with_heads(self, common: str) -> "_Forms":
        """Return these forms and those that a literal's end tears behind their common beginning."""
        heads = torn_heads(common, [each for each in PREFIXES if each.startswith(common)])
        torn = (head + joint for head in heads for joint in JOINTS)
        return self._replace(forms=(*torn, *self.forms))


def _name_patterns(name: str) -> Iterator[tuple[str, _Forms]]:
    """Yield the patterns of a name in lower case, in capitals, or with one."""
    forms = tuple(dict.fromkeys((name.lower(), name.capitalize(), name.upper())))
    rest = name[1:].lower()
    if len(rest) < _LEAST_REST or len(forms) == 1:
        yield from ((each, _Forms(0, (each,))) for each in forms)
    else:
        yield from ((each, _Forms(1, forms)) for each in dict.fromkeys((rest, rest.upper())))


def _patterns_alike(texts: Iterable[str]) -> dict[str, _Forms]:
    """Return the patterns of some texts: those that begin alike have one."""
    alike: dict[str, list[str]] = {}
    for text in sorted(texts):
        alike.setdefault(text[:_ALIKE], []).append(text)
    patterns: dict[str, _Forms] = {}
    for group in alike.values():
        length = next(n for n in range(len(group[0]), 0, -1) if len({s[:n] for s in group}) == 1)
        common = group[0][:length]
        if common in _FREQUENT:
            patterns |= {text: _Forms(0, (text,)) for text in group}
        else:
            # Of two forms, the longer one counts.
            patterns[common] = _Forms(0, tuple(reversed(group)))
    return patterns


class _Search:
    """A search for some patterns."""

    def __init__(self, patterns: Mapping[str, _Forms]) -> None:
        search = _search_for(tuple(patterns))
        # The offset, the length of the longest form, and the forms, each with its bytes in front.
        self._forms: list[tuple[int, int, FirstForm]] = []
        for pattern in search.patterns:
            offset, forms = patterns[pattern.decode()]
            encoded = [(form.encode(), form) for form in forms]
            self._forms.append((offset, max(len(raw) for raw, _ in encoded), FirstForm(encoded)))
        self.matches_in = search.find

    def patterns_of(self, wanted: Callable[[bytes, str], object]) -> set[int]:
        """Return the numbers of the patterns with a form for which ``wanted`` is not ``None``."""
        each = enumerate(forms.forms for _, _, forms in self._forms)
        return {
            number for number, forms in each if any(wanted(*form) is not None for form in forms)
        }

    def forms_at(
        self, matches: Iterable[tuple[int, int, int]], data: Data, patterns: set[int] | None
    ) -> Iterator[_Found]:
        """Yield the places of forms at matches, of some patterns or all, in their order."""
        for number, start, _ in matches:
            if patterns is not None and number not in patterns:
                continue
            offset, longest, forms = self._forms[number]
            at = start - offset
            if at < 0:
                continue
            text = bytes(data[at : at + longest])
            if form := forms.first_in(text):
                yield at, form


def mentions_in(data: bytes, names: Iterable[str]) -> list[int]:
    """Return the places of names in some data, in any case; a short one stands alone."""
    longest_first = tuple(sorted(names, key=len, reverse=True))
    folded = data.lower()
    return [
        start
        for _, start, end in _search_for(longest_first).find(folded)
        if end - start >= _LEAST_INSIDE or not folded[max(0, start - 1) : start].isalpha()
    ]


def prefix_places(data: bytes, prefixes: Iterable[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the places in some data where prefixes stand, each with those that do."""
    search, nested = _nested_prefixes(tuple(prefixes))
    for number, start, _ in search.find(data):
        yield start, nested[number]


@lru_cache(maxsize=4)
def _nested_prefixes(prefixes: tuple[str, ...]) -> tuple[ByteSearch, list[tuple[str, ...]]]:
    """Return the search for prefixes, and for each those that stand where it does."""
    longest_first = tuple(sorted(prefixes, key=len, reverse=True))
    search = _search_for(longest_first)
    return search, [
        # All that it begins with, and no longer one.
        tuple(each for each in longest_first if one.startswith(each.encode()))
        for one in search.patterns
    ]


def written_stems(prefixes: Iterable[str]) -> dict[str, list[str]]:
    """Return these prefixes, and the beginnings of those with a sign in another notation."""
    stems: dict[str, list[str]] = {}
    for prefix in prefixes:
        stem = prefix.replace("-", "_").partition("_")[0]
        for notation in _NOTATIONS if len(stem) < len(prefix) else "":
            stems.setdefault(stem + notation, []).append(prefix)
    return stems


def _in_base64(text: str) -> Iterator[str]:
    """Yield the strings of which one is in the Base64 of every text that has this one in it."""
    for place in range(3):
        encoded = binascii.b2a_base64(b"\0" * place + text.encode(), newline=False)
        yield encoded[-(-place * 8 // 6) : (place + len(text)) * 8 // 6].decode("ascii")


@lru_cache(maxsize=16)
def _search_for(words: tuple[str, ...]) -> ByteSearch:
    return ByteSearch([word.encode() for word in words])
