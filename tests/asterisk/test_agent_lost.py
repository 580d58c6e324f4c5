"""The neighbour that breaks here is the agent in the middle of a conversation: their telephone dies, or an order of
ours comes at the moment in which they answer.  The citizen is told, keeps the place, and talks with the next.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from core import events as e
from core import limits
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import SIP_PORT
from tests.asterisk.small_centre import SmallCentre, phone_of, signature
from tests.asterisk.telephones import Citizen, Desk, all_hear
from tests.asterisk.town import ROOT, Here
from traffic.sound import RATE_HZ

LONG_S = 60.0 + limits.PHONE_BACK_MS / 1000


def asks(town: Here, desk: Desk, wish: str) -> None:
    town.platform.loop.submit(
        e.AgentAsked(cause="pages", agent=desk.name, wish=wish, reason="")  # type: ignore[arg-type]
    )


async def test_an_automatic_answer_as_the_words_to_the_caller_end_tears_nobody_from_anybody(
    town_with: TownWith,
) -> None:
    """The moment is driven a dozen times, six milliseconds apart.

    An order that was on its way already may still come too late: then the citizen is told, and talks with the next.
    """
    town = await town_with(SmallCentre(answer="auto"))
    desks = await town.desks(5)
    words_ms = 1000 * len(signature("attente.prochain")) / RATE_HZ
    shifts = [asyncio.ensure_future(_answers_always(desk)) for desk in desks]
    try:
        for early_ms in range(0, 72, 6):
            for desk in desks:
                asks(town, desk, "pause")
            citizen = await town.exchange.citizen()
            told = await citizen.fact(e.PlaybackStarted, prompt="fr/attente.prochain")
            [at_ms] = town.watch.times_ms(e.PlaybackStarted, playback=told.playback)
            await asyncio.sleep(max(0.0, at_ms + words_ms - early_ms - town.platform.loop.clock.now_ms()) / 1000)
            asks(town, desks[early_ms // 6 % 5], "ready")
            await citizen.fact(e.PlaybackEnded, playback=told.playback)
            asks(town, desks[(early_ms // 6 + 1) % 5], "ready")  # whoever was lost is taken by somebody
            await _both_hear(town, citizen)
            await citizen.call.hang_up()
            await town.outcome(citizen, "answered")
    finally:
        for shift in shifts:
            shift.cancel()
        await asyncio.gather(*shifts, return_exceptions=True)
    joined, lost = (len(town.watch.facts(kind)) for kind in (e.CallConnected, e.AgentLost))
    assert joined - lost == 12


async def _answers_always(desk: Desk) -> None:
    while True:
        await desk.answers_by_itself(LONG_S)


async def _both_hear(town: Here, citizen: Citizen) -> None:
    """The citizen and whoever talks with them hear each other: the next agent, if the first was lost meanwhile."""
    desk = await _taker(town, citizen)
    try:
        await all_hear([(citizen, desk)])
    except AssertionError:
        following = await _taker(town, citizen)
        if following is desk:
            raise
        await all_hear([(citizen, following)])


async def _taker(town: Here, citizen: Citizen) -> Desk:
    """Whoever talks with the citizen now."""
    interaction = await citizen.interaction()

    def talks() -> str:
        joined = town.watch.facts(e.CallConnected, interaction=interaction)
        return joined[-1].agent if len(joined) > len(town.watch.facts(e.AgentLost, interaction=interaction)) else ""

    return town.exchange.desks[await town.watch.until(talks, "somebody who talks with them")]


DYING = """
import asyncio, sys
from traffic.phone import Phone
from traffic.sound import tone_frames

async def main():
    user, secret, host, server, port, hz = sys.argv[1:]
    phone = await Phone.open(user, host=host, server=(server, int(port)))
    await phone.register(user, secret, expires=30)
    call = await phone.next_call(60)
    call.ring()
    call.answer()
    call.play(tone_frames(int(hz)))
    await asyncio.wait_for(asyncio.Event().wait(), 600)

asyncio.run(main())
"""


async def test_a_telephone_killed_in_a_conversation_is_given_up_and_the_citizen_is_told_and_taken_by_the_next(
    town: Here,
) -> None:
    """A process of its own, killed with -9: no BYE, no sound, and its registration runs out."""
    account = phone_of(1)
    words = (account, town.secret(account), town.site.office, town.site.host, str(SIP_PORT), "440")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", DYING), *words, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        await town.watch.agent("a1", "available", 30)
        citizen = await town.exchange.citizen()
        await citizen.fact(e.CallConnected, agent="a1")
        child.send_signal(signal.SIGKILL)
        gone = await town.watch.fact(e.PhoneSeen, LONG_S, phone=account, reachable=False)
        assert gone is not None
        lost = await citizen.fact(e.AgentLost, LONG_S, agent="a1")
        assert lost.why == "phone_gone"
        await citizen.hears_prompt("attente.coupure")
        await citizen.hears_music()
        assert town.watch.agent_states()["a1"] == "logged_out"
        await town.talking(citizen, await town.desk(2))
        first, second = town.watch.facts(e.InteractionQueued, interaction=await citizen.interaction())
        assert (second.arrived_at_ms, second.need.priority) == (first.arrived_at_ms, 0)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def test_a_desk_phone_that_registers_anew_in_a_call_loses_nothing(town: Here) -> None:
    desk, citizen = await town.desk(), await town.exchange.citizen()
    await town.talking(citizen, desk)
    await desk.phone.unregister()
    await town.watch.fact(e.PhoneSeen, phone=desk.phone.user, reachable=False)
    await desk.phone.register(desk.phone.user, town.secret(desk.phone.user))
    await town.watch.fact(e.PhoneSeen, phone=desk.phone.user, reachable=True, nth=2)
    await town.talking_still(citizen, desk)
    assert town.platform.loop.kernel.mind("calls").calls[await citizen.interaction()].deadline_ms is None
    await desk.hang_up()
    await town.outcome(citizen, "answered")


async def test_the_citizen_who_hangs_up_while_the_telephone_is_gone_is_not_missed(town: Here) -> None:
    desk, citizen = await town.desk(), await town.exchange.citizen()
    await town.talking(citizen, desk)
    await desk.phone.unregister()
    await town.watch.fact(e.PhoneSeen, phone=desk.phone.user, reachable=False)
    await citizen.call.hang_up()
    await town.outcome(citizen, "answered")
    assert town.watch.facts(e.AgentLost) == []


async def test_a_citizen_pulled_out_of_a_conversation_is_told_and_taken_again(town: Here) -> None:
    """What a Redirect that comes too late does, done on purpose."""
    desk, citizen = await town.desk(), await town.exchange.citizen()
    await town.talking(citizen, desk)
    interaction = await citizen.interaction()
    channel = town.platform.loop.kernel.mind("calls").calls[interaction].channel
    answering = asyncio.ensure_future(desk.takes(30))
    await town.platform.edges.telephony.link.act(
        "Redirect", [("Channel", channel), ("Context", "allo"), ("Exten", "hold"), ("Priority", "1")]
    )
    lost = await citizen.fact(e.AgentLost)
    assert lost.why == "held"
    await answering
    await citizen.fact(e.CallConnected, nth=2)
    await town.talking_still(citizen, desk)
    await desk.hang_up()
    await town.outcome(citizen, "answered")
