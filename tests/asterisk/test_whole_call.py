"""A citizen's call goes all the way, with sound that is measured at both ends."""

from __future__ import annotations

import asyncio

from core import events as e
from tests.asterisk.small_centre import DIRECT, WELCOME, SmallCentre
from tests.asterisk.telephones import SILENT_DBFS, music
from tests.asterisk.town import Here
from traffic.sound import level_dbfs


async def test_a_call_is_welcomed_qualified_queued_offered_answered_and_written_down(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen(WELCOME)
    await citizen.hears_prompt("accueil.bienvenue")
    await citizen.hears_prompt("menu.choix")
    await citizen.call.press("1")
    await town.talking(citizen, desk)
    await desk.hang_up()
    await citizen.call.ended(5)
    await town.outcome(citizen, "answered")
    await town.watch.agent(desk.name, "available")
