"""The platform of bench/acd.py: made by lot from a seed, with what a scan needs to decide as the matcher does."""

from __future__ import annotations

import random

import msgspec

from acd.need import meets, stages
from acd.queue import Contact
from acd.turn import weighed
from bench.kernel import ROOT
from core.centre import Agent, Centre, Queue
from core.events import Need
from core.needs import Distribution, Relax, Skill, Turn
from runtime.settings import load

SKILLS = 40
QUEUES = 60
RELAX = (Relax(after_ms=20_000, lower=1), Relax(after_ms=60_000, lower=5, drop=tuple(f"c{at}" for at in range(SKILLS))))
PRIORITIES = ((7, 60), (5, 25), (3, 12), (2, 3))
TARGETS_MS = (20_000, 30_000, 60_000, 120_000)


class World:
    """`weights` say how often each of the `needs` comes."""

    def __init__(self, centre: Centre, needs: list[Need], weights: list[int]) -> None:
        self.centre = centre
        self.needs = needs
        self.weights = weights
        self._able: dict[object, dict[object, int]] = {}

    def able(self, name: str) -> dict[object, int]:
        """From which wait on the agent may serve each kind of need, looked up once for all who are alike."""
        agent = self.centre.agents[name]
        alike = agent.queues, tuple(agent.skills.items())
        if alike not in self._able:
            self._able[alike] = _able(self.centre, agent, self.needs)
        return self._able[alike]

    def bonus(self, contact: Contact) -> int:
        turn = weighed(self.centre.distribution.turn, self.centre.queues[contact.need.queue], contact.need)
        return -turn.bonus

    def score(self, contact: Contact, now_ms: int) -> int:
        return 1_000 * (contact.arrived_at_ms - now_ms) + self.bonus(contact)


def needs_of(need: Need) -> tuple[object, ...]:
    return need.queue, need.skills, need.priority


def world(agents: int = 10_000, profiles: int = 200, needs: int = 300, seed: int = 7) -> World:
    luck = random.Random(seed)
    shipped = load(ROOT / "config").centre
    tenant = next(iter(shipped.tenants))
    queues = {}
    for at in range(QUEUES):
        main = luck.randrange(SKILLS)
        queues[f"q{at}"] = Queue(
            name=f"q{at}",
            title=f"File {at}",
            skills=(Skill(name=f"s{main}"),),
            target_ms=luck.choice(TARGETS_MS),
            max_waiting=1_000_000,
            relax=RELAX,
        )
    kinds = [_profile(luck, queues) for _ in range(profiles)]
    weights = [1.0 / (at + 1) ** 0.6 for at in range(profiles)]
    people = {}
    chosen = luck.choices(range(profiles), weights, k=agents)
    for at, kind in enumerate(chosen):
        skills, served = kinds[kind]
        people[f"a{at}"] = Agent(
            name=f"a{at}", display=f"Agent {at}", phone=f"{at}", skills=skills, queues=served, tenants=(tenant,)
        )
    centre = msgspec.structs.replace(
        shipped,
        digest="banc",
        queues=queues,
        agents=people,
        distribution=Distribution(
            turn=Turn(order="edf", priority_worth_ms=20_000), agents="least_versatile", fairness_ms=60_000
        ),
    )
    asked, often = _needs(luck, queues, needs, tenant)
    return World(centre, asked, often)


def _profile(luck: random.Random, queues: dict[str, Queue]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Main skills (s…) open queues, further ones (c…) are what some of their people need besides."""
    count = luck.choices([3, 4, 5, 6, 8, 12], [20, 25, 20, 15, 12, 8])[0]
    skills = {f"s{at}": luck.choices([1, 2, 3, 4, 5], [10, 20, 30, 25, 15])[0] for at in luck.sample(range(40), count)}
    skills |= {f"c{at}": luck.choices([1, 2, 3, 4, 5], [10, 20, 30, 25, 15])[0] for at in luck.sample(range(40), count)}
    served = tuple(name for name, queue in queues.items() if queue.skills[0].name in skills)
    return skills, served or ("q0",)


def _needs(luck: random.Random, queues: dict[str, Queue], count: int, tenant: str) -> tuple[list[Need], list[int]]:
    """`count` kinds of what is asked, each in four priorities."""
    found, weights = [], []
    for at in range(count):
        queue = f"q{at % QUEUES}"
        more = luck.sample(range(SKILLS), luck.choices([0, 1, 2], [45, 40, 15])[0])
        main = Skill(name=queues[queue].skills[0].name, level=luck.choices([1, 2, 3, 4], [25, 35, 25, 15])[0])
        skills = (main, *(Skill(name=f"c{other}", level=luck.choice([1, 2, 3])) for other in more))
        for priority, weight in PRIORITIES:
            found.append(
                Need(
                    queue=queue,
                    skills=skills,
                    priority=priority,
                    topic=f"n{at}",
                    language="fr",
                    service="",
                    tenant=tenant,
                )
            )
            weights.append(weight)
    return found, weights


def _able(centre: Centre, agent: Agent, needs: list[Need]) -> dict[object, int]:
    found: dict[object, int] = {}
    for need in needs:
        for stage in stages(centre.tenants, centre.queues[need.queue], need):
            if meets(agent, stage.demand):
                found[needs_of(need)] = stage.after_ms
                break
    return found
