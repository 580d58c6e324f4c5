"""Nobody waits for an agent who will not come, nor for anybody beyond the longest wait."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from acd.agent import BREATH, AgentRow
from acd.decide import mind
from acd.preferred import comes_by, waited_until
from core import events as e
from core.needs import Distribution, Turn
from tests import centres
from tests.alone import A, Alone, B, need, only

WAIT_MS = 20_000


def staffed(distribution: Distribution | None = None) -> Alone:
    centre = centres.small()
    if distribution is not None:
        centre = msgspec.structs.replace(centre, distribution=distribution)
    return Alone(mind, centre)


def becomes(agent: str, state: str, **more: Any) -> e.AgentStateChanged:
    told = {"reason": "", "interaction": None, "until_at_ms": None, "misses": 0} | more
    return e.AgentStateChanged(cause="t", agent=agent, state=state, **told)


def comes(alone: Alone, waited_ms: int = 0) -> e.InteractionQueued:
    wants = need("generaliste", preferred="bruno", preferred_ms=WAIT_MS)
    return e.InteractionQueued(cause="t", interaction=A, need=wants, arrived_at_ms=alone.now_ms - waited_ms)


def busy(alone: Alone) -> None:
    alone.tell(becomes("bruno", "available"), becomes("bruno", "on_interaction", interaction="z"))
    alone.tell(becomes("alice", "available"))


def taken_by(alone: Alone) -> tuple[str, int]:
    """Who is asked in the end, and after how long."""
    began = alone.now_ms
    while alone.state.contacts[A].offer is None:
        alone.next()
    return alone.state.contacts[A].agent, alone.now_ms - began


@pytest.mark.parametrize(
    ("state", "more", "comes"),
    [
        ("available", {}, True),
        ("on_interaction", {}, True),
        ("wrap_up", {"until_at_ms": 99_000}, True),
        ("on_task", {}, True),
        ("on_interaction", {"asked": "log_out"}, False),
        ("on_interaction", {"asked": "pause"}, False),
        ("logged_out", {}, False),
        ("missed", {}, False),
        ("paused", {"reason": BREATH, "until_at_ms": 3_000}, True),
        ("paused", {"reason": "dejeuner", "until_at_ms": 9_000}, False),
        ("paused", {"reason": "coupure"}, False),
        ("paused", {"reason": "pause", "overran": True}, False),
    ],
)
def test_somebody_comes_who_is_at_work_and_back_in_time(state: str, more: dict[str, Any], comes: bool) -> None:
    assert comes_by(AgentRow(state=state, since_ms=0, idle_since_ms=0, **more), 5_000) is comes


def test_a_pause_that_is_longer_than_the_window_is_not_waited_for() -> None:
    alone = staffed()
    alone.tell(becomes("bruno", "available"), becomes("bruno", "paused", reason="dejeuner"))
    alone.tell(becomes("alice", "available"))
    assert only(alone.tell(comes(alone)), e.AgentChosen).agent == "alice"


@pytest.mark.parametrize(
    "told",
    [
        becomes("bruno", "logged_out"),
        becomes("bruno", "paused", reason="dejeuner"),
        e.WishKept(cause="t", agent="bruno", wish="pause", reason="dejeuner"),
    ],
    ids=["logs out", "goes into a pause", "asks for a pause after this call"],
)
def test_who_leaves_while_they_are_waited_for_leaves_the_person_to_anybody_at_once(told: Any) -> None:
    alone = staffed()
    busy(alone)
    alone.tell(comes(alone))
    assert alone.state.contacts[A].offer is None
    if told.__class__ is e.AgentStateChanged:
        alone.tell(becomes("bruno", "wrap_up", interaction="z"))
    alone.tell(told)
    assert taken_by(alone) == ("alice", 0)


def test_a_breath_is_waited_for() -> None:
    alone = staffed()
    busy(alone)
    alone.tell(comes(alone), becomes("bruno", "paused", reason=BREATH, until_at_ms=alone.now_ms + 3_000))
    assert taken_by(alone) == ("bruno", 3_000)


@pytest.mark.parametrize(("waited_ms", "waits_ms"), [(0, 12_000), (5_000, 7_000), (12_000, 0), (60_000, 0)])
def test_nobody_waits_for_them_beyond_the_longest_wait(waited_ms: int, waits_ms: int) -> None:
    alone = staffed(Distribution(turn=Turn(longest_wait_ms=12_000)))
    busy(alone)
    alone.tell(comes(alone, waited_ms))
    assert taken_by(alone) == ("alice", waits_ms)


def test_who_has_waited_the_longest_wait_goes_before_who_waits_for_this_very_agent() -> None:
    alone = staffed(Distribution(turn=Turn(longest_wait_ms=60_000)))
    alone.tell(becomes("bruno", "available"), becomes("bruno", "on_interaction", interaction="z"))
    late = e.InteractionQueued(cause="t", interaction=B, need=need("generaliste"), arrived_at_ms=alone.now_ms - 59_000)
    alone.tell(late, comes(alone))
    alone.now_ms += 1_000
    alone.tell(becomes("bruno", "wrap_up"))
    assert only(alone.tell(becomes("bruno", "available")), e.AgentChosen).interaction == B


def test_another_configuration_shortens_how_long_somebody_waits_for_them() -> None:
    alone = staffed()
    alone.configurations.add(centres.capped())
    busy(alone)
    alone.tell(comes(alone, 15_000), e.ConfigurationApplied(cause="t", digest="plafonné"))
    assert taken_by(alone) == ("alice", 15_000)


def test_an_emergency_another_organisation_and_who_is_nobody_here_wait_for_nobody() -> None:
    centre = centres.small()
    row = AgentRow(state="available", since_ms=0, idle_since_ms=0)
    queue = centre.queues["generaliste"]
    wants = need("generaliste", preferred="bruno", preferred_ms=WAIT_MS)
    assert waited_until(centre, queue, row, wants, 5, 5) == 5 + WAIT_MS
    for changes in ({"emergency": True}, {"tenant": "ailleurs"}, {"preferred": "personne"}, {"preferred_ms": 0}):
        assert waited_until(centre, queue, row, msgspec.structs.replace(wants, **changes), 5, 5) is None
    assert waited_until(centre, queue, None, wants, 5, 5) is None
