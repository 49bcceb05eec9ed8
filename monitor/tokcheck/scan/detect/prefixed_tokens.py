"""Read the credential with its prefix at a place of a text, in any notation."""

import re
from typing import NamedTuple

from tokcheck.core.credential import CredentialForm, Flaw, Kind
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste import opaque_credentials, opaque_tokens
from tokcheck.paste.flaws import SHORTENED
from tokcheck.paste.grammar import SEAM_BESIDE_SLASH, joint_at
from tokcheck.paste.notations import signs
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential
from tokcheck.paste.opaque_credentials.short_lines import with_next_part
from tokcheck.paste.placeholders import NAMES
from tokcheck.paste.wrapping.openings import line_openings, repeated_marks
from tokcheck.paste.wrapping.word_shapes import is_irregular
from tokcheck.scan.detect.concatenation.expressions import JoinedFront, join_front, join_names
from tokcheck.scan.detect.concatenation.opaque import join_opaque
from tokcheck.scan.detect.first_pass.anchors import PREFIX_REACH
from tokcheck.scan.detect.hit import ATTEMPT, JOINING_FRONT, REWRITING, Budget, Hit
from tokcheck.scan.detect.sample_tokens import is_sample

_CODE_LABEL = LazyRegex(r"(?i:code)(?:[\"'\\\s:=>]|%3D|%22|&quot;|=3D){1,12}\Z")
_LABEL_LENGTH = 24
# Of a token that continues in the next line.
_SHORTEST_FRAGMENT = 20
# The end of a command's line that continues, with blanks around it.
_CONTINUED = LazyRegex(r"[ \t]{1,8}[\\^`]\r?\n[ \t]{0,40}")


class _PlainPrefix(NamedTuple):
    """A text in which the prefix is plain and begins at ``start``; its place in the original."""

    text: str
    start: int
    plain: signs.PlainText | None = None
    # How many characters of the original the joints inside the prefix take.
    joint: int = 0

    def place_of(self, at: int) -> int:
        if at > self.start:
            at += self.joint
        return self.plain.place_of(at) if self.plain is not None else at


class PrefixReader:
    """Reads the credentials of one form, which its prefix gives away."""

    def __init__(self, prefix: str, provider: str, form: CredentialForm) -> None:
        self._prefix = prefix
        self._provider = provider
        self._form = form

    def read(self, text: str, at: int, budget: Budget) -> tuple[Hit | None, int]:
        """Return the credential with its prefix at or around ``at``, and how far was read."""
        if text.startswith(self._prefix, at):
            hit, end = self._hit(_PlainPrefix(text, at), budget)
            body = _BODY.match(text, at + len(self._prefix))
            stop = body.end() if body is not None else at
            torn = stop == at + len(self._prefix) and hit is None
            written = signs.FIRST.match(text, stop if hit is None else end) is not None
            if not (torn or written):
                return hit, end
            better = self._read_written(text, at, budget)
            return better if better is not None and better[0] is not None else (hit, end)
        written_hit = self._read_written(text, at, budget)
        return written_hit or self._read_front(text, at, budget) or (None, at)

    def _read_front(self, text: str, at: int, budget: Budget) -> tuple[Hit | None, int] | None:
        """Read the credential with first characters that have a name of their own."""
        front = _PIECE_FRONT.search(text[max(0, at - len(self._prefix)) : at])
        start = at - len(front.group()) if front is not None else at
        body = _BODY.match(text, start)
        if text[start - 1 : start] not in _QUOTES or body is None:
            return None
        if not budget.spend(JOINING_FRONT):
            return None
        is_front = self._prefix.startswith(body.group())
        join = join_names if is_front else join_front
        joined = join(text, start, body.end())
        if joined is None or not joined.text.startswith(self._prefix):
            return None
        found = opaque_credentials.credential_at(joined.text, 0, self._form, self._provider)
        if found is None or found.flaw is not None or is_sample(found.raw):
            return None
        end = body.end()
        start = joined.start if isinstance(joined, JoinedFront) else start
        return Hit(start, end, found.raw, found.kind, self._provider), end

    def _read_written(self, text: str, at: int, budget: Budget) -> tuple[Hit | None, int] | None:
        """Read the credential in the text with its signs written plainly and its prefix whole."""
        if not budget.spend(ATTEMPT):
            return None
        first = max(0, at - PREFIX_REACH)
        plain = signs.plain_text(text, first) if signs.FIRST.search(text, first) else None
        budget.spend(REWRITING * (len(text) - first) if plain is not None else 0)
        base = plain.text if plain is not None else text
        characters = [f"({re.escape(each)})" for each in self._prefix]
        seamed = compile_cached(SEAM_BESIDE_SLASH.join([*characters, "((?=[A-Za-z0-9_-]))"]))
        for match in seamed.finditer(base, first, at + PREFIX_REACH):
            reading = _PlainPrefix(base, match.start(), plain)
            if reading.place_of(match.end()) < at or reading.place_of(match.start()) > at:
                continue
            extra = match.end() - match.start() - len(self._prefix)
            if not extra:
                return self._hit(reading, budget)
            if are_joined(match):
                whole = f"{base[: match.start()]}{self._prefix}{base[match.end() :]}"
                reading = reading._replace(text=whole, joint=extra)
                return self._torn_hit(reading, base)
        return None

    def _torn_hit(self, reading: _PlainPrefix, text: str) -> tuple[Hit | None, int]:
        """Read a credential with a joint in its prefix or behind that."""
        start = reading.start
        if self._form.kind is not Kind.ACCESS_TOKEN:
            return self._joined_hit(reading)
        following = text.find(self._prefix, start + 1)
        first = max(0, start - PREFIX_REACH)
        part = text[first : following if following >= 0 else len(text)]
        item = opaque_tokens.torn_token_at(part, start - first, self._form)
        if item is None or item.flaw is not None:
            return self._joined_hit(reading)
        if is_sample(item.raw):
            return None, reading.place_of(start)
        plain = reading._replace(joint=0)
        end = plain.place_of(item.end + first)
        hit = Hit(
            plain.place_of(start), end, item.raw, self._form.kind, self._provider,
            fragment=item.unclear,
        )  # fmt: skip
        return hit, end

    def _joined_hit(self, reading: _PlainPrefix) -> tuple[Hit | None, int]:
        """Read a credential without the joints in its prefix and behind that."""
        hit, end = self._hit(reading, None)
        return hit, max(end, reading.place_of(reading.start))

    def _hit(self, reading: _PlainPrefix, budget: Budget | None) -> tuple[Hit | None, int]:
        """Read the credential with its plain prefix at ``start`` of a reading.

        Without a budget, only one without a flaw counts.
        """
        text, start = reading.text, reading.start
        found = opaque_credentials.credential_at(text, start, self._form, self._provider)
        # One that is too short may be the first of its pieces.
        if budget is not None and (found is None or found.flaw in {None, Flaw.CUT_OFF}):
            found = self._join_pieces(text, start, found, budget)
        if found is None:
            return self._between_marks(reading, budget)
        if budget is None and found.flaw is not None:
            return None, reading.place_of(found.end)
        if budget is not None and (found.unclear or found.flaw is not None):
            better = self._repair(text, start, found, budget)
            if better is not None:
                last = reading.place_of(better.end)
                return better._replace(start=reading.place_of(start), end=last), last
        if budget is not None and found.flaw is not None:
            if not _is_fragment(text, found, self._form):
                return None, _glued_start(text, start, reading.place_of(found.end), budget)
            found = found._replace(flaw=None, unclear=True)
        end = reading.place_of(found.end)
        hit = Hit(
            reading.place_of(start), end, found.raw, found.kind, self._provider,
            fragment=found.unclear,
        )  # fmt: skip
        reported = not is_sample(_first_characters(text, found))
        if self._form.kind is Kind.AUTHORIZATION_CODE:
            front = text[max(0, start - _LABEL_LENGTH) : start]
            reported = reported and _CODE_LABEL.search(front) is not None
        return hit if reported else None, end

    def _between_marks(
        self, reading: _PlainPrefix, budget: Budget | None
    ) -> tuple[Hit | None, int]:
        """Read a credential of which each piece is in a cell or an element of its own."""
        place = reading.place_of(reading.start)
        hit = budget and self._without_openings(reading.text, reading.start, None, budget)
        if not hit:
            return None, place
        end = reading.place_of(hit.end)
        return hit._replace(start=place, end=end), end

    def _join_pieces(
        self,
        text: str,
        start: int,
        found: OpaqueCredential | None,
        budget: Budget,
    ) -> OpaqueCredential | None:
        """Return a credential with the pieces that a program joins to it, or ``found``."""
        body = _BODY.match(text, start + len(self._prefix))
        if body is None or not budget.spend(ATTEMPT):
            return found
        joined = join_opaque(text, start, body.end(), budget)
        if joined is None:
            return found
        whole = opaque_credentials.credential_at(
            joined.text, joined.start, self._form, self._provider
        )
        known = 0 if found is None else len(found.raw)
        if whole is None or whole.flaw is not None or len(whole.raw) <= known:
            doubt = whole is not None and whole.unclear and not joined.ends
            return found._replace(unclear=True) if found is not None and doubt else found
        if not joined.sure:
            return None if found is None else found._replace(unclear=True)
        unclear = whole.unclear and not joined.ends
        return whole._replace(start=start, end=joined.end, unclear=unclear)

    def _repair(self, text: str, start: int, found: OpaqueCredential, budget: Budget) -> Hit | None:
        """Return a doubtful credential without the openings of its lines, or repaired."""
        unwrapped = self._without_openings(text, start, found, budget)
        if unwrapped is not None or found.flaw is None:
            return unwrapped
        return self._restore(text, start, budget)

    def _without_openings(
        self, text: str, start: int, found: OpaqueCredential | None, budget: Budget
    ) -> Hit | None:
        """Return a credential in lines that all begin alike or in cells, if it is whole so."""
        if not budget.spend(ATTEMPT):
            return None
        is_part = found is None or found.flaw is not None
        unwrapped = repeated_marks.unmarked_at(text, start, is_part=is_part)
        if unwrapped is None and found is not None:
            unwrapped = line_openings.unwrapped_at(text, start)
        if unwrapped is None:
            return None
        lines, first, at = unwrapped
        budget.spend(REWRITING * len(lines.text))
        whole = opaque_credentials.credential_at(lines.text, at, self._form, self._provider)
        if whole is None or whole.flaw is not None or whole.unclear or is_sample(whole.raw):
            return None
        if found is not None and len(whole.raw) <= len(found.raw):
            return None
        end = first + lines.place_of(whole.end)
        return Hit(start, end, whole.raw, whole.kind, self._provider)

    def _restore(self, text: str, start: int, budget: Budget) -> Hit | None:
        """Return an access token as ``validate`` repairs it."""
        if self._form.kind is not Kind.ACCESS_TOKEN or not budget.spend(ATTEMPT):
            return None
        from tokcheck.paste.context import substitutes

        restored = substitutes.restore_at(text, start)
        if restored is None:
            return None
        plain, end = restored
        budget.spend(end - start)
        # The text around it decides whether it ends there.
        text = f"{text[:start]}{plain}{text[end:]}"
        whole = opaque_credentials.credential_at(text, start, self._form, self._provider)
        if whole is None or whole.flaw is not None or is_sample(whole.raw):
            return None
        end += max(0, whole.end - start - len(plain))
        return Hit(start, end, whole.raw, whole.kind, self._provider, fragment=whole.unclear)


def are_joined(match: re.Match[str]) -> bool:
    """Return whether only joints stand between the groups of a match; a blank may be chance."""
    for group in range(1, (match.lastindex or 1)):
        end, start = match.end(group), match.start(group + 1)
        if _CONTINUED.fullmatch(match.string, end, start):
            continue
        joint = joint_at(match.string, end) if end < start else None
        # Behind a line break, the slashes of a prefix also look like those of a comment.
        if end < start and (joint is None or joint.end() < start or joint.lastgroup == "blank"):
            return False
    return True


_BODY = LazyRegex(r"[A-Za-z0-9_.-]*+")
_PIECE_FRONT = LazyRegex(r"[A-Za-z0-9.]*\Z")
_QUOTES = frozenset("\"'`")


def _first_characters(text: str, found: OpaqueCredential) -> str:
    """Return a credential; with so little in its first line, what may be the next one as well."""
    if not found.unclear or len(found.raw) >= _SHORTEST_FRAGMENT:
        return found.raw
    both = with_next_part(text, found.raw, found.end)
    return both if is_irregular(both[len(found.raw) :]) else found.raw


def _is_fragment(text: str, found: OpaqueCredential, form: CredentialForm) -> bool:
    """Return whether a flawed credential is a part of a real one: what is wrong is behind it."""
    # Documentation shows shorter ones, with an ellipsis.
    shortened = found.reason == SHORTENED[1]
    raw = found.raw if shortened else _first_characters(text, found)
    if "eyJ" in raw or raw == raw.lower() or NAMES.search(raw) is not None:
        return False
    least = _SHORTEST_FRAGMENT if found.unclear and not shortened else form.shortest
    return len(raw) >= least


def _glued_start(text: str, start: int, end: int, budget: Budget) -> int:
    """Return where a signed token begins that is glued to a flawed opaque one, or its end."""
    glued = text.find("eyJ", start, end) if budget.spend(end - start) else -1
    return end if glued < 0 else glued
