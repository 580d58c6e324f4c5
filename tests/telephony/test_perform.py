"""The edge itself around a link that comes and goes, against an Asterisk made of text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from core import commands as c
from core import events as e
from core import ids
from core.personal import Personal
from core.ports import Edge
from runtime.callers import recogniser
from telephony.nodes import AttachedNode
from telephony.perform import RECOVERY, Telephony
from telephony.process import NodeFault
from tests.fakes.recordings import FakeRecordings
from tests.telephony.real import Desk
from tests.telephony.scripted import ScriptedAmi, ami

INTERACTION = ids.mint(1_795_000_000_000, bytes(10))
CHANNEL = "PJSIP/trunk-00000001"
WHERE = {"cause": "test", "interaction": INTERACTION, "leg": ids.caller_leg(INTERACTION), "channel": CHANNEL}
DIAL = c.DialNumber(
    cause="t",
    interaction=INTERACTION,
    leg=f"{INTERACTION}-d1",
    number=Personal(INTERACTION, "number", "+33639980000"),
    line="operateur",
    with_channel=CHANNEL,
    stays=True,
    show="+33199000009",
    timeout_ms=40_000,
    kept=False,
    beside=False,
)
RING = c.RingAgent(
    cause="test",
    interaction=INTERACTION,
    leg=ids.agent_leg(INTERACTION, 1),
    phone="marie",
    caller_channel=CHANNEL,
    timeout_ms=22_000,
    show_number=None,
    show_name="Allo",
    auto_answer=False,
    kept=False,
)


def empty_list(action: dict[str, str]) -> bytes:
    me = f"ActionID: {action['ActionID']}"
    done = ami("Event: Done", me, "EventList: Complete")
    return ami("Response: Success", me, "EventList: start") + done


def arrival(number: int) -> bytes:
    channel = f"PJSIP/trunk-{number:08}"
    return ami(
        "Event: AsyncAGIStart", f"Channel: {channel}", f"Uniqueid: x.{number}", "Context: from-trunk", "Exten: 1"
    )


@pytest.fixture
async def server() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi() as made:
        made.answers = dict.fromkeys(("Status", "BridgeList", "PJSIPShowContacts"), empty_list)
        yield made


@pytest.fixture
async def desk(server: ScriptedAmi) -> AsyncIterator[Desk]:
    made = Desk(AttachedNode("texte", server.address()))
    await made.start()
    yield made
    await made.stop()


WORDS = c.PlayPrompt(**WHERE, playback=ids.playback(INTERACTION, 1), path="/var/words", read=None)


def test_it_is_an_edge_and_every_order_declares_its_recovery() -> None:
    edge: Edge = Telephony(AttachedNode("texte", ScriptedAmi().address()), recogniser("clé"), FakeRecordings())
    assert edge.name == "telephony"
    assert set(edge.performs) == set(RECOVERY)
    assert set(RECOVERY.values()) <= {"idempotent", "at_most_once", "ask_the_peer"}


async def test_what_happens_while_we_ask_is_told_after_in_its_order(server: ScriptedAmi) -> None:
    server.answers["Status"] = lambda action: arrival(1) + arrival(2) + empty_list(action) + arrival(3)
    desk = Desk(AttachedNode("texte", server.address()))
    await desk.start()
    told = [await desk.next(e.CallArrived) for _ in range(3)]
    assert desk.told() == ["NodeSeen", "CallArrived", "CallArrived", "CallArrived"]
    assert [fact.channel[-1] for fact in told] == ["1", "2", "3"]
    await desk.stop()


async def test_a_lost_link_is_told_once_and_orders_may_be_given_again(server: ScriptedAmi, desk: Desk) -> None:
    server.close()
    server.cut()
    await desk.next(e.NodeLost)
    failed = await desk.order(c.HoldCaller(**WHERE, unless_with=""), e.OrderFailed)
    assert isinstance(failed, e.OrderFailed)
    assert failed.retryable is True
    await server.listen()
    await desk.next(e.NodeSeen)
    await desk.order(c.HoldCaller(**WHERE, unless_with=""))
    assert desk.told() == ["NodeSeen", "NodeLost", "NodeSeen"]
    assert len(server.named("Redirect")) == 1


@pytest.mark.parametrize(
    ("action", "command", "retryable"),
    [("Originate", RING, True), ("Hangup", c.HangUpLeg(**WHERE), True), ("AGI", WORDS, False)],
)
async def test_an_order_cut_in_flight_may_have_been_done(
    server: ScriptedAmi, desk: Desk, action: str, command: c.AnyCommand, retryable: bool
) -> None:
    server.answers[action] = lambda _: None
    flight = asyncio.ensure_future(desk.order(command, e.OrderFailed))
    await server.heard(action)
    server.cut()
    failed = await flight
    assert isinstance(failed, e.OrderFailed)
    assert failed.retryable is retryable


async def test_looking_again_makes_the_link_anew_and_not_at_every_word(server: ScriptedAmi, desk: Desk) -> None:
    for _ in range(3):
        await desk.order(c.LookAgain(cause="t", node=""))
    await desk.next(e.NodeLost)
    await desk.next(e.NodeSeen)
    await desk.order(c.LookAgain(cause="t", node="another"))
    assert desk.told() == ["NodeSeen", "NodeLost", "NodeSeen"]


async def test_a_telephone_is_rung_by_its_leg_and_bridged_to_the_whole_name(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(RING)
    (sent,) = server.named("Originate")
    assert sent["ActionID"] == sent["ChannelId"] == RING.leg
    assert (sent["Channel"], sent["Exten"], sent["Context"]) == ("PJSIP/marie", "joined", "allo")
    assert (sent["Timeout"], sent["Async"], sent["CallerID"]) == ("22000", "true", '"Allo" <>')
    assert sent["Variable"] == f"ALLO_WITH={CHANNEL}"


async def test_an_agent_who_calls_waits_alone(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(msgspec.structs.replace(RING, caller_channel=""))
    (sent,) = server.named("Originate")
    assert (sent["Exten"], sent.get("Variable")) == ("alone", None)


async def test_a_number_is_dialled_on_its_line_and_shows_the_services_number(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(DIAL)
    (sent,) = server.named("Originate")
    assert (sent["Channel"], sent["Exten"]) == ("PJSIP/+33639980000@trunk-operateur", "dialled")
    assert (sent["ActionID"], sent["CallerID"]) == (DIAL.leg, '"" <+33199000009>')
    assert sent["Variable"] == f"ALLO_WITH={CHANNEL}"
    await desk.order(msgspec.structs.replace(DIAL, stays=False))
    assert server.named("Originate")[-1]["Exten"] == "joined"


@pytest.mark.parametrize("number", ["", "06 39", "+336;x", "1@ailleurs", "x" * 8])
async def test_what_is_no_number_is_not_dialled(server: ScriptedAmi, desk: Desk, number: str) -> None:
    wrong = msgspec.structs.replace(DIAL, number=Personal(INTERACTION, "number", number))
    end = await desk.order(wrong, e.OrderRefused)
    assert isinstance(end, e.OrderRefused)
    assert number not in end.reason or not number
    assert server.named("Originate") == []


JOIN = c.JoinLegs(cause="t", interaction=INTERACTION, leg=RING.leg, other=WHERE["leg"], with_channel=CHANNEL)


async def answers_a_telephone(server: ScriptedAmi, desk: Desk) -> None:
    about = ("Event: Newstate", "Channel: PJSIP/marie-1", f"Uniqueid: {RING.leg}", "ChannelState: 6")
    await server.say(ami(*about))
    await desk.next(e.LegAnswered)


async def test_two_are_parted_by_one_action(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(c.PartLegs(**WHERE, agent_leg=RING.leg))
    [sent] = server.named("Redirect")
    assert (sent["Channel"], sent["Exten"]) == (CHANNEL, "hold")
    assert (sent["ExtraChannel"], sent["ExtraExten"]) == (RING.leg, "kept")


async def test_whoever_answers_for_a_word_is_kept_when_left(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(msgspec.structs.replace(RING, kept=True))
    await desk.order(msgspec.structs.replace(DIAL, stays=False, kept=True))
    assert [sent["Exten"] for sent in server.named("Originate")] == ["consulted", "consulted"]


async def test_a_telephone_that_rings_learns_whom_it_is_for_and_rings_on(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(JOIN)
    [told] = server.named("Setvar")
    assert (told["Channel"], told["Variable"], told["Value"]) == (RING.leg, "ALLO_WITH", CHANNEL)
    assert server.named("Redirect") == []


async def test_whoever_is_on_the_line_is_sent_to_be_joined(server: ScriptedAmi, desk: Desk) -> None:
    await answers_a_telephone(server, desk)
    await desk.order(JOIN)
    assert [(sent["Channel"], sent["Exten"]) for sent in server.named("Redirect")] == [(RING.leg, "joined")]


async def test_a_channel_between_two_bridges_is_sent_once_it_is_somewhere(server: ScriptedAmi, desk: Desk) -> None:
    def refuses_twice(action: dict[str, str]) -> bytes:
        kind = "Error" if len(server.named("Redirect")) < 3 else "Success"
        words = "Message: Redirect failed, channel not up."
        return ami(f"Response: {kind}", f"ActionID: {action['ActionID']}", words)

    server.answers["Redirect"] = refuses_twice
    await answers_a_telephone(server, desk)
    await desk.order(JOIN)
    assert len(server.named("Redirect")) == 3


async def test_a_channel_that_is_gone_is_sent_nowhere(server: ScriptedAmi, desk: Desk) -> None:
    server.answers["Redirect"] = lambda action: ami(
        "Response: Error", f"ActionID: {action['ActionID']}", "Message: Channel does not exist"
    )
    await answers_a_telephone(server, desk)
    await desk.order(JOIN, e.OrderFailed)
    assert len(server.named("Redirect")) == 1


async def test_a_caller_who_is_answered_carries_the_interaction(server: ScriptedAmi, desk: Desk) -> None:
    await desk.order(c.AnswerCall(**WHERE))
    (mark,) = server.named("Setvar")
    assert (mark["Variable"], mark["Value"], mark["Channel"]) == ("ALLO_ID", INTERACTION, CHANNEL)
    assert server.named("Redirect")[0]["Exten"] == "answer"


async def test_an_asterisk_that_will_not_say_its_state_is_said(server: ScriptedAmi) -> None:
    server.answers["Status"] = lambda action: ami(
        "Response: Error", f"ActionID: {action['ActionID']}", "Message: Permission denied"
    )
    desk = Desk(AttachedNode("texte", server.address()))
    with pytest.raises(NodeFault, match="Permission denied"):
        await desk.start()
    assert server.logins == 1
    assert desk.facts == []


async def test_an_empty_list_of_telephones_may_be_an_error(server: ScriptedAmi) -> None:
    server.answers["PJSIPShowContacts"] = lambda action: ami(
        "Response: Error", f"ActionID: {action['ActionID']}", "Message: No Contacts found"
    )
    desk = Desk(AttachedNode("texte", server.address()))
    await desk.start()
    assert desk.told() == ["NodeSeen"]
    await desk.stop()


async def test_an_event_that_asterisk_did_not_sign_is_put_aside(
    server: ScriptedAmi, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["CoreSettings"] = lambda action: ami(
        "Response: Success", f"ActionID: {action['ActionID']}", "SystemName: nord-0123456789abcdef"
    )
    desk = Desk(AttachedNode("texte", server.address()))
    await desk.start()
    torn = arrival(3).replace(b"Uniqueid", b"SystemName: nord-0123456789abcdef\r\nUniqueid: y\r\nUniqueid")
    await server.say(arrival(1) + arrival(2).replace(b"Exten", b"SystemName: nord-x\r\nExten") + torn)
    await server.say(arrival(4).replace(b"Exten", b"SystemName: nord-0123456789abcdef\r\nExten"))
    assert (await desk.next(e.CallArrived)).channel.endswith("4")
    assert desk.told() == ["NodeSeen", "CallArrived"]
    assert caplog.text.count("écarté") == 1
    await desk.stop()
