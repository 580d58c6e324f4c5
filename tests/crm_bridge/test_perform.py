"""The edge of the records: what it tells of a number, and what pages get of a record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import events as e
from core import ids
from core.citizen import Reading
from core.commands import Order, SeekCitizen
from core.errors import LinkDown
from core.events.base import Event
from core.personal import Personal
from crm_bridge.importing import import_file
from crm_bridge.perform import CitizenRecords
from crm_bridge.recognise import Rules
from runtime.crm import make_records, open_store
from runtime.places import Places
from runtime.settings.crm import Crm as CrmSettings
from runtime.settings.crm import RecordsSettings
from tests.crm_bridge.crm import Crm

INTERACTION = ids.mint(1_800_000_000_000, b"0123456789")
READING = Reading(agent="claire.aubry", why="offer", interaction=INTERACTION)
CSV = """id;nom;date_naissance;telephone;telephone_confirme_le;referent_agent;langue
78-1;Diallo;12/03/1982;0639980001;;karim.benali;en
78-2;Ancien;;0639980002;01/01/2020;karim.benali;en
78-3;Frère;;0639980003;;;en
78-4;Soeur;;0639980003;;;en
"""


class Bench:
    """The edge, with the facts that it told."""

    def __init__(self, edge: CitizenRecords, places: Places, settings: RecordsSettings) -> None:
        self.edge = edge
        self.facts: list[Event] = []
        self._places = places
        self._settings = settings

    async def seek(self, number: str | None, tenant: str = "yvelines") -> tuple[Event, list[Event]]:
        self.facts.clear()
        command = SeekCitizen(
            cause="t",
            interaction=INTERACTION,
            tenant=tenant,
            service="rsa",
            number=Personal(INTERACTION, "number", number),
            until_at_ms=0,
        )
        end = await self.edge.perform(Order(id="1.1", lane=INTERACTION, command=command))
        return end, list(self.facts)

    async def found(self, number: str | None, tenant: str = "yvelines") -> tuple[str, str | None]:
        end, (fact,) = await self.seek(number, tenant)
        assert isinstance(end, e.OrderDone)
        assert isinstance(fact, e.CitizenFound)
        assert fact.record is None or (fact.record.of, fact.record.purpose) == (INTERACTION, "record")
        return fact.how, fact.record.text if fact.record else None

    def accesses(self, record: str) -> int:
        store = open_store(self._settings, self._places)
        try:
            return len(store.accesses("yvelines", record))
        finally:
            store.close()


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    async with Crm().listening() as crm:
        yield crm


@pytest.fixture
async def bench(tmp_path: Path, crm: Crm) -> AsyncIterator[Bench]:
    asked = CrmSettings(url=f"{crm.url}/{{national}}", deadline_ms=300)
    rules = Rules(shared_numbers=frozenset({"+33199009000"}))
    settings = RecordsSettings(rules=rules, crm={"yvelines": asked})
    places = Places(run=tmp_path)
    store = open_store(settings, places)
    (tmp_path / "usagers.csv").write_text(CSV, encoding="utf-8")
    import_file(store, tmp_path / "usagers.csv", "yvelines", _now_ms())
    store.close()
    bench = Bench(make_records(settings, places), places, settings)
    await bench.edge.start(bench.facts.append, lambda: INTERACTION)
    yield bench
    await bench.edge.stop()


def _now_ms() -> int:
    import time

    return time.time_ns() // 1_000_000


async def test_our_own_records_come_first_and_the_crm_is_not_asked(bench: Bench, crm: Crm) -> None:
    assert await bench.found("+33639980001") == ("one", "78-1")
    assert await bench.found("+33639980002") == ("unsure", None)
    assert await bench.found("+33639980003") == ("several", None)
    assert await bench.found("+33199009000") == ("shared", None)
    assert crm.asked == []


async def test_then_the_crm_of_that_tenant_and_of_no_other(bench: Bench, crm: Crm) -> None:
    assert await bench.found("+33639980009") == ("one", "crm:7")
    crm.how = "several"
    assert await bench.found("+33639980008") == ("several", None)
    assert await bench.found("+33639980007", "hauts_de_seine") == ("none", None)
    assert [path for path, _token in crm.asked] == ["/0639980009", "/0639980008"]


async def test_who_follows_a_person_is_told_with_the_record_if_it_is_surely_theirs(bench: Bench, crm: Crm) -> None:
    async def referent(number: str) -> str:
        _, (fact,) = await bench.seek(number)
        assert isinstance(fact, e.CitizenFound)
        return fact.referent

    assert await referent("+33639980001") == "karim.benali"
    assert await referent("+33639980002") == ""
    crm.how = "followed"
    assert await referent("+33639980009") == "a2"
    crm.how = "followed by words"
    assert await referent("+33639980008") == "", "what is no name of ours is told to nobody"


async def test_what_a_person_speaks_is_told_with_the_record_if_it_is_surely_theirs(bench: Bench) -> None:
    told = {}
    for number in ("+33639980001", "+33639980002", "+33639980003"):
        _, (fact,) = await bench.seek(number)
        assert isinstance(fact, e.CitizenFound)
        told[number[-1]] = fact.language
    assert told == {"1": "en", "2": "", "3": ""}


async def test_where_a_person_lives_is_told_in_a_box_and_not_if_it_is_secret(bench: Bench, crm: Crm) -> None:
    crm.how = "resident"
    _, (fact,) = await bench.seek("+33639980009")
    assert isinstance(fact, e.CitizenFound)
    assert fact.commune == Personal(INTERACTION, "record", "MANTES LA JOLIE")
    crm.how = "protected resident"
    _, (fact,) = await bench.seek("+33639980008")
    assert isinstance(fact, e.CitizenFound)
    assert (fact.how, fact.commune) == ("one", None)


async def test_a_crm_that_does_not_answer_leaves_the_records_away_and_tells_nothing_else(
    bench: Bench, crm: Crm
) -> None:
    crm.how = "html"
    end, facts = await bench.seek("+33639980009")
    assert isinstance(end, e.OrderFailed)
    assert (end.reason, end.retryable, facts) == ("away", True, [])


async def test_no_number_is_nobodys(bench: Bench) -> None:
    for number in (None, "3939", "anonymous"):
        assert await bench.found(number) == ("none", None)


async def test_a_page_gets_the_record_and_the_access_is_noted(bench: Bench) -> None:
    record = await bench.edge.record("yvelines", "78-1", READING)
    assert record is not None
    assert record.last_name == "Diallo"
    assert bench.accesses("78-1") == 1
    assert await bench.edge.record("hauts_de_seine", "78-1", READING) is None
    assert [one.id for one in await bench.edge.search("yvelines", "diallo", "1982-03-12", READING)] == ["78-1"]
    assert bench.accesses("78-1") == 2


async def test_a_record_of_the_crm_is_noted_as_well(bench: Bench) -> None:
    await bench.found("+33639980009")
    record = await bench.edge.record("yvelines", "crm:7", READING)
    assert record is not None
    assert record.last_name == "Diallo"
    assert bench.accesses("crm:7") == 1


async def test_before_the_start_and_after_the_end_orders_end_and_pages_are_told(bench: Bench) -> None:
    await bench.edge.stop()
    await bench.edge.stop()
    end, facts = await bench.seek("+33639980001")
    assert isinstance(end, e.OrderFailed)
    assert (end.retryable, facts) == (True, [])
    with pytest.raises(LinkDown):
        await bench.edge.record("yvelines", "78-1", READING)
