"""Small floors made by lot, and the rule over everybody, written a second time: the slow way."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from acd.queue import Contact
from acd.state import State
from core import events as e
from core.centre import Agent, Centre, Queue, Tenant
from core.needs import All, AnyOf, Distribution, Has, Not, Relax, Requirement, Skill, Turn
from tests import centres

SKILLS = ("droit", "accueil", "stagiaire")
QUEUES = ("rsa", "pmi", "mdph")
TENANTS = ("78", "92")
LANGUAGES = ("fr", "en")
SECTORS = ("nord", "sud")

levels = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=3)
requirements = st.recursive(
    st.builds(Has, skill=st.sampled_from(SKILLS), level=st.integers(1, 5)),
    lambda inner: (
        st.builds(All, of=st.lists(inner, max_size=2).map(tuple))
        | st.builds(AnyOf, of=st.lists(inner, min_size=1, max_size=2).map(tuple))
        | st.builds(Not, of=inner)
    ),
    max_leaves=4,
)
steps = st.lists(
    st.builds(
        Relax,
        after_ms=st.sampled_from((1_000, 2_000, 5_000)),
        drop=st.lists(st.sampled_from(SKILLS), max_size=1).map(tuple),
        lower=st.integers(0, 3),
        queues=st.lists(st.sampled_from(QUEUES), max_size=1).map(tuple),
        sectors=st.booleans(),
        tenants=st.booleans(),
        languages=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda step: step.after_ms,
).map(lambda found: tuple(sorted(found, key=lambda step: step.after_ms)))
turns = st.builds(
    Turn,
    order=st.sampled_from(("fcfs", "edf", "wait_over_target")),
    priority_worth_ms=st.sampled_from((None, 0, 1_000, 4_000)),
    longest_wait_ms=st.sampled_from((None, None, 3_000, 8_000)),
)
rules = st.builds(
    Distribution,
    turn=turns,
    agents=st.sampled_from(("longest_idle", "least_versatile")),
    fairness_ms=st.sampled_from((None, 0, 500)),
    keep_free=st.just(0),
)


def subsets(of: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), unique=True, min_size=least).map(tuple)


queues = st.builds(
    lambda needs, relax, turn, level, target_ms: {
        "needs": needs,
        "relax": relax,
        "turn": turn,
        "skills": (Skill(name="droit", level=level),) if level else (),
        "target_ms": target_ms,
    },
    st.none() | requirements,
    steps,
    st.none() | turns,
    st.integers(0, 2),
    st.sampled_from((1_000, 2_000, 7_000)),
)
people = st.lists(
    st.tuples(levels, subsets(QUEUES, 1), subsets(TENANTS), subsets(LANGUAGES), subsets(SECTORS)),
    min_size=1,
    max_size=7,
)


@st.composite
def platforms(draw: st.DrawFn, keep_free: int = 0) -> Centre:
    """A centre of three queues and a few agents, any rules."""
    agents = {}
    found = list(enumerate(draw(people)))
    for at, (skills, served, tenants, languages, sectors) in reversed(found):  # names are in no order of their own
        agents[f"agent{at}"] = Agent(
            name=f"agent{at}",
            display="",
            phone=str(at),
            skills=skills,
            queues=served,
            tenants=tenants,
            languages=languages,
            sectors=sectors,
        )
    made = {name: Queue(name=name, title=name, **draw(queues)) for name in QUEUES}
    shares = draw(st.booleans())
    return msgspec.structs.replace(
        centres.small(),
        digest=f"lot-{draw(st.integers(0, 1 << 60))}",
        agents=agents,
        queues=made,
        tenants={
            "78": Tenant(name="78", title="", shares_with=("92",) if shares else ()),
            "92": Tenant(name="92", title=""),
        },
        distribution=msgspec.structs.replace(draw(rules), keep_free=keep_free),
    )


needs = st.builds(
    e.Need,
    queue=st.sampled_from(QUEUES),
    skills=st.lists(st.builds(Skill, name=st.sampled_from(SKILLS), level=st.integers(1, 4)), max_size=1).map(tuple),
    priority=st.sampled_from((0, 3, 4, 5, 6)),
    topic=st.just(""),
    language=st.sampled_from(("", *LANGUAGES)),
    tenant=st.sampled_from(("", *TENANTS)),
    needs=st.none() | requirements,
    emergency=st.sampled_from((False, False, False, True)),
    sector=st.sampled_from(("", *SECTORS)),
)

# -- the slow way ---------------------------------------------------------------------------------------------------


def knows(skills: dict[str, int], needs: Requirement, dropped: set[str], lower: int) -> bool:
    if isinstance(needs, Has):
        return needs.skill in dropped or skills.get(needs.skill, 0) >= max(1, needs.level - lower)
    if isinstance(needs, Not):
        return not knows(skills, needs.of, set(), 0)
    each = [knows(skills, one, dropped, lower) for one in needs.of]
    return all(each) if isinstance(needs, All) else any(each)


def suits(centre: Centre, agent: Agent, contact: Contact, now_ms: int) -> bool:
    """Whether the agent may take the contact now, by any step that its wait has reached."""
    need, queue = contact.need, centre.queues[contact.need.queue]
    waited_ms = now_ms - contact.arrived_at_ms
    reached: list[Relax] = []
    for step in (None, *queue.relax):
        if step is not None:
            if step.after_ms > waited_ms:
                break
            reached.append(step)
        if _by_steps(centre, agent, need, queue, reached):
            return True
    return False


def _speaks(agent: Agent, need: e.Need, reached: list[Relax]) -> bool:
    given_way = any(step.languages for step in reached)
    return given_way or not agent.languages or need.language in ("", *agent.languages)


def _by_steps(centre: Centre, agent: Agent, need: e.Need, queue: Queue, reached: list[Relax]) -> bool:
    teams = {need.queue}.union(*(step.queues for step in reached))
    houses = {need.tenant}
    if any(step.tenants for step in reached) and need.tenant:
        houses |= set(centre.tenants[need.tenant].shares_with)
    asked = [Has(skill=skill.name, level=skill.level) for skill in (*queue.skills, *need.skills)]
    asked += [more for more in (queue.needs, need.needs) if more is not None]
    dropped = {name for step in reached for name in step.drop}
    lower = sum(step.lower for step in reached)
    return (
        bool(teams & set(agent.queues))
        and (not need.tenant or bool(houses & set(agent.tenants)))
        and (need.emergency or _speaks(agent, need, reached))
        and (any(step.sectors for step in reached) or not agent.sectors or need.sector in ("", *agent.sectors))
        and all(knows(agent.skills, one, dropped, lower) for one in asked)
    )


def turn(centre: Centre, interaction: str, contact: Contact, now_ms: int) -> tuple[Any, ...]:
    """By which all who wait are sorted: the smallest is next."""
    need, queue = contact.need, centre.queues[contact.need.queue]
    rule = queue.turn or centre.distribution.turn
    waited_ms = now_ms - contact.arrived_at_ms
    last = contact.arrived_at_ms, interaction
    if need.emergency:
        return 0, contact.arrived_at_ms, *last
    if rule.longest_wait_ms is not None and waited_ms >= rule.longest_wait_ms:
        return 1, contact.arrived_at_ms, *last
    growth = 1_000 * waited_ms
    if rule.order == "edf":
        growth -= 1_000 * queue.target_ms
    elif rule.order == "wait_over_target":
        growth = waited_ms * (60_000_000 // queue.target_ms)
    strict = rule.priority_worth_ms is None or need.priority == 0  # who was given back is next, by any rule
    worth = 1 << 57 if strict or rule.priority_worth_ms is None else 1_000 * rule.priority_worth_ms
    return 2, -(growth + (5 - need.priority) * worth), *last


def waiting(state: State) -> list[tuple[str, Contact]]:
    return [(key, contact) for key, contact in state.contacts.items() if contact.offer is None]


def next_for(state: State, name: str, now_ms: int) -> str | None:
    """Who is next for an agent, by looking at everybody."""
    centre = state.configurations.now
    able = [
        (turn(centre, key, contact, now_ms), key)
        for key, contact in waiting(state)
        if suits(centre, centre.agents[name], contact, now_ms)
    ]
    return min(able)[1] if able else None


def versatility(centre: Centre, agent: Agent) -> int:
    """In how many queues of how many organisations the agent could serve somebody who needs nothing special."""
    return sum(
        _by_steps(
            centre,
            agent,
            e.Need(queue=queue.name, skills=(), priority=5, topic="", language="", tenant=tenant),
            queue,
            [],
        )
        for queue in centre.queues.values()
        for tenant in (centre.tenants or ("",))
    )


def asked_first(state: State, interaction: str, now_ms: int) -> str | None:
    """Which of the free agents is asked, by looking at all of them."""
    centre, contact = state.configurations.now, state.contacts[interaction]
    rule = centre.distribution
    worth = 0
    if rule.agents == "least_versatile":
        worth = 1 << 42 if rule.fairness_ms is None else rule.fairness_ms
    able = [
        (row.idle_since_ms + worth * versatility(centre, centre.agents[name]), row.idle_since_ms, name)
        for name, row in state.agents.items()
        if row.state == "available" and suits(centre, centre.agents[name], contact, now_ms)
    ]
    return min(able)[2] if able else None
