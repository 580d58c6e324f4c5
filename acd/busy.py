"""Who is busy with which interaction.  Derived from the agents' table, whose every change it watches."""

from __future__ import annotations

from bisect import insort

from acd.agent import AgentRow


class Busy:
    __slots__ = ("_with",)

    def __init__(self) -> None:
        self._with: dict[str, list[str]] = {}

    def watch(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        before = old.interaction if old is not None else None
        after = new.interaction if new is not None else None
        if before == after:
            return
        if before is not None:
            self._with[before].remove(name)
            if not self._with[before]:
                del self._with[before]
        if after is not None:
            insort(self._with.setdefault(after, []), name)

    def busy_with(self, interaction: str) -> list[str]:
        """The agents whose row names the interaction, by name."""
        return list(self._with.get(interaction, ()))
