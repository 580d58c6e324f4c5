"""Pages and webhooks as processes of their own beside a real Asterisk: what they show and tell, and what their death
leaves out, which is nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import redis
from playwright.async_api import BrowserContext, Page

from core import events as e
from tests import servers
from tests.asterisk.ground import Site
from tests.asterisk.paperwork import PASSWORD, PORT, know, with_pages
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.telephones import until
from tests.asterisk.town import Scaled, centre_scaled
from tests.asterisk.watch import Watch
from tests.browser.conftest import chromium, context  # noqa: F401  # fixtures
from tests.softphone_ui.house import Person
from traffic.receiver import Receiver

SECRET = "whsec_" + "QWxsbyBzaWduZSBzZXMgd2ViaG9va3MuLi4u"
PATIENCE_S = 60.0
WHOLE = ["arrived", "qualified", "queued", "offered", "connected", "ended"]


def shared() -> dict[str, Any]:
    redis.Redis.from_url(servers.valkey().url).flushall()
    return {"journal": {"url": servers.database()}, "bus": {"url": servers.valkey().url}}


@pytest.fixture
async def scaled(site: Site, watch: Watch) -> AsyncIterator[Scaled]:
    small = with_pages(site, shared(), offer="20s", supervised=True)
    know(site, small, "06 39 98 10 01")
    async with centre_scaled(site, watch, small) as town:
        await town.up("kernel", "speech", "pages", "telephony")
        await watch.fact(e.NodeSeen)
        yield town


@pytest.fixture
async def page(context: BrowserContext) -> Page:  # noqa: F811
    return await context.new_page()


@contextlib.asynccontextmanager
async def page_of(town: Scaled, name: str) -> AsyncIterator[Person]:
    """Somebody at their page, which opens once the journal is folded."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        person = Person(f"http://{town.site.host}:{PORT}", client)

        async with asyncio.timeout(PATIENCE_S):
            while not await _entered(person, name):  # noqa: ASYNC110  a page opens in another process
                await asyncio.sleep(0.1)
        yield person


async def _entered(person: Person, name: str) -> bool:
    with contextlib.suppress(aiohttp.ClientConnectionError):
        return (await person.log_in(name, PASSWORD)).status == 200
    return False


async def test_the_page_shows_the_record_before_the_answer_and_what_is_asked_there_is_done(scaled: Scaled) -> None:
    desk = await scaled.desk()
    async with page_of(scaled, "a1") as person, person.socket("desk") as shown:
        await scaled.watch.fact(e.PageSeen, agent="a1", open=True)
        citizen = await scaled.exchange.citizen()
        contact = (await shown.until(lambda now: (now["contact"] or {}).get("record")))["contact"]
        assert (contact["phase"], contact["record"]["last_name"]) == ("offered", "Lefèvre")
        painted = {"interaction": contact["interaction"], "offer": contact["offer"]}
        assert (await person.ask("POST", "/api/shown", painted)).body["done"]
        await scaled.watch.fact(e.RecordShown)  # on its way to the kernel; the agent lifts within a millisecond
        await scaled.talking(citizen, desk)
        assert scaled.watch.times_ms(e.RecordShown)[0] <= scaled.watch.times_ms(e.OfferAnswered)[0]
        await citizen.call.hang_up()
        await shown.until(lambda now: now["contact"]["phase"] == "wrap_up")
        assert (await person.ask("POST", "/api/state", {"wish": "ready"})).body == {"done": True, "reason": ""}
        await shown.until(lambda now: now["me"]["state"] == "available")
    await scaled.watch.fact(e.PageSeen, agent="a1", open=False)
    await scaled.outcome(citizen, "answered")
    await scaled.nothing_is_left()
    assert "autre configuration" not in "".join(process.said for process in scaled.processes)


async def test_pages_killed_in_a_call_come_back_with_it(scaled: Scaled) -> None:
    desk = await scaled.desk()
    async with page_of(scaled, "a1") as person, person.socket("desk"):
        citizen = await scaled.exchange.citizen()
        await scaled.talking(citizen, desk)
        await scaled.kill("pages")
        await scaled.watch.fact(e.PageSeen, agent="a1", open=False)
        await scaled.talking_still(citizen, desk)
    await scaled.up("pages")
    async with page_of(scaled, "a1") as person, person.socket("desk") as shown:
        now = await shown.until(lambda now: now["contact"])
        assert (now["contact"]["phase"], now["me"]["state"]) == ("talking", "on_interaction")
        await citizen.call.hang_up()
        await shown.until(lambda now: now["contact"]["phase"] == "wrap_up")
        noted = {"interaction": now["contact"]["interaction"], "code": "essai", "note": "Rappeler lundi"}
        assert (await person.ask("POST", "/api/wrap-up", noted)).body["done"]
    note = await citizen.fact(e.WrapUpNoted)
    assert note.note is not None
    assert note.note.text == "Rappeler lundi"
    await scaled.outcome(citizen, "answered")
    await scaled.nothing_is_left()


async def test_a_session_outlives_the_process_of_the_pages(scaled: Scaled) -> None:
    async with page_of(scaled, "a1") as person:
        async with person.socket("desk") as shown:
            await scaled.watch.fact(e.PageSeen, agent="a1", open=True)
            await scaled.kill("pages")
            with contextlib.suppress(aiohttp.ClientError):
                async for _ in shown.opened:  # until nobody is there any more
                    pass
        await scaled.up("pages")
        async with asyncio.timeout(PATIENCE_S):
            while not await _known(person):  # noqa: ASYNC110  a page opens in another process
                await asyncio.sleep(0.1)
        async with person.socket("desk") as shown:  # the cookie of before, and the mark of before
            await shown.until(lambda now: now.get("me"))
            pause = {"wish": "pause", "reason": "dejeuner"}
            assert (await person.ask("POST", "/api/state", pause)).status == 200
        assert (await person.ask("DELETE", "/api/session")).status in (200, 204)
        assert (await person.ask("GET", "/api/me")).status == 401


async def _known(person: Person) -> bool:
    with contextlib.suppress(aiohttp.ClientConnectionError):
        return (await person.ask("GET", "/api/me")).status == 200
    return False


async def test_an_open_page_comes_back_by_itself_with_what_was_typed(scaled: Scaled, page: Page) -> None:
    desk = await scaled.desk()
    async with page_of(scaled, "a1"):  # the pages are open: their process folds the journal first
        pass
    await page.goto(f"http://{scaled.site.host}:{PORT}")
    await page.get_by_label("Votre nom d’agent").fill("a1")
    await page.get_by_label("Votre mot de passe").fill(PASSWORD)
    await page.get_by_role("button", name="Entrer").click()
    await page.get_by_role("heading", name="Vous êtes disponible").wait_for()
    citizen = await scaled.exchange.citizen()
    await scaled.talking(citizen, desk)
    await page.get_by_label("Note").fill("Rappeler lundi")
    await scaled.kill("pages")
    cut = page.get_by_text("Liaison coupée avec le centre")
    await cut.wait_for()
    await scaled.up("pages")
    await cut.wait_for(state="detached", timeout=PATIENCE_S * 1000)
    assert await page.get_by_label("Note").input_value() == "Rappeler lundi"
    await page.get_by_role("radio", name="Un essai").check()
    await desk.hang_up()
    await citizen.fact(e.ConversationEnded)
    await page.get_by_role("button", name="Enregistrer et me rendre disponible").click()
    noted = await citizen.fact(e.WrapUpNoted)
    assert noted.note is not None
    assert (noted.agent, noted.note.text) == ("a1", "Rappeler lundi")
    await scaled.outcome(citizen, "answered")
    await scaled.nothing_is_left()


async def test_why_somebody_waits_is_told_there_and_an_order_given_there_is_done(scaled: Scaled) -> None:
    citizen = await scaled.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    interaction = await citizen.interaction()
    async with page_of(scaled, "chef") as person, person.socket("table") as shown:
        told = await person.ask("GET", f"/api/contact/{interaction}/why")
        assert (told.status, told.body["waiting"]["place"], told.body["history"]["choices"]) == (200, 1, [])
        order = {"do": "move", "interaction": interaction, "queue": "autre"}
        body = {"order": order, "reason": "personne au conseil"}
        assert (await person.ask("POST", "/api/instruction", body)).body == {"done": False, "reason": "nobody_there"}
        assert (await person.ask("POST", "/api/instruction", {**body, "anyway": True})).body["done"]
        await shown.until(lambda now: now["waiting"][interaction]["queue"] == "autre" and now["ordered"])
    moved = await citizen.fact(e.ContactMoved)
    assert (moved.by, moved.reason) == ("chef", "personne au conseil")
    await citizen.call.hang_up()
    await scaled.outcome(citizen, "abandoned")
    await scaled.nothing_is_left()


async def test_a_kernel_that_is_away_is_waited_for_by_what_was_asked(scaled: Scaled) -> None:
    await scaled.desk()
    async with page_of(scaled, "a1") as person, person.socket("desk") as shown:
        await scaled.kill("kernel")
        answer = await person.ask("POST", "/api/state", {"wish": "pause", "reason": "dejeuner"})
        assert answer.body["done"] is None, "under way"
        await scaled.up("kernel")
        await shown.until(lambda now: now["me"]["state"] == "paused")
        await scaled.watch.fact(e.PageSeen, agent="a1", open=True, nth=2)


async def test_webhooks_killed_in_a_call_tell_each_thing_once(site: Site, watch: Watch) -> None:
    receiver = Receiver(SECRET)
    async with (
        receiver.listening("127.0.0.1") as url,
        centre_scaled(site, watch, SmallCentre(more=shared(), offer="20s")) as town,
    ):
        endpoint = {"url": url, "secret_env": "ALLO_WEBHOOK_TEST"}
        (site.config / "crm.yaml").write_text(json.dumps({"webhooks": {"endpoints": {"usagers": endpoint}}}))
        await town.up("kernel", "speech", "pages", "telephony")
        await town.up("webhooks", environment={"ALLO_WEBHOOK_TEST": SECRET})
        await town.running["webhooks"].says("à partir de l'étape")
        desk, citizen = await town.desk(), await town.exchange.citizen()
        await until(lambda: len(receiver.taken) >= 4, "the offer is told", PATIENCE_S)
        await town.kill("webhooks")
        await town.serves(citizen, desk)
        await town.outcome(citizen, "answered")
        await town.up("webhooks", environment={"ALLO_WEBHOOK_TEST": SECRET})
        await until(lambda: len(receiver.taken) >= 6, "the end is told", PATIENCE_S)
        assert [told.type.removeprefix("interaction.") for told in receiver.taken] == WHOLE
        assert [told.id[-3:] for told in receiver.taken] == [f"-w{number}" for number in range(1, 7)]
