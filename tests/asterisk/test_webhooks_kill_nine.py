"""The neighbours that break here are the receiver of webhooks, dead, and Allo itself: `kill -9` with webhooks not
delivered yet.  Each is told once, in its order, after both are back."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import LUNCH, SmallCentre
from tests.asterisk.telephones import until
from tests.asterisk.town import Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch
from traffic.receiver import Receiver

SECRET = "whsec_" + "QWxsbyBzaWduZSBzZXMgd2ViaG9va3MuLi4u"
PATIENCE_S = 60.0


@pytest.fixture
async def town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    async with centre_elsewhere(site, watch, SmallCentre()) as town:
        yield town


def told_to(config: Path, url: str) -> None:
    endpoint = {"url": url, "secret_env": "ALLO_WEBHOOK_TEST"}
    (config / "crm.yaml").write_text(json.dumps({"webhooks": {"endpoints": {"usagers": endpoint}}}))


def lives(receiver: Receiver) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for told in receiver.taken:
        found[told.body["data"]["interaction"]].append(told.type.removeprefix("interaction."))
    return dict(found)


async def test_what_was_not_delivered_when_allo_was_killed_is_delivered_once_by_the_next(town: Elsewhere) -> None:
    secret = {"ALLO_WEBHOOK_TEST": SECRET}
    receiver = Receiver(SECRET)
    async with receiver.listening("127.0.0.1") as url:
        port = int(url.split(":")[2].split("/")[0])
        told_to(town.site.config, url)
        await town.up(secret)
        desk, citizen = await town.desk(), await town.exchange.citizen()
        await town.serves(citizen, desk)
        await until(lambda: len(receiver.taken) == 6, "the first call is told", PATIENCE_S)
    # The receiver is dead from here on; a call comes in, a second one is left waiting when Allo dies.
    second = await town.exchange.citizen()
    await town.serves(second, desk)
    await desk.dial(LUNCH)
    third = await town.exchange.citizen()
    await third.fact(e.CallerHeld)
    await town.process.kill()
    await third.call.hang_up()

    async with receiver.listening("127.0.0.1", port):
        await town.up(secret)
        await until(lambda: len(lives(receiver)) == 3 and _over(receiver), "everything is told", PATIENCE_S)
    first_life, second_life, third_life = (life for _, life in sorted(lives(receiver).items()))  # ids sort by time
    assert first_life == ["arrived", "qualified", "queued", "offered", "connected", "ended"]
    assert second_life == first_life
    # Nobody knows how a call ended that Asterisk no longer has: lost, and somebody is to call back.
    assert third_life == ["arrived", "qualified", "queued", "lost", "task.opened"]
    names = [told.id for told in receiver.taken]
    assert len(names) == len(set(names))
    counted = defaultdict(list)
    for name in names:
        interaction, _, number = name.rpartition("-w")
        counted[interaction].append(int(number))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in counted.values())


def _over(receiver: Receiver) -> bool:
    return all({"ended", "task.opened"} & set(life) for life in lives(receiver).values())


async def test_a_receiver_that_hangs_costs_no_call_anything(town: Elsewhere) -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    told_to(town.site.config, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await town.up({"ALLO_WEBHOOK_TEST": SECRET})
    desk = await town.desk()
    for _ in range(3):
        await town.serves(await town.exchange.citizen(), desk)
    assert {fact.outcome for fact in town.watch.facts(e.InteractionEnded)} == {"answered"}
    server.close()
