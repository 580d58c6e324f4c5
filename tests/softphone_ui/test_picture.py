"""The picture, folded from what real kernels say."""

from __future__ import annotations

import msgspec

from core import events as e
from core.personal import Personal
from runtime.scaled.first_picture import first_picture, past
from softphone_ui.picture import Picture, count_day
from softphone_ui.rows import day_of
from tests.centres import START_MS
from tests.softphone_ui.house import House, two_tenants
from tests.softphone_ui.journals import Kept


async def test_an_offer_that_comes_to_nothing_leaves_the_caller_waiting(house: House) -> None:
    house.available("alice")
    interaction = house.arrives()
    picture = house.pages.picture
    assert picture.contacts[interaction].state == "offered"
    offer = house.offered(interaction)
    house.tell(
        e.LegEnded(cause="telephony", interaction=interaction, leg=offer.leg, reason="declined", code=21),
    )
    assert (picture.contacts[interaction].state, picture.contact_of("alice")) == ("queued", None)
    assert picture.agents["alice"].state == "paused"


async def test_whoever_is_promised_a_call_is_shown_as_waiting_no_longer(house: House) -> None:
    interaction = house.arrives()
    assert house.pages.picture.contacts[interaction].waiting
    number = Personal(interaction, "number", "+33639980012")
    house.tell(e.CallbackNoted(cause="calls", interaction=interaction, queue="rsa", number=number))
    assert not house.pages.picture.contacts[interaction].waiting


async def test_what_is_asked_during_a_call_is_shown_until_it_is_granted(house: House) -> None:
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    house.tell(e.AgentAsked(cause="pages", agent="alice", wish="pause", reason="dejeuner", request="r"))
    line = house.pages.picture.agents["alice"]
    assert (line.state, line.asked, line.asked_reason) == ("on_interaction", "pause", "dejeuner")
    house.hangs_up(interaction)
    house.tell(e.AgentAsked(cause="pages", agent="alice", wish="finish", reason="", request="r"))
    line = house.pages.picture.agents["alice"]
    assert (line.state, line.reason, line.asked) == ("paused", "dejeuner", "")


async def test_an_interaction_leaves_the_picture_with_the_notes_on_it(house: House) -> None:
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    house.hangs_up(interaction)
    assert house.pages.picture.contact_of("alice") is not None
    house.tell(e.AgentAsked(cause="pages", agent="alice", wish="ready", reason=""))
    assert house.pages.picture.contacts == {}


async def test_a_step_told_twice_changes_nothing(house: House) -> None:
    house.available("alice")
    version = house.pages.picture.version
    house.pages.picture.fold(house.steps[-1])
    assert house.pages.picture.version == version


async def test_a_start_at_noon_shows_what_a_page_open_since_morning_shows(house: House) -> None:
    for agent in ("alice", "bruno"):
        house.available(agent)
    first, second, waiting = (house.arrives() for _ in range(3))
    house.answers(first)
    house.answers(second)
    house.hangs_up(first)
    house.tell(
        e.TrunkChanged(cause="telephony", node="allo", trunk="operateur", reachable=False, reason="proxies_silent"),
        e.FraudSuspected(cause="calls", agent="alice", why="short", count=20, held=False),
    )
    fresh = Picture(house.centre)
    begun = first_picture(past(house.kernel), Kept(house.steps))
    fresh.begin(begun.past, begun.live)
    assert fresh.waits.counts == fresh.outcomes == {}
    assert fresh.counted_since_ms == house.kernel.now_ms
    fresh.add(count_day(house.centre, begun.past, begun.day, begun.counted_since_ms))
    old = house.pages.picture
    assert fresh.contacts.keys() == old.contacts.keys() == {first, second, waiting}
    assert {name: line.state for name, line in fresh.agents.items()} == {
        name: line.state for name, line in old.agents.items()
    }
    assert fresh.away == old.away == {"operateur": "proxies_silent"}
    assert fresh.suspected == old.suspected != []
    assert fresh.waits.counts == old.waits.counts
    assert (fresh.outcomes, fresh.counted_since_ms) == (old.outcomes, old.counted_since_ms)


async def test_what_happens_while_the_day_is_counted_is_counted_once(house: House) -> None:
    house.available("alice")
    interaction = house.arrives()
    first = first_picture(past(house.kernel), Kept(list(house.steps)))
    fresh = Picture(house.centre)
    fresh.begin(first.past, first.live)
    before = len(house.steps)
    house.answers(interaction)
    for step in house.steps[before:]:
        fresh.fold(step)
    fresh.add(count_day(house.centre, first.past, first.day, first.counted_since_ms))
    assert fresh.waits.counts == house.pages.picture.waits.counts


def test_figures_of_a_day_that_is_over_are_not_added() -> None:
    picture = Picture(two_tenants())
    picture.take((), START_MS)
    yesterday = picture.figures()
    picture.take((), START_MS + 86_400_000)
    picture.add(msgspec.structs.replace(yesterday, outcomes={("answered", "nord"): 7}))
    assert picture.outcomes == {}


def test_days_have_the_hours_of_the_calendar() -> None:
    from zoneinfo import ZoneInfo

    began, ends = day_of(1_774_756_800_000, ZoneInfo("Europe/Paris"))  # 29 March 2026: clocks go forward
    assert ends - began == 23 * 3_600_000
