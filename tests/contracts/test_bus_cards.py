"""Acceptance cards of what carries kept steps to those who listen, within a process and over a real Valkey.

B1  every listener gets every step, in order
B2  what a listener gets went through the wire: it equals what was published and is not the same object
B3  a listener that raises hinders nobody, and gets what comes next
B4  a listener taken away gets nothing more
B5  personal text travels sealed, and is open to who has the keys
B6  what is published twice is heard once
B7  what was kept and never published is heard all the same, in its place
B8  what left the bus before its time hides nothing that comes after it
B9  a bus that dies and comes back empty hides no step
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.personal import Personal
from core.step import Step
from core.wire import Wire
from journal.keys import KeyStore
from tests.contracts.carriers import Carrier, OverValkey, WithinAProcess
from tests.journal.steps import number_of, step, steps, until


@pytest.fixture(params=["in-process", "valkey"])
async def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Carrier]:
    if request.param == "in-process":
        yield WithinAProcess(tmp_path)
        return
    over = OverValkey(tmp_path)
    await over.start()
    yield over
    await over.stop()


async def test_b1_every_listener_gets_every_step_in_order(carrier: Carrier) -> None:
    heard: tuple[list[Step], list[Step]] = ([], [])
    for mine in heard:
        await carrier.listen(mine.append)
    carrier.publish(*steps(1, 700))
    await until(lambda: all(len(mine) == 700 for mine in heard))
    carrier.publish(*steps(701, 705))
    await until(lambda: all(len(mine) == 705 for mine in heard))
    assert heard == (steps(1, 705), steps(1, 705))


async def test_b2_what_is_heard_went_through_the_wire(carrier: Carrier) -> None:
    heard: list[Step] = []
    await carrier.listen(heard.append)
    said = step(1)
    carrier.publish(said)
    await until(lambda: heard)
    assert heard == [said]
    assert heard[0] is not said


async def test_b3_a_listener_that_raises_hinders_nobody(carrier: Carrier, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []
    broken: list[int] = []

    def falls(found: Step) -> None:
        if found.seq == 2:
            raise RuntimeError("a view's bug")
        broken.append(found.seq)

    await carrier.listen(falls)
    await carrier.listen(lambda found: heard.append(found.seq))
    carrier.publish(*steps(1, 3))
    await until(lambda: (heard, broken) == ([1, 2, 3], [1, 3]))
    assert "step 2" in caplog.text


async def test_b4_a_listener_taken_away_gets_nothing_more(carrier: Carrier) -> None:
    gone: list[int] = []
    heard: list[int] = []
    leave = await carrier.listen(lambda found: gone.append(found.seq))
    await carrier.listen(lambda found: heard.append(found.seq))
    carrier.publish(step(1))
    await until(lambda: gone == [1])
    await leave()
    carrier.publish(step(2))
    await until(lambda: heard == [1, 2])
    assert gone == [1]


async def test_b5_personal_text_is_open_only_to_who_has_the_keys(carrier: Carrier, tmp_path: Path) -> None:
    heard: list[Step] = []
    await carrier.listen(heard.append)
    carrier.publish(step(1))
    await until(lambda: heard)
    assert _number(heard[0]).text == number_of(1)
    stranger = Wire(KeyStore(tmp_path / "other" / "keys.db"))
    assert _number(stranger.decode(carrier.wire.encode(step(1)))).text is None


async def test_b6_what_is_published_twice_is_heard_once(carrier: Carrier) -> None:
    heard: list[int] = []
    await carrier.listen(lambda found: heard.append(found.seq))
    carrier.publish(*steps(1, 5))
    carrier.publish(*steps(3, 5), *steps(3, 7))
    await until(lambda: 7 in heard)
    assert heard == list(range(1, 8))


async def test_b7_what_was_kept_and_never_published_is_heard_in_its_place(carrier: Carrier) -> None:
    heard: list[Step] = []
    await carrier.listen(heard.append)
    carrier.publish(*steps(1, 10))
    await until(lambda: len(heard) == 10)
    await carrier.holes(*steps(11, 20))
    carrier.publish(*steps(21, 22))
    await until(lambda: len(heard) == 22)
    assert heard == steps(1, 22)


async def test_b8_what_left_before_its_time_hides_nothing(carrier: Carrier) -> None:
    heard: list[Step] = []
    await carrier.listen(heard.append)
    carrier.publish(*steps(1, 300))
    await carrier.trims()
    carrier.publish(*steps(301, 310))
    await until(lambda: len(heard) == 310)
    assert heard == steps(1, 310)


async def test_b9_a_bus_that_dies_and_comes_back_empty_hides_no_step(carrier: Carrier) -> None:
    heard: list[Step] = []
    await carrier.listen(heard.append)
    carrier.publish(*steps(1, 5))
    await until(lambda: len(heard) == 5)
    await carrier.dies()
    carrier.publish(*steps(6, 10))
    await carrier.comes_back()
    carrier.publish(*steps(11, 12))
    await until(lambda: len(heard) == 12)
    assert heard == steps(1, 12)


def _number(found: Step) -> Personal:
    number = getattr(found.input, "caller", None)
    assert isinstance(number, Personal)
    return number
