"""What agents ask for: pauses with limits, time for notes, a breath; and the way back after missed calls."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from acd.agent import BREATH
from acd.decide import mind
from core import events as e
from core import ids
from core.centre import Centre
from tests import centres
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, names, need, only, seen


def wished(wish: str, reason: str = "", agent: str = "alice") -> e.AgentAsked:
    return e.AgentAsked(cause="pages", agent=agent, wish=wish, reason=reason, request="r")  # type: ignore[arg-type]


def answer(alone: Alone, wish: str, reason: str = "", agent: str = "alice") -> tuple[bool, str]:
    answered = only(alone.tell(wished(wish, reason, agent)), e.RequestAnswered)
    return answered.done, answered.reason


def queued(interaction: str = A, queue: str = "rsa", at_ms: int = 0) -> e.InteractionQueued:
    return e.InteractionQueued(
        cause="t", interaction=interaction, need=need(queue), arrived_at_ms=centres.START_MS + at_ms
    )


def talking(agent: str = "alice", centre: Centre | None = None) -> Alone:
    """A waited for the RSA, and talks with the agent."""
    alone = Alone(mind, centre or centres.careful())
    alone.tell(seen(), state_of(agent, "available"), queued())
    leg = ids.agent_leg(A, 1)
    alone.tell(e.LegRinging(cause="t", interaction=A, leg=leg, channel="c"))
    alone.tell(e.LegAnswered(cause="t", interaction=A, leg=leg, channel="c"))
    alone.tell(e.CallConnected(cause="t", interaction=A, agent=agent, leg=leg))
    return alone


def over(agent: str = "alice") -> e.ConversationEnded:
    return e.ConversationEnded(cause="t", interaction=A, agent=agent, by="caller")


def coded(agent: str = "alice", code: str = "rsa") -> e.WrapUpNoted:
    return e.WrapUpNoted(cause="t", interaction=A, agent=agent, code=code, note=None, request="n")


def row(alone: Alone, agent: str = "alice") -> Any:
    return alone.state.agents[agent]


def time_over(alone: Alone) -> list[Any]:
    """What the end of an agent's time leads to; whoever waits is told things before."""
    while True:
        first = alone.deadlines.first()
        said = alone.next()
        if first is not None and first[2] == "agent":
            return said


# -- pauses -----------------------------------------------------------------------------------------------------------


def test_as_many_as_may_be_are_in_a_pause_and_who_asked_for_it_counts() -> None:
    alone = talking()
    alone.tell(state_of("bruno", "available"), state_of("chloé", "available"))
    assert answer(alone, "pause", "dejeuner") == (True, "later")
    assert answer(alone, "pause", "dejeuner", "bruno") == (False, "pause_full")
    assert row(alone, "bruno").state == "available"
    assert answer(alone, "pause", "reunion", "bruno") == (True, "")
    assert answer(alone, "cancel") == (True, "")
    assert answer(alone, "pause", "dejeuner", "bruno") == (True, "")
    assert answer(alone, "pause", "dejeuner") == (False, "pause_full")
    alone.tell(over(), coded())
    alone.tell(wished("finish"))
    assert row(alone).state == "available"


def test_organisations_count_their_own() -> None:
    centre = centres.careful()
    chloe = msgspec.structs.replace(centre.agents["chloé"], tenants=("breme",))
    both = msgspec.structs.replace(centre.agents["bruno"], tenants=("aure", "breme"))
    agents = {**centre.agents, "chloé": chloe, "bruno": both}
    alone = Alone(mind, msgspec.structs.replace(centre, digest="deux", agents=agents))
    alone.tell(*(state_of(name, "available") for name in agents))
    assert answer(alone, "pause", "dejeuner") == (True, "")
    assert answer(alone, "pause", "dejeuner", "chloé") == (True, "")
    assert answer(alone, "pause", "dejeuner", "bruno") == (False, "pause_full")


def test_a_pause_after_a_difficult_call_is_always_granted() -> None:
    alone = talking()
    for name in ("bruno", "chloé"):
        alone.tell(state_of(name, "available"))
        assert answer(alone, "pause", "appel_difficile", name) == (True, "")
    assert answer(alone, "pause", "appel_difficile") == (True, "later")


def test_a_pause_that_is_too_long_is_told_once_and_goes_on() -> None:
    alone = Alone(mind, centres.careful())
    alone.tell(state_of("bruno", "available"))
    alone.tell(wished("pause", "dejeuner", "bruno"))
    assert names(alone.tell(wished("pause", "dejeuner", "bruno"), after_ms=1_000)) == ["RequestAnswered"]
    [overran] = alone.next()
    assert isinstance(overran, e.PauseOverran)
    assert (overran.agent, overran.reason, overran.longest_ms) == ("bruno", "dejeuner", 8_000)
    assert (row(alone, "bruno").state, row(alone, "bruno").overran) == ("paused", True)
    assert alone.deadlines.first() is None
    alone.tell(wished("ready", agent="bruno"))
    assert not row(alone, "bruno").overran


@pytest.mark.parametrize("when", ["talking", "wrap_up"])
@pytest.mark.parametrize(("wish", "reason", "then"), [("pause", "dejeuner", "paused"), ("log_out", "", "logged_out")])
def test_what_is_asked_for_is_had_once_the_notes_are_written(when: str, wish: str, reason: str, then: str) -> None:
    alone = talking("bruno")
    if when == "talking":
        assert answer(alone, wish, reason, "bruno") == (True, "later")
        alone.tell(over("bruno"))
    else:
        alone.tell(over("bruno"))
        assert answer(alone, wish, reason, "bruno") == (True, "later")
    assert row(alone, "bruno").state == "wrap_up"
    alone.tell(queued(B, at_ms=5_000))
    said = time_over(alone)
    assert [fact.state for fact in said if isinstance(fact, e.AgentStateChanged)] == [then]
    assert e.AgentChosen not in [type(fact) for fact in said]


def test_what_was_asked_for_may_be_taken_back_until_then() -> None:
    alone = talking("bruno")
    alone.tell(over("bruno"), wished("pause", "dejeuner", "bruno"))
    kept = only(alone.tell(wished("cancel", agent="bruno")), e.WishKept)
    assert (kept.wish, kept.reason) == (None, "")
    assert row(alone, "bruno").asked is None


# -- notes ------------------------------------------------------------------------------------------------------------


def test_notes_take_longer_once() -> None:
    alone = talking()
    assert answer(alone, "longer") == (False, "no_wrap_up")
    until_at_ms = only(alone.tell(over()), e.AgentStateChanged).until_at_ms
    extended = only(alone.tell(wished("longer")), e.WrapUpExtended)
    assert extended.until_at_ms == until_at_ms + 5_000 == row(alone).until_at_ms
    assert answer(alone, "longer") == (False, "no_longer")


def test_where_the_queue_does_not_have_it_so_notes_take_no_longer() -> None:
    alone = talking(centre=centres.small())
    alone.tell(over())
    assert answer(alone, "longer") == (False, "no_longer")


def test_notes_end_sooner_with_the_code_that_the_queue_asks_for() -> None:
    alone = talking()
    alone.tell(over())
    for wish in ("finish", "ready"):
        assert answer(alone, wish) == (False, "code_missing")
    alone.tell(coded(code="inconnu"), coded("bruno"))
    assert answer(alone, "finish") == (False, "code_missing")
    alone.tell(coded())
    assert answer(alone, "finish") == (True, "")
    assert row(alone).state == "available"


def test_the_time_for_notes_ends_them_without_a_code_as_well() -> None:
    alone = talking()
    alone.tell(over())
    assert only(alone.next(), e.AgentStateChanged).state == "available"


def test_the_agent_has_their_own_times_or_those_of_the_queue() -> None:
    centre = centres.careful()
    bruno = msgspec.structs.replace(centre.agents["bruno"], wrap_up_ms=None)
    centre = msgspec.structs.replace(centre, digest="x", agents={**centre.agents, "bruno": bruno})
    for agent, offer_ms, notes_ms in (("alice", 6_000, 10_000), ("bruno", 20_000, 30_000)):
        alone = Alone(mind, centre)
        alone.tell(seen(), state_of(agent, "available"))
        assert only(alone.tell(queued()), e.AgentChosen).expires_at_ms == alone.now_ms + offer_ms
        alone = talking(agent, centre)
        assert only(alone.tell(over(agent)), e.AgentStateChanged).until_at_ms == alone.now_ms + notes_ms


# -- a breath, and the way back ----------------------------------------------------------------------------------------


def test_a_breath_comes_before_the_next_offer_and_the_agent_may_do_without() -> None:
    alone = talking("bruno")
    alone.tell(over("bruno"), coded("bruno"), queued(B, at_ms=1))
    said = alone.tell(wished("finish", agent="bruno"))
    changed = only(said, e.AgentStateChanged)
    assert (changed.reason, changed.until_at_ms) == (BREATH, alone.now_ms + 2_000)
    assert only(alone.tell(wished("ready", agent="bruno")), e.AgentChosen).interaction == B


def test_a_breath_ends_by_itself() -> None:
    alone = talking("bruno")
    alone.tell(over("bruno"), coded("bruno"), queued(B, at_ms=1), wished("finish", agent="bruno"))
    assert only(time_over(alone), e.AgentChosen).interaction == B


def test_who_missed_offers_in_a_row_says_that_they_are_back_and_whoever_waits_has_kept_the_place() -> None:
    alone = Alone(mind, centres.small())
    alone.tell(seen(), state_of("alice", "available"), queued())
    for number in (1, 2):
        leg = ids.agent_leg(A, number)
        alone.tell(e.LegRinging(cause="t", interaction=A, leg=leg, channel="c"))
        alone.tell(e.LegEnded(cause="t", interaction=A, leg=leg, reason="no_answer", code=0))
        if number == 1:
            time_over(alone)
    assert (row(alone).state, row(alone).misses, row(alone).until_at_ms) == ("missed", 2, None)
    assert alone.state.contacts[A].arrived_at_ms == centres.START_MS
    alone.tell(queued(B, at_ms=1))
    said = alone.tell(wished("ready"))
    assert only(said, e.AgentChosen).interaction == A
    assert row(alone).misses == 0


def test_whoever_wanted_to_be_away_has_what_they_asked_for_when_they_miss() -> None:
    alone = Alone(mind, centres.careful())
    alone.tell(seen(), state_of("alice", "available"), queued())
    alone.tell(wished("pause", "dejeuner"))
    leg = ids.agent_leg(A, 1)
    alone.tell(e.LegRinging(cause="t", interaction=A, leg=leg, channel="c"))
    alone.tell(e.LegEnded(cause="t", interaction=A, leg=leg, reason="no_answer", code=0))
    assert (row(alone).state, row(alone).reason) == ("paused", "dejeuner")
