"""A journal that is a list."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from core.step import Step


class Kept:
    """What runtime/scaled/first_picture.py reads."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps

    def last_seq(self) -> int:
        return self._steps[-1].seq if self._steps else 0

    def steps(
        self,
        interaction: str | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),  # a journal may leave steps out, and need not
    ) -> Iterator[Step]:
        for step in self._steps:
            named = {getattr(fact, "interaction", None) for fact in (step.input, *step.facts)}
            if interaction is not None and interaction not in named:
                continue
            if (since_seq or 0) <= step.seq <= (until_seq or step.seq):
                yield step
