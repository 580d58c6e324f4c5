"""A real Asterisk with a trunk of each profile, at addresses that no other test process has.

`town` of tests/asterisk is whole calls; here the kernel's place is taken by `desk`, so that a card is quick and says
what the telephony makes of what an operator sends.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest

from core.centre import Line
from telephony.conf import NodeSettings, PhoneAccount
from telephony.conf_trunks import TrunkAccount
from telephony.nodes import OwnNode
from tests import centres
from tests.asterisk.ground import Ground
from tests.telephony.real import Desk, asterisk_command
from tests.trunks.places import Places

LINES = {
    "fixe": Line(name="fixe", channels=4, reserved=1),
    "pabx": Line(name="pabx", channels=4, reserved=1, aliases={"5001": centres.NUMBER}),
}
CENTRE = msgspec.structs.replace(centres.small(), lines=LINES)


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """This test process's network and directories."""
    if "ALLO_ASTERISK" not in os.environ:
        pytest.fail("ALLO_ASTERISK is not set: run these by ./allo test")
    ground = Ground()
    yield ground
    ground.clear()


@pytest.fixture
def places(ground: Ground) -> Places:
    """Addresses for one test alone."""
    return Places(ground.site())


def node_settings(places: Places, *trunks: TrunkAccount, **changes: object) -> NodeSettings:
    """A node at these places, with these trunks and the telephone of an agent, at an address of its own."""
    command = asterisk_command()
    assert command is not None
    base: dict[str, object] = {
        "name": "lignes",
        "command": command,
        "directory": places.site.run / "asterisk",
        "ami_secret": "un-secret-d-essai",
        "address": places.node,
        "ami_address": places.node,
        "rtp_first": 20_000,
        "rtp_last": 20_199,
        "trunks": trunks,
        "trunks_first": True,
        "phones": (PhoneAccount(account="1001", secret="secret-1001"),),
    }
    return NodeSettings(**{**base, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def shared_places(ground: Ground) -> Places:
    return Places(ground.site())


@pytest.fixture(scope="session")
def shared_node(shared_places: Places) -> Iterator[NodeSettings]:
    """One node for the cards of what comes in: a trunk known by its address, and a PABX."""
    made = node_settings(
        shared_places,
        TrunkAccount(name="fixe", match=(shared_places.operator,)),
        TrunkAccount(name="pabx", match=(shared_places.pabx,), prack="always"),
    )

    async def start() -> None:
        node = OwnNode(made)
        await node.start()
        await node.leave()

    asyncio.run(start())
    yield made
    asyncio.run(OwnNode(made).stop())


@pytest.fixture
async def desk(shared_node: NodeSettings) -> AsyncIterator[Desk]:
    """The kernel's place beside the shared node."""
    made = Desk(OwnNode(shared_node))
    made.telephony.use(CENTRE)
    await made.start()
    yield made
    await made.stop()
