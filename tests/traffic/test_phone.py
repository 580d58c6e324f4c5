"""Two telephones that call each other directly: signalling, sound both ways, keys, hold, hostility."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest

from traffic.call import State
from traffic.errors import NotAnswered, TooLong
from traffic.offered import OfferedCall
from traffic.phone import Phone
from traffic.placed import PlacedCall
from traffic.rtp import Stream
from traffic.sdp import Media, build_sdp
from traffic.sound import correlate, decode_alaw, encode_alaw, frames_of, level_dbfs, tone_frames
from traffic.ticker import Ticker
from traffic.tones import AGENT_TONES, CITIZEN_TONES, hear, listen_for


@contextlib.asynccontextmanager
async def phones() -> AsyncIterator[tuple[Phone, Phone]]:
    async with await Phone.open("bob") as bob, await Phone.open("alice", server=bob.address) as alice:
        yield alice, bob


async def connected(alice: Phone, bob: Phone) -> tuple[PlacedCall, OfferedCall]:
    call = alice.call("bob")
    offered = await bob.next_call(2)
    offered.answer()
    await call.answered(2)
    return call, offered


async def test_who_calls_is_seen_and_the_call_lives_its_states() -> None:
    async with phones() as (alice, bob):
        call = alice.call("0199000101", from_number="0639980001", display_name='Zoé "Z"')
        assert call.state is State.NEW
        offered = await bob.next_call(2)
        assert (offered.remote.user, offered.remote.display) == ("0639980001", 'Zoé "Z"')
        assert offered.invite.uri.startswith("sip:0199000101@")
        offered.ring()
        offered.answer()
        await call.answered(2)
        assert (call.state, offered.state) == (State.CONNECTED, State.CONNECTED)
        assert call.ringing_ms is not None
        assert call.connected_ms is not None
        assert call.begun_ms <= call.ringing_ms <= call.connected_ms
        ours = await offered.hang_up()
        theirs = await call.ended(2)
        assert (ours.code, ours.by, theirs.code, theirs.by, theirs.cause) == (200, "us", 200, "them", 16)
        assert (alice.calls, bob.calls) == ((), ())


async def test_each_hears_the_tone_of_the_other_and_nothing_is_lost() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        call.play(tone_frames(500))
        offered.play(tone_frames(515))
        async with asyncio.timeout(3):
            at_alice = await listen_for(call.heard, AGENT_TONES)
            at_bob = await listen_for(offered.heard, CITIZEN_TONES)
        assert (at_alice.hz, at_bob.hz) == (515, 500)
        assert call.connected_ms is not None
        assert -1 < at_alice.since_ms - call.connected_ms < 150
        assert hear(call.heard, CITIZEN_TONES) is None, "one's own tone does not come back"
        assert (call.stream.lost, offered.stream.lost) == (0, 0)
        await call.hang_up()


async def test_speech_arrives_whole_with_its_delay_measured() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        words = encode_alaw(decode_alaw(bytes((7 * n * n + n // 3) % 256 for n in range(8000))))
        begun_ms = offered.begun_ms
        await call.play(frames_of(words))
        await call.hang_up()
        match = correlate(decode_alaw(words), offered.heard.since(begun_ms).samples)
        assert match.score > 0.999


async def test_keys_are_heard_in_order_with_their_times() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        await asyncio.gather(call.press("1299*#", tone_ms=60, gap_ms=40), offered.press("d"))
        assert "".join(key.key for key in offered.keys_heard) == "1299*#"
        assert "".join(key.key for key in call.keys_heard) == "D"
        times = [key.at_ms for key in offered.keys_heard]
        assert all(75 < later - sooner < 180 for sooner, later in itertools.pairwise(times))
        with pytest.raises(ValueError, match="was 'x'"):
            await call.press("1x")
        await call.hang_up()


async def test_a_refusal_carries_its_code() -> None:
    async with phones() as (alice, bob):
        call = alice.call("bob")
        (await bob.next_call(2)).reject(603)
        with pytest.raises(NotAnswered) as refused:
            await call.answered(2)
        assert refused.value.code == 603
        assert call.end is not None
        assert call.end.by == "them"


async def test_the_caller_gives_up_while_it_rings() -> None:
    async with phones() as (alice, bob):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.ring()
        with pytest.raises(TooLong, match=r"was 0\.05 s"):
            await call.answered(0.05)
        assert (await call.hang_up()).by == "us"
        end = await offered.ended(2)
        assert (end.code, end.by) == (487, "them")
        with pytest.raises(RuntimeError, match="was ended"):
            offered.answer()
        offered.reject()  # too late, and harmless


async def test_several_calls_live_at_once_on_one_telephone() -> None:
    async with phones() as (alice, bob):
        pairs = [await connected(alice, bob) for _ in range(10)]
        for number, (call, _) in enumerate(pairs):
            call.play(tone_frames(CITIZEN_TONES[number]))
        async with asyncio.timeout(3):
            heard = await asyncio.gather(*(listen_for(offered.heard, CITIZEN_TONES) for _, offered in pairs))
        assert [tone.hz for tone in heard] == list(CITIZEN_TONES[:10])
        await asyncio.gather(*(call.hang_up() for call, _ in pairs))
        assert (alice.calls, bob.calls) == ((), ())


async def test_hold_silences_and_resume_restores() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        offered.play(tone_frames(515))
        async with asyncio.timeout(3):
            await listen_for(call.heard, AGENT_TONES)
        for direction, expected in (("inactive", b"a=inactive"), ("sendrecv", b"a=sendrecv")):
            media = Media(call.stream.host, call.stream.port, direction)
            headers = [("Content-Type", "application/sdp")]
            response = await call.request("UPDATE", headers, build_sdp(media, 1, 1))
            assert (response.status, expected in response.body) == (200, True)
            if direction == "inactive":
                sent, ticks = offered.stream.sent, Ticker.shared().ticks
                async with asyncio.timeout(3):
                    while Ticker.shared().ticks < ticks + 5:  # noqa: ASYNC110  # five frames' time: none is sent
                        await asyncio.sleep(0.01)
                assert offered.stream.sent == sent
        await call.hang_up()


async def test_an_invite_without_sdp_gets_our_offer_and_the_ack_answers_it() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        offered.play(tone_frames(515))
        # A re-INVITE without SDP, as Asterisk sends one after a transfer.
        invite = call._in_dialog("INVITE", call._next_cseq(), ())
        answers: asyncio.Queue[object] = asyncio.Queue()
        alice._wire.ask(invite, bob.address, answers.put_nowait)
        async with asyncio.timeout(2):
            response = await answers.get()
        assert b"m=audio" in response.body  # type: ignore[attr-defined]
        elsewhere = Stream()
        elsewhere.connect("127.0.0.1", offered.stream.port)
        body = build_sdp(Media(elsewhere.host, elsewhere.port), 1, 2)
        ack = call._in_dialog("ACK", invite.cseq[0], [("Content-Type", "application/sdp")], body)
        alice._wire.send(ack, bob.address)
        async with asyncio.timeout(3):
            assert (await listen_for(elsewhere.heard, AGENT_TONES)).hz == 515
        elsewhere.close()
        await call.hang_up()


async def test_a_telephone_answers_options_and_refuses_what_it_does_not_know() -> None:
    async with phones() as (alice, bob):
        call, _ = await connected(alice, bob)
        assert (await call.request("OPTIONS")).status == 200
        assert (await call.request("INFO", [("Content-Type", "text/plain")], b"x")).status == 200
        assert (await call.request("REFER", [("Refer-To", "<sip:x@y>")])).status == 501
        await call.hang_up()
        assert (await call.request("OPTIONS")).status == 481


async def test_a_withheld_number_travels_as_operators_send_it() -> None:
    async with phones() as (alice, bob):
        call = alice.call("bob", from_number="0639980001", privacy=True, extra_headers=(("X-Trunk", "yes"),))
        offered = await bob.next_call(2)
        assert offered.remote.user == "anonymous"
        assert offered.invite.get("Privacy") == "id"
        assert "0639980001" in offered.invite.header("P-Asserted-Identity")
        assert offered.invite.get("x-trunk") == "yes"
        await call.hang_up()


@pytest.mark.parametrize(
    ("raw_from", "raw_headers"),
    [
        (b'"\xff\xfe\x00" <sip:0639980001@h>', b"X-Bad: \xc3\x28"),
        (b'"' + b"A" * 10_000 + b'" <sip:0639980001@h>;tag=own', b""),
        (b"<sip:'; DROP TABLE--@h>", b"X-Empty:\r\nX-Fold: a\r\n b"),
    ],
)
async def test_hostile_headers_travel_unchanged_and_the_call_still_works(raw_from: bytes, raw_headers: bytes) -> None:
    async with phones() as (alice, bob):
        call = alice.call("bob", raw_from=raw_from, raw_headers=raw_headers)
        offered = await bob.next_call(2)
        sent = offered.invite.header("From").encode("utf-8", "surrogateescape")
        assert sent.startswith(raw_from)
        offered.answer()
        await call.answered(2)
        assert (await offered.hang_up()).code == 200
        assert (await call.ended(2)).by == "them"


async def test_a_caller_without_an_address_is_told_400() -> None:
    async with phones() as (alice, bob):
        call = alice.call("bob", raw_from=b"nobody at all")
        assert (await call.ended(2)).code == 400
        assert bob.calls == ()


async def test_a_caller_without_alaw_is_told_488() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        ulaw = build_sdp(Media("127.0.0.1", 4000), 1, 1).replace(b"AVP 8 101", b"AVP 0")
        response = await call.request("UPDATE", [("Content-Type", "application/sdp")], ulaw)
        assert response.status == 488
        assert offered.state is State.CONNECTED
        await call.hang_up()


async def test_closing_a_telephone_hangs_up_everything() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        ringing = alice.call("bob")
        await bob.next_call(2)
        await bob.close()
        assert (await call.ended(2)).by == "them"
        assert (await ringing.ended(2)).code == 480
        assert offered.end is not None


async def test_sound_sent_while_nobody_listens_is_counted_not_raised() -> None:
    async with phones() as (alice, bob):
        call, offered = await connected(alice, bob)
        offered.stream.close()
        async with asyncio.timeout(2):
            while call.stream.refused < 3:  # noqa: ASYNC110  # the kernel tells only by refusing
                await asyncio.sleep(0.02)
        assert level_dbfs(call.heard.last(0.1).samples) < -60
        await call.hang_up()
