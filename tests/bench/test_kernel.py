"""The kernel bench's story still is one: its caller is served."""

from __future__ import annotations

from bench.kernel import BEGIN_MS, staffed_kernel, whole_call
from core import events as e


def test_the_benchs_caller_reaches_an_agent_and_the_books_balance() -> None:
    kernel = staffed_kernel()
    facts = [fact for step in whole_call(kernel, 1, BEGIN_MS) for fact in step.facts]
    assert [fact.outcome for fact in facts if isinstance(fact, e.InteractionEnded)] == ["answered"]
    assert kernel.mind("ledger").balanced()
