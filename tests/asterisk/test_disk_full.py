"""The neighbour that breaks here is the disk: it takes no byte any more (RLIMIT_FSIZE on the running centre)."""

from __future__ import annotations

import resource

from core import events as e
from tests.asterisk.small_centre import WELCOME
from tests.asterisk.town import Elsewhere

NOT_A_BYTE = (0, resource.RLIM_INFINITY)
ALL = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


async def test_calls_go_on_and_new_ones_go_straight_to_a_person_until_it_writes_again(elsewhere: Elsewhere) -> None:
    process = await elsewhere.up()
    first, second = await elsewhere.desk(1), await elsewhere.desk(2)
    before = await elsewhere.exchange.citizen()
    await elsewhere.talking(before, first)

    resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE, NOT_A_BYTE)
    noticing = await elsewhere.exchange.citizen()  # whatever comes first finds out
    await second.takes()
    await second.hears_from(noticing)
    await process.says("journal")
    await second.hang_up()
    await noticing.call.ended(10)

    safe = await elsewhere.exchange.citizen(WELCOME)
    await second.takes()  # no welcome, no question: a person
    await second.hears_from(safe)
    await elsewhere.talking_still(before, first)
    await first.hang_up()
    await before.call.ended(10)

    resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE, ALL)
    kept = await elsewhere.watch.fact(e.JournalAlarm, kept=True)
    assert kept.kept
    assert elsewhere.watch.facts(e.JournalAlarm)[0].kept is False
    need = await safe.fact(e.NeedStated)
    assert (need.need.queue, need.need.priority) == ("conseil", 1)
    assert elsewhere.watch.facts(e.StepReached, interaction=need.interaction) == []
    await second.hang_up()
    for citizen in (before, noticing, safe):
        await elsewhere.outcome(citizen, "answered")

    alarms = elsewhere.watch.facts
    await elsewhere.watch.until(lambda: alarms(e.JournalAlarm)[-1].kept, "the journal keeps, and goes on keeping")
    usual = await elsewhere.exchange.citizen(WELCOME)
    await usual.hears_prompt("accueil.bienvenue")
    await usual.call.hang_up()
    await elsewhere.outcome(usual, "abandoned")
    assert elsewhere.watch.broken_laws() == []


async def test_a_full_disk_at_the_start_is_told_with_its_remedy(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    await elsewhere.process.kill()
    process = await elsewhere.begin(before=("prlimit", "--fsize=0"))
    assert await process.code() == 1
    assert "Traceback" not in process.said
    assert "disque" in process.said or "journal" in process.said.lower()
    await elsewhere.up()
