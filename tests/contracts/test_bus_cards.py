"""Acceptance cards of a bus, in process today, across processes later.

B1  every listener gets every step, in order
B2  what a listener gets went through the wire: it equals what was published and is not the same object
B3  a listener that raises hinders nobody
B4  a listener taken away gets nothing more
B5  personal text travels sealed, and is open to who has the keys
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core import events as e
from core import ids
from core.personal import Personal
from core.step import Step
from core.wire import Wire
from journal.keys import KeyStore
from runtime.bus import Bus

INTERACTION = ids.mint(1_800_000_000_000, b"0123456789")


def step(seq: int) -> Step:
    pressed = e.KeyPressed(
        cause="t",
        interaction=INTERACTION,
        leg=ids.caller_leg(INTERACTION),
        key=Personal(INTERACTION, "keys", "7"),
    )
    return Step(seq=seq, now_ms=1_800_000_000_000, input=pressed)


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(KeyStore(tmp_path / "keys" / "keys.db"))


def test_b1_every_listener_gets_every_step_in_order(wire: Wire) -> None:
    bus = Bus(wire)
    heard: tuple[list[int], list[int]] = ([], [])
    for mine in heard:
        bus.listen(lambda found, mine=mine: mine.append(found.seq))  # type: ignore[misc]
    for seq in range(1, 50):
        bus.publish(step(seq))
    assert heard == (list(range(1, 50)), list(range(1, 50)))


def test_b2_what_is_heard_went_through_the_wire(wire: Wire) -> None:
    bus = Bus(wire)
    heard: list[Step] = []
    bus.listen(heard.append)
    said = step(1)
    bus.publish(said)
    assert heard == [said]
    assert heard[0] is not said


def test_b3_a_listener_that_raises_hinders_nobody(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus(wire)
    heard: list[int] = []

    def falls(_step: Step) -> None:
        raise RuntimeError("a view's bug")

    bus.listen(falls)
    bus.listen(lambda found: heard.append(found.seq))
    bus.publish(step(1))
    assert heard == [1]
    assert "step 1" in caplog.text


def test_b4_a_listener_taken_away_gets_nothing_more(wire: Wire) -> None:
    bus = Bus(wire)
    heard: list[int] = []
    leave = bus.listen(lambda found: heard.append(found.seq))
    bus.publish(step(1))
    leave()
    bus.publish(step(2))
    assert heard == [1]


def test_b5_personal_text_is_open_only_to_who_has_the_keys(wire: Wire, tmp_path: Path) -> None:
    bus = Bus(wire)
    heard: list[Step] = []
    bus.listen(heard.append)
    bus.publish(step(1))
    pressed = heard[0].input
    assert isinstance(pressed, e.KeyPressed)
    assert pressed.key.text == "7"
    stranger = Wire(KeyStore(tmp_path / "other" / "keys.db"))
    closed = stranger.decode(wire.encode(step(1))).input
    assert isinstance(closed, e.KeyPressed)
    assert closed.key.text is None
