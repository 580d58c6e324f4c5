"""The link under every fault that was seen, against an Asterisk made of text."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from core import limits
from core.errors import LinkDown, UnsafeValue
from telephony.link import ActionRefused, AmiLink, AnswerMissing
from telephony.wire import Message
from tests.telephony.scripted import ScriptedAmi, ami, success


class Ear:
    """Whoever listens to a link: what it was told, to be waited for."""

    def __init__(self, server: ScriptedAmi, secret: str | None = None) -> None:
        self.events: asyncio.Queue[Message] = asyncio.Queue()
        self.up = asyncio.Event()
        self.down: asyncio.Queue[str] = asyncio.Queue()
        address = server.address() if secret is None else server.address(secret)
        self.link = AmiLink(
            address,
            wanted=frozenset({"Newchannel"}),
            on_up=self.up.set,
            on_down=self._fell,
            on_event=self.events.put_nowait,
        )

    def _fell(self, reason: str) -> None:
        self.up.clear()
        self.down.put_nowait(reason)

    async def is_up(self) -> None:
        async with asyncio.timeout(10):
            await self.up.wait()

    async def event(self) -> Message:
        async with asyncio.timeout(10):
            return await self.events.get()

    async def fell(self) -> str:
        async with asyncio.timeout(10):
            return await self.down.get()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi() as made:
        yield made


@pytest.fixture
async def ear(server: ScriptedAmi) -> AsyncIterator[Ear]:
    made = Ear(server)
    made.link.start()
    await made.is_up()
    yield made
    await made.link.stop()


async def test_it_logs_in_and_hears_what_it_asked_for(server: ScriptedAmi, ear: Ear) -> None:
    await server.say(ami("Event: VarSet", "Value: no") + ami("Event: Newchannel", "Channel: PJSIP/x-1"))
    assert await ear.event() == {"Event": "Newchannel", "Channel": "PJSIP/x-1"}
    assert ear.events.empty()


async def test_it_is_up_only_when_asterisk_has_started_fully() -> None:
    async with ScriptedAmi() as server:
        server.booted = False
        ear = Ear(server)
        ear.link.start()
        await server.heard("Login")
        assert not ear.link.up
        with pytest.raises(LinkDown):
            await ear.link.act("Status")
        await server.say(ami("Event: FullyBooted"))
        await ear.is_up()
        await ear.link.stop()


async def test_letters_cut_in_two_by_tcp_are_put_together(server: ScriptedAmi, ear: Ear) -> None:
    raw = ami("Event: Newchannel", "CallerIDName: Éloïse Ñandú 日本 🙂")
    for cut in range(1, len(raw)):
        await server.say(raw[:cut])
        await asyncio.sleep(0)
        await server.say(raw[cut:])
        assert (await ear.event())["CallerIDName"] == "Éloïse Ñandú 日本 🙂"


async def test_bytes_that_are_no_utf8_lose_nothing_but_themselves(server: ScriptedAmi, ear: Ear) -> None:
    await server.say(b"Event: Newchannel\r\nCallerIDName: Dupr\xe9 \xff\r\n\r\n" + ami("Event: Newchannel", "A: b"))
    assert (await ear.event())["CallerIDName"] == "Dupr\ufffd \ufffd"
    assert (await ear.event())["A"] == "b"


async def test_successfully_queued_is_an_answer_like_another(server: ScriptedAmi, ear: Ear) -> None:
    server.answers["Originate"] = lambda action: ami(
        "Response: Success", f"ActionID: {action['ActionID']}", "Message: Originate successfully queued"
    )
    assert (await ear.link.act("Originate"))["Message"] == "Originate successfully queued"


async def test_an_event_that_follows_from_an_action_is_not_its_answer(server: ScriptedAmi) -> None:
    ear = Ear(server)
    ear.link._wanted |= {"OriginateResponse"}  # what the translator asks for
    ear.link.start()
    await ear.is_up()
    early = ami("Event: OriginateResponse", "ActionID: leg-1", "Response: Failure")
    server.answers["Originate"] = lambda action: early + success(action)
    assert (await ear.link.act("Originate", action_id="leg-1"))["Response"] == "Success"
    assert (await ear.event())["Event"] == "OriginateResponse"
    await ear.link.stop()


async def test_a_list_is_all_its_rows_and_an_empty_list_is_none(server: ScriptedAmi, ear: Ear) -> None:
    def rows(action: dict[str, str]) -> bytes:
        me = f"ActionID: {action['ActionID']}"
        return (
            ami("Response: Success", me, "EventList: start")
            + ami("Event: Status", me, "Channel: a")
            + ami("Event: Newchannel", "Channel: between")
            + ami("Event: Status", me, "Channel: b")
            + ami("Event: StatusComplete", me, "EventList: Complete")
        )

    server.answers["Status"] = rows
    assert [row["Channel"] for row in await ear.link.ask("Status")] == ["a", "b"]
    assert (await ear.event())["Channel"] == "between"
    server.answers["Status"] = lambda action: rows(action).replace(b"Event: Status\r\n", b"Event: Other\r\n")
    assert len(await ear.link.ask("Status")) == 2
    server.answers["Status"] = lambda action: ami("Response: Error", f"ActionID: {action['ActionID']}", "Message: No")
    with pytest.raises(ActionRefused, match="No"):
        await ear.link.ask("Status")


async def test_a_listener_that_raises_does_not_end_the_connection(
    server: ScriptedAmi, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    taken = ear.link._on_event

    def broken(message: Message) -> None:
        if message.get("Channel") == "bad":
            raise KeyError("0639980012")
        taken(message)

    ear.link._on_event = broken
    await server.say(ami("Event: Newchannel", "Channel: bad") + ami("Event: Newchannel", "Channel: good"))
    assert (await ear.event())["Channel"] == "good"
    assert server.connections == 1
    assert "KeyError" in caplog.text
    assert "0639980012" not in caplog.text


@pytest.mark.parametrize(
    "noise", [b"\x00\xff\x16\x03\x01\r\n\r\n", b"no colon here\r\n\r\n", b": \r\n: :\r\n\r\n\r\n\r\n"]
)
async def test_noise_is_passed_over(server: ScriptedAmi, ear: Ear, noise: bytes) -> None:
    await server.say(noise + ami("Event: Newchannel", "Channel: after"))
    assert (await ear.event())["Channel"] == "after"


async def test_a_message_without_end_is_cut_off(server: ScriptedAmi, ear: Ear) -> None:
    with contextlib.suppress(ConnectionError):
        for _ in range(200):
            await server.say(b"x" * 65_536)
    await ear.fell()
    await ear.is_up()
    assert server.logins == 2


async def test_a_wrong_secret_is_said_plainly_and_not_hammered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with ScriptedAmi() as server:
        ear = Ear(server, secret="wrong")
        ear.link.start()
        async with asyncio.timeout(5):
            await ear.link.denied.wait()
        assert ear.link.fault.startswith("accès refusé par Asterisk (127.0.0.1:")
        assert "mot de passe" in ear.link.fault
        assert not ear.link.up
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(server.heard("Login", 2), 2)
        await ear.link.stop()
    assert "wrong" not in caplog.text


async def test_an_action_cut_in_flight_is_unknown_and_never_sent_again(server: ScriptedAmi, ear: Ear) -> None:
    server.answers["Originate"] = lambda action: None
    flight = asyncio.ensure_future(ear.link.act("Originate", [("Channel", "PJSIP/marie")]))
    await server.heard("Originate")
    server.cut()
    with pytest.raises(AnswerMissing):
        await flight
    assert await ear.fell()
    await ear.is_up()
    await ear.link.act("Ping")
    assert len(server.named("Originate")) == 1


async def test_the_log_says_when_asterisk_is_lost_and_when_it_is_back(
    server: ScriptedAmi, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    server.cut()
    assert await ear.fell()
    await ear.is_up()
    said = [record.getMessage() for record in caplog.records if record.name == "allo.telephony"]
    assert (said[0], said[-1]) == ("liaison AMI coupée", "liaison AMI rétablie")


async def test_what_is_ordered_while_down_is_refused_and_never_sent(server: ScriptedAmi, ear: Ear) -> None:
    server.close()
    server.cut()
    await ear.fell()
    with pytest.raises(LinkDown):
        await ear.link.act("Originate", [("Channel", "PJSIP/marie")])
    with pytest.raises(LinkDown):
        await ear.link.ask("Status")
    await server.listen()
    await ear.is_up()
    await ear.link.act("Ping")
    assert [action["Action"] for action in server.actions if action["Action"] in ("Originate", "Status")] == []


async def test_a_peer_that_is_not_there_is_tried_ever_more_slowly(server: ScriptedAmi, ear: Ear) -> None:
    server.close()
    server.cut()
    await ear.fell()
    async with asyncio.timeout(20):
        while "Asterisk ne répond pas" not in ear.link.fault:  # noqa: ASYNC110  # nothing tells when it is tried again
            await asyncio.sleep(0.01)
    await server.listen()
    await ear.is_up()


async def test_a_half_open_link_is_noticed_in_time(server: ScriptedAmi, ear: Ear) -> None:
    loop = asyncio.get_running_loop()
    server.deaf, since = True, loop.time()
    await ear.fell()
    assert loop.time() - since < limits.AMI_HALF_OPEN_MS / 1000
    server.deaf = False
    await ear.is_up()


async def test_a_silent_but_living_link_is_kept(server: ScriptedAmi, ear: Ear) -> None:
    await server.heard("Ping", 2)
    assert server.connections == 1
    assert ear.link.up


async def test_an_answer_that_never_comes_ends_at_its_deadline(server: ScriptedAmi, ear: Ear) -> None:
    server.answers["Redirect"] = lambda action: None
    loop = asyncio.get_running_loop()
    since = loop.time()
    with pytest.raises(AnswerMissing, match="Redirect"):
        await ear.link.act("Redirect")
    assert loop.time() - since < limits.AMI_ANSWER_MS / 1000 + 1
    assert ear.link.up
    assert ear.link._wire is not None
    assert ear.link._wire.pending == {}


async def test_after_the_stop_nothing_comes_back(server: ScriptedAmi, ear: Ear) -> None:
    await ear.link.stop()
    assert not ear.link.up
    with pytest.raises(LinkDown):
        await ear.link.act("Ping")
    assert ear.down.empty()


@pytest.mark.parametrize(
    "value", ["", " ", "a: b", "é🙂", '"quoted" \\ ${x}', "x" * 880, "Action: Ping", "\u2028\x0b\x85"]
)
async def test_a_plain_value_arrives_as_it_is(server: ScriptedAmi, ear: Ear, value: str) -> None:
    await ear.link.act("Setvar", [("Variable", "V"), ("Value", value)])
    assert server.named("Setvar")[-1]["Value"] == value.strip(" ")
    assert [action["Action"] for action in server.actions] == ["Login", "CoreSettings", "Setvar"]


async def test_a_field_may_come_twice(server: ScriptedAmi, ear: Ear) -> None:
    await ear.link.act("Originate", [("Variable", "A=1"), ("Variable", "B=2")])
    assert server.named("Originate")[-1]["Variable"] == "A=1\nB=2"


async def test_an_unsafe_value_is_refused_even_while_down(server: ScriptedAmi) -> None:
    ear = Ear(server)
    with pytest.raises(UnsafeValue):
        await ear.link.act("Setvar", [("Value", "a\r\nb")])
