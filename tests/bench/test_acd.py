"""The distribution bench measures what it says: matcher, scan and SQL decide alike, and its kernel serves."""

from __future__ import annotations

from bench.acd import Scene, compared, polled, scanned_by
from bench.acd_kernel import Centre
from bench.acd_world import world
from core import events as e


def test_matcher_scan_and_database_decide_the_same() -> None:
    platform = world(agents=300, profiles=40, needs=60)
    assert compared(platform, scanned_by, 40, waiting=300)["differ"] == 0
    assert compared(platform, polled, 40, waiting=300)["differ"] == 0
    assert Scene(platform, 10).floor.waiting.length("q0") <= 10


def test_an_agent_who_comes_to_work_is_given_somebody_and_their_telephone_rings() -> None:
    centre = Centre(world(agents=100, profiles=10, needs=60), 200)
    steps = [centre.turn()() for _ in range(40)]
    chosen = [fact for step in steps for fact in step.facts if isinstance(fact, e.AgentChosen)]
    rung = [order for step in steps for order in step.orders if type(order.command).__name__ == "RingAgent"]
    assert len(chosen) == len(rung) > 20
    assert any(fact.why.following is not None for fact in chosen)
