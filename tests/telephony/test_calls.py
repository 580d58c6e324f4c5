"""Whole calls through a real Asterisk, with sound: each fact in its order."""

from __future__ import annotations

import asyncio
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest

from core import commands as c
from core import events as e
from core import ids
from core.centre import Agent, Centre, Code
from core.personal import Personal
from telephony.conf import NodeSettings
from tests.telephony.real import ADDRESS, MUSIC_HZ, PROMPT_HZ, Caller, Desk, free_port, hears, tone_file
from traffic.phone import Phone
from traffic.placed import PlacedCall
from traffic.sound import tone_frames


async def arrival(desk: Desk, trunk: Phone, number: str = "0639980012", **how: Any) -> tuple[PlacedCall, Caller]:
    call = trunk.call("0199000101", from_number=number, **how)
    return call, Caller(desk, await desk.next(e.CallArrived))


async def test_a_call_from_greeting_to_goodbye(desk: Desk, trunk: Phone, marie: Phone, tmp_path: Path) -> None:
    words = tone_file(tmp_path / "accueil.wav", PROMPT_HZ, 1.0)
    call, caller = await arrival(desk, trunk, display_name="Élise Dupré")
    assert caller.arrival.caller_name is not None
    assert caller.arrival.caller_name.text == "Élise Dupré"
    await caller.answer()
    await call.answered(3)
    call.play(tone_frames(500))
    playback = await caller.play(words)
    await hears(call, PROMPT_HZ)
    ended = await desk.next(e.PlaybackEnded)
    assert (ended.playback, ended.completed) == (playback, True)
    await caller.hold()
    await hears(call, MUSIC_HZ)

    leg = await caller.ring(1)
    offered = await marie.next_call(3)
    offered.ring()
    assert (await desk.next(e.LegRinging)).leg == leg
    offered.answer()
    assert (await desk.next(e.LegAnswered)).leg == leg
    assert (await desk.next(e.LegsBridged)).leg == leg
    offered.play(tone_frames(900))
    await hears(call, 900)
    await hears(offered, 500)

    await offered.hang_up()
    returned, ended_leg = await desk.next(e.CallerReturned), None
    assert returned.leg == caller.arrival.leg
    await caller.hang_up()
    ended_leg = await desk.next(e.LegEnded)
    while ended_leg.leg != caller.arrival.leg:
        ended_leg = await desk.next(e.LegEnded)
    assert (ended_leg.reason, ended_leg.code) == ("hung_up", 16)
    assert desk.told().count("LegsBridged") == 1
    assert sum(isinstance(fact, e.LegEnded) for fact in desk.facts) == 2


async def test_a_key_cuts_the_words(desk: Desk, trunk: Phone, tmp_path: Path) -> None:
    words = tone_file(tmp_path / "long.wav", PROMPT_HZ, 20)
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    await call.answered(3)
    call.play(tone_frames(500))
    await caller.play(words)
    await hears(call, PROMPT_HZ)
    await call.press("4")
    key = await desk.next(e.KeyPressed)
    assert (key.key.text, key.key.purpose) == ("4", "keys")
    assert (await desk.next(e.PlaybackEnded)).completed is False


async def test_sound_that_nobody_takes_leaves_the_call_with_us(desk: Desk, trunk: Phone, tmp_path: Path) -> None:
    words = tone_file(tmp_path / "touches.wav", PROMPT_HZ, 1.0)
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    await call.answered(3)
    call.play(tone_frames(500))
    port = free_port(socket.SOCK_STREAM)
    listening = await caller.open_speech(f"{ADDRESS}:{port}")
    ended = await desk.next(e.HearingEnded)
    assert (ended.listening, ended.why) == (listening, "failed")
    await caller.play(words)
    await hears(call, PROMPT_HZ)


async def test_sound_is_brought_under_its_name_and_a_hang_up_gives_the_call_back(
    desk: Desk, trunk: Phone, tmp_path: Path
) -> None:
    words = tone_file(tmp_path / "touches.wav", PROMPT_HZ, 1.0)
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    await call.answered(3)
    call.play(tone_frames(500))
    came: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *pair: came.put_nowait(pair), ADDRESS, 0)
    listening = await caller.open_speech(f"{ADDRESS}:{server.sockets[0].getsockname()[1]}")
    async with asyncio.timeout(8):
        reader, writer = await came.get()
        assert await reader.readexactly(19) == b"\x01\x00\x10" + uuid.UUID(ids.socket_of(listening)).bytes
        assert (await reader.readexactly(323))[:3] == b"\x10\x01\x40"
        await call.press("4")
        assert (await desk.next(e.KeyPressed)).key.text == "4"
    writer.write(b"\0\0\0")
    writer.close()
    server.close()
    await caller.play(words)
    await hears(call, PROMPT_HZ)
    assert not [fact for fact in desk.facts if isinstance(fact, e.HearingEnded)]


async def test_words_that_are_not_there_end_at_once(desk: Desk, trunk: Phone, tmp_path: Path) -> None:
    _, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.play(tmp_path / "absent")
    assert (await desk.next(e.PlaybackEnded)).completed is False


async def test_an_announcement_interrupts_the_music_and_an_agent_the_announcement(
    desk: Desk, trunk: Phone, marie: Phone, tmp_path: Path
) -> None:
    words = tone_file(tmp_path / "attente.wav", PROMPT_HZ, 20)
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    call.play(tone_frames(500))
    await caller.hold()
    await caller.ring(1)
    offered = await marie.next_call(3)
    offered.ring()
    await caller.take_back()
    playback = await caller.play(words)
    await hears(call, PROMPT_HZ)
    offered.answer()
    await desk.next(e.LegsBridged)
    ended = await desk.next(e.PlaybackEnded)
    assert (ended.playback, ended.completed) == (playback, False)
    offered.play(tone_frames(900))
    await hears(call, 900)


async def test_a_caller_who_hangs_up_is_gone_before_the_agents_leg(desk: Desk, trunk: Phone, marie: Phone) -> None:
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.hold()
    await caller.ring(1)
    offered = await marie.next_call(3)
    offered.answer()
    await desk.next(e.LegsBridged)
    await call.hang_up()
    assert ids.is_caller((await desk.next(e.LegEnded)).leg)
    assert not ids.is_caller((await desk.next(e.LegEnded)).leg)


async def test_a_caller_who_gives_up_while_ringing(desk: Desk, trunk: Phone) -> None:
    call, _ = await arrival(desk, trunk)
    await call.hang_up()
    ended = await desk.next(e.LegEnded)
    assert (ended.reason, ids.is_caller(ended.leg)) == ("hung_up", True)


@pytest.mark.parametrize(
    ("status", "reason"), [(486, "busy"), (603, "declined"), (480, "no_answer"), (503, "congestion")]
)
async def test_a_telephone_that_says_no(desk: Desk, trunk: Phone, marie: Phone, status: int, reason: str) -> None:
    _, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.hold()
    leg = await caller.ring(1)
    (await marie.next_call(3)).reject(status)
    ended = await desk.next(e.LegEnded)
    assert (ended.leg, ended.reason) == (leg, reason)


async def test_a_telephone_that_nobody_answers(desk: Desk, trunk: Phone, marie: Phone) -> None:
    _, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.hold()
    await caller.ring(1, timeout_ms=300)
    (await marie.next_call(3)).ring()
    assert (await desk.next(e.LegEnded)).reason == "no_answer"


@pytest.mark.parametrize("phone", ["jean", "zorro"])
async def test_a_telephone_that_is_not_there(desk: Desk, trunk: Phone, phone: str) -> None:
    _, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.hold()
    leg = await caller.ring(1, phone)
    ended = await desk.next(e.LegEnded)
    assert (ended.leg, ended.reason) == (leg, "unreachable")


async def test_ringing_stops_when_we_say_so_and_twice_is_no_fault(desk: Desk, trunk: Phone, marie: Phone) -> None:
    _, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.hold()
    leg = await caller.ring(1)
    offered = await marie.next_call(3)
    offered.ring()
    await desk.next(e.LegRinging)
    await caller.hang_up(leg)
    assert (await desk.next(e.LegEnded)).leg == leg
    await offered.ended(3)
    await caller.hang_up(leg)


async def test_the_telephone_shows_service_and_number(desk: Desk, trunk: Phone, marie: Phone) -> None:
    _, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.hold()
    await caller.ring(1, show_name='Allo "PMI" <x>; Hauts-de-Seine')
    offered = await marie.next_call(3)
    assert offered.remote.display == "Allo PMI x Hauts-de-Seine"
    assert "+33639980012" in offered.remote.uri
    await caller.ring(2, show_number=None)


async def test_a_withheld_number_stays_withheld(desk: Desk, trunk: Phone) -> None:
    _, caller = await arrival(desk, trunk, privacy=True)
    assert (caller.arrival.caller, caller.arrival.caller_name) == (None, None)


@pytest.mark.parametrize(
    "name",
    ["Evil ${SHELL(id)} ,x|y&z", "Robert'); DROP TABLE", "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe", "%0d%0aAction: Ping"],
)
async def test_a_hostile_name_is_only_a_name(desk: Desk, trunk: Phone, marie: Phone, name: str) -> None:
    _, caller = await arrival(desk, trunk, display_name=name)
    assert caller.arrival.caller_name is not None
    text = caller.arrival.caller_name.text or ""
    assert text.isprintable()
    await caller.answer()
    await caller.hold()
    await caller.ring(1, show_name=text)
    (await marie.next_call(3)).answer()
    await desk.next(e.LegsBridged)


async def test_what_is_so_already_is_told_again_and_leaves_nothing_behind(
    desk: Desk, trunk: Phone, marie: Phone
) -> None:
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    await caller.answer()
    await caller.take_back()
    for _ in range(3):
        await caller.hold()
    await caller.ring(1)
    offered = await marie.next_call(3)
    offered.answer()
    await desk.next(e.LegsBridged)
    await offered.hang_up()
    await desk.next(e.CallerReturned)
    with pytest.raises(TimeoutError):  # no hold that was ordered twice waits to be carried out
        await desk.next(e.CallerHeld, 0.3)
    await call.hang_up()


@pytest.mark.parametrize("seen", ["before", "after"], ids=lambda seen: f"{seen}-they-are-joined")
async def test_who_is_sent_into_the_music_just_as_the_agent_answers_talks_with_them_all_the_same(
    desk: Desk, trunk: Phone, marie: Phone, seen: str
) -> None:
    """The order leaves while the telephone rings, and Asterisk carries it out when it comes to it."""
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    leg = await caller.ring(1)
    offered = await marie.next_call(3)
    offered.ring()
    await desk.next(e.LegRinging)
    assert desk.telephony._translator.holding(caller.arrival.leg, leg) == leg
    mark = [("Channel", caller.arrival.channel), ("Variable", "ALLO_HELD_FOR"), ("Value", leg)]
    where = [("Channel", caller.arrival.channel), ("Context", "allo"), ("Exten", "hold"), ("Priority", "1")]
    if seen == "before":
        await desk.telephony.link.act("Setvar", mark)
        offered.answer()
        await desk.next(e.LegAnswered)
        await desk.telephony.link.act("Redirect", where)
        await desk.next(e.LegsBridged)
    else:
        offered.answer()
        await desk.next(e.LegsBridged)
        await desk.telephony.link.act("Setvar", mark)
        await desk.telephony.link.act("Redirect", where)
    call.play(tone_frames(500))
    offered.play(tone_frames(900))
    await hears(call, 900)
    await hears(offered, 500)
    assert desk.told().count("LegsBridged") == 1
    assert desk.told().count("CallerHeld") == (seen == "before")
    await offered.hang_up()
    await desk.next(e.CallerReturned)
    await call.hang_up()


async def test_orders_that_cannot_be_carried_out(desk: Desk, trunk: Phone) -> None:
    call, caller = await arrival(desk, trunk)
    where = {"cause": "test", "interaction": caller.arrival.interaction, "leg": caller.arrival.leg}
    good, bad = caller.arrival.channel, "PJSIP/x\r\nAction: Ping"
    await desk.order(c.AnswerCall(channel=bad, **where), e.OrderRefused)
    await desk.order(c.HoldCaller(channel="/.*/", unless_with="", **where), e.OrderRefused)
    for path in ("relative", '/a"b', "/a\nb", "/a\\b", ""):
        words = {"channel": good, "playback": "p", "read": None}
        await desk.order(c.PlayPrompt(path=path, **words, **where), e.OrderRefused)
    for sounds in ("", "d", "/d\n", "/d\n\n/d", "/a&b", "/d\n/a,b", '/d\n/a"', "/d\r/d"):
        read = Personal(where["interaction"], "keys", sounds)
        said = {"channel": good, "playback": "p", "read": read}
        await desk.order(c.PlayPrompt(path="", **said, **where), e.OrderRefused)
    failed = await desk.order(c.HoldCaller(channel="PJSIP/trunk-ffffffff", unless_with="", **where), e.OrderFailed)
    assert isinstance(failed, e.OrderFailed)
    assert failed.retryable is False
    await desk.order(c.HangUpLeg(channel="PJSIP/trunk-ffffffff", **where))
    await call.hang_up()


def one_agent(**codes: Code) -> Centre:
    agent = Agent(name="Marie", display="Marie", phone="marie", skills={}, queues=())
    nothing: dict[str, Any] = {"services": {}, "scripts": {}, "queues": {}, "texts": {}}
    return Centre(digest="d", name="n", agents={"Marie": agent}, codes=codes, **nothing)


async def test_star_codes_and_nothing_else(desk: Desk, marie: Phone) -> None:
    desk.telephony.use(one_agent(pause=Code(dial="*1", wish="pause", reason="dejeuner")))
    code = marie.call("*1")
    asked = await desk.next(e.AgentAsked)
    assert (asked.agent, asked.wish, asked.reason) == ("Marie", "pause", "dejeuner")
    await code.answered(3)
    assert (await code.ended(5)).cause == 16
    for other in ("0639980012", "101", "allo", "*", "*12345", "h", "s"):
        assert (await marie.call(other).ended(5)).code == 404


@pytest.mark.parametrize(
    "dialled", ["*1%2CAccount%3Ajean", "*1%0D%0AAccount%3A%20jean", "*1%0D%0A%0D%0AEvent%3A%20Hangup"]
)
async def test_a_star_code_cannot_speak_for_another_telephone(desk: Desk, marie: Phone, dialled: str) -> None:
    assert (await marie.call(dialled).ended(5)).code == 404


@pytest.mark.parametrize("dialled", ["0199000101%0D%0A%0D%0AEvent%3A%20Hangup", "standard", "fax", "h", "9" * 40])
async def test_a_caller_cannot_dial_what_is_no_number(desk: Desk, trunk: Phone, dialled: str) -> None:
    assert (await trunk.call(dialled).ended(5)).code in (400, 404)
    assert "CallArrived" not in desk.told()


async def test_a_line_break_in_the_callers_number_forges_nothing(desk: Desk, trunk: Phone) -> None:
    forged = "%0D%0A%0D%0AEvent%3A%20ContactStatus%0D%0AAOR%3A%20jean%0D%0AURI%3A%20x%0D%0AContactStatus%3A%20Created"
    call, caller = await arrival(desk, trunk, f"0639980012{forged}", display_name="Élise, Dupré (tél)")
    assert caller.arrival.caller is not None
    assert caller.arrival.caller.text == "+33639980012"
    assert caller.arrival.caller_name is not None
    assert caller.arrival.caller_name.text == "Élise, Dupré (tél)"
    await call.hang_up()
    await desk.next(e.LegEnded)
    assert "PhoneSeen" not in desk.told()


async def test_telephones_come_and_go(desk: Desk, node_settings: NodeSettings) -> None:
    server = (node_settings.address, node_settings.sip_port)
    async with await Phone.open("jean", host=node_settings.address, server=server) as phone:
        await phone.register("jean", "secret-j")
        assert await desk.next(e.PhoneSeen) == e.PhoneSeen(cause="telephony", phone="jean", reachable=True)
        async with await Phone.open("jean", host=node_settings.address, server=server) as other:
            await other.register("jean", "secret-j")
            again = Desk(desk.telephony.node)
            await again.start()
            assert (await again.next(e.NodeSeen)).phones == ("jean",)
            await again.telephony.link.stop()
            await other.unregister()
            assert (await desk.next(e.PhoneSeen)).reachable is False


async def test_an_unknown_caller_is_turned_away(desk: Desk, node_settings: NodeSettings) -> None:
    server = (node_settings.address, node_settings.sip_port)
    async with await Phone.open("inconnu", host="127.0.0.1", server=server) as stranger:
        assert (await stranger.call("0199000101").ended(5)).code in (401, 403, 404)
    assert "CallArrived" not in desk.told()


async def test_a_conversation_outlives_the_link_and_is_found_again(desk: Desk, trunk: Phone, marie: Phone) -> None:
    call, caller = await arrival(desk, trunk)
    await caller.answer()
    await call.answered(3)
    await caller.hold()
    leg = await caller.ring(1)
    offered = await marie.next_call(3)
    offered.answer()
    await desk.next(e.LegsBridged)
    offered.play(tone_frames(900))
    await hears(call, 900)
    desk.telephony.link.drop("essai")
    assert (await desk.next(e.NodeLost)).reason == "essai"
    node = await desk.next(e.NodeSeen)
    assert {(seen.leg, seen.bridged_with) for seen in node.legs if caller.has(seen)} == {
        (caller.arrival.leg, leg),
        (leg, caller.arrival.leg),
    }
    await hears(call, 900)
    await offered.hang_up()
    await desk.next(e.CallerReturned)
    await caller.hold()
    assert desk.told().count("LegsBridged") == 1
    assert desk.told().count("CallArrived") == 1


async def test_a_caller_not_yet_answered_stays_the_same_caller(desk: Desk, trunk: Phone) -> None:
    call, caller = await arrival(desk, trunk)
    desk.telephony.link.drop("essai")
    await desk.next(e.NodeLost)
    (seen,) = [seen for seen in (await desk.next(e.NodeSeen)).legs if caller.has(seen)]
    assert (seen.leg, seen.up, seen.held) == (caller.arrival.leg, False, False)
    await caller.answer()
    await call.answered(3)
    assert desk.told().count("CallArrived") == 1
