"""What an interaction asks of agents, step by step while it waits.

A `Demand` is what one step asks: an expression over skills, and the fences (queue, organisation, language, sector,
channel) within which people may take it.  Whoever once met a demand may take the interaction from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

from core.centre import Agent, Queue, Tenant
from core.events import Need
from core.needs import NOTHING, All, AnyOf, Has, Not, Relax, Requirement


class Demand(NamedTuple):
    """Agents of one of `queues` and one of `tenants` who speak `language`, know `sector`, take `channel` and meet
    `needs`; what is empty asks nothing."""

    needs: Requirement
    queues: tuple[str, ...]
    tenants: tuple[str, ...]
    language: str
    sector: str
    channel: str


class Stage(NamedTuple):
    """What is asked from `after_ms` of waiting on; `relax` is the step of the configuration that made it so."""

    after_ms: int
    demand: Demand
    relax: Relax | None


def stages(tenants: Mapping[str, Tenant], queue: Queue, need: Need) -> tuple[Stage, ...]:
    """What `need` asks, first at once and then as the queue's relaxation has it, by time.  `tenants` are all there are.

    `queue` is the need's own, or the heir of one that a reload took away: its people take what waits there as they can.
    """
    walls: tuple[str, ...] = (need.tenant,) if need.tenant else ()
    if need.shared and need.tenant in tenants:
        walls += tenants[need.tenant].shares_with
    if queue.name != need.queue:
        return (Stage(0, Demand(NOTHING, (queue.name,), walls, "", "", ""), None),)
    language = "" if need.emergency else need.language  # danger waits for no interpreter
    first = Demand(asked(queue, need), (queue.name,), walls, language, need.sector, need.channel)

    def eased(before: Stage, relax: Relax) -> Stage:
        return Stage(relax.after_ms, _eased(tenants, before.demand, relax, need.tenant), relax)

    steps = sorted(queue.relax, key=lambda step: step.after_ms)
    return tuple(accumulate(steps, eased, initial=Stage(0, first, None)))


def asked(queue: Queue, need: Need) -> Requirement:
    """What the queue asks of its agents together with what this interaction needs."""
    skills = tuple(Has(skill=skill.name, level=skill.level) for skill in (*queue.skills, *need.skills))
    more = tuple(needs for needs in (queue.needs, need.needs) if needs is not None)
    return All(of=(*skills, *more))


def _eased(tenants: Mapping[str, Tenant], demand: Demand, relax: Relax, tenant: str) -> Demand:
    walls = demand.tenants
    if relax.tenants and tenant in tenants:
        walls = tuple(dict.fromkeys((*walls, *tenants[tenant].shares_with)))
    return demand._replace(
        needs=relaxed(demand.needs, relax),
        queues=tuple(dict.fromkeys((*demand.queues, *relax.queues))),
        tenants=walls,
        sector="" if relax.sectors else demand.sector,
        language="" if relax.languages else demand.language,
    )


def relaxed(needs: Requirement, relax: Relax) -> Requirement:
    """`needs` without the skills that are dropped and with lower levels; what must *not* be stays as it is."""
    match needs:
        case Has():
            level = max(1, needs.level - relax.lower)
            return NOTHING if needs.skill in relax.drop else Has(skill=needs.skill, level=level)
        case All():
            return All(of=tuple(relaxed(one, relax) for one in needs.of))
        case AnyOf():
            return AnyOf(of=tuple(relaxed(one, relax) for one in needs.of))
        case Not():
            return needs


def knows(skills: dict[str, int], needs: Requirement) -> bool:
    """Whether somebody with these skills meets `needs`."""
    match needs:
        case Has():
            return skills.get(needs.skill, 0) >= needs.level
        case All():
            return all(knows(skills, one) for one in needs.of)
        case AnyOf():
            return any(knows(skills, one) for one in needs.of)
        case Not():
            return not knows(skills, needs.of)


def meets(agent: Agent, demand: Demand) -> bool:
    """Whether the agent may take what `demand` asks; an agent of 78 never gets a call of 92 that 78 does not share."""
    return (
        any(queue in agent.queues for queue in demand.queues)
        and (not demand.tenants or any(tenant in agent.tenants for tenant in demand.tenants))
        and _within(demand.language, agent.languages)
        and _within(demand.sector, agent.sectors)
        and _within(demand.channel, agent.channels)
        and knows(agent.skills, demand.needs)
    )


def _within(asked_for: str, has: tuple[str, ...]) -> bool:
    return not asked_for or not has or asked_for in has
