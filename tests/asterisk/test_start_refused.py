"""The neighbour that breaks here is the machine: ports taken, programs missing, secrets wrong, an Allo that runs.

`python -m runtime up` says in French what is wrong and what to do, leaves with 1, and leaves nothing behind.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator

import pytest

from core import events as e
from tests.asterisk.ground import AMI_PORT, SIP_PORT, Site
from tests.asterisk.small_centre import WELCOME, SmallCentre
from tests.asterisk.town import Elsewhere, Process, centre_elsewhere
from tests.asterisk.watch import Watch


async def _refused(town: Elsewhere, environment: dict[str, str] | None = None) -> str:
    """What a start that must fail says."""
    process = await town.begin(environment)
    assert await process.code() == 1, process.said
    assert "est ouvert" not in process.said
    assert "Traceback" not in process.said
    return process.said


async def test_a_sip_port_that_is_taken(elsewhere: Elsewhere) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((elsewhere.site.host, SIP_PORT))
        said = await _refused(elsewhere)
    assert f"port UDP {SIP_PORT}" in said
    assert "pris" in said
    assert elsewhere.site.asterisk_pid is None
    await elsewhere.up()  # the remedy was to free it


async def test_an_ami_port_that_is_taken(elsewhere: Elsewhere) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        other.bind((elsewhere.site.host, AMI_PORT))
        other.listen()
        said = await _refused(elsewhere)
    assert f"port TCP {AMI_PORT}" in said
    assert "pris" in said
    assert elsewhere.site.asterisk_pid is None


async def test_no_asterisk_at_all(elsewhere: Elsewhere) -> None:
    said = await _refused(elsewhere, {"ALLO_ASTERISK": "/nowhere/asterisk"})
    assert "Asterisk" in said
    assert "/nowhere/asterisk" in said


async def test_an_asterisk_that_cannot_start(elsewhere: Elsewhere) -> None:
    said = await _refused(elsewhere, {"ALLO_ASTERISK": "/bin/false"})
    assert "ne démarre pas" in said
    assert elsewhere.site.asterisk_pid is None


async def test_an_asterisk_without_its_modules(elsewhere: Elsewhere) -> None:
    said = await _refused(elsewhere, {"ALLO_ASTERISK_MODULES": str(elsewhere.site.directory)})
    assert "ne démarre pas" in said
    assert elsewhere.site.asterisk_pid is None


async def test_a_second_allo_on_the_same_journal_leaves_the_first_alone(elsewhere: Elsewhere) -> None:
    await elsewhere.up()
    citizen = await elsewhere.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    second = await Process.start(elsewhere.site)
    assert await second.code() == 1, second.said
    assert "déjà ouvert" in second.said
    assert str(elsewhere.process.child.pid) in second.said
    await citizen.hears_music()
    desk = await elsewhere.desk()
    await elsewhere.talking(citizen, desk)
    await desk.hang_up()
    await elsewhere.outcome(citizen, "answered")


@pytest.fixture
async def attached(site: Site, watch: Watch) -> AsyncIterator[Elsewhere]:
    small = SmallCentre(ami={"secret_env": "TEST_AMI_SECRET"}, telephony={"mode": "attach"})
    async with centre_elsewhere(site, watch, small) as town:
        yield town


async def test_nobody_at_the_ami_address_of_an_asterisk_to_join(attached: Elsewhere) -> None:
    said = await _refused(attached, {"TEST_AMI_SECRET": "essai"})
    assert "ne répond pas" in said
    assert f"{attached.site.host}:{AMI_PORT}" in said


async def test_a_secret_whose_variable_is_not_set(attached: Elsewhere) -> None:
    said = await _refused(attached)
    assert "TEST_AMI_SECRET" in said


async def test_no_synthesiser_and_no_recording_still_lead_to_a_person(site: Site, watch: Watch) -> None:
    async with centre_elsewhere(site, watch, SmallCentre(recorded=False)) as town:
        process = await town.up({"ALLO_ESPEAK": "/nowhere/espeak-ng"})
        await process.says("synthèse introuvable")
        desk = await town.desk()
        citizen = await town.exchange.citizen(WELCOME)
        await town.talking(citizen, desk)  # after the questions that nobody could hear
        await desk.hang_up()
        await town.outcome(citizen, "answered")
        assert os.path.exists(f"/proc/{process.child.pid}")  # noqa: ASYNC240
