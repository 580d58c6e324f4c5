"""Another configuration for a running centre, on a real Asterisk: calls go on, new people are there at once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SECOND_TEAM, SmallCentre
from tests.asterisk.telephones import both_hear
from tests.asterisk.town import ROOT, Elsewhere, centre_elsewhere
from tests.asterisk.watch import Watch

AGENTS = 3


@pytest.fixture
async def town(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    async with centre_elsewhere(site, watch, SmallCentre(agents=AGENTS)) as town:
        yield town


async def reload(town: Elsewhere, *options: str) -> tuple[int, str, str]:
    """`./allo reload` beside the running centre."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime", "reload", *options),
        cwd=ROOT,
        env={**os.environ, "ALLO_HOME": str(town.site.home), "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    return child.returncode or 0, out.decode(), err.decode()


async def test_calls_go_on_and_a_new_agent_takes_who_waits(town: Elsewhere) -> None:
    await town.up()
    desk, talking = await town.desk(), await town.exchange.citizen()
    await town.talking(talking, desk)
    waiting = await town.exchange.citizen()
    await waiting.fact(e.CallerHeld)
    SmallCentre(agents=AGENTS + 2).write(town.site)

    code, said, _ = await reload(town, "--check")
    assert (code, "+ agent a5" in said, "./allo reload l'appliquera" in said) == (0, True, True)
    assert len(town.watch.facts(e.ConfigurationApplied)) == 1

    code, said, _ = await reload(town, "--json")
    assert code == 0
    told = json.loads(said)
    assert told["done"]
    assert {"+ agent a4", "+ agent a5"} <= set(told["changes"])
    applied = await town.watch.fact(e.ConfigurationApplied, nth=2)
    assert applied.by.startswith("@")

    await town.talking_still(talking, desk)
    newcomer = await town.desk(AGENTS)  # of the second team before, of the first now
    await town.talking(waiting, newcomer)
    late = await town.exchange.citizen()
    await town.talking(late, await town.desk(AGENTS + 1))
    await both_hear(talking, desk)
    for one in (talking, waiting, late):
        await one.call.hang_up()
        await town.outcome(one, "answered")
    assert (await reload(town))[1] == "Rien n'a changé.\n"


async def test_who_is_taken_away_finishes_their_call_and_who_waited_in_a_queue_that_is_gone_is_served(
    town: Elsewhere,
) -> None:
    await town.up()
    leaver, talking = await town.desk(2), await town.exchange.citizen()
    await town.talking(talking, leaver)
    waiting = await town.exchange.citizen(SECOND_TEAM)
    await waiting.fact(e.CallerHeld)
    file = town.site.config / "centre.yaml"
    centre = json.loads(file.read_text(encoding="utf-8"))
    del centre["agents"]["a2"], centre["queues"]["autre"], centre["services"]["autre"]
    centre["agents"]["a3"]["queues"] = ["conseil"]
    file.write_text(json.dumps(centre), encoding="utf-8")
    (town.site.config / "scripts" / "autre.yaml").unlink()

    code, said, _ = await reload(town, "--json")
    assert (code, json.loads(said)["done"]) == (0, True)
    await town.talking_still(talking, leaver)
    await town.talking(waiting, await town.desk(1))
    assert town.watch.agent_states()["a2"] == "on_interaction"
    await talking.call.hang_up()
    await town.outcome(talking, "answered")
    await town.watch.until(lambda: town.watch.agent_states()["a2"] == "logged_out", "a2 is gone")
    await waiting.call.hang_up()
    await town.outcome(waiting, "answered")


async def test_two_at_once_are_applied_one_after_the_other_and_once(town: Elsewhere) -> None:
    """The second waits for the first, finds nothing left to do, and no caller notices either."""
    await town.up()
    desk, talking = await town.desk(), await town.exchange.citizen()
    await town.talking(talking, desk)
    SmallCentre(agents=AGENTS + 1).write(town.site)
    answers = [json.loads(said) for code, said, _ in await asyncio.gather(*(reload(town, "--json") for _ in range(3)))]
    assert [answer["done"] for answer in answers] == [True] * 3
    assert sorted(bool(answer["changes"]) for answer in answers) == [False, False, True]
    await town.talking_still(talking, desk)
    assert len(town.watch.facts(e.ConfigurationApplied)) == 2  # at the start, and this one
    await talking.call.hang_up()
    await town.outcome(talking, "answered")


async def test_what_is_wrong_is_refused_whole_with_every_fault(town: Elsewhere) -> None:
    await town.up()
    desk = await town.desk()
    centre = town.site.config / "centre.yaml"
    tree = json.loads(centre.read_text())
    tree["queues"]["conseil"]["offer"] = "vite"
    tree["agents"]["a1"]["queues"] = ["nulle_part"]
    centre.write_text(json.dumps(tree, indent=1))
    code, _, said = await reload(town)
    assert code == 1
    assert "centre.yaml:" in said
    assert "nulle_part" in said
    assert "2 faute(s) : rien n'a changé." in said
    assert len(town.watch.facts(e.ConfigurationApplied)) == 1
    citizen = await town.exchange.citizen()
    await town.talking(citizen, desk)
    await citizen.call.hang_up()
    await town.outcome(citizen, "answered")


async def test_without_a_centre_it_says_so(town: Elsewhere) -> None:
    code, _, said = await reload(town)
    assert (code, "./allo up" in said) == (1, True)
