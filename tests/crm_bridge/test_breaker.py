"""The breaker's whole life, with time in our hands."""

from __future__ import annotations

from crm_bridge.breaker import Breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=3, open_ms=1_000)
    for at_ms in (1, 2):
        breaker.failed(at_ms)
    breaker.succeeded()
    for at_ms in (3, 4):
        breaker.failed(at_ms)
    assert breaker.allows(5)
    breaker.failed(5)
    assert breaker.open
    assert not breaker.allows(1_004)


def test_one_probe_decides() -> None:
    breaker = Breaker(failures=1, open_ms=1_000)
    breaker.failed(0)
    assert breaker.allows(1_000)
    assert not breaker.allows(1_000), "one at a time"
    breaker.failed(1_010)
    assert not breaker.allows(2_009)
    assert breaker.allows(2_010)
    breaker.succeeded()
    assert not breaker.open
    assert breaker.allows(2_011)
