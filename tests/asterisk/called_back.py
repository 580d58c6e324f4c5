"""People who are promised a call: by the key while they wait, at a number that they type, at an hour agreed on."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.manager import no_channel_left
from tests.asterisk.outside import Outside
from tests.asterisk.paperwork import PASSWORD, PORT, know, with_pages
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Elsewhere
from tests.softphone_ui.house import Person

TYPED: Final = "0639987702"
AGREED: Final = "06 39 98 77 03"
PARIS: Final = ZoneInfo("Europe/Paris")


def calling_back(site: Site, **callback: Any) -> SmallCentre:
    """A centre with pages whose queues call back; the number is asked for."""
    small = with_pages(site, calls_out=True, callback={"key": "1", "tries": 2, "script": "rappel", **callback})
    know(site, small, AGREED)
    return small


@dataclass
class Promised:
    """A centre that can be killed, and the telephones of those whom it calls."""

    town: Elsewhere
    outside: Outside

    async def by(self, kind: str) -> str:
        """Somebody is promised a call; gives the task."""
        await (self.typed() if kind == "typed" else self.agreed())
        return str((await self.town.watch.fact(e.TaskOpened)).task)

    async def typed(self) -> None:
        """Whoever hides their number waits, presses the key, types another and confirms it."""
        citizen = await self.town.exchange.citizen(privacy=True)
        await self.town.watch.fact(e.CallerHeld)
        await citizen.call.press("1")
        await citizen.hears_prompt("rappel.numero")
        await citizen.call.press(TYPED)
        await citizen.hears_prompt("rappel.confirmer")
        await citizen.call.press("1")
        await citizen.hears_prompt("attente.rappel_note")
        await self.town.watch.fact(e.InteractionEnded, outcome="converted")
        await citizen.call.ended(10)

    async def agreed(self, hour: datetime | None = None) -> None:
        """An agent notes an hour on their page; now, if no other is said."""
        hour = hour or datetime.now(PARIS)
        body = {
            "service": "directe",
            "queue": "conseil",
            "number": AGREED,
            "day": f"{hour:%Y-%m-%d}",
            "after": f"{hour:%H:%M}",
            "before": f"{hour + timedelta(minutes=1):%H:%M}",
        }
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            person = Person(f"http://{self.town.site.host}:{PORT}", client)
            async with asyncio.timeout(30):
                while not await _entered(person):  # noqa: ASYNC110  a page opens in another process
                    await asyncio.sleep(0.1)
            answer = await person.ask("POST", "/api/callback", body)
            assert (answer.status, answer.body) == (200, {"done": True, "reason": ""})

    async def again(self) -> None:
        """The next Allo is up, and has asked what is there."""
        seen = len(self.town.watch.facts(e.NodeSeen))
        await self.town.up()
        await self.town.watch.fact(e.NodeSeen, nth=seen + 1)

    async def killed(self) -> None:
        await self.town.process.kill()

    async def nothing_is_left(self) -> None:
        watch = self.town.watch
        await watch.until(lambda: not watch.here(), "the end of every interaction")
        await no_channel_left(self.town.site)
        assert watch.broken_laws() == []
        assert self.outside.phone.incoming.empty(), "nobody is dialled twice"
        assert [desk.name for desk in self.town.exchange.desks.values() if desk.doubled] == []


async def _entered(person: Person) -> bool:
    with contextlib.suppress(aiohttp.ClientConnectionError):
        return (await person.log_in("a1", PASSWORD)).status == 200
    return False
