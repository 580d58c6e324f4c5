"""What a running centre teaches of waiting, from facts alone."""

from __future__ import annotations

import msgspec
import pytest

from acd import waits
from acd.decide import mind
from acd.wait import Habits
from core import events as e
from tests import centres
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, need, only, queued

KEY = "rsa/"


def habits(alone: Alone) -> Habits:
    found: Habits = alone.state.habits.get(KEY) or Habits()
    return found


def over(interaction: str) -> e.InteractionEnded:
    return e.InteractionEnded(cause="calls", interaction=interaction, outcome="abandoned", reason="hung_up")


def serve(alone: Alone, interaction: str, talk_ms: int) -> None:
    """Alice is free, takes the interaction, and is free again after `talk_ms`."""
    chosen = only(alone.tell(state_of("alice", "available")), e.AgentChosen)
    assert chosen.interaction == interaction
    leg = chosen.leg
    alone.tell(e.LegAnswered(cause="t", interaction=interaction, leg=leg, channel="c"))
    alone.tell(e.CallConnected(cause="t", interaction=interaction, agent="alice", leg=leg))
    over = e.ConversationEnded(cause="t", interaction=interaction, agent="alice", by="caller")
    alone.tell(over, after_ms=talk_ms - 10_000)
    alone.tell(state_of("alice", "paused"), after_ms=10_000)  # ten seconds of wrap-up


def test_a_call_teaches_how_long_it_kept_its_agent_wrap_up_included() -> None:
    alone = Alone(mind)
    alone.tell(queued(A, "rsa"))
    serve(alone, A, 200_000)
    assert (habits(alone).handled, habits(alone).aht_s) == (1, 200.0)


def test_an_agent_who_did_not_answer_teaches_nothing() -> None:
    alone = Alone(mind)
    alone.tell(state_of("alice", "available"), queued(A, "rsa"))
    alone.next()
    alone.next()
    assert habits(alone).handled == 0


def test_who_waited_teaches_how_long_and_who_did_not_teaches_nothing() -> None:
    alone = Alone(mind)
    alone.state.habits.put(KEY, Habits(handled=20, aht_s=100.0, looked_at_ms=alone.now_ms))
    alone.tell(queued(A, "rsa"))
    alone.tell(after_ms=30_000)
    serve(alone, A, 100_000)
    assert habits(alone).waits == 0, "nobody was at work when A came: nothing was expected then"
    alone.tell(state_of("alice", "available"))
    third = centres.interaction(3)
    said = alone.tell(queued(B, "rsa", at_ms=alone.now_ms), queued(third, "rsa", at_ms=alone.now_ms + 1))
    assert only(said, e.AgentChosen).interaction == B
    leg = only(said, e.AgentChosen).leg
    alone.tell(e.LegAnswered(cause="t", interaction=B, leg=leg, channel="c"))
    alone.tell(e.CallConnected(cause="t", interaction=B, agent="alice", leg=leg))
    assert habits(alone).waits == 0, "B waited for nobody"
    alone.tell(e.ConversationEnded(cause="t", interaction=B, agent="alice", by="caller"), after_ms=60_000)
    serve(alone, third, 100_000)
    assert (habits(alone).waits, habits(alone).last_s) == (1, 60.0)


def test_who_gives_up_teaches_patience_and_who_talked_does_not() -> None:
    alone = Alone(mind)
    alone.tell(queued(A, "rsa"), queued(B, "rsa", at_ms=1))
    alone.tell(over(A), after_ms=60_000)
    assert habits(alone).gave_up == 1
    serve(alone, B, 100_000)
    alone.tell(over(B))
    assert habits(alone).gave_up == pytest.approx(1, abs=0.05)


def test_whoever_comes_now_waits_for_nobody_while_an_agent_is_free() -> None:
    alone = Alone(mind)
    assert waits.expected(alone.state, "rsa", "", alone.now_ms) is None
    alone.tell(state_of("alice", "available"))
    assert waits.expected(alone.state, "rsa", "", alone.now_ms) == waits.SERVED_AT_ONCE
    alone.tell(state_of("alice", "on_interaction"))
    assert waits.expected(alone.state, "rsa", "", alone.now_ms) is None
    alone.state.habits.put(KEY, Habits(handled=20, aht_s=100.0))
    found = waits.expected(alone.state, "rsa", "", alone.now_ms)
    assert found is not None
    assert found.mean_s == pytest.approx(100)


def test_of_an_emergency_and_of_who_waits_for_one_agent_nothing_is_foretold() -> None:
    alone = Alone(mind)
    alone.tell(state_of("alice", "available"), state_of("alice", "on_interaction"))
    alone.state.habits.put(KEY, Habits(handled=20, aht_s=100.0, looked_at_ms=alone.now_ms))
    urgent = msgspec.structs.replace(need("rsa"), emergency=True)
    known = msgspec.structs.replace(need("rsa"), preferred="alice", preferred_ms=60_000)
    for interaction, asked in ((A, urgent), (B, known), (centres.interaction(3), need("rsa"))):
        fact = e.InteractionQueued(cause="t", interaction=interaction, need=asked, arrived_at_ms=alone.now_ms)
        alone.tell(fact)
    contacts = alone.state.contacts
    foretold = {
        interaction: waits.estimate_for(alone.state, interaction, contact, alone.now_ms) is not None
        for interaction, contact in contacts.items()
    }
    assert list(foretold.values()) == [False, False, True]


def test_a_queue_that_a_reload_took_away_is_forgotten() -> None:
    alone = Alone(mind)
    alone.tell(queued(A, "rsa"))
    assert KEY in alone.state.habits
    alone.configurations.add(centres.reformed())
    alone.tell(e.ConfigurationApplied(cause="t", digest="réformé"))
    assert KEY not in alone.state.habits
