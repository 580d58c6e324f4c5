"""A closed service and a number that nobody has: what callers hear, and as what their calls are counted.

What is heard is compared with the recordings, sample by sample; messages of the moment are set by `./allo service`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from core import events as e
from speech.sound import from_alaw
from tests.asterisk.small_centre import CLOSED, DIRECT, UNKNOWN, WELCOME
from tests.asterisk.telephones import Citizen, hears_signal
from tests.asterisk.town import ROOT, Elsewhere, Here, Town

WORDS = "Suite à une panne de nos outils, l'attente est plus longue."


async def allo(town: Town, *words: str) -> str:
    """Runs `./allo service …` beside the centre, and gives what it said."""
    environment = {**os.environ, "ALLO_HOME": str(town.site.home), "PYTHONPATH": str(ROOT)}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime", "service", *words),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    assert child.returncode == 0, said.decode()
    return said.decode()


async def hears_typed(town: Town, citizen: Citizen) -> None:
    """Waits until the typed words were heard whole, as they were synthesised."""
    told = await town.watch.until(
        lambda: [fact.path for fact in town.watch.facts(e.PromptReady) if fact.prompt.startswith("fr/notice.typed")],
        "the typed words made",
    )
    assert told[-1] is not None
    await hears_signal(citizen.call, from_alaw(_content(told[-1])))


def _content(path: str) -> bytes:
    return Path(f"{path}.alaw").read_bytes()


async def test_a_closed_service_says_so_and_its_calls_are_counted_apart(town: Here) -> None:
    citizen = await town.exchange.citizen(CLOSED)
    await citizen.hears_prompt("ferme.horaires")
    assert (await citizen.call.ended(10)).cause == 16
    await town.outcome(citizen, "out_of_hours")
    assert town.watch.facts(e.NeedStated) == []
    assert town.platform.loop.kernel.mind("ledger").count("out_of_hours") == 1


async def test_who_hangs_up_on_a_closed_service_has_abandoned_nothing(town: Here) -> None:
    citizen = await town.exchange.citizen(CLOSED)
    await citizen.fact(e.PlaybackStarted)
    await citizen.call.hang_up()
    await town.outcome(citizen, "out_of_hours")
    assert town.watch.facts(e.TaskOpened) == []


async def test_a_number_that_nobody_has_is_told_so(town: Here) -> None:
    citizen = await town.exchange.citizen(UNKNOWN)
    await citizen.hears_prompt("numero.inconnu")
    assert (await citizen.call.ended(10)).cause == 16
    await town.outcome(citizen, "unknown_number")
    assert town.platform.loop.kernel.mind("ledger").count("unknown_number") == 1


async def test_a_message_of_the_moment_is_heard_by_every_caller_and_outlives_a_crash(elsewhere: Elsewhere) -> None:
    town = elsewhere
    await town.up()
    said = await allo(town, "announce", WORDS, "--for", "1h", "--why", "panne", "--service", "accueil")
    assert WORDS in said
    before = await town.exchange.citizen(WELCOME)
    await hears_typed(town, before)
    await before.hears_prompt("accueil.bienvenue")
    other = await town.exchange.citizen(CLOSED)
    await other.hears_prompt("ferme.horaires")
    await town.outcome(other, "out_of_hours")

    await town.process.kill()
    await town.up()
    after = await town.exchange.citizen(WELCOME)
    await hears_typed(town, after)
    (told,) = town.watch.facts(e.NoticeSet)
    assert (told.service, told.reason) == ("accueil", "panne")
    assert told.by.startswith("@")

    assert WORDS not in await allo(town, "withdraw")
    quiet = await town.exchange.citizen(WELCOME)
    await quiet.hears_prompt("accueil.bienvenue")
    reached = town.watch.facts(e.StepReached, interaction=await quiet.interaction(), step="accueil")
    assert [text.key for text in reached[0].say] == ["accueil.bienvenue"]
    for citizen in (before, after, quiet):
        await citizen.call.hang_up()


async def test_a_recorded_message_is_heard_before_the_closed_service_says_its_hours(elsewhere: Elsewhere) -> None:
    town = elsewhere
    await town.up()
    await allo(town, "announce", "--text", "urgence.panne", "--for", "1h")
    citizen = await town.exchange.citizen(CLOSED)
    await citizen.hears_prompt("urgence.panne")
    await citizen.hears_prompt("ferme.horaires")
    await town.outcome(citizen, "out_of_hours")


async def test_a_service_that_is_shut_early_closes_for_the_next_caller_and_opens_again(elsewhere: Elsewhere) -> None:
    town = elsewhere
    file = town.site.config / "centre.yaml"
    centre = file.read_text().replace('"dates": {"01/01-31/12": "ferme"}', '"dates": {"01/01-31/12": "00:00-24:00"}')
    file.write_text(centre)
    await town.up()
    await allo(town, "shut", "--for", "1h", "--service", "jamais", "--why", "panne")
    first = await town.exchange.citizen(CLOSED)
    await first.hears_prompt("ferme.horaires")
    await town.outcome(first, "out_of_hours")
    await allo(town, "reopen", "--service", "jamais")
    second = await town.exchange.citizen(CLOSED)
    await second.hears_music()
    third = await town.exchange.citizen(DIRECT)
    await third.hears_music()
    for citizen in (second, third):
        await citizen.call.hang_up()
