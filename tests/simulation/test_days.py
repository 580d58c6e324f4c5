"""A hundred compressed days: callers, agents, and an Asterisk with faults, around the real kernel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.telling.story import table
from tests.simulation.laws import LawBroken
from tests.simulation.plan import Plan, plan, smaller
from tests.simulation.world import World

TRIES = 300
"""How many smaller days are tried before the smallest found is shown."""


def lived(day: Plan) -> tuple[World, LawBroken | None]:
    """The day, and the law that it broke."""
    world = World(day)
    try:
        world.run()
    except LawBroken as broken:
        return world, broken
    return world, None


def shrunk(day: Plan, law: str) -> Plan:
    """A smaller day that breaks the same law."""
    tries, found = 0, True
    while found and tries < TRIES:
        found = False
        for less in smaller(day):
            tries += 1
            _, broken = lived(less)
            if broken is not None and broken.law[:20] == law[:20]:
                day, found = less, True
                break
            if tries >= TRIES:
                break
    return day


def told(day: Plan, world: World, broken: LawBroken) -> str:
    """The day that failed, for whoever must understand it."""
    story = table(world.steps, broken.interaction, orders_ends=True) if broken.interaction else ""
    last = "\n".join(f"{step.now_ms} {step}" for step in world.steps[-3:]) if not story else ""
    return f"law broken: {broken.law}\n{day}\n\n{story}{last}"


def test_a_day_keeps_every_law(seed: int) -> None:
    keeps_every_law(plan(seed))


@pytest.mark.parametrize("centre", ["rappelant", "appelant"])
def test_a_day_of_callbacks_keeps_every_law(centre: str, seed: int) -> None:
    """The agent called first, or the citizen."""
    keeps_every_law(replace(plan(seed), centre=centre))


def keeps_every_law(day: Plan) -> None:
    world, broken = lived(day)
    if broken is not None:
        less = shrunk(day, broken.law)
        world, again = lived(less)
        pytest.fail(f"seed {day.seed}\n{told(less, world, again or broken)}", pytrace=False)
