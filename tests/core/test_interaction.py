"""The ledger: nobody is missing from the books."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core import ids
from core.events.calls import Outcome
from core.interaction import CALLED, Ledger, ledger_mind
from core.mind import Mind
from core.personal import Personal
from core.table import Undo
from tests import centres

OUTCOMES = [outcome for outcome in get_args(Outcome) if outcome not in CALLED]


def tell(mind: Mind, *facts: e.Event, now_ms: int = 5) -> Ledger:
    for fact in facts:
        mind.applies[type(fact)](mind.state, fact, now_ms)
    ledger: Ledger = mind.state
    return ledger


def arrived(number: int) -> e.CallArrived:
    interaction = centres.interaction(number)
    return e.CallArrived(
        cause="t",
        interaction=interaction,
        leg=ids.caller_leg(interaction),
        node="n",
        channel="c",
        dialled=centres.NUMBER,
        caller=None,
        caller_name=None,
        answered=False,
    )


def placed(number: int) -> e.CallPlaced:
    interaction = centres.interaction(number)
    return e.CallPlaced(
        cause="t",
        request="",
        interaction=interaction,
        agent="alice",
        phone="1001",
        leg=ids.agent_leg(interaction, 1),
        service="solidarites",
        number=Personal(interaction, "number", "+33639980000"),
        task="",
        kind="mobile",
        line="l",
        node="n",
    )


def ended(number: int, outcome: Outcome) -> e.InteractionEnded:
    return e.InteractionEnded(cause="t", interaction=centres.interaction(number), outcome=outcome, reason="hung_up")


@given(st.lists(st.tuples(st.integers(1, 5), st.none() | st.sampled_from(OUTCOMES)), max_size=40))
def test_the_books_balance_whatever_is_told_and_however_often(told: list[tuple[int, Outcome | None]]) -> None:
    mind = ledger_mind(Undo())
    for number, outcome in told:
        ledger = tell(mind, arrived(number) if outcome is None else ended(number, outcome))
        assert ledger.balanced()


@given(st.lists(st.tuples(st.integers(1, 5), st.none() | st.sampled_from(CALLED)), max_size=40))
def test_the_books_of_those_who_were_called_are_kept_apart(told: list[tuple[int, Outcome | None]]) -> None:
    mind = ledger_mind(Undo())
    tell(mind, arrived(9))
    for number, outcome in told:
        ledger = tell(mind, placed(number) if outcome is None else ended(number, outcome))
        assert ledger.balanced()
        assert ledger.count("arrived") == 1


def test_every_outcome_is_counted_under_its_own_name() -> None:
    mind = ledger_mind(Undo())
    for number, outcome in enumerate(OUTCOMES):
        tell(mind, arrived(number), ended(number, outcome))
    ledger = tell(mind, arrived(99))
    assert {word: ledger.count(word) for word in ("arrived", *OUTCOMES)} == {
        "arrived": len(OUTCOMES) + 1,
        **dict.fromkeys(OUTCOMES, 1),
    }
    assert len(ledger.interactions) == 1


def test_an_arrival_told_twice_and_an_end_of_nobody_count_nothing() -> None:
    ledger = tell(ledger_mind(Undo()), arrived(1), arrived(1), ended(2, "lost"))
    assert (ledger.count("arrived"), ledger.count("lost")) == (1, 0)


def test_the_row_says_since_when_and_with_whom() -> None:
    mind = ledger_mind(Undo())
    interaction = centres.interaction(1)
    need = e.Need(queue="rsa", skills=(), priority=5, topic="", language="fr")
    why = e.Why(available=1, eligible=1, rule="longest_idle", waited_ms=0)
    tell(mind, arrived(1), now_ms=10)
    started = e.DialogueStarted(cause="t", interaction=interaction, service="s", script="a", digest="d")
    queued = e.InteractionQueued(cause="t", interaction=interaction, need=need, arrived_at_ms=20)
    tell(mind, started, queued, now_ms=20)
    chosen = e.AgentChosen(
        cause="t",
        interaction=interaction,
        offer=ids.offer(interaction, 1),
        agent="alice",
        phone="1001",
        leg=ids.agent_leg(interaction, 1),
        expires_at_ms=99,
        why=why,
    )
    ledger = tell(mind, chosen, e.CallConnected(cause="t", interaction=interaction, agent="alice", leg="l"), now_ms=30)
    row = ledger.interactions[interaction]
    assert (row.state, row.service, row.queue, row.agent) == ("connected", "s", "rsa", "alice")
    assert (row.arrived_at_ms, row.queued_at_ms, row.connected_at_ms) == (10, 20, 30)


def test_the_ledger_decides_nothing_and_orders_nothing() -> None:
    mind = ledger_mind(Undo())
    assert dict(mind.decides) == {}
    assert mind.orders == ()
