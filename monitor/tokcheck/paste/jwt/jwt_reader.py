"""Read one signed token from its beginning: pieces, dots and joints, until it ends."""

import re
from typing import Any, NamedTuple

from tokcheck.paste.grammar import (
    PIECE,
    TOKEN_CHARS,
    decode_segment,
    emphasis,
    joint_at,
    signature_length,
)
from tokcheck.paste.wrapping.token_lines import Lines

# Longer than any token in use; it bounds the work that one hopeless beginning can cause.
_LONGEST = 16_384

PARTS = 3
# For algorithms without a length of their own; RSA's signatures are far longer.
SHORTEST_SIGNATURE = 32


class Run(NamedTuple):
    """The parts that were read, and how the reading ended.

    ``stretch`` is the end of what stands together without a joint; ``excess`` counts the characters
    that follow a complete signature with nothing between; ``dotted_on`` is whether a full stop and
    another word do; ``unclear`` whether a signature of open length may continue in the next line.
    """

    parts: list[str]
    header: dict[str, Any] | None
    end: int
    stretch: int
    joints: tuple[str, ...]
    excess: int = 0
    dotted_on: bool = False
    unclear: bool = False


class Reader:
    """Reads one token from its beginning: pieces, dots and joints, until it ends."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = self.position = self.stretch = start
        self.parts = [""]
        self.joints: list[str] = []
        self.lines = Lines(text, start, [0])
        # Where the last line begins.
        self.line = start
        self.header: dict[str, Any] | None = None
        # The last joint, if it could also be the gap before the text's next word.
        self.doubt: re.Match[str] | None = None

    @property
    def length(self) -> int | None:
        """The signature's length, known once the header is read."""
        return signature_length(self.header)

    def run(self) -> Run:
        """Read on until the token is complete or cannot continue."""
        read = 0
        while read < _LONGEST:
            piece = PIECE.match(self.text, self.position)
            if piece is not None:
                if len(self.parts) == PARTS and (length := self.length) is not None:
                    end = self._read_signature(piece, length)
                    if end is not None:
                        return end
                else:
                    self.parts[-1] += piece.group()
                    self._advance(piece.end())
                read += len(piece.group())
            elif self._at_dot():
                if len(self.parts) == PARTS:
                    return self._finish(dotted_on=self._continues_after_dot())
                self._next_part()
            elif not self._step_over_joint():
                break
        return self._follow_signature() if self._is_open() else self._finish()

    def _read_signature(self, piece: re.Match[str], length: int) -> Run | None:
        """Take a piece of a signature of known length; return the run if that ends it."""
        missing = length - len(self.parts[2])
        size = len(piece.group())
        if self.doubt:
            from tokcheck.paste.wrapping.signature_end import (  # noqa: PLC0415 - few are wrapped
                completes_signature,
            )

            if not completes_signature(self.doubt, piece, missing, length):
                return self._finish()
        taken = min(size, missing)
        self.parts[2] += piece.group()[:taken]
        self._advance(piece.start() + taken)
        if size < missing:
            return None
        return self._finish(excess=size - missing, dotted_on=self._continues_after_dot())

    def _is_open(self) -> bool:
        """Return whether this is the end of a piece of a signature of open length."""
        return len(self.parts) == PARTS and self.length is None and bool(self.parts[2])

    def _follow_signature(self) -> Run:
        from tokcheck.paste.wrapping.continuation import follow  # noqa: PLC0415 - few are wrapped

        self.lines.widths[-1] = self.position - self.line
        followed = follow(self.text, self.start, self.position, self.parts[2], PIECE, self.lines)
        self.parts[2] = "".join(followed.pieces)
        self.joints.extend(followed.joints)
        self.position = followed.end
        mark = emphasis(self.text, self.start)
        stripped = mark is not None and self.parts[2].endswith(mark)
        if mark is not None and stripped:
            self.parts[2] = self.parts[2].removesuffix(mark)
            self.position -= len(mark)
        # At the end of a wrapped one, an underscore may also be its own.
        unclear = followed.unclear or (stripped and bool(self.joints))
        return self._finish()._replace(unclear=unclear)

    def _step_over_joint(self) -> bool:
        """Step over a joint, if one stands here and the token can continue behind it."""
        joint = joint_at(self.text, self.position)
        if joint is None:
            return False
        following = self.text[joint.end() : joint.end() + 1]
        if following not in TOKEN_CHARS and following != ".":
            return False
        # Another token's beginning ends this one, except where a part has to begin.
        if self.parts[-1] and self.text.startswith("eyJ", joint.end()):
            return False
        self.doubt = None if joint.lastgroup == "invisible" else joint
        if joint.lastgroup != "invisible":
            if self._is_open():
                return False
            self.lines.widths[-1] = self.position - self.line
            self.lines.add(joint, 0)
            self.line = joint.end()
        self.joints.append(joint.group())
        self.position = joint.end()
        return True

    def _advance(self, position: int) -> None:
        self.position = position
        if not self.joints:
            self.stretch = position

    def _at_dot(self) -> bool:
        return self.text.startswith(".", self.position) and not self.text.startswith(
            "...", self.position
        )

    def _continues_after_dot(self) -> bool:
        return self._at_dot() and self.text[self.position + 1 : self.position + 2] in TOKEN_CHARS

    def _next_part(self) -> None:
        if len(self.parts) == 1:
            self.header = decode_segment(self.parts[0])
        self.doubt = None  # the dot shows that the piece in front of it was the token's
        self.parts.append("")
        self._advance(self.position + 1)

    def _finish(self, *, excess: int = 0, dotted_on: bool = False) -> Run:
        header = self.header if len(self.parts) > 1 else decode_segment(self.parts[0])
        joints = tuple(self.joints)
        return Run(self.parts, header, self.position, self.stretch, joints, excess, dotted_on)
