"""Lost and repeated datagrams, with a relay that loses what each test says.  T1 is 20 ms."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import pytest

from tests.traffic.relay import Relay, relay_to
from traffic.call import State
from traffic.errors import NotAnswered, Refused, TooLong
from traffic.phone import Phone
from traffic.sip import Request, response_to
from traffic.transactions import Serving, Timing, Wire

FAST = Timing(t1_s=0.02, t2_s=0.08)


@contextlib.asynccontextmanager
async def two_phones(loses: Callable[[str, int], bool]) -> AsyncIterator[tuple[Phone, Phone, Relay]]:
    """Alice calls Bob through the relay."""
    async with (
        await Phone.open("bob", timing=FAST) as bob,
        relay_to(bob.address, loses) as relay,
        await Phone.open("alice", timing=FAST, server=relay.address) as alice,
    ):
        yield alice, bob, relay


def first_lost(*kinds: str) -> Callable[[str, int], bool]:
    return lambda name, before: name in kinds and before == 0


@pytest.mark.parametrize("lost", ["INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"])
async def test_a_call_succeeds_whichever_datagram_is_lost(lost: str) -> None:
    async with two_phones(first_lost(lost)) as (alice, bob, relay):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.ring()
        offered.answer()
        await call.answered(2)
        if lost in ("200 INVITE", "ACK"):
            acks = 2 if lost == "ACK" else 1
            await until(lambda: relay.seen["ACK"] >= acks and relay.seen["200 INVITE"] >= 2)
        end = await call.hang_up()
        assert (end.code, end.by) == (200, "us")
        assert (await offered.ended(2)).by == "them"
        assert bob.incoming.empty(), "a repeated INVITE is the same call"


@pytest.mark.parametrize("lost", ["486 INVITE", "ACK"])
async def test_a_refusal_is_repeated_until_acknowledged(lost: str) -> None:
    async with two_phones(first_lost(lost)) as (alice, bob, relay):
        call = alice.call("bob")
        (await bob.next_call(2)).reject(486)
        assert (await call.ended(2)).code == 486
        acks = 2 if lost == "ACK" else 1
        await until(lambda: relay.seen["486 INVITE"] >= 2 and relay.seen["ACK"] >= acks)
        await nothing_more(relay, "486 INVITE")


@pytest.mark.parametrize("lost", ["CANCEL", "200 CANCEL", "487 INVITE"])
async def test_a_cancellation_succeeds_whichever_datagram_is_lost(lost: str) -> None:
    async with two_phones(first_lost(lost)) as (alice, bob, _):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.ring()
        await until(lambda: call.state is State.RINGING)
        assert (await call.hang_up()).code == 487
        assert (await offered.ended(2)).code == 487


async def test_hanging_up_before_any_response_cancels_once_one_comes() -> None:
    async with two_phones(first_lost("INVITE")) as (alice, bob, relay):
        call = alice.call("bob")
        ending = asyncio.create_task(call.hang_up())
        offered = await bob.next_call(2)
        assert (await ending).code == 487
        assert (await offered.ended(2)).by == "them"
        assert relay.seen["CANCEL"] >= 1


async def test_an_answer_that_crosses_the_cancellation_is_acknowledged_and_hung_up() -> None:
    async with two_phones(lambda name, _: name == "CANCEL") as (alice, bob, relay):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.ring()
        await until(lambda: call.state is State.RINGING)
        ending = asyncio.create_task(call.hang_up())
        await until(lambda: relay.seen["CANCEL"] >= 1)
        offered.answer()
        assert (await ending).code == 487
        assert (await offered.ended(2)).by == "them"
        assert relay.seen["ACK"] >= 1


async def test_nobody_there_is_told_after_64_t1() -> None:
    async with two_phones(lambda *_: True) as (alice, _, relay):
        began_s = time.monotonic()
        call = alice.call("bob")
        with pytest.raises(NotAnswered, match="408"):
            await call.answered(5)
        assert call.end is not None
        assert (call.end.code, call.end.by) == (408, "nobody")
        assert 0.9 * FAST.give_up_s < time.monotonic() - began_s < FAST.give_up_s + 1
        assert relay.seen["INVITE"] == 7  # at 0, 1, 3, 7, 15, 31 and 63 times T1


async def test_a_peer_that_vanishes_does_not_hold_a_hang_up() -> None:
    async with two_phones(lambda name, _: name == "BYE") as (alice, bob, relay):
        call = alice.call("bob")
        (await bob.next_call(2)).answer()
        await call.answered(2)
        assert (await call.hang_up()).code == 200
        assert relay.seen["BYE"] > 10  # doubled up to T2, then steadily


async def test_an_answer_never_acknowledged_ends_the_call() -> None:
    async with two_phones(lambda name, _: name == "ACK") as (alice, bob, _):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.answer()
        end = await offered.ended(FAST.give_up_s + 2)
        assert (end.code, end.by) == (408, "nobody")
        assert (await call.ended(2)).by == "them"


async def test_an_answer_is_no_longer_repeated_once_the_caller_has_hung_up() -> None:
    async with two_phones(lambda name, _: name == "ACK") as (alice, bob, relay):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.answer()
        await call.answered(2)
        await call.hang_up()
        assert (await offered.ended(2)).by == "them"
        await nothing_more(relay, "200 INVITE")


async def test_who_answers_and_hangs_up_at_once_waits_for_the_acknowledgement() -> None:
    async with two_phones(first_lost("ACK")) as (alice, bob, relay):
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.answer()
        await offered.hang_up()
        assert relay.seen["ACK"] == 2
        assert (await call.ended(2)).by == "them"


async def test_a_registrar_that_is_silent_or_refuses_is_named() -> None:
    async with two_phones(lambda *_: False) as (alice, bob, _):
        with pytest.raises(Refused, match="405"):
            await alice.register("alice", "secret", registrar=bob.address)
    async with two_phones(lambda *_: True) as (alice, _, _):
        with pytest.raises(TooLong, match="registration of alice"):
            await alice.register("alice", "secret", timeout_s=0.1)
        assert not alice.registered


async def test_a_repeated_request_gets_the_stored_response_and_is_handled_once() -> None:
    handled: list[str] = []

    def serve(serving: Serving) -> None:
        handled.append(serving.request.method)
        serving.respond(response_to(serving.request, 200))

    server = await Wire.open("127.0.0.1", 0, FAST, serve)
    async with relay_to(server.local, lambda name, before: name == "200 INFO" and before < 3) as relay:
        client = await Wire.open("127.0.0.1", 0, FAST, lambda _: None)
        headers = (
            ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx"),
            ("From", "<sip:a@b>;tag=1"),
            ("To", "<sip:b@b>"),
            ("Call-ID", "c"),
            ("CSeq", "1 INFO"),
        )
        response = await client.exchange(Request(method="INFO", uri="sip:b@b", headers=headers), relay.address)
        assert (response.status, handled, relay.seen["INFO"]) == (200, ["INFO"], 4)
        client.close()
    server.close()


async def test_what_is_no_sip_is_counted_and_dropped() -> None:
    async with two_phones(lambda *_: False) as (alice, bob, _):
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=bob.address)
        for rubbish in (b"\r\n\r\n", b"hello", b"\xff" * 500, b"INVITE sip:x SIP/2.0\r\nVia: x\r\n\r\n"):
            transport.sendto(rubbish)
        call = alice.call("bob")
        offered = await bob.next_call(2)
        offered.reject(603)
        assert (await call.ended(2)).code == 603
        assert bob.unreadable == 3
        transport.close()


async def nothing_more(relay: Relay, name: str) -> None:
    """Silence is what is tested: none of these for several times T2, once what was on its way has come."""
    await asyncio.sleep(FAST.t2_s)
    seen = relay.seen[name]
    await asyncio.sleep(4 * FAST.t2_s)
    assert relay.seen[name] == seen


async def until(condition: Callable[[], bool], timeout_s: float = 2.0) -> None:
    """Wait for a condition that other tasks bring about."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # nobody signals a relay's counters
            await asyncio.sleep(0.002)
