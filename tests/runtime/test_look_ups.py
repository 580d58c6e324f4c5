"""Look-ups that nobody's work explains: what is unusual, told once, out of the real access log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core import events as e
from core.citizen import Reading
from crm_bridge.importing import import_file
from crm_bridge.keys import RecordsFault
from crm_bridge.store import Look, Store
from runtime.crm import open_store
from runtime.places import Places
from runtime.settings.crm import RecordsSettings, Unusual
from runtime.telling.look_ups import BY_NAME, DAY_MS, HOUR_MS, Alert, LookUps, Watch
from tests import centres

POLICY = Unusual(persons=3, agents=2)
CALL = centres.interaction(1)
NOW_MS = 1_800_000_000_000
CSV = "id;nom;date_naissance;telephone\n" + "".join(f"{at};NOM{at};01/02/1980;06399800{at:02}\n" for at in range(1, 9))


def look(at_ms: int, person: str, agent: str = "karim.benali", why: str = "search") -> Look:
    return Look(at_ms=at_ms, agent=agent, why=why, interaction=CALL, person=person)


def test_an_hour_of_browsing_is_told_once_and_an_hour_of_calls_never() -> None:
    browsing = [look(at, f"p{at}") for at in range(1, 7)]
    assert list(Watch(POLICY).take(browsing)) == [Alert(at_ms=4, why="persons", count=4, agent="karim.benali")]
    assert not list(Watch(POLICY).take(browsing[:3]))
    assert not list(Watch(POLICY).take(look(at, "the same") for at in range(100)))
    assert not list(Watch(POLICY).take(look(at, f"p{at}", why="call") for at in range(100)))
    assert not list(Watch(POLICY).take(look(at * HOUR_MS, f"p{at}") for at in range(100)))
    assert not list(Watch(POLICY).take(look(at, f"p{at}", agent=f"a{at}") for at in range(100)))


def test_one_person_whom_many_look_for_is_told_and_whom_they_call_is_not() -> None:
    talked_of = [look(at, "voisine", agent=f"a{at}") for at in range(1, 6)]
    assert list(Watch(POLICY).take(talked_of)) == [Alert(at_ms=3, why="agents", count=3, person="voisine")]
    assert not list(Watch(POLICY).take(look(at, "voisine", agent=f"a{at}", why="offer") for at in range(9)))
    assert not list(Watch(POLICY).take(look(at * DAY_MS, "voisine", agent=f"a{at}") for at in range(9)))


def test_looks_that_are_read_again_change_nothing_and_a_second_hour_is_told_again() -> None:
    watch = Watch(POLICY)
    browsing = [look(at, f"p{at}") for at in range(1, 5)]
    assert len(list(watch.take(browsing))) == 1
    assert not list(watch.take(browsing))
    assert not list(watch.take([look(2 * HOUR_MS, "p9")]))
    assert len(list(watch.take(look(2 * HOUR_MS + at, f"p{at}") for at in range(1, 5)))) == 1


class Centre:
    """A watch over real records; `told` is what it tells."""

    def __init__(self, place: Path) -> None:
        self.store: Store = open_store(RecordsSettings(), Places(run=place))
        file = place / "usagers.csv"
        file.write_text(CSV, encoding="utf-8")
        import_file(self.store, file, "yvelines", NOW_MS)
        self.told: list[e.LookUpsUnusual] = []
        self.begin()

    def begin(self) -> None:
        """As at a start."""
        self.look_ups = LookUps(
            lambda: ("yvelines", "hauts_de_seine"),
            lambda tenant, since_ms: list(self.store.looks(tenant, since_ms, why=BY_NAME)),
            POLICY,
            lambda: NOW_MS,
            self.told.append,
            every_s=0.01,
        )

    def search(self, number: int, at_ms: int, agent: str = "karim.benali") -> None:
        reading = Reading(agent=agent, why="search", interaction=CALL)
        assert self.store.search("yvelines", f"Nom{number}", "1980-02-01", reading, at_ms)


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


async def test_what_the_access_log_holds_is_told_once_to_the_organisation_whose_records_they_are(
    centre: Centre,
) -> None:
    for number in range(1, 4):
        centre.search(number, NOW_MS - 60_000 + number)
    await centre.look_ups.ask("yvelines")
    assert not centre.told
    centre.search(4, NOW_MS)
    centre.search(5, NOW_MS + 1)
    for tenant in ("yvelines", "yvelines", "hauts_de_seine"):
        await centre.look_ups.ask(tenant)
    (told,) = centre.told
    assert (told.tenant, told.why, told.agent, told.count, told.person) == (
        "yvelines",
        "persons",
        "karim.benali",
        4,
        "",
    )
    for agent in ("a", "b"):
        centre.search(4, NOW_MS + 2, agent=agent)
    await centre.look_ups.ask("yvelines")
    assert (centre.told[1].why, centre.told[1].agent, centre.told[1].count) == ("agents", "", 3)
    assert len(centre.told[1].person) == 10


async def test_what_was_long_ago_when_it_starts_is_not_told_and_what_was_while_it_was_away_is(centre: Centre) -> None:
    for number in range(1, 6):
        centre.search(number, NOW_MS - 3 * HOUR_MS + number)
    await centre.look_ups.ask("yvelines")
    assert not centre.told
    for number in range(1, 6):
        centre.search(number, NOW_MS - 60_000 + number)
    centre.begin()
    await centre.look_ups.ask("yvelines")
    assert [told.why for told in centre.told] == ["persons"]


async def test_records_that_do_not_answer_are_asked_again(centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(1, 6):
        centre.search(number, NOW_MS)
    answers, asked, heard = centre.store, [], asyncio.Event()

    def looks(tenant: str, since_ms: int) -> list[Look]:
        asked.append(tenant)
        if len(asked) == 1:
            raise RecordsFault("away")
        return list(answers.looks(tenant, since_ms, why=BY_NAME))

    def tell(fact: e.LookUpsUnusual) -> None:
        centre.told.append(fact)
        heard.set()

    watching = LookUps(lambda: ("yvelines",), looks, POLICY, lambda: NOW_MS, tell, every_s=0.01)
    watching.start()
    async with asyncio.timeout(20):
        await heard.wait()
    await watching.stop()
    assert len(centre.told) == 1
    assert "journal des accès : RecordsFault" in caplog.text
