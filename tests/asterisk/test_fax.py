"""The neighbour that breaks here is a telephone that is none: a fax machine calls, by its real tone.

A person who says nothing is another matter: somebody unable to speak must reach an agent.
"""

from __future__ import annotations

from collections.abc import Iterator

from core import events as e
from tests.asterisk.small_centre import DIRECT, WELCOME
from tests.asterisk.telephones import Citizen
from tests.asterisk.town import Here
from traffic.sound import silence_frames, tone_frames

CALLING_HZ = 1100
"""A fax that calls says so for half a second, then listens for three (T.30)."""


def calling_tone() -> Iterator[bytes]:
    while True:
        yield from tone_frames(CALLING_HZ, seconds=0.5)
        yield from silence_frames(3.0)


async def ends_as_machine(town: Here, citizen: Citizen) -> None:
    citizen.call.play(calling_tone())
    heard = await town.watch.fact(e.MachineHeard)
    assert heard.what == "fax"
    ended = await town.watch.fact(e.InteractionEnded)
    assert ended.outcome == "machine"
    await citizen.call.ended(5)


async def test_a_fax_that_is_welcomed_never_reaches_an_agent(town: Here) -> None:
    await town.desk()
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.call.answered(5)
    await ends_as_machine(town, citizen)
    assert town.watch.facts(e.AgentChosen) == []


async def test_a_fax_that_waits_in_a_queue_leaves_it(town: Here) -> None:
    citizen = await town.exchange.citizen(DIRECT)
    await town.watch.fact(e.CallerHeld)
    await ends_as_machine(town, citizen)


async def test_a_caller_who_says_nothing_and_presses_nothing_reaches_an_agent(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen(WELCOME)
    await desk.takes()
    await town.watch.fact(e.CallConnected)
    await citizen.call.hang_up()
    assert (await town.watch.fact(e.InteractionEnded)).outcome == "answered"
