"""Rule 6: a bug in any decision, or in any change of state, costs its step and nothing else.

For every fact that a mind decides on or applies, an exception is raised once, somewhere in a stream.  The state must be
as before, but for what `Broken` led to; the caller concerned takes the safe path; the kernel goes on.
"""

from __future__ import annotations

import random

import pytest

from core import events as e
from core.events.base import Event
from core.step import Step
from runtime.kernel import Kernel, same_state
from tests import centres
from tests.faults import Which, break_once
from tests.properties.streams import KINDS, SOMEBODY_CALLS, Stream
from tests.simulation.laws import Laws

TIMES = 2
"""How many streams each fault must have happened in."""

MOVES = 200
"""How long a stream is, so that even what takes several people at once comes to pass."""

NAMES = ("petit", "étroit", "pressé", "automatique", "ménagé", "mêlé", "débordant")

PLACES: list[tuple[str, Which, type[Event]]] = [
    (mind.name, which, fact)
    for mind in centres.kernel().minds
    for which in ("applies", "decides")
    for fact in getattr(mind, which)
    if fact is not e.Broken
]


@pytest.mark.parametrize(
    ("mind", "which", "fact"), PLACES, ids=[f"{mind}-{which}-{fact.__name__}" for mind, which, fact in PLACES]
)
def test_a_bug_costs_its_step_and_nothing_else(mind: str, which: Which, fact: type[Event]) -> None:
    happened = 0
    for seed in range(1_000):
        if happened == TIMES:
            return
        happened += broken_stream(seed, mind, which, fact)
    pytest.fail(f"no stream made {mind} see {fact.__name__} more than {happened} times")


def _where(fact: type[Event]) -> str:
    """The centre in which such a fact comes to pass, if there is one of its own for it."""
    if fact.__name__.startswith("Callback") and fact is not e.CallbackNoted:
        return "rappelant"
    if fact is e.CitizenAnswered:
        return "appelant"
    if fact in (e.DigitTaken, e.NumberTyped):
        return "demandant"
    if fact.__module__ == e.DetailTaken.__module__:
        return "curieux"
    if fact in (e.LanguageChosen, e.ContactSpeaks):
        return "bilingue"
    if fact.__module__ == e.HearingAsked.__module__:
        return "parlant"
    return "mêlé" if fact.__name__.startswith("Work") else ""


def broken_stream(seed: int, mind: str, which: Which, fact: type[Event]) -> bool:
    """Plays a stream with one fault in it; whether it came to it."""
    luck = random.Random(f"{seed} {mind} {which} {fact.__name__}")
    centre = centres.CENTRES[_where(fact) or luck.choice(NAMES)]()
    kernel = centres.kernel(centre)
    laws = Laws()
    broken: list[Step] = []

    def watch(step: Step) -> None:
        if isinstance(step.input, e.Broken):
            broken.append(step)
            is_taken_back(kernel, centres.kernel(centre), play.steps, step)
        laws.after(step, kernel, bugs=True)

    play = Stream(kernel, watch)
    for at in range(MOVES):
        if at == 20:
            break_once(kernel, mind, which, fact)
        play.move(
            (
                luck.randrange(KINDS),
                luck.randrange(12),
                luck.randrange(12),
                luck.choice((0, 1, 20, 400, 1500, 9000)),
            )
        )
        if broken and at > 100:
            break
    assert len(broken) <= 1, f"one fault, one Broken: {[step.input for step in broken]}"
    return bool(broken)


def is_taken_back(kernel: Kernel, before: Kernel, steps: list[Step], step: Step) -> None:
    """The state is that before the step, with Broken and what it led to; who was in our hands is in a person's."""
    if step.seq != kernel.seq:
        return  # several deadlines rang at once: the kernel is ahead of this step
    for earlier in steps[:-1]:
        before.fold(earlier)
    interaction = step.input.interaction if isinstance(step.input, e.Broken) else None
    dialogue = before.mind("ivr").dialogues.get(interaction) if interaction else None
    before.fold(step)
    assert list(same_state(kernel, before)) == []
    assert kernel.next_deadline_ms() == before.next_deadline_ms()
    if dialogue is not None and dialogue.state in ("opening", "speaking", "listening", "hearing"):
        needs = [fact.need for fact in step.facts if isinstance(fact, e.NeedStated)]
        service = kernel.configurations.by_digest[dialogue.digest].services[dialogue.service]
        assert [need.queue for need in needs] == [service.safe_queue]


def test_a_bug_on_the_safe_path_itself_still_leaves_a_record_and_a_kernel_that_goes_on() -> None:
    kernel = centres.kernel()
    play = Stream(kernel)
    play.move(SOMEBODY_CALLS)
    assert len(kernel.mind("ivr").dialogues) == 1
    break_once(kernel, "ivr", "decides", e.Broken)
    break_once(kernel, "calls", "decides", e.LegAnswered)
    of = {"cause": "telephony", "interaction": centres.interaction(1), "leg": f"{centres.interaction(1)}-c"}
    play.receive(e.LegAnswered(**of, channel="PJSIP/ligne"))
    assert isinstance(play.steps[-1].input, e.Broken)
    assert play.steps[-1].facts == play.steps[-1].orders == ()
    play.receive(e.LegAnswered(**of, channel="PJSIP/ligne"))
    assert isinstance(play.steps[-1].input, e.LegAnswered)


def test_a_caller_whose_very_arrival_breaks_is_counted_and_comes_to_a_person() -> None:
    kernel = centres.kernel()
    play = Stream(kernel)
    break_once(kernel, "ivr", "decides", e.CallArrived)
    play.move(SOMEBODY_CALLS)
    assert isinstance(play.steps[-1].input, e.Broken)
    assert kernel.mind("ledger").count("arrived") == 1
    assert [fact.need.queue for fact in play.steps[-1].facts if isinstance(fact, e.NeedStated)] == ["generaliste"]
