"""Laws that hold whatever peers say, in whatever order, however often."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from core import events as e
from core.step import Step
from runtime.kernel import same_state
from runtime.telling.story import phrase
from tests import centres
from tests.properties.streams import Move, Stream, moves
from tests.simulation.laws import LawBroken, Laws

CENTRES = st.sampled_from(
    ("petit", "étroit", "pressé", "spécialisé", "automatique", "partagé", "parlant", "curieux", "appelant", "appelant")
)


@settings(max_examples=200, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(CENTRES, moves)
def test_no_stream_breaks_a_law(name: str, stream: list[Move]) -> None:
    """The ledger is balanced, offers agree with agents, nobody waits beside a free agent, whoever came first is first
    served, who waits has a time limit, and no decision of ours is a bug."""
    broken = lived(name, stream)
    if broken is not None:
        pytest.fail(told(name, shrunk(name, stream, broken)), pytrace=False)


def lived(name: str, stream: list[Move]) -> LawBroken | None:
    """The law that `stream` breaks in the centre `name`."""
    return _lived(name, stream)[1]


def _lived(name: str, stream: list[Move]) -> tuple[list[Step], LawBroken | None]:
    laws, steps = Laws(), list[Step]()
    kernel = centres.kernel(centres.CENTRES[name]())

    def watch(step: Step) -> None:
        steps.append(step)
        laws.after(step, kernel)

    try:
        play = Stream(kernel, watch)
        for move in stream:
            play.move(move)
    except LawBroken as broken:
        return steps, broken
    return steps, None


def shrunk(name: str, stream: list[Move], broken: LawBroken) -> list[Move]:
    """A shorter stream that breaks a law that begins alike: halves, quarters… are left out while that holds."""
    size = len(stream)
    while size:
        at = 0
        while at < len(stream):
            less = stream[:at] + stream[at + size :]
            again = lived(name, less)
            if again is not None and again.law[:20] == broken.law[:20]:
                stream = less
            else:
                at += size
        size //= 2
    return stream


def told(name: str, stream: list[Move]) -> str:
    """The stream and what it led to, for whoever must understand it."""
    steps, broken = _lived(name, stream)
    lines = [f"law broken: {broken.law if broken else 'none'}", f"centre {name}, moves {stream}", ""]
    for step in steps:
        if not isinstance(step.input, e.PromptReady):
            lines.append(f"{step.now_ms - centres.START_MS:>8} › {type(step.input).__name__}: {phrase(step.input)}")
            lines += [f"         · {type(fact).__name__}: {phrase(fact)}" for fact in step.facts]
            lines += [f"         ‹ {type(order.command).__name__}" for order in step.orders]
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(moves)
def test_folding_gives_the_state_that_deciding_gave(stream: list[Move]) -> None:
    kernel = centres.kernel()
    play = Stream(kernel)
    for move in stream:
        play.move(move)
    again = centres.kernel()
    for step in play.steps:
        again.fold(step)
    assert list(same_state(kernel, again)) == []
    assert (again.seq, again.now_ms, again.next_deadline_ms()) == (
        kernel.seq,
        kernel.now_ms,
        kernel.next_deadline_ms(),
    )
    for name, (table, _) in kernel.tables().items():
        assert list(table) == list(again.tables()[name][0]), f"{name}: rows in another order"


@settings(max_examples=60, deadline=None)
@given(moves)
def test_deciding_again_gives_the_same_steps(stream: list[Move]) -> None:
    first = Stream(centres.kernel())
    for move in stream:
        first.move(move)
    again = centres.kernel()
    steps = []
    for step in first.steps:
        if isinstance(step.input, e.DeadlineReached):
            steps += again.reach(step.now_ms)
        else:
            steps.append(again.receive(step.input, step.now_ms))
    assert steps == first.steps
