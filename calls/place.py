"""The place of those who have talked with somebody and need somebody else: the first, since they first came."""

from __future__ import annotations

from typing import Any

import msgspec

from calls.call import Call, State
from core import events as e
from core import limits
from core.events.base import Event, because
from core.needs import HEAD


def given_back(
    state: State,
    interaction: str,
    call: Call,
    event: Event,
    now_ms: int,
    *,
    queue: str = "",
    colleague: str = "",
    colleague_ms: int = limits.COLLEAGUE_MS,
    back_to: str = "",
) -> e.NeedStated:
    """What they need now: `queue`, or the one they came from, and there the first place; for `colleague_ms` a
    `colleague` alone takes them from it, if they are at work; or they go `back_to` the agent who handed them on, if
    that agent is free."""
    centre = state.configurations.now
    service = centre.services.get(call.service) or next(iter(centre.services.values()))
    need = call.need or e.Need(queue=service.safe_queue, skills=(), priority=HEAD, topic="", language=service.language)
    changes: dict[str, Any] = {
        "priority": HEAD,
        "preferred": colleague,
        "preferred_ms": colleague_ms if colleague else 0,
    }
    if queue:
        changes |= {"queue": queue, "skills": (), "needs": None}
    return e.NeedStated(
        cause=because(event),
        interaction=interaction,
        need=msgspec.structs.replace(need, **changes),
        since_at_ms=call.queued_at_ms if call.queued_at_ms is not None else now_ms,
        asked=call.asked,
        back_to=back_to,
    )
