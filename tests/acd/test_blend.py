"""Tasks between calls: who is brought what, taken or given back, and back to the telephone when callers wait."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from acd.agent import BREATH
from acd.decide import mind
from core import events as e
from core.centre import Capacity, Centre, Load
from tests import centres
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, names, need, only, seen

C = centres.interaction(3)


def opened(number: int = 1, queue: str = "rsa", due_ms: int = 0, tenant: str = "aure") -> e.TaskOpened:
    interaction = centres.interaction(50 + number)
    return e.TaskOpened(
        cause="casework",
        task=f"{interaction}-t",
        kind="message",
        interaction=interaction,
        tenant=tenant,
        service="solidarites",
        queue=queue,
        topic="",
        number=None,
        caller_key="",
        message="m",
        since_at_ms=0,
        due_at_ms=due_ms,
        expires_at_ms=1 << 50,
        attempts=1,
    )


FIRST, SECOND = opened(1).task, opened(2).task


def floor(*agents: str, centre: Centre | None = None) -> Alone:
    """These are free, at their page; nobody waits."""
    alone = Alone(mind, centre or centres.blended())
    alone.tell(seen())
    for agent in agents:
        alone.tell(e.PageSeen(cause="t", agent=agent, open=True), state_of(agent, "available"))
    return alone


def answers(alone: Alone, agent: str, task: str = FIRST, *, take: bool = True, reason: str = "") -> list[Any]:
    """The page answers, and casework says that the task is theirs."""
    said = alone.tell(e.WorkAnswered(cause="pages", request="r", agent=agent, task=task, take=take, reason=reason))
    if only(said, e.RequestAnswered).done and take:
        said += alone.tell(e.TaskClaimed(cause="WorkTaken", task=task, agent=agent, until_at_ms=1 << 50))
    return said


def released(alone: Alone, task: str = FIRST, agent: str = "alice", cause: str = "WorkPulledBack") -> list[Any]:
    return alone.tell(e.TaskReleased(cause=cause, task=task, agent=agent))


def queued(interaction: str = A, queue: str = "rsa", **changes: Any) -> e.InteractionQueued:
    wanted = need(queue, tenant="aure", **changes)
    return e.InteractionQueued(cause="t", interaction=interaction, need=wanted, arrived_at_ms=centres.START_MS)


def row(alone: Alone, agent: str = "alice") -> Any:
    return alone.state.agents[agent]


def waited(alone: Alone, interaction: str = A) -> list[Any]:
    """The callers' timers go on until this one has waited too long."""
    while alone.state.contacts[interaction].pulls_at_ms is not None:
        said = alone.next()
    return said


def test_a_task_is_brought_to_somebody_free_who_takes_it() -> None:
    alone = floor("alice")
    offered = only(alone.tell(opened()), e.WorkOffered)
    assert (offered.agent, offered.until_at_ms) == ("alice", alone.now_ms + 8_000)
    assert (row(alone).state, row(alone).preview) == ("offered", FIRST)
    answers(alone, "alice")
    assert (row(alone).state, row(alone).preview, row(alone).tasks) == ("on_task", "", (FIRST,))
    said = alone.tell(e.TaskClosed(cause="t", task=FIRST, agent="alice", how="done"))
    assert names(said) == ["WorkLeft", "AgentStateChanged"]
    assert (row(alone).state, row(alone).tasks, len(alone.state.work)) == ("available", (), 0)


def test_callers_come_first_and_tasks_by_the_day_they_are_due() -> None:
    alone = floor()
    alone.tell(opened(1, due_ms=9), opened(2, due_ms=5), queued())
    alone.tell(e.PageSeen(cause="t", agent="alice", open=True))
    said = alone.tell(state_of("alice", "available"))
    assert names(said) == ["AgentChosen"]
    alone.tell(e.PageSeen(cause="t", agent="bruno", open=True))
    assert only(alone.tell(state_of("bruno", "available")), e.WorkOffered).task == SECOND


@pytest.mark.parametrize("why", ["no page", "another team", "another organisation", "calls only", "not offered here"])
def test_whoever_is_not_for_it_is_brought_nothing(why: str) -> None:
    centre = centres.blended()
    alice = centre.agents["alice"]
    if why == "calls only":
        alice = msgspec.structs.replace(alice, channels=("call",))
    centre = msgspec.structs.replace(centre, digest="x", agents={**centre.agents, "alice": alice})
    if why == "not offered here":
        centre = msgspec.structs.replace(centre, tasks=centres.small().tasks)
    agent = "chloé" if why == "another team" else "alice"
    alone = floor(agent, centre=centre)
    if why == "no page":
        alone.tell(e.PageSeen(cause="t", agent=agent, open=False))
    assert alone.tell(opened(tenant="breme" if why == "another organisation" else "aure")) == []
    if why == "no page":
        assert only(alone.tell(e.PageSeen(cause="t", agent=agent, open=True)), e.WorkOffered).agent == agent


def test_what_is_given_back_goes_to_another_and_never_to_the_same_again() -> None:
    alone = floor("alice", "bruno")
    alone.tell(opened())
    said = answers(alone, "alice", take=False, reason="autre")
    assert only(said, e.WorkDeclined).reason == "autre"
    assert only(said, e.WorkOffered).agent == "bruno"
    assert (row(alone).state, row(alone, "bruno").preview) == ("available", FIRST)
    said = answers(alone, "bruno", take=False)
    assert e.WorkOffered not in [type(fact) for fact in said]
    assert alone.state.work[FIRST].declined == ("alice", "bruno")


def test_what_was_forgotten_in_a_drawer_is_not_brought_to_the_same_again_for_ever() -> None:
    alone = floor("alice")
    alone.tell(opened())
    answers(alone, "alice")
    assert e.WorkOffered not in [type(fact) for fact in released(alone, cause="DeadlineReached")]
    assert (row(alone).state, alone.state.work[FIRST].declined) == ("available", ("alice",))


def test_an_answer_that_comes_too_late_is_told_so() -> None:
    alone = floor("alice")
    alone.tell(opened(), e.TaskClosed(cause="t", task=FIRST, agent="", how="got_through"))
    said = answers(alone, "alice")
    assert (only(said, e.RequestAnswered).done, only(said, e.RequestAnswered).reason) == (False, "offer_over")
    assert row(alone).state == "available"


def test_nobody_at_the_page_is_a_miss_and_two_are_enough() -> None:
    alone = floor("alice")
    alone.tell(opened(1), opened(2))
    missed = only(alone.next(), e.WorkMissed)
    assert (missed.misses, row(alone).reason, row(alone).preview) == (1, BREATH, "")
    assert only(alone.next(), e.WorkOffered).task == SECOND
    alone.next()
    assert (row(alone).state, alone.state.work[SECOND].state) == ("missed", "open")


def test_nobody_has_more_in_hand_than_they_carry() -> None:
    alone = floor("alice")
    alone.tell(opened(1), opened(2), opened(3))
    answers(alone, "alice")
    assert row(alone).preview == SECOND
    answers(alone, "alice", SECOND)
    assert (row(alone).state, row(alone).tasks, row(alone).preview) == ("on_task", (FIRST, SECOND), "")
    alone.tell(e.TaskClosed(cause="t", task=FIRST, agent="alice", how="done"))
    assert row(alone).preview == opened(3).task


def test_a_call_waits_until_it_has_waited_too_long_and_then_has_who_is_at_a_task() -> None:
    alone = floor("alice")
    alone.tell(opened())
    answers(alone, "alice")
    assert alone.tell(queued()) == []
    said = waited(alone)
    pulled = only(said, e.WorkPulledBack)
    assert (pulled.agent, pulled.interaction) == ("alice", A)
    said = released(alone)
    assert only(said, e.AgentChosen).interaction == A
    assert (alone.state.work[FIRST].state, alone.state.work[FIRST].declined) == ("open", ())
    assert alone.now_ms == centres.START_MS + 5_000


def test_an_emergency_has_somebody_at_once_and_the_newest_task_goes_first() -> None:
    alone = floor("alice")
    alone.tell(opened(1))
    answers(alone, "alice")
    alone.now_ms += 500
    alone.tell(e.PageSeen(cause="t", agent="bruno", open=True))
    alone.tell(opened(2), state_of("bruno", "available"))
    answers(alone, "bruno", row(alone, "bruno").preview)
    alone.tell(queued(emergency=True))
    assert only(waited(alone), e.WorkPulledBack).agent == "bruno"
    assert alone.now_ms == centres.START_MS + 500


def test_who_only_looks_at_an_offer_is_called_away_as_well() -> None:
    alone = floor("alice")
    alone.tell(opened())
    alone.tell(queued())
    said = waited(alone)
    assert only(said, e.AgentChosen).interaction == A
    assert (row(alone).preview, alone.state.work[FIRST].state) == ("", "open")


def test_a_task_that_yields_to_nothing_is_finished() -> None:
    capacity = Capacity(units=1, channels={"task": Load(units=1)})
    alone = floor("alice", centre=msgspec.structs.replace(centres.blended(), digest="x", capacity=capacity))
    alone.tell(opened())
    answers(alone, "alice")
    alone.tell(queued())
    assert e.WorkPulledBack not in [type(fact) for fact in waited(alone)]
    assert row(alone).tasks == (FIRST,)


def test_nobody_is_pulled_out_of_a_conversation_and_back_at_their_task_they_are_needed() -> None:
    alone = floor("alice")
    alone.tell(opened())
    answers(alone, "alice")
    alone.tell(state_of("alice", "on_interaction", B), queued())
    assert e.WorkPulledBack not in [type(fact) for fact in waited(alone)]
    alone.tell(e.ConversationEnded(cause="t", interaction=B, agent="alice", by="caller"))
    assert row(alone).state == "wrap_up"
    said = alone.tell(e.AgentAsked(cause="t", agent="alice", wish="finish", reason=""))
    assert [fact.state for fact in said if isinstance(fact, e.AgentStateChanged)] == ["on_task"]
    assert only(said, e.WorkPulledBack).interaction == A


def test_a_pause_asked_for_at_a_task_is_had_when_it_is_done() -> None:
    alone = floor("alice")
    alone.tell(opened(1), opened(2))
    answers(alone, "alice", FIRST)
    answers(alone, "alice", SECOND)
    alone.tell(e.AgentAsked(cause="t", agent="alice", wish="pause", reason="dejeuner"))
    for task, state in ((FIRST, "on_task"), (SECOND, "paused")):
        alone.tell(e.TaskClosed(cause="t", task=task, agent="alice", how="done"))
        assert row(alone).state == state


def test_whoever_is_gone_gives_back_what_they_had_and_a_claim_by_hand_counts_for_nothing() -> None:
    alone = floor("alice", "bruno")
    alone.tell(opened(1), opened(2, queue="generaliste"))
    answers(alone, row(alone).preview and "alice", row(alone).preview)
    pulled = only(alone.tell(e.PhoneSeen(cause="t", phone="1001", reachable=False)), e.WorkPulledBack)
    assert (row(alone).state, pulled.interaction) == ("logged_out", None)
    released(alone)
    assert row(alone).tasks == ()
    alone.tell(e.TaskClaimed(cause="TaskAsked", task=SECOND, agent="chloé", until_at_ms=1 << 50))
    assert alone.state.work[SECOND].state == "aside"
    assert row(alone, "bruno").preview in ("", FIRST)
    alone.tell(e.TaskReleased(cause="TaskAsked", task=SECOND, agent="chloé"))
    assert alone.state.work[SECOND].state in ("open", "offered")


def test_an_answer_about_nothing_is_refused() -> None:
    alone = floor("alice")
    said = alone.tell(e.WorkAnswered(cause="pages", request="r", agent="alice", task="", take=True, reason=""))
    assert (only(said, e.RequestAnswered).done, names(said)) == (False, ["RequestAnswered"])
