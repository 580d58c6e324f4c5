"""The ring of what was heard, and its rebuilding."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from traffic.heard import Heard
from traffic.sound import FRAME, SILENCE, decode_alaw

T0 = 1_795_000_000_000.0


def frame(number: int) -> bytes:
    return bytes([number % 250]) * FRAME


def levels(heard: Heard) -> list[int]:
    """Which frame stands at each place; -1 for silence."""
    samples = heard.last(1000).samples.reshape(-1, FRAME)[:, 0]
    known = {int(decode_alaw(frame(n))[0]): n for n in range(100)}
    return [-1 if value == int(decode_alaw(SILENCE)[0]) else known[int(value)] for value in samples]


def test_nothing_heard_is_an_empty_recording() -> None:
    heard = Heard()
    assert len(heard.last(1).samples) == 0
    assert heard.last_ms is None


@given(st.permutations(range(8)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    heard = Heard()
    for number in order:
        heard.add(T0 + 20 * number, 160 * number, frame(number))
    assert levels(heard) == list(range(8))


def test_what_is_lost_is_silence_and_timestamps_may_wrap() -> None:
    heard = Heard()
    for number, late_ms in ((0, 0), (1, 35), (4, -15)):
        heard.add(T0 + 20 * number + late_ms, (0xFFFFFFFF - 100 + 160 * number) & 0xFFFFFFFF, frame(number))
    assert levels(heard) == [0, 1, -1, -1, 4]


def test_when_the_sender_changes_its_clock_arrival_says_how_long_the_silence_was() -> None:
    heard = Heard()
    heard.add(T0, 0, frame(0))
    heard.add(T0 + 100, 4_000_000, frame(1))
    heard.add(T0 + 120, 4_000_160, frame(2))
    assert levels(heard) == [0, -1, -1, -1, -1, 1, 2]


def test_only_the_last_seconds_are_kept() -> None:
    heard = Heard(seconds=0.2)
    for number in range(25):
        heard.add(T0 + 20 * number, 160 * number, frame(number))
    assert levels(heard) == list(range(15, 25))
    assert heard.last(0.04).start_ms == T0 + 20 * 23
    assert heard.arrivals_ms().tolist() == [T0 + 20 * number for number in range(15, 25)]


def test_a_span_of_time_is_cut_out() -> None:
    heard = Heard()
    for number in range(10):
        heard.add(T0 + 20 * number, 160 * number, frame(number))
    recording = heard.since(T0 + 50, T0 + 110)
    assert (recording.start_ms, recording.end_ms) == (T0 + 60, T0 + 120)


def test_odd_packet_lengths_become_frames() -> None:
    heard = Heard()
    heard.add(T0, 0, frame(1) + frame(2))
    heard.add(T0 + 40, 320, frame(3)[:80])
    assert levels(heard) == [1, 2, 3]
    assert np.all(heard.last(1).samples[-80:] == decode_alaw(SILENCE)[0])
