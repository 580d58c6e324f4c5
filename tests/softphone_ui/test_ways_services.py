"""What a supervisor's page may ask of services, what tables then show, and the walls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from core import events as e
from core.centre import Hours
from core.text import say, typed
from runtime.scaled.first_picture import first_picture, past
from softphone_ui.picture import Picture
from softphone_ui.rows import ServiceLine
from tests.softphone_ui.house import House, two_tenants
from tests.softphone_ui.test_picture import Kept

WORDS: Final = "Suite à une panne, l'attente est longue."
TEXTS: Final = json.loads((Path(__file__).parents[2] / "softphone_ui" / "web" / "fr.json").read_text(encoding="utf-8"))


@pytest.fixture
async def house(tmp_path: Path) -> Any:
    """Services that close: nord's and sud's, open at any hour but for what somebody decides."""
    centre = two_tenants()
    hours = {"toujours": Hours(name="toujours", title="", rules="24/7")}
    services = {
        name: msgspec.structs.replace(service, hours="toujours", closed_script="accueil")
        for name, service in centre.services.items()
    }
    texts = {"fr": {**centre.texts["fr"], "urgence.greve": "En raison d'une grève.", "urgence.n": "Dans {n} jours."}}
    house = House(tmp_path, msgspec.structs.replace(centre, hours=hours, services=services, texts=texts))
    await house.start()
    yield house
    await house.stop()


async def test_a_message_is_set_shown_to_who_watches_that_service_and_withdrawn(house: House) -> None:
    odile, paule = await house.logged_in("odile"), await house.logged_in("paule")
    body = {"wish": "announce", "services": ["solidarites"], "words": f"  {WORDS} ", "minutes": 30, "reason": "panne"}
    async with odile.socket("table") as north, paule.socket("table") as both:
        assert (await odile.ask("POST", "/api/service", body)).body == {"done": True, "reason": ""}
        (told,) = house.said(e.NoticeSet)
        assert (told.service, told.text, told.by, told.reason) == ("solidarites", typed(WORDS), "odile", "panne")
        for watching in (north, both):
            shown = await watching.until(lambda shown: shown["services"]["solidarites"]["notice"])
            assert shown["services"]["solidarites"]["notice"] == WORDS
            assert shown["services"]["solidarites"]["notice_by"] == "Odile"
        assert "pmi" not in north.shown["services"]
        assert not both.shown["services"]["pmi"]["notice"]
        assert (await odile.ask("POST", "/api/service", {"wish": "withdraw"})).body["done"]
        await both.until(lambda shown: not shown["services"]["solidarites"]["notice"])


async def test_without_names_all_of_ones_own_services_are_meant(house: House) -> None:
    odile = await house.logged_in("odile")
    assert (await odile.ask("POST", "/api/service", {"wish": "shut", "minutes": 60})).body["done"]
    assert [fact.service for fact in house.said(e.ServiceClosed)] == ["solidarites"]
    assert [fact.state for fact in house.said(e.OpeningChanged) if fact.service == "solidarites"][-1] == "closed"


@pytest.mark.parametrize("wish", ["announce", "withdraw", "shut", "reopen"])
async def test_a_service_of_another_organisation_is_out_of_reach(house: House, wish: str) -> None:
    odile = await house.logged_in("odile")  # of nord alone
    for services in (["pmi"], ["solidarites", "pmi"], ["numero_inconnu"], ["rien"]):
        body = {"wish": wish, "services": services, "words": WORDS, "minutes": 60}
        answer = await odile.ask("POST", "/api/service", body)
        assert (answer.status, answer.body) == (400, {"reason": "service_unknown"})
    assert house.said(e.ServiceAsked) == []


async def test_a_text_of_the_catalogue_can_be_chosen_by_supervisors_only(house: House) -> None:
    paule, alice = await house.logged_in("paule"), await house.logged_in("alice")
    me = (await paule.ask("GET", "/api/me")).body
    assert me["notices"] == [{"name": "urgence.greve", "title": "En raison d'une grève."}]
    assert (await alice.ask("GET", "/api/me")).body["notices"] == []
    body = {"wish": "announce", "text": "urgence.greve", "minutes": 30}
    assert (await paule.ask("POST", "/api/service", body)).body["done"]
    assert [fact.text for fact in house.said(e.NoticeSet)] == [say("urgence.greve")] * 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"wish": "announce", "words": WORDS}, "until_unfit"),
        ({"wish": "announce", "minutes": 30}, "text_unknown"),
        ({"wish": "announce", "text": "inconnu", "minutes": 30}, "text_unknown"),
        ({"wish": "announce", "words": "a\u0007b", "minutes": 30}, "words_unfit"),
        ({"wish": "shut"}, "until_unfit"),
    ],
)
async def test_what_cannot_be_is_answered_in_words(house: House, body: dict[str, Any], reason: str) -> None:
    paule = await house.logged_in("paule")
    answer = await paule.ask("POST", "/api/service", body)
    assert answer.body == {"done": False, "reason": reason}
    assert f"refused.{reason}" in TEXTS


async def test_a_start_at_noon_knows_what_was_set_before(house: House) -> None:
    paule = await house.logged_in("paule")
    for body in ({"wish": "announce", "words": WORDS, "minutes": 30}, {"wish": "shut", "minutes": 60}):
        assert (await paule.ask("POST", "/api/service", body)).body["done"]
    fresh = Picture(house.centre)
    now = past(house.kernel)
    fresh.begin(now, first_picture(now, Kept(house.steps)).live)
    late = Picture(house.centre)
    late.begin(now, ())  # as on the next day: the steps of yesterday are not told
    assert fresh.services == late.services == house.pages.picture.services
    line = late.services["pmi"]
    assert isinstance(line, ServiceLine)
    assert line.notice is not None
    assert (line.notice.typed, line.state, line.closed_by) == (WORDS, "closed", "paule")
