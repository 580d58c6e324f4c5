"""Personal data, in a box that does not leak.

A caller's number, a name, a key pressed or a word said travels as a `Personal`: it knows whose it is and what for, it
prints as «personal», and the wire seals it under the key of (interaction, purpose).  Erasing that key empties the box
everywhere: the text is then None, and everything that folds or counts goes on without it.
"""

from __future__ import annotations

from typing import Final, Literal

from core.ids import InteractionId

Purpose = Literal["number", "name", "keys", "words", "record", "note"]
PURPOSES: Final[tuple[Purpose, ...]] = ("number", "name", "keys", "words", "record", "note")


class Personal:
    """`text` of the person behind interaction `of`, kept for `purpose`; `text` is None once its key is erased."""

    __slots__ = ("of", "purpose", "text")

    def __init__(self, of: InteractionId, purpose: Purpose, text: str | None) -> None:
        self.of = of
        self.purpose = purpose
        self.text = text

    def __repr__(self) -> str:
        return f"«personal {self.purpose}»"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Personal):
            return NotImplemented
        return (self.of, self.purpose, self.text) == (other.of, other.purpose, other.text)

    def __hash__(self) -> int:
        return hash((self.of, self.purpose, self.text))
