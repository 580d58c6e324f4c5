"""A journal in memory that keeps the contract of the real one; it can be told to refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.errors import InvariantBroken
from core.step import Step


class FakeJournal:
    """Implements core.ports.Journal; `refusing` makes it the journal of a full disk."""

    def __init__(self) -> None:
        self.refusing = False
        self._kept: list[Step] = []
        self._waiting: list[Step] = []

    def keep(self, steps: Iterable[Step]) -> None:
        taken = list(steps)
        expected = len(self._kept) + len(self._waiting) + 1
        for step in taken:
            if step.seq != expected:
                raise InvariantBroken(f"the journal expects step {expected}, was {step.seq}")
            expected += 1
        self._waiting += taken

    async def kept(self, seq: int) -> bool:
        if not self.refusing:
            self._kept += self._waiting
            self._waiting = []
        return seq <= len(self._kept)

    def load(self) -> tuple[None, Iterator[Step]]:
        return None, iter(self._kept)
