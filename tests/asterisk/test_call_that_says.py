"""`./allo call --say`, as it is typed, speaks to a centre that hears: the real command, sound and recogniser."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from core import events as e
from tests.asterisk.conftest import TownWith
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SPOKEN, SmallCentre
from tests.runtime.test_command_line import allo


class CalledFromHere(SmallCentre):
    """A centre whose operator is at its own address too, as `./allo call` takes it to be."""

    def write(self, site: Site) -> Path:
        config = super().write(site)
        file = config / "centre.yaml"
        centre = json.loads(file.read_text(encoding="utf-8"))
        centre["trunks"]["operateur"]["match"].append(site.host)
        file.write_text(json.dumps(centre), encoding="utf-8")
        return config


async def test_each_sentence_answers_a_question(town_with: TownWith) -> None:
    town = await town_with(CalledFromHere(speech={"models": {"fr": "essai"}, "workers": 1}))
    await town.watch.fact(e.SpeechCapacity)
    calling = asyncio.create_task(
        asyncio.to_thread(
            allo,
            *("call", "--config", str(town.site.config), "--number", SPOKEN, "--seconds", "12", "--json"),
            *("--say", "Bonjour, j'appelle pour mon RSA."),
            home=town.site.home,
        )
    )
    understood: e.SpeechUnderstood = await town.watch.fact(e.SpeechUnderstood)
    assert understood.words.text == "bonjour j'appelle pour mon rsa"
    said = await calling
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout.splitlines()[-1])
    assert told["answered"]
    assert told["interaction"] == understood.interaction
