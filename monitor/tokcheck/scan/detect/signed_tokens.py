"""Read the signed token that begins at a place of a text: whole, put right, or from pieces."""

from tokcheck.core.credential import Kind
from tokcheck.paste.grammar import (
    LAST_CHARACTERS,
    RSA_LENGTHS,
    TOKEN_CHARS,
    decode_segment,
)
from tokcheck.paste.jwt.whole_token import WholeToken, whole_at
from tokcheck.paste.notations import signs
from tokcheck.paste.wrapping.openings.glued_prompt import is_prompt
from tokcheck.providers import FINDER
from tokcheck.scan.detect.hit import Budget, Hit
from tokcheck.scan.detect.sample_tokens import is_sample_token

# Unix seconds; a later expiry is not plausible and may exceed a float.
_LATEST = 1e15
_AROUND_BINARY = 160


def read_signed(text: str, start: int, budget: Budget) -> tuple[Hit | None, int]:
    """Return the token, if there is one, and how far it was read."""
    token, end = whole_at(text, start)
    if token is not None and token.cut and decode_segment(token.signature) is not None:
        return None, end  # headers in a row
    if token is None or token.unclear or _continues(text, end):
        from tokcheck.scan.detect.repaired_tokens import read_again  # most tokens are whole

        better = read_again(text, start, end, budget)
        if better is not None and (token is None or _is_better(better[0], token)):
            token, end = better
    if token is None:
        from tokcheck.scan.detect.repaired_tokens import torn_start

        torn = torn_start(text, start, budget)
        if torn is not None:
            plain = f"{text[: torn[0]]}eyJ{text[torn[1] :]}"
            token, last = whole_at(plain, torn[0])
            if token is not None:
                start, end = torn[0], last + len(text) - len(plain)
        else:
            from tokcheck.scan.detect.repaired_tokens import read_front

            whole = read_front(text, start, budget)
            if whole is not None:
                token, start, end = whole
    if token is not None and (extra := _count_glued(text, token, end)):
        end -= extra
        token = token._replace(
            raw=token.raw[:-extra], signature=token.signature[:-extra], unclear=False
        )
    if token is None or is_sample_token(token):
        return None, end
    hit = _hit_of(token, start, end)
    glued = start > 0 and text[start - 1] in TOKEN_CHARS
    return _whole_of_service(text, hit) if glued else hit, end


def _is_better(again: WholeToken, first: WholeToken) -> bool:
    """Return whether a token read again is no part of the one that was read first."""
    return len(again.raw) >= len(first.raw) and (first.unclear or not again.unclear)


def _continues(text: str, end: int) -> bool:
    return signs.FIRST.match(text, end) is not None


def _count_glued(text: str, token: WholeToken, end: int) -> int:
    """Return how many characters of other data follow a signature of RSA directly.

    Programs in bytecode have strings with a length in front, and nothing between some of them. In
    a terminal, the next prompt stands there.
    """
    length = len(token.signature)
    known = [each for each in RSA_LENGTHS if each < length]
    if not known or length in RSA_LENGTHS:
        return 0
    if not str(token.header.get("alg")).startswith(("RS", "PS")):
        return 0
    around = text[max(0, end - length - _AROUND_BINARY) : end + _AROUND_BINARY]
    last = token.signature[known[-1] - 1]
    whole = last in LAST_CHARACTERS.get(known[-1] % 4, TOKEN_CHARS)
    extra = length - known[-1]
    apart = "\0" in around or is_prompt(text, end - extra, end)
    return extra if apart and whole else 0


def _hit_of(token: WholeToken, start: int, end: int) -> Hit:
    issuer = FINDER.issuer_of(token.payload)
    ends = token.payload.get("exp")
    return Hit(
        start,
        end,
        token.raw,
        issuer.kind if issuer else Kind.JWT_OTHER,
        issuer.provider if issuer else None,
        float(ends) if isinstance(ends, int | float) and abs(ends) < _LATEST else None,
        token.unclear,
    )


def _whole_of_service(text: str, hit: Hit) -> Hit:
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
