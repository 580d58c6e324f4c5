"""The neighbour that breaks here is another program that holds the journal's database: nobody else may write it."""

from __future__ import annotations

import contextlib
import sqlite3

from core import events as e
from tests.asterisk.small_centre import WELCOME
from tests.asterisk.town import Elsewhere


async def test_calls_go_on_and_new_ones_go_straight_to_a_person_until_it_lets_go(elsewhere: Elsewhere) -> None:
    process = await elsewhere.up()
    first, second = await elsewhere.desk(1), await elsewhere.desk(2)
    before = await elsewhere.exchange.citizen()
    await elsewhere.talking(before, first)

    journal = elsewhere.site.run / "journal" / "allo.db"
    with contextlib.closing(sqlite3.connect(journal, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN IMMEDIATE")
        noticing = await elsewhere.exchange.citizen()  # whatever comes first finds out
        await second.takes()
        await second.hears_from(noticing)
        await process.says("un autre programme tient la base")
        await second.hang_up()
        await noticing.call.ended(10)

        safe = await elsewhere.exchange.citizen(WELCOME)
        await second.takes()  # no welcome, no question: a person
        await second.hears_from(safe)
        await elsewhere.talking_still(before, first)
        other.execute("ROLLBACK")

    kept = await elsewhere.watch.fact(e.JournalAlarm, kept=True)
    assert kept.kept
    assert elsewhere.watch.facts(e.JournalAlarm)[0].kept is False
    await first.hang_up()
    await second.hang_up()
    for citizen in (before, noticing, safe):
        await elsewhere.outcome(citizen, "answered")
    assert [step.seq for step in elsewhere.watch.steps] == list(range(1, elsewhere.watch.last_seq + 1))  # none fell out
    usual = await elsewhere.exchange.citizen(WELCOME)
    await usual.hears_prompt("accueil.bienvenue")
    await usual.call.hang_up()
    await elsewhere.outcome(usual, "abandoned")
    assert elsewhere.watch.broken_laws() == []
