"""Laws that hold whatever peers say, in whatever order, however often."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as e
from runtime.kernel import same_state
from tests import centres
from tests.properties.streams import Move, Stream, moves
from tests.simulation.laws import Laws

CENTRES = st.sampled_from(("petit", "étroit", "pressé", "spécialisé"))


@settings(max_examples=150, deadline=None)
@given(CENTRES, moves)
def test_no_stream_breaks_a_law(name: str, stream: list[Move]) -> None:
    """The ledger is balanced, offers agree with agents, nobody waits beside a free agent, whoever came first is first
    served, who waits has a time limit, and no decision of ours is a bug."""
    laws = Laws()
    kernel = centres.kernel(centres.CENTRES[name]())
    play = Stream(kernel, lambda step: laws.after(step, kernel))
    for move in stream:
        play.move(move)


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
