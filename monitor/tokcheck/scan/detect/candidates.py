"""Read the text at an anchor: whether it is a credential, of which provider and until when.

A signed token is decoded, an opaque one is recognised by its prefix, and hexadecimal digits count
only beside words that label them. Samples from documentation are not reported.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.credential import CredentialForm, Kind
from tokcheck.core.expiry import is_expired
from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.core.secret import Secret
from tokcheck.paste import jwt, opaque_credentials
from tokcheck.paste.encoding import read_base64, unescape
from tokcheck.paste.flaws import SHORTENED
from tokcheck.paste.grammar import TOKEN_CHARS
from tokcheck.paste.placeholders import NAMES
from tokcheck.providers import FINDER, REGISTRY
from tokcheck.scan import columns
from tokcheck.scan.detect.anchors import Anchor, Coding, Collect, Sign
from tokcheck.scan.detect.sample_tokens import is_plain_hash, is_sample, is_sample_token
from tokcheck.scan.detect.window import BEFORE, WINDOW_LENGTHS, Window
from tokcheck.scan.finding import Finding, Piece, sha256

if TYPE_CHECKING:
    from tokcheck.paste.context.evidence import Evidence

# Bytes after a token that decide where it ends: a token closer to the end of the previous piece is
# read again, and replaces what was found there.
_LOOKAHEAD = 128
_CODE_LABEL = LazyRegex(r"(?i:code)(?:[\"'\\\s:=>]|%3D|%22){1,12}\Z")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,32768}")
_LONGEST_BASE64 = 32_768
_ENCODED = re.compile(rb"eyJhbGciOi|eyJ0eXAiOi|eyJraWQiOi|ya29\.")
# How much text may be read again behind anchors that begin no signed token: once, and for each byte
# of the data. After that, what was read is skipped with the anchors in it.
_AGAIN_ONCE = 262_144
_AGAIN_EACH = 4
# What an attempt to put a token right costs of that, at least.
_RESTORED = 2_048
# Unix seconds; a later expiry is not plausible and may exceed a float.
_LATEST = 1e15

# Of a piece's labelled credentials, so many are compared with the text around them.
_MOST_OWNERS = 256
# And with so many bytes of it on either side.
_AROUND = 2_048
# Bytes on either side of a code that may say that it is one of OAuth.
_AROUND_CODE = 400

# Of a token that goes on in the next line.
_SHORTEST_FRAGMENT = 20

_FRAGMENT = (
    "It may go on in the next line; then its fingerprint is that of the part that was found."
)
_OTHERS = "Revoke the token at the service that issued it."


class _Hit(NamedTuple):
    """A credential at ``start`` to ``end`` of the data.

    ``fragment`` is whether it may go on in the next line, ``service`` what it is in words if a
    known service issued it, and ``decisive`` whether its form shows its provider.
    """

    start: int
    end: int
    raw: str
    kind: Kind
    provider: str | None
    expires_at: float | None = None
    fragment: bool = False
    service: str = ""
    decisive: bool = True


def forms_by_prefix() -> dict[str, tuple[str, CredentialForm]]:
    """Return the forms that a prefix identifies, by that prefix, each with its provider.

    Client ids, which are public, and API keys, which their owner may publish, are left out.
    """
    return {
        anchor: (provider, form)
        for provider, forms in FINDER.forms.items()
        for form in forms
        if not form.alone and form.kind not in {Kind.CLIENT_ID, Kind.API_KEY}
        for anchor in form.anchors
    }


def _advice(hit: _Hit) -> str:
    advice = REGISTRY[hit.provider].leaked.get(hit.kind, _OTHERS) if hit.provider else _OTHERS
    if hit.service:
        advice = f"It is {hit.service}. {advice}"
    return f"{advice} {_FRAGMENT}" if hit.fragment else advice


def _whole(text: str, hit: _Hit) -> _Hit:
    """Return a signed token as the known service's token that it is a part of, if it is one."""
    from tokcheck.paste.context import services

    around = services.token_around(text, hit.start, FINDER.services())
    if around is None:
        return hit
    return hit._replace(
        start=around.start,
        raw=around.raw,
        kind=Kind.JWT_OTHER,
        provider=None,
        service=around.words,
    )


def _is_fragment(found: opaque_credentials.OpaqueCredential, form: CredentialForm) -> bool:
    """Return whether a flawed credential is a part of a real one: what is wrong is behind it."""
    raw = found.raw
    if "eyJ" in raw or raw == raw.lower() or NAMES.search(raw) is not None:
        return False
    # Documentation shows shorter ones, with an ellipsis.
    shortened = found.reason == SHORTENED[1]
    least = _SHORTEST_FRAGMENT if found.unclear and not shortened else form.shortest
    return len(raw) >= least


class CandidateReader:
    """Reads the candidates of a piece; its parameters are those of the searcher."""

    def __init__(
        self, now: float, kinds: Collection[Kind] | None, collect: Collect | None = None
    ) -> None:
        self._now = now
        self._kinds = kinds
        self._collect = collect
        self._credit = 0
        self._evidence: Evidence | None = None
        self._forms_by_prefix = forms_by_prefix()
        self._labelled = [
            (provider, form)
            for provider, forms in FINDER.forms.items()
            for form in forms
            if form.alone and form.kind is not Kind.CLIENT_ID
        ]

    def read(
        self, piece: Piece, candidates: Iterable[Anchor], places: Sequence[tuple[int, int]]
    ) -> Iterator[Finding]:
        """Yield the findings; ``places`` are ranges near a provider's name, for labelled forms."""
        position = _Position(piece)
        for hit in self._with_owners(piece, self._hits(piece.data, candidates, places)):
            if hit.end <= piece.seen - _LOOKAHEAD or (
                self._kinds is not None and hit.kind not in self._kinds
            ):
                continue
            digest = sha256(hit.raw.encode())
            if self._collect is not None:
                self._collect(digest, hit.raw)
            line, column, end_line, end_column = position.of_span(hit.start, hit.end)
            yield Finding(
                piece.path,
                line,
                column,
                hit.kind,
                hit.provider,
                None if hit.expires_at is None else is_expired(hit.expires_at, self._now),
                digest,
                Secret(hit.raw).masked,
                _advice(hit),
                hit.fragment,
                end_line,
                end_column,
                hit.expires_at,
            )

    def _hits(
        self, data: bytes, candidates: Iterable[Anchor], places: Sequence[tuple[int, int]]
    ) -> list[_Hit]:
        hits: list[_Hit] = []
        until = 0
        self._credit = _AGAIN_ONCE + _AGAIN_EACH * len(data)
        for anchor in candidates:
            if anchor.start >= until:
                hit, until = self._hit(data, anchor)
                if hit is not None:
                    hits.append(hit)
        for start, end in places:
            hits.extend(self._beside(data, start, end))
        return sorted({(hit.start, hit.raw): hit for hit in hits}.values())

    def _with_owners(self, piece: Piece, hits: list[_Hit]) -> Iterator[_Hit]:
        """Yield the hits; one without a decisive form is its owner's that the text around names."""
        signed = [(hit.start, hit.provider) for hit in hits if hit.decisive and hit.provider]
        left = _MOST_OWNERS
        for hit in hits:
            if hit.decisive:
                yield hit
                continue
            left -= 1
            if self._is_plain_hash(piece, hit):
                continue
            owner = self._owner_of(piece, hit, signed) if left >= 0 else None
            if owner == hit.provider:
                yield hit
            else:
                known = owner is not None and owner not in REGISTRY
                service = f"{hit.kind.words} of {owner}" if known else ""
                yield hit._replace(provider=None, service=service)

    def _is_plain_hash(self, piece: Piece, hit: _Hit) -> bool:
        before = piece.data[max(0, hit.start - _AROUND_CODE) : hit.start].decode("latin-1")
        behind = piece.data[hit.end : hit.end + _AROUND_CODE].decode("latin-1")
        return is_plain_hash(hit.kind, piece.path, before, behind)

    def _owner_of(self, piece: Piece, hit: _Hit, signed: Sequence[tuple[int, str]]) -> str | None:
        """Return the owner that the bytes around a hit name, or else the path."""
        if self._evidence is None:
            self._evidence = FINDER.evidence()
        first = max(0, hit.start - _AROUND)
        text = piece.data[first : hit.end + _AROUND].decode("latin-1")
        mentions = [(at - first, provider) for at, provider in signed]
        start, end = hit.start - first, hit.end - first
        owner = self._evidence.owner_of(text, start, end, mentions)
        if owner is None and hit.provider is not None and hit.provider in piece.path.lower():
            return hit.provider
        return owner

    def _hit(self, data: bytes, anchor: Anchor) -> tuple[_Hit | None, int]:
        """Read the credential of an anchor; also return up to where other anchors are skipped."""
        if anchor.coding is Coding.BASE64:
            return self._in_base64(data, anchor)
        for length in WINDOW_LENGTHS:
            window = Window(data, anchor, length)
            hit, end = self._hit_in_text(window.text, window.start, anchor)
            if end + _LOOKAHEAD < len(window.text) or window.is_last:
                if hit is not None:
                    first, last = window.place_of(hit.start), window.place_of(hit.end)
                    return hit._replace(start=first, end=last), last
                # A text in the form of an opaque token that is none is skipped to its end; within
                # one in the form of a signed token, another may begin.
                break
        if anchor.sign is Sign.SIGNED:
            self._credit -= end - window.start
            if self._credit >= 0:
                return None, anchor.start
        return None, window.place_of(end)

    def _hit_in_text(self, text: str, start: int, anchor: Anchor) -> tuple[_Hit | None, int]:
        """Read a credential in decoded text, and return where it ends; places are in characters."""
        if anchor.sign is Sign.SIGNED:
            return self._signed_token(text, start)
        if anchor.sign is Sign.LABEL:
            return self._refresh_token(text, start), start
        provider, form = self._forms_by_prefix[anchor.text]
        found = opaque_credentials.credential_at(text, start, form, provider)
        if found is None:
            return None, start
        if found.flaw is not None:
            if hit := self._restored_hit(text, start, form, provider):
                return hit, hit.end
            if not _is_fragment(found, form):
                return None, self._glued_start(text, start, found.end)
            found = found._replace(flaw=None, unclear=True)
        hit = _Hit(found.start, found.end, found.raw, found.kind, provider, fragment=found.unclear)
        reported = not is_sample(found.raw)
        if form.kind is Kind.AUTHORIZATION_CODE:
            reported = reported and _CODE_LABEL.search(text[:start]) is not None
        return hit if reported else None, found.end

    def _restore(self, text: str, start: int) -> tuple[str, int] | None:
        """Return the token at ``start`` as ``validate`` puts it right, and where it ends."""
        if self._credit < 0:
            return None
        from tokcheck.paste.context import substitutes

        restored = substitutes.restore_at(text, start)
        self._credit -= _RESTORED if restored is None else restored[1] - start
        return restored

    def _restored_hit(
        self, text: str, start: int, form: CredentialForm, provider: str
    ) -> _Hit | None:
        restored = self._restore(text, start) if form.kind is Kind.ACCESS_TOKEN else None
        if restored is None:
            return None
        plain, end = restored
        # What follows decides whether it ends there.
        whole = opaque_credentials.credential_at(plain + text[end:], 0, form, provider)
        if whole is None or whole.flaw is not None or is_sample(whole.raw):
            return None
        end += max(0, whole.end - len(plain))
        return _Hit(start, end, whole.raw, whole.kind, provider, fragment=whole.unclear)

    def _glued_start(self, text: str, start: int, end: int) -> int:
        """Return where a signed token begins that is glued to a flawed opaque one, or its end."""
        self._credit -= end - start
        glued = text.find("eyJ", start, end) if self._credit >= 0 else -1
        return end if glued < 0 else glued

    def _refresh_token(self, text: str, start: int) -> _Hit | None:
        """Read a refresh token that only its label identifies."""
        for provider, form in self._labelled:
            if form.kind is Kind.REFRESH_TOKEN:
                match = compile_cached(form.pattern).match(text, start)
                if match is not None and not is_sample(match.group(1)):
                    return _Hit(
                        *match.span(1), match.group(1), form.kind, provider, decisive=form.decisive
                    )
        return None

    def _signed_token(self, text: str, start: int) -> tuple[_Hit | None, int]:
        head, tail = text[:start], text[start:]
        if "%" in tail or "\\u00" in tail:
            tail, _ = unescape(tail)
        token, end = jwt.whole_at(head + tail, start)
        doubtful = token is None or token.unclear
        restored = self._restore(text, start) if doubtful else None
        if restored is not None:
            plain, end = restored
            token, _ = jwt.whole_at(plain, 0)
        if token is None or is_sample_token(token):
            return None, end
        issuer = FINDER.issuer_of(token.payload)
        kind = issuer.kind if issuer else Kind.JWT_OTHER
        ends = token.payload.get("exp")
        expires_at = float(ends) if isinstance(ends, int | float) and abs(ends) < _LATEST else None
        provider = issuer.provider if issuer else None
        hit = _Hit(start, end, token.raw, kind, provider, expires_at, token.unclear)
        return hit if start == 0 or text[start - 1] not in TOKEN_CHARS else _whole(text, hit), end

    def _in_base64(self, data: bytes, anchor: Anchor) -> tuple[_Hit | None, int]:
        """Read a token that is encoded in Base64 once more, as in a Kubernetes secret.

        Also return up to where other anchors are skipped, since all of the text is searched.
        """
        begin = anchor.start
        while begin > 0 and anchor.start - begin < BEFORE and _BASE64_CHARS[data[begin - 1]]:
            begin -= 1
        run = _BASE64.match(data, begin)
        if run is None:
            return None, anchor.start
        encoded = run.group()
        for skipped in range(4):
            try:
                inner = read_base64(encoded[skipped:])
            except ValueError:
                continue
            found = self._first_in(inner)
            if found is not None:
                return found._replace(start=begin, end=run.end()), run.end()
        # A token at the end of a longer text may go on behind it.
        cut = len(encoded) == _LONGEST_BASE64
        return None, max(anchor.start, run.end() - (_LONGEST_BASE64 // 2 if cut else 0))

    def _first_in(self, inner: bytes) -> _Hit | None:
        """Return the first credential of a decoded text."""
        until = 0
        for match in _ENCODED.finditer(inner):
            if match.start() >= until:
                sign = Sign.PREFIX if match.group() == b"ya29." else Sign.SIGNED
                plain = Anchor(match.start(), sign, Coding.NARROW, match.group().decode())
                found, until = self._hit(inner, plain)
                if found is not None:
                    return found
        return None

    def _beside(self, data: bytes, start: int, end: int) -> Iterator[_Hit]:
        """Yield the labelled credentials in a range near a provider's name."""
        text = data[start:end].decode("latin-1")
        for provider, form in self._labelled:
            for match in compile_cached(form.pattern).finditer(text):
                if not is_sample(match.group(1)):
                    first, last = match.span(1)
                    raw = match.group(1)
                    yield _Hit(
                        start + first, start + last, raw, form.kind, provider,
                        decisive=form.decisive,
                    )  # fmt: skip


class _Position:
    """Counts lines and columns forward through a piece."""

    def __init__(self, piece: Piece) -> None:
        self._data = piece.data
        self._line = piece.first_line
        self._column = piece.first_column
        self._place = 0

    def of_span(self, start: int, end: int) -> tuple[int, int, int, int]:
        """Return line and column of the start and of the end of some bytes.

        The start is not before that of the previous call; the end may be.
        """
        line, column = self.of(start)
        newlines = self._data.count(b"\n", start, end)
        begin = self._data.rfind(b"\n", start, end) + 1 if newlines else start
        width = columns.count(self._data, begin, end)
        return line, column, line + newlines, width + (1 if newlines else column)

    def of(self, place: int) -> tuple[int, int]:
        """Return line and column, from 1, of a place that is not before the previous one."""
        newline = self._data.rfind(b"\n", self._place, place)
        if newline >= 0:
            self._line += self._data.count(b"\n", self._place, place)
            self._place, self._column = newline + 1, 1
        self._column += columns.count(self._data, self._place, place)
        self._place = place
        return self._line, self._column


_BASE64_CHARS = [
    chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "+/-_") for byte in range(256)
]
