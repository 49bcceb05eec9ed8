"""Read a credential with a joint inside its prefix, in the text without that."""

from collections.abc import Sequence

from tokcheck.core.credential import KnownService, ServiceForm
from tokcheck.paste.grammar import joint_at
from tokcheck.paste.invisible import invisible_spans
from tokcheck.paste.notations.signs import PlainText, without_stretches
from tokcheck.scan.detect.first_pass.prefix_heads import BEHIND, TornHead
from tokcheck.scan.detect.hit import ATTEMPT, IN_VAIN, REWRITING, Budget, Hit
from tokcheck.scan.detect.labelled.declared_token import (
    DeclaredToken,
    hit_of,
    join_prefixed,
    read_prefixed,
    read_service,
)
from tokcheck.scan.detect.sample_tokens import is_sample
from tokcheck.scan.detect.window import TextAround

# The joints between two literals that may stand in a list, where only a call joins them.
_SEPARATORS = frozenset(",;")

# How much is read from a head on, in bytes.
_LENGTH = 4_096


def read_torn(
    data: bytes,
    torn: TornHead,
    forms: Sequence[tuple[ServiceForm, KnownService]],
    budget: Budget,
) -> Hit | None:
    """Return the credential with a torn prefix, which has one of the forms."""
    around = TextAround(data, torn.start, BEHIND, _LENGTH)
    end = around.start + torn.end - torn.start
    for form, service in forms:
        token = _read(around.text, around.start, end, form, service, budget)
        if token is not None and not is_sample(token.raw[len(form.prefix) :]):
            return hit_of(torn.start, around.place_of(token.end), token, form, service)
    budget.spend(IN_VAIN)
    return None


def _read(
    text: str, start: int, end: int, form: ServiceForm, service: KnownService, budget: Budget
) -> DeclaredToken | None:
    """Return the credential with the head of its prefix at ``start``; a joint begins at ``end``."""
    if not budget.spend(ATTEMPT):
        return None
    whole = _without_joint(text, start, end, form, budget)
    if whole is None:
        return join_prefixed(text, start, form, budget)
    read = read_prefixed if service.provider else read_service
    token = read(whole.text, start, form, budget)
    if token is None or token.unclear:
        token = join_prefixed(whole.text, start, form, budget) or token
    return None if token is None else token._replace(end=whole.place_of(token.end - 1) + 1)


def _without_joint(
    text: str, start: int, end: int, form: ServiceForm, budget: Budget
) -> PlainText | None:
    """Return the text with the prefix whole; ``None`` if what stands behind it does not show it."""
    budget.spend(REWRITING * (len(text) - start))
    visible = without_stretches(text, invisible_spans(text, start))
    if visible.text.startswith(form.prefix, start):
        return visible
    edges = [(0, 0)]
    removed = 0
    # Of a prefix that is cut several times, each piece has a joint behind it.
    while not text.startswith(form.prefix, start):
        joint = joint_at(text, end)
        if joint is None or joint.lastgroup != "literal" or joint["sign"] in _SEPARATORS:
            return None
        removed += len(joint.group())
        edges.append((end, end + removed))
        text = text[:end] + text[joint.end() :]
        end = start
        while end < start + len(form.prefix) and text.startswith(form.prefix[end - start], end):
            end += 1
    return PlainText(text, edges)
