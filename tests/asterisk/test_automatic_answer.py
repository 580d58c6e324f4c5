"""A desk phone that answers by itself, and the page that must have painted the record before."""

from __future__ import annotations

from core import events as e
from core import limits
from core.commands import RingAgent
from tests.asterisk.conftest import TownWith
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.telephones import Desk
from tests.asterisk.town import Here

AUTOMATIC = SmallCentre(answer="auto")


def opens_page(town: Here, desk: Desk) -> None:
    town.platform.loop.submit(e.PageSeen(cause="pages", agent=desk.name, open=True))


def paints(town: Here, chosen: e.AgentChosen) -> None:
    town.platform.loop.submit(
        e.RecordShown(cause="pages", interaction=chosen.interaction, offer=chosen.offer, agent=chosen.agent)
    )


def waited_ms(town: Here) -> int:
    """From the choice of the agent to the order to ring."""
    rung = [step.now_ms for step in town.watch.steps for order in step.orders if isinstance(order.command, RingAgent)]
    return rung[0] - town.watch.times_ms(e.AgentChosen)[0]


async def test_the_telephone_is_asked_to_answer_by_itself_and_does(town_with: TownWith) -> None:
    town = await town_with(AUTOMATIC)
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    offered = await desk.answers_by_itself()
    assert offered.invite.header("Call-Info").endswith(";answer-after=0")
    assert "info=alert-autoanswer" in offered.invite.header("Alert-Info")
    await citizen.fact(e.CallConnected, agent=desk.name)
    await desk.hears_from(citizen)


async def test_it_rings_once_the_page_has_painted_the_record(town_with: TownWith) -> None:
    town = await town_with(AUTOMATIC)
    desk = await town.desk()
    opens_page(town, desk)
    citizen = await town.exchange.citizen()
    chosen = await citizen.fact(e.AgentChosen)
    paints(town, chosen)
    await desk.answers_by_itself()
    await citizen.fact(e.CallConnected, agent=desk.name)
    painted, connected = town.watch.times_ms(e.RecordShown), town.watch.times_ms(e.CallConnected)
    assert painted[0] <= connected[0]
    assert town.watch.facts(e.RecordShown)[0].offer == chosen.offer


async def test_a_page_that_paints_nothing_delays_it_by_a_blink(town_with: TownWith) -> None:
    town = await town_with(AUTOMATIC)
    desk = await town.desk()
    opens_page(town, desk)
    citizen = await town.exchange.citizen()
    await desk.answers_by_itself()
    await citizen.fact(e.CallConnected, agent=desk.name)
    assert waited_ms(town) >= limits.RECORD_SHOWN_MS


async def test_a_person_who_lifts_the_handset_is_asked_nothing(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen()
    offered = await desk.rings()
    assert offered.invite.get("Call-Info") is offered.invite.get("Alert-Info") is None
    await citizen.call.hang_up()
    await town.outcome(citizen, "abandoned")
