"""How a law says that it does not hold."""

from __future__ import annotations


class LawBroken(AssertionError):
    """`law` is its name; `interaction` the one to tell the story of, if it is one's."""

    def __init__(self, law: str, interaction: str | None = None) -> None:
        super().__init__(law)
        self.law = law
        self.interaction = interaction


def check(holds: bool, law: str, interaction: str | None = None) -> None:
    if not holds:
        raise LawBroken(law, interaction)
