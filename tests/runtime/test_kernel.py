"""The kernel: facts to minds in their order, one atomic step at a time, and nothing that a bug leaves behind."""

from __future__ import annotations

import msgspec
import pytest

from core import commands as c
from core import events as e
from core import limits
from core.errors import InvariantBroken
from core.mind import Decision
from runtime.kernel import Kernel, same_state
from tests import centres
from tests.alone import A, B, answered, arrived, ended
from tests.centres import START_MS, kernel
from tests.faults import break_once
from tests.simulation.plan import plan
from tests.simulation.world import World


def called() -> Kernel:
    """A has called."""
    known = kernel()
    known.receive(arrived(), START_MS)
    return known


def rows(known: Kernel) -> dict[str, dict[str, object]]:
    return {name: dict(table.items()) for name, (table, _) in known.tables().items()}


# -- one step ---------------------------------------------------------------------------------------------------------


def test_a_step_holds_what_happened_what_followed_and_what_is_ordered() -> None:
    known = called()
    step = known.reach(START_MS + 1_000)[0]
    assert isinstance(step.input, e.DeadlineReached)
    assert [type(order.command) for order in step.orders] == [c.AnswerCall]
    assert (step.seq, known.seq, step.now_ms) == (2, 2, START_MS + 1_000)


def test_steps_are_counted_without_a_gap() -> None:
    known = kernel()
    steps = [known.receive(arrived(centres.interaction(number)), START_MS) for number in range(1, 9)]
    assert [step.seq for step in steps] == list(range(1, 9))


def test_every_fact_says_what_led_to_it() -> None:
    step = called().receive(answered(), START_MS + 1)
    assert all(fact.cause for fact in step.facts)
    first = kernel().receive(arrived(), START_MS).facts[0]
    assert first.cause == "CallArrived"


def test_an_order_is_named_by_its_moment_step_and_number_and_goes_to_its_interactions_lane() -> None:
    known = called()
    (order,) = known.reach(START_MS + 1_000)[0].orders
    assert order.id == f"{START_MS + 1_000:x}.2.1"
    assert order.lane == A
    assert known.orders[order.id] == order


@pytest.mark.parametrize("end", ["done", "failed", "refused"])
def test_an_order_is_open_until_its_end_is_told(end: str) -> None:
    known = called()
    (order,) = known.reach(START_MS + 1_000)[0].orders
    told: dict[str, e.Event] = {
        "done": e.OrderDone(cause="t", order=order.id),
        "failed": e.OrderFailed(cause="t", order=order.id, command=order.command, reason="r", retryable=True),
        "refused": e.OrderRefused(cause="t", order=order.id, command=order.command, reason="r"),
    }
    assert order.id in known.orders
    known.receive(told[end], START_MS + 1_001)
    assert order.id not in known.orders


def test_a_fact_is_decided_upon_by_every_mind_in_their_order_and_consequences_first_in_first_out() -> None:
    known = kernel()
    known.receive(e.JournalAlarm(cause="j", kept=False, reason=""), START_MS)
    step = known.receive(arrived(), START_MS)
    assert [type(fact).__name__ for fact in step.facts] == [
        "DialogueStarted",
        "NeedStated",
        "CitizenSought",
        "InteractionQueued",
    ]


# -- time -------------------------------------------------------------------------------------------------------------


def test_deadlines_fire_by_time_then_name_each_its_own_step() -> None:
    known = kernel()
    for number, after_ms in ((3, 0), (2, 0), (1, 500)):
        known.receive(arrived(centres.interaction(number)), START_MS + after_ms)
    steps = known.reach(START_MS + 1_500)
    calls = [step.input for step in steps if isinstance(step.input, e.DeadlineReached) and step.input.kind == "call"]
    fired = [deadline.key for deadline in calls]
    assert fired == [centres.interaction(2), centres.interaction(3), centres.interaction(1)]


def test_a_deadline_fires_once_and_not_before_its_time() -> None:
    known = called()
    assert known.next_deadline_ms() == START_MS + 1_000
    assert known.reach(START_MS + 999) == []
    assert len(known.reach(START_MS + 1_000)) == 1
    assert known.reach(START_MS + 1_000) == []


def test_time_never_goes_back() -> None:
    known = called()
    assert known.receive(answered(), START_MS - 60_000).now_ms == START_MS


# -- bugs -------------------------------------------------------------------------------------------------------------


def test_a_bug_takes_back_the_whole_step_and_becomes_broken() -> None:
    """`calls` breaks on what followed from `ivr`: neither's change stays."""
    known = kernel()
    known.receive(arrived(), START_MS)
    known.receive(answered(), START_MS + 1)
    known.receive(e.DialogueEnded(cause="t", interaction=B, how="gone"), START_MS + 2)
    before = rows(known)
    break_once(known, "calls", "decides", e.LegEnded)
    break_once(known, "ivr", "decides", e.Broken)
    step = known.receive(ended(), START_MS + 3)
    assert isinstance(step.input, e.Broken)
    assert (step.input.error, step.input.fact, step.input.interaction) == ("Bug", "LegEnded", A)
    assert rows(known) == before
    assert known.seq == 4


def test_after_a_bug_the_same_fact_may_come_again_and_is_decided_upon() -> None:
    known = called()
    break_once(known, "calls", "decides", e.LegEnded)
    known.receive(ended(), START_MS + 3)
    step = known.receive(ended(), START_MS + 4)
    assert "InteractionEnded" in [type(fact).__name__ for fact in step.facts]
    assert known.mind("ledger").balanced()


def test_broken_says_where_and_never_what() -> None:
    known = called()
    break_once(known, "ivr", "decides", e.KeyPressed)
    from tests.ivr.test_dialogue import pressed

    step = known.receive(pressed("#"), START_MS + 5)
    assert isinstance(step.input, e.Broken)
    assert step.input.mind == "faults.py:broken"
    assert "#" not in str(step.input)
    assert "on purpose" not in str(step.input)


def test_a_deadline_that_always_breaks_does_not_fire_for_ever() -> None:
    """Once as it was, once more because the safe path changed the row; then it is silent."""
    known = called()
    break_once(known, "calls", "decides", e.DeadlineReached, times=100)
    steps = known.reach(START_MS + 1_000)
    assert [type(step.input) for step in steps] == [e.Broken, e.Broken]
    assert {(step.input.kind, step.input.key) for step in steps if isinstance(step.input, e.Broken)} == {("call", A)}
    assert known.reach(START_MS + 1_000) == []


def test_a_configuration_that_breaks_does_not_hold() -> None:
    known = called()
    break_once(known, "acd", "decides", e.ConfigurationApplied)
    known.receive(e.ConfigurationApplied(cause="t", digest="élargi"), START_MS + 5)
    assert known.configurations.now.digest == "petit"
    assert known.in_force.get("now") is None


def test_minds_that_answer_each_other_for_ever_are_stopped() -> None:
    known = kernel()
    mind = known.minds[1]

    def echo(_state: object, fact: e.LegRinging, _now_ms: int) -> Decision:
        yield fact

    known._decides[e.LegRinging] = [(mind, echo)]
    ringing = e.LegRinging(cause="t", interaction=A, leg="l", channel="c")
    step = known.receive(ringing, START_MS)
    assert isinstance(step.input, e.Broken)
    assert step.input.error == "InvariantBroken"
    assert limits.FACTS_PER_STEP < 100_000


def test_a_mind_cannot_give_anothers_order() -> None:
    known = kernel()
    mind = known.minds[1]

    def usurp(_state: object, fact: e.LegRinging, _now_ms: int) -> Decision:
        yield c.HangUpLeg(cause="t", interaction=fact.interaction, leg=fact.leg, channel="c")

    known._decides[e.LegRinging] = [(mind, usurp)]
    step = known.receive(e.LegRinging(cause="t", interaction=A, leg="l", channel="c"), START_MS)
    assert isinstance(step.input, e.Broken)
    assert step.input.error == "InvariantBroken"
    assert step.orders == ()


# -- folding ----------------------------------------------------------------------------------------------------------


def test_folding_the_steps_of_a_day_gives_its_state_at_every_moment() -> None:
    world = World(plan(5))
    world.run()
    again = centres.kernel(centres.CENTRES[world.plan.centre]())
    for step in world.steps:
        again.fold(step)
    assert list(same_state(again, world.kernel)) == []
    assert again.seq == world.kernel.seq


def test_a_step_is_folded_once_and_in_order() -> None:
    first, second = kernel(), kernel()
    step = first.receive(arrived(), START_MS)
    second.fold(step)
    with pytest.raises(InvariantBroken, match="step 1 cannot follow step 1"):
        second.fold(step)
    later = first.receive(answered(), START_MS + 1)
    second.fold(msgspec.structs.replace(later, seq=7))  # what the disk would not keep is missing
    assert second.seq == 7


def test_a_kernel_resumed_from_a_snapshot_goes_on_as_the_one_it_was_taken_of() -> None:
    known = called()
    other = kernel()
    for name, (table, _) in known.tables().items():
        for key, row in table.items():
            other.tables()[name][0].put(key, row)
    other.resume(known.seq, known.now_ms)
    assert other.reach(START_MS + 1_000) == known.reach(START_MS + 1_000)
    assert list(same_state(known, other)) == []


def test_a_difference_between_two_states_is_named() -> None:
    one, other = called(), called()
    other.receive(arrived(B), START_MS)
    assert "calls.calls" in list(same_state(one, other))
