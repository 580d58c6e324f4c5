"""Why nobody had taken somebody who hung up while they waited: who could have, what was asked no longer, what would
have come next.  By the configuration that holds: a wait of yesterday may have known another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from acd.need import Stage, meets, stages
from core import events as e
from core.centre import Centre
from core.needs import Turn
from core.step import Step
from runtime.telling.why import Called, at, given_way, many, seconds

# More names are no help to a reader.
NAMED: Final = 5
_ENDS_THE_WAIT: Final = (e.CallConnected, e.WaitLeft, e.CallbackNoted, e.OfferAnswered)


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """A wait that its caller ended at `at_ms`, after `waited_ms` in `queue`; `able` could have taken them by then."""

    queue: str
    at_ms: int
    waited_ms: int
    able: tuple[str, ...]
    eased: tuple[e.Eased, ...]
    coming: tuple[e.Coming, ...]
    first_at_ms: int | None


def gone(steps: Iterable[Step], interaction: str, centre: Centre) -> Gone | None:
    """None unless they hung up while they waited, in a queue that there is."""
    need: e.Need | None = None
    arrived_at_ms = 0
    for step in steps:
        for fact in (step.input, *step.facts):
            if getattr(fact, "interaction", None) != interaction:
                continue
            if isinstance(fact, e.InteractionQueued):
                need, arrived_at_ms = fact.need, fact.arrived_at_ms
            elif isinstance(fact, e.ContactMoved | e.ContactRanked | e.ContactKnown | e.ContactSpeaks):
                need = fact.need
            elif isinstance(fact, _ENDS_THE_WAIT):
                need = None
            elif isinstance(fact, e.InteractionEnded):
                waited = need if fact.outcome == "abandoned" else None
                return _told(waited, arrived_at_ms, step.now_ms, centre)
    return None


def _told(need: e.Need | None, arrived_at_ms: int, at_ms: int, centre: Centre) -> Gone | None:
    queue = centre.queues.get(need.queue) if need is not None else None
    if need is None or queue is None:
        return None
    waited_ms = at_ms - arrived_at_ms
    reached = [stage for stage in stages(centre.tenants, queue, need) if stage.after_ms <= waited_ms]
    later = [stage for stage in stages(centre.tenants, queue, need) if stage.after_ms > waited_ms]
    turn: Turn = queue.turn or centre.distribution.turn
    late_ms = turn.longest_wait_ms
    return Gone(
        queue=queue.name,
        at_ms=at_ms,
        waited_ms=waited_ms,
        able=_able(reached[-1], centre),
        eased=tuple(
            e.Eased(step=stage.relax, since_at_ms=arrived_at_ms + stage.after_ms)
            for stage in reached
            if stage.relax is not None
        ),
        coming=tuple(
            e.Coming(step=stage.relax, at_ms=arrived_at_ms + stage.after_ms, agents=len(_able(stage, centre)))
            for stage in later
            if stage.relax is not None
        ),
        first_at_ms=None if late_ms is None or late_ms <= waited_ms else arrived_at_ms + late_ms,
    )


def _able(stage: Stage, centre: Centre) -> tuple[str, ...]:
    return tuple(sorted(name for name, agent in centre.agents.items() if meets(agent, stage.demand)))


def explain_gone(left: Gone, zone: str, called: Called = str) -> Iterator[str]:
    """The lines that say so."""
    yield f"a raccroché après {seconds(left.waited_ms)} d'attente, file {left.queue}"
    names = ", ".join(map(called, left.able[:NAMED])) + (", …" if len(left.able) > NAMED else "")
    if left.able:
        yield f"{many(len(left.able), 'agent')} de la configuration pour la prendre : {names} ; aucun n'a répondu avant"
    else:
        yield "aucun agent de la configuration ne sait encore la prendre"
    for eased in left.eased:
        yield f"assoupli depuis {at(eased.since_at_ms, zone)} : {given_way(eased.step)}"
    for coming in left.coming:
        after = seconds(coming.at_ms - left.at_ms)
        yield f"{after} plus tard : {given_way(coming.step)} ; alors {many(coming.agents, 'agent')}"
    if left.first_at_ms is not None:
        yield f"{seconds(left.first_at_ms - left.at_ms)} plus tard : serait passée avant tous, sauf les urgences"
