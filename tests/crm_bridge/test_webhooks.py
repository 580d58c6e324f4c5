"""Webhooks through the real outbox to a real receiver.  The neighbours that break: the receiver, PostgreSQL, and
ourselves."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from core import limits
from core.step import Step
from crm_bridge.keys import RecordKeys
from crm_bridge.outbox import Outbox
from crm_bridge.sending import GIVE_UP_MS, WAITS_MS, Endpoint, wait_ms
from crm_bridge.translate import PROTECTED, Allowed
from crm_bridge.webhooks import Webhooks
from runtime.accounts import outbox_place
from runtime.places import Places
from runtime.settings import JournalSettings
from tests import servers
from tests.crm_bridge import calls
from traffic.receiver import Receiver

SECRET = "whsec_" + "QWxsbyBzaWduZSBzZXMgd2ViaG9va3MuLi4u"
HOUR_MS = 3_600_000
PATIENCE_S = 20.0
A_CALL = ["arrived", "qualified", "queued", "offered", "connected", "ended"]


class Clock:
    """Unix milliseconds that a test moves."""

    def __init__(self) -> None:
        self.now_ms = calls.NOW_MS

    def __call__(self) -> int:
        return self.now_ms


class Bench:
    """Webhooks on a folder, or on the database `server`: stopped and started as often as a test wants."""

    def __init__(self, folder: Path, url: str, allowed: Allowed, server: str = "") -> None:
        self._place = outbox_place(JournalSettings(url=server), Places(run=folder))
        self.clock = Clock()
        self.journal = calls.Journal([])
        self._folder = folder
        self._endpoint = Endpoint(name="crm", url=url, secret=SECRET, allowed=allowed)
        self.edge = self._made()

    def _made(self) -> Webhooks:
        return Webhooks([self._endpoint], calls.centre(), PROTECTED, self.outbox, lambda: self.journal, self.clock)

    def outbox(self) -> Outbox:
        return Outbox(self._place(), RecordKeys(self._folder / "keys.json"))

    async def start(self) -> None:
        self.edge = self._made()
        await self.edge.start(lambda _fact: None, lambda: "")

    def happens(self, steps: list[Step]) -> None:
        """Steps that are kept and heard."""
        for step in steps:
            self.journal.kept.append(step)
            self.edge.hear(step)

    def told(self) -> int:
        """How far the outbox is told the journal."""
        outbox = self.outbox()
        try:
            return outbox.position() or 0
        finally:
            outbox.close()

    async def passes(self, by_ms: int) -> None:
        self.clock.now_ms += by_ms
        self.edge.wake()


async def until(ready: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if ready():
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"waited in vain until {what}")


def by_interaction(receiver: Receiver) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for told in receiver.taken:
        found[told.body["data"]["interaction"]].append(told.type.removeprefix("interaction."))
    return dict(found)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(SECRET)


@pytest.fixture(params=["sqlite", "postgresql"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path, receiver: Receiver) -> AsyncIterator[Bench]:
    server = servers.database() if request.param == "postgresql" else ""
    async with receiver.listening("127.0.0.1") as url:
        bench = Bench(tmp_path, url, Allowed(record=True), server)
        await bench.start()
        yield bench
        await bench.edge.stop()


async def test_calls_are_told_signed_in_order_and_once(bench: Bench, receiver: Receiver) -> None:
    bench.happens(list(calls.steps(20)))
    await until(lambda: len(receiver.taken) == 120, "all is told")
    assert by_interaction(receiver) == {calls.interaction(number): A_CALL for number in range(20)}
    assert (receiver.refused, receiver.repeated) == (0, 0)
    assert {told.body["data"].get("record") for told in receiver.taken} == {None, "78-1"}
    await until(lambda: bench.told() == 140, "the position follows")


async def test_what_happened_while_nobody_listened_is_told_after_the_start(bench: Bench, receiver: Receiver) -> None:
    steps = list(calls.steps(5))
    bench.happens(steps[:10])
    await until(lambda: bench.told() == 10, "the first ten are told")
    await bench.edge.stop()
    bench.journal.kept += steps[10:20]
    await bench.start()
    bench.happens(steps[20:])
    await until(lambda: len(receiver.taken) == 30, "all is told")
    assert by_interaction(receiver) == {calls.interaction(number): A_CALL for number in range(5)}


async def test_more_than_the_memory_holds_is_read_from_the_journal(bench: Bench, receiver: Receiver) -> None:
    many = list(calls.steps((limits.OUTBOX_STEPS + 1_400) // 7, topic="", queue=""))
    bench.happens(many)
    last = many[-1].seq
    await until(lambda: bench.told() == last, "all is told")
    await until(lambda: len(receiver.taken) == len(many) // 7 * 6, "all is delivered")


async def test_history_before_the_first_start_is_told_to_nobody(tmp_path: Path, receiver: Receiver) -> None:
    async with receiver.listening("127.0.0.1") as url:
        bench = Bench(tmp_path, url, Allowed())
        bench.journal.kept += list(calls.steps(1))
        await bench.start()
        later = [
            Step(seq=7 + number, now_ms=1, input=fact)
            for number, fact in enumerate(calls.facts(calls.interaction(9)), 1)
        ]
        bench.happens(later)
        await until(lambda: len(receiver.taken) == 6, "the new call is told")
        assert set(by_interaction(receiver)) == {calls.interaction(9)}
        await bench.edge.stop()


@pytest.mark.parametrize("answer", ["html", 500, 503, 429, 302, 401])
async def test_a_receiver_that_is_ill_loses_nothing_and_keeps_the_order(
    bench: Bench, receiver: Receiver, answer: int | str
) -> None:
    receiver.answers += [answer] * 3
    bench.happens(list(calls.steps(3)))
    for asked in (1, 2, 3):  # side by side at first, one at a time once it is ill
        await settled(bench, failures=asked)
        await bench.passes(HOUR_MS)
    await until(lambda: len(receiver.taken) == 18, "all is told")
    assert by_interaction(receiver) == {calls.interaction(number): A_CALL for number in range(3)}


async def settled(bench: Bench, failures: int = 1) -> None:
    """Until the outbox has noted so many failures."""

    def noted() -> bool:
        outbox = bench.outbox()
        try:
            return sum(one.attempts for one in outbox.listed(50)) >= failures
        finally:
            outbox.close()

    await until(noted, "the failure is noted")


async def test_a_receiver_dead_for_an_hour_gets_everything_in_order(tmp_path: Path, receiver: Receiver) -> None:
    """The connection is refused; calls go on; the hour passes in jumps of a minute; then it is back."""
    async with receiver.listening("127.0.0.1") as url:
        port = int(url.split(":")[2].split("/")[0])
    bench = Bench(tmp_path, url, Allowed())
    await bench.start()
    steps = list(calls.steps(60))
    for minute in range(60):
        bench.happens(steps[minute * 7 : minute * 7 + 7])
        await bench.passes(60_000)
        await until(lambda minute=minute: bench.told() == (minute + 1) * 7, "it is on the disk")
    await settled(bench)
    async with receiver.listening("127.0.0.1", port):

        async def tick() -> None:
            while len(receiver.taken) < 360:
                await bench.passes(60_000)
                await asyncio.sleep(0.01)

        async with asyncio.timeout(PATIENCE_S):
            await tick()
        assert by_interaction(receiver) == {calls.interaction(number): A_CALL for number in range(60)}
    await bench.edge.stop()


async def test_one_webhook_that_is_refused_by_itself_holds_nobody_else(bench: Bench, receiver: Receiver) -> None:
    receiver.answers.append(400)
    bench.happens(list(calls.steps(4)))
    await until(lambda: len(receiver.taken) == 18, "the others are told")
    await bench.passes(WAITS_MS[0] * 2)
    await until(lambda: len(receiver.taken) == 24, "and then that one")
    assert all(life == A_CALL for life in by_interaction(receiver).values())


async def test_after_three_days_a_webhook_is_given_up_kept_and_can_be_sent_again(
    bench: Bench, receiver: Receiver
) -> None:
    receiver.answers += [400, 400]
    bench.happens(list(calls.steps(1)))
    await settled(bench)
    await bench.passes(GIVE_UP_MS)
    await until(lambda: len(receiver.taken) == 5, "those behind it go")
    outbox = bench.outbox()
    (dead,) = outbox.listed(10, dead=True)
    assert (dead.type, "400" in dead.error) == ("interaction.arrived", True)
    outbox.retry(dead.id, bench.clock())
    outbox.close()
    await bench.passes(0)
    await until(lambda: len(receiver.taken) == 6, "it is sent again")


async def test_gone_means_never_again(bench: Bench, receiver: Receiver) -> None:
    receiver.answers.append(410)
    bench.happens(list(calls.steps(1)))

    def stopped() -> bool:
        outbox = bench.outbox()
        try:
            return bool(outbox.disabled())
        finally:
            outbox.close()

    await until(stopped, "the endpoint is disabled")
    await bench.edge.stop()
    await bench.start()
    bench.happens(list(calls.steps(1, first_seq=8)))
    await until(lambda: bench.told() == 14, "the new call is passed over")
    assert receiver.taken == []


async def test_a_postgresql_that_restarts_in_the_middle_loses_nothing_and_keeps_the_order(
    tmp_path: Path, receiver: Receiver
) -> None:
    """Calls go on while it is away; some of them nobody heard, and are read in the journal."""
    steps = list(calls.steps(30))
    async with receiver.listening("127.0.0.1") as url:
        bench = Bench(tmp_path, url, Allowed(), servers.database())
        await bench.start()
        bench.happens(steps[:70])
        await until(lambda: len(receiver.taken) > 10, "the first are told")
        await asyncio.to_thread(servers.postgres().kill)
        bench.happens(steps[70:100])
        bench.journal.kept += steps[100:140]
        bench.happens(steps[140:])
        await asyncio.to_thread(servers.postgres().start)
        await until(lambda: len(receiver.taken) == 180, "all is told")
        assert by_interaction(receiver) == {calls.interaction(number): A_CALL for number in range(30)}
        await until(lambda: bench.told() == 210, "the position follows")
        await until(lambda: not left(bench), "what was delivered is forgotten")
        await bench.edge.stop()


def left(bench: Bench) -> int:
    outbox = bench.outbox()
    try:
        return outbox.standing("crm").waiting
    finally:
        outbox.close()


async def test_a_receiver_that_hangs_is_given_up_on_for_now(tmp_path: Path) -> None:
    """It takes the connection and never answers; stopping does not wait for it."""
    asked = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bench = Bench(tmp_path, f"http://127.0.0.1:{port}/", Allowed())
    await bench.start()
    bench.happens(list(calls.steps(1)))
    await asyncio.wait_for(asked.wait(), PATIENCE_S)
    await asyncio.wait_for(bench.edge.stop(), PATIENCE_S)
    server.close()
    outbox = bench.outbox()
    assert outbox.standing("crm").waiting == 6
    outbox.close()


def test_waits_grow_are_the_same_for_the_same_and_differ_between_webhooks() -> None:
    waits = [wait_ms("i-w1", attempt) for attempt in range(1, 20)]
    assert waits == [wait_ms("i-w1", attempt) for attempt in range(1, 20)]
    assert waits[0] < waits[3] < waits[8]
    assert len({wait_ms(f"i-w{number}", 5) for number in range(50)}) == 50
    for attempt, wait in enumerate(WAITS_MS, 1):
        assert 0.79 * wait <= wait_ms("i-w1", attempt) <= 1.21 * wait


async def test_stopping_twice_is_no_fault(bench: Bench) -> None:
    await bench.edge.stop()
    await bench.edge.stop()
    assert bench.edge.delivered == 0
