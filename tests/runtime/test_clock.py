"""The only clock: it never goes back, and says when the machine's was set."""

from __future__ import annotations

from runtime.clock import Clock
from tests.virtual_time import VirtualClock


def test_it_starts_at_wall_time_and_goes_on_evenly() -> None:
    machine = VirtualClock()
    clock = Clock(machine.wall_s, machine.steady_s)
    assert clock.now_ms() == 1_800_000_000_000
    machine.now_s += 12.5
    assert clock.now_ms() == 1_800_000_012_500


def test_it_never_starts_below_the_journals_last_time() -> None:
    machine = VirtualClock()
    clock = Clock(machine.wall_s, machine.steady_s, not_before_ms=1_900_000_000_000)
    assert clock.now_ms() == 1_900_000_000_000
    assert clock.stepped_by_ms() is None


def test_a_machine_clock_that_is_set_is_told_once_and_does_not_move_ours() -> None:
    machine = VirtualClock()
    clock = Clock(machine.wall_s, machine.steady_s)
    machine.wall_offset_s -= 3_600
    machine.now_s += 1
    assert clock.now_ms() == 1_800_000_001_000
    assert clock.stepped_by_ms() == -3_600_000
    assert clock.stepped_by_ms() is None


def test_a_drift_of_less_than_a_second_is_not_worth_telling() -> None:
    machine = VirtualClock()
    clock = Clock(machine.wall_s, machine.steady_s)
    machine.wall_offset_s += 0.9
    assert clock.stepped_by_ms() is None


def test_what_is_past_is_due_at_once() -> None:
    machine = VirtualClock()
    clock = Clock(machine.wall_s, machine.steady_s)
    assert clock.seconds_until(clock.now_ms() - 5_000) == 0.0
    assert clock.seconds_until(clock.now_ms() + 5_000) == 5.0
