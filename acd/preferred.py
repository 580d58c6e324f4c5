"""Who is waited for: an agent who knows the person, as long as that makes sense.

Only somebody who is at work, and will be free within the window: not who is logged out, has missed offers or wants to
leave, and not a pause whose end nobody knows or that lasts longer.  Nobody waits beyond the longest wait for it.
"""

from __future__ import annotations

from acd.agent import AgentRow
from core.centre import Centre, Queue
from core.events import Need


def waited_until(
    centre: Centre, queue: Queue, row: AgentRow | None, need: Need, arrived_at_ms: int, now_ms: int
) -> int | None:
    """Until when the agent whom `need` prefers is waited for; None: anybody may take it at once."""
    if row is None or need.emergency or not within_walls(centre, need):
        return None
    until_at_ms = not_beyond_longest(centre, queue, arrived_at_ms, now_ms + need.preferred_ms)
    return until_at_ms if until_at_ms > now_ms and comes_by(row, until_at_ms) else None


def not_beyond_longest(centre: Centre, queue: Queue, arrived_at_ms: int, until_at_ms: int) -> int:
    """The time, or when the longest wait is over if that comes first."""
    longest_ms = centre.turn_of(queue).longest_wait_ms
    return until_at_ms if longest_ms is None else min(until_at_ms, arrived_at_ms + longest_ms)


def within_walls(centre: Centre, need: Need) -> bool:
    """Whether whom `need` prefers may have them, within the walls as they stand."""
    agent = centre.agents.get(need.preferred)
    return agent is not None and (not need.tenant or need.tenant in agent.tenants)


def comes_by(row: AgentRow, at_ms: int) -> bool:
    """Whether the agent may be free by then, as far as is known."""
    if row.state in ("logged_out", "missed") or row.asked is not None:
        return False
    if row.state != "paused":
        return True
    return row.until_at_ms is not None and row.until_at_ms <= at_ms
