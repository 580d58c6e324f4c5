"""The in-process bus.  What every bus must do stands in tests/contracts/test_bus_cards.py."""

from __future__ import annotations

import logging

import pytest

from core import events as e
from core.errors import JournalFault
from core.step import Step
from core.wire import Wire
from runtime.bus import Bus
from tests.alone import arrived
from tests.properties.test_hash_seeds import Plain


def step(seq: int = 1) -> Step:
    return Step(seq=seq, now_ms=1, input=arrived())


def test_with_a_wire_every_message_is_encoded_and_decoded_on_its_way() -> None:
    bus, heard = Bus(Wire(Plain())), list[Step]()
    bus.listen(heard.append)
    said = step()
    bus.publish(said)
    assert heard == [said]
    assert heard[0] is not said
    assert isinstance(heard[0].input, e.CallArrived)
    assert heard[0].input.caller is not said.input.caller  # type: ignore[attr-defined]


def test_with_a_wire_nothing_travels_that_could_not() -> None:
    bus = Bus(Wire(Plain()))
    bus.listen(lambda _step: None)
    with pytest.raises(JournalFault):
        bus.publish(Step(seq=1, now_ms=1, input=e.PromptReady(cause="t", prompt=object(), path=None)))  # type: ignore[arg-type]


def test_without_listeners_nothing_is_encoded() -> None:
    Bus(Wire(Plain())).publish(
        Step(seq=1, now_ms=1, input=e.PromptReady(cause="t", prompt=object(), path=None))  # type: ignore[arg-type]
    )


def test_a_listener_that_raises_is_logged_and_hinders_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), list[int]()

    def raises(_step: Step) -> None:
        raise RuntimeError("broken view")

    bus.listen(raises)
    bus.listen(lambda found: heard.append(found.seq))
    with caplog.at_level(logging.ERROR):
        bus.publish(step(4))
    assert heard == [4]
    assert "step 4" in caplog.text


def test_a_listener_may_leave_while_it_listens() -> None:
    bus, heard = Bus(), list[int]()

    def once(found: Step) -> None:
        heard.append(found.seq)
        leave()

    leave = bus.listen(once)
    bus.listen(lambda found: heard.append(-found.seq))
    bus.publish(step(1))
    bus.publish(step(2))
    assert heard == [1, -1, -2]
