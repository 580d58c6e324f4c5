"""Allo joins an Asterisk that is there already: it logs in, serves, leaves, and never starts or ends it."""

from __future__ import annotations

import json
import signal

from core import events as e
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Elsewhere

SECRET = "TEST_AMI_SECRET"


async def _an_asterisk_alone(town: Elsewhere) -> str:
    """Leaves an Asterisk without Allo, and the configuration to join it; gives its AMI secret."""
    await town.up()
    await town.process.kill()
    SmallCentre(ami={"secret_env": SECRET}, telephony={"mode": "attach"}).write(town.site)
    return str(json.loads((town.site.run / "secrets.json").read_text())["ami"])


async def test_it_serves_calls_on_an_asterisk_that_others_run_and_leaves_it_running(elsewhere: Elsewhere) -> None:
    secret = await _an_asterisk_alone(elsewhere)
    pid = elsewhere.site.asterisk_pid
    early = await elsewhere.exchange.citizen()  # before anybody controls this Asterisk
    process = await elsewhere.up({SECRET: secret})
    desk = await elsewhere.desk()
    await elsewhere.talking(early, desk)
    await desk.hang_up()
    await elsewhere.outcome(early, "answered")
    waiting = await elsewhere.exchange.citizen()
    await elsewhere.talking(waiting, desk)
    assert await process.kill(signal.SIGTERM) == 0
    assert "1 appel(s) continuent" in process.said
    assert elsewhere.site.asterisk_pid == pid
    await elsewhere.talking_still(waiting, desk)


async def test_a_wrong_secret_is_told_and_the_calls_of_that_asterisk_are_left_alone(elsewhere: Elsewhere) -> None:
    await _an_asterisk_alone(elsewhere)
    process = await elsewhere.begin({SECRET: "faux-secret"})
    assert await process.code() == 1
    assert "refusé" in process.said
    assert "mot de passe" in process.said
    assert "faux-secret" not in process.said
    assert "Traceback" not in process.said
    assert elsewhere.site.asterisk_pid is not None


async def test_our_own_asterisk_is_given_a_new_secret_when_ours_is_lost(elsewhere: Elsewhere) -> None:
    """secrets.json went back to another day: the Asterisk that runs is told, and its calls go on."""
    await elsewhere.up()
    desk, citizen = await elsewhere.desk(), await elsewhere.exchange.citizen()
    await elsewhere.talking(citizen, desk)
    await elsewhere.process.kill()
    secrets = elsewhere.site.run / "secrets.json"
    secrets.write_text(json.dumps({**json.loads(secrets.read_text()), "ami": "un-autre-secret"}))
    await elsewhere.up()
    await elsewhere.talking_still(citizen, desk)
    await desk.hang_up()
    await elsewhere.outcome(citizen, "answered")
    assert len(elsewhere.watch.facts(e.NodeSeen)) == 2
