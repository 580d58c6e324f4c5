"""Acceptance cards of an edge (core.ports.Edge), on the fake and on the real things.

E1  performs something, and each of its commands is one that exists
E2  an order before the start ends as failed, and may be tried again
E3  an order that cannot be sent safely ends as refused, and names no content
E4  an order for something that is gone ends, and never raises
E5  stopping twice is no fault, and an order after it ends
"""

from __future__ import annotations

import typing
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import events as e
from core import ids
from core.commands import AnyCommand, HangUpLeg, Order, PreparePrompt, RingAgent, SeekCitizen
from core.events.base import Event
from core.personal import Personal
from core.text import say
from crm_bridge.perform import CitizenRecords
from runtime import tools
from runtime.callers import recogniser
from runtime.crm import make_records
from runtime.places import Places
from runtime.settings.crm import RecordsSettings
from speech.perform import Speech
from speech.speak import Voice
from telephony.conf import NodeSettings
from telephony.nodes import OwnNode
from telephony.perform import Telephony
from tests.asterisk.ground import AMI_PORT, SIP_PORT, Ground
from tests.fakes.edge import FakeEdge
from tests.fakes.recordings import FakeRecordings

INTERACTION = ids.mint(1_800_000_000_000, b"0123456789")
GONE = HangUpLeg(cause="t", interaction=INTERACTION, leg=ids.agent_leg(INTERACTION, 1), channel="")
EVIL = RingAgent(
    cause="t",
    interaction=INTERACTION,
    leg=ids.agent_leg(INTERACTION, 1),
    phone="1001\r\nAction: Logoff",
    caller_channel="PJSIP/x",
    timeout_ms=1_000,
    show_number=None,
    show_name="",
    auto_answer=False,
    kept=False,
)
PROMPT = PreparePrompt(cause="t", prompt="fr/essai", text=say("essai"), words="Bonjour.", language="fr", behind=False)
SEEK = SeekCitizen(
    cause="t",
    interaction=INTERACTION,
    tenant="nobody",
    service="rsa",
    number=Personal(INTERACTION, "number", None),
    until_at_ms=0,
)
KINDS = ("fake", "telephony", "speech", "records")


def _mint() -> str:
    return ids.mint(1_800_000_000_001, b"9876543210")


class Bench:
    """An edge and the orders that suit it."""

    def __init__(
        self, edge: FakeEdge | Telephony | Speech | CitizenRecords, gone: AnyCommand, evil: AnyCommand | None
    ) -> None:
        self.edge = edge
        self.gone = gone
        self.evil = evil
        self.facts: list[Event] = []

    async def start(self) -> None:
        await self.edge.start(self.facts.append, _mint)

    async def order(self, command: AnyCommand) -> Event:
        return await self.edge.perform(Order(id="1.1", lane="", command=command))


@pytest.fixture(scope="module")
def ground() -> typing.Iterator[Ground]:
    ground = Ground()
    yield ground
    ground.clear()


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path, ground: Ground) -> AsyncIterator[Bench]:
    if request.param == "fake":
        yield Bench(FakeEdge((HangUpLeg, RingAgent)), GONE, EVIL)
    elif request.param == "speech":
        speech = Speech(
            cache=tmp_path, recordings=None, voices={"fr": Voice(name="fr")}, command=tools.command("espeak")
        )
        yield Bench(speech, PROMPT, None)
        await speech.stop()
    elif request.param == "records":
        records = make_records(RecordsSettings(), Places(run=tmp_path))
        yield Bench(records, SEEK, None)
        await records.stop()
    else:
        site = ground.site()
        node = OwnNode(
            NodeSettings(
                name="cards",
                command=tools.command("asterisk"),
                directory=site.run / "asterisk",
                ami_secret="secret-of-the-cards",
                address=site.host,
                sip_port=SIP_PORT,
                ami_address=site.host,
                ami_port=AMI_PORT,
                modules=tools.place("asterisk_modules"),
                data=tools.place("asterisk_data"),
            )
        )
        telephony = Telephony(node, recogniser("clé"), FakeRecordings())
        yield Bench(telephony, GONE, EVIL)
        await telephony.stop()
        await node.stop()


async def test_e1_performs_commands_that_exist(bench: Bench) -> None:
    assert bench.edge.performs
    assert set(bench.edge.performs) <= set(typing.get_args(AnyCommand))


async def test_e2_an_order_before_the_start_may_be_tried_again(bench: Bench) -> None:
    end = await bench.order(bench.gone)
    # Speech has no peer to wait for: it may simply do it.
    assert isinstance(end, e.OrderFailed | e.OrderDone)
    assert getattr(end, "retryable", True)


async def test_e3_what_is_not_safe_is_refused_without_repeating_it(bench: Bench) -> None:
    await bench.start()
    if bench.evil is None:
        end = await bench.order(HangUpLeg(cause="t", interaction="i", leg="l", channel=""))
    else:
        end = await bench.order(bench.evil)
    assert isinstance(end, e.OrderRefused)
    assert "Logoff" not in end.reason


async def test_e4_what_is_gone_ends(bench: Bench) -> None:
    await bench.start()
    assert isinstance(await bench.order(bench.gone), e.OrderDone | e.OrderFailed)


async def test_e5_after_the_stop_orders_still_end(bench: Bench) -> None:
    await bench.start()
    await bench.edge.stop()
    await bench.edge.stop()
    assert isinstance(await bench.order(bench.gone), e.OrderDone | e.OrderFailed)
