"""Who is in which pause, or has been promised it for when they are free.  Derived from the agents' table, whose every
change it watches.

A pause that was asked for during a call has its place from then on: whoever was told yes is not told no afterwards.
"""

from __future__ import annotations

from acd.agent import AgentRow
from core.centre import Centre, Pause


class Away:
    __slots__ = ("_in",)

    def __init__(self) -> None:
        self._in: dict[str, set[str]] = {}

    def watch(self, name: str, old: AgentRow | None, new: AgentRow | None) -> None:
        before = "" if old is None else _pause_of(old)
        after = "" if new is None else _pause_of(new)
        if before == after:
            return
        if before:
            self._in[before].discard(name)
        if after:
            self._in.setdefault(after, set()).add(name)

    def full(self, centre: Centre, pause: Pause, agent: str) -> bool:
        """Whether as many as may be are in the pause already, in one of the agent's organisations."""
        if pause.at_once is None or pause.difficult:
            return False
        others = [
            centre.agents[name].tenants
            for name in self._in.get(pause.name, ())
            if name != agent and name in centre.agents
        ]
        mine = centre.agents[agent].tenants
        return any(sum(tenant in theirs for theirs in others) >= pause.at_once for tenant in mine) or (
            not mine and len(others) >= pause.at_once
        )


def _pause_of(row: AgentRow) -> str:
    if row.state == "paused":
        return row.reason
    return row.asked_reason if row.asked == "pause" else ""
