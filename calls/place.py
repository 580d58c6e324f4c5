"""The place of those who have talked with somebody and need somebody else: the first, since they first came."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from calls.call import Call, State
from core import events as e
from core import limits
from core.communes import folded
from core.events.base import Event, because
from core.mind import Applies
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
        changes |= {"queue": queue, "skills": (), "needs": None, **_known(state, call, need, queue)}
    return e.NeedStated(
        cause=because(event),
        interaction=interaction,
        need=msgspec.structs.replace(need, **changes),
        since_at_ms=call.queued_at_ms if call.queued_at_ms is not None else now_ms,
        asked=call.asked,
        back_to=back_to,
    )


def _known(state: State, call: Call, need: e.Need, name: str) -> dict[str, Any]:
    """Who follows the person is waited for in the queue `name` as well, unless it is they who hand them on; the sector
    is theirs where that queue gives way on it, for its people may know none."""
    centre = state.configurations.now
    queue = centre.queues.get(name)
    if queue is None:
        return {}
    yields = any(step.sectors for step in queue.relax)
    found: dict[str, Any] = {"sector": call.sector if need.by_commune and yields else need.sector if yields else ""}
    follows = call.referent != call.handed_by and centre.may_know(call.referent, call.service, queue)
    if queue.referent is not None and follows:
        found |= {"preferred": call.referent, "preferred_ms": queue.referent.wait_ms}
    return found


def _found(state: State, fact: e.CitizenFound, _now_ms: int) -> None:
    """The records, or an agent who asked, say who it is."""
    call, centre = state.calls.get(fact.interaction), state.configurations.now
    service = centre.services.get(call.service) if call is not None else None
    if call is None or service is None or service.discreet or fact.how != "one":
        return
    commune = fact.commune.text if fact.commune is not None else None
    sector = centre.communes.get(folded(commune or ""), "")
    state.calls.put(fact.interaction, msgspec.structs.replace(call, referent=fact.referent, sector=sector))


APPLIES: Final[Applies] = {e.CitizenFound: _found}
