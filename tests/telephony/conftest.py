"""One real Asterisk for all the tests of a worker that do not kill it; each test logs in anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from telephony.conf import NodeSettings
from telephony.nodes import OwnNode
from tests.telephony.real import Desk, asterisk_command, settings
from traffic.phone import Phone


@pytest.fixture(scope="session")
def needs_asterisk() -> None:
    if asterisk_command() is None:
        pytest.fail("no private Asterisk: run ./allo once, or set ALLO_ASTERISK")


@pytest.fixture(scope="session")
def node_settings(needs_asterisk: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeSettings]:
    """Of an Asterisk that runs until the end of the session."""
    made = settings(tmp_path_factory.mktemp("asterisk"))

    async def start() -> None:
        node = OwnNode(made)
        await node.start()
        await node.leave()

    asyncio.run(start())
    yield made
    asyncio.run(OwnNode(made).stop())


@pytest.fixture
async def desk(node_settings: NodeSettings) -> AsyncIterator[Desk]:
    made = Desk(OwnNode(node_settings))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def trunk(node_settings: NodeSettings) -> AsyncIterator[Phone]:
    server = (node_settings.address, node_settings.sip_port)
    async with await Phone.open("reseau", host=node_settings.address, server=server) as phone:
        yield phone


@pytest.fixture
async def marie(node_settings: NodeSettings, desk: Desk) -> AsyncIterator[Phone]:
    server = (node_settings.address, node_settings.sip_port)
    async with await Phone.open("marie", host=node_settings.address, server=server) as phone:
        await phone.register("marie", "secret-m")
        yield phone
