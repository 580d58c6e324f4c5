"""kill -9 after any step of a writing's life: the next kernel, from what was kept, ends it as the first would have."""

from __future__ import annotations

import msgspec
import pytest

from core import events as e
from core.centre import Tasks
from core.commands import UnderstandWriting
from core.events.base import Event
from core.events.speech import Understanding
from core.mind import Configurations
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel, same_state
from tests import centres

NAME = centres.interaction(1)
CENTRE = msgspec.structs.replace(centres.small(), tasks=Tasks(offered=True))
AGENT = next(name for name, agent in CENTRE.agents.items() if "generaliste" in agent.queues)


class Life:
    """A kernel and the steps that were kept of it."""

    def __init__(self) -> None:
        self.kernel = Kernel(Configurations(CENTRE))
        self.kept: list[Step] = []

    def tell(self, event: Event) -> Step:
        step = self.kernel.receive(event, centres.START_MS + len(self.kept))
        assert not isinstance(step.input, e.Broken), step
        self.kept.append(step)
        return step

    def killed(self) -> None:
        """What was kept is folded, and each order whose end nobody knows is told to have failed."""
        before, self.kernel = self.kernel, Kernel(Configurations(CENTRE))
        for step in self.kept:
            self.kernel.fold(step)
        assert list(same_state(before, self.kernel)) == []
        for order in list(self.kernel.orders.values()):
            self.tell(
                e.OrderFailed(cause="start", order=order.id, command=order.command, reason="interrompu", retryable=True)
            )

    def said(self, kind: type[Event]) -> list[Event]:
        return [fact for step in self.kept for fact in (step.input, *step.facts) if isinstance(fact, kind)]


@pytest.mark.parametrize("killed_after", range(6))
def test_what_was_accepted_is_read_and_answered_whenever_allo_is_killed(killed_after: int) -> None:
    life = Life()
    arrived = e.WritingArrived(
        cause="pages",
        request="r",
        interaction=NAME,
        system="site",
        key="k",
        tenant=CENTRE.services["solidarites"].tenant,
        service="solidarites",
        channel="email",
        language="",
        sender=None,
        subject=None,
        text=Personal(NAME, "words", "Je n'ai rien reçu."),
    )

    def goes_on(number: int) -> None:
        if number == killed_after:
            life.killed()

    life.tell(e.AgentAsked(cause="pages", agent=AGENT, wish="ready", reason=""))
    life.tell(e.PageSeen(cause="pages", agent=AGENT, open=True))
    goes_on(0)
    life.tell(arrived)
    goes_on(1)
    orders = [one.command for one in life.kernel.orders.values() if isinstance(one.command, UnderstandWriting)]
    assert [one.interaction for one in orders] == [NAME]
    life.tell(e.WritingUnderstood(cause="speech", interaction=NAME, reading=Understanding()))
    goes_on(2)
    (offered,) = life.said(e.WorkOffered)
    assert isinstance(offered, e.WorkOffered)
    life.tell(e.WorkAnswered(cause="pages", request="w", agent=offered.agent, task=offered.task, take=True, reason=""))
    goes_on(3)
    again = life.tell(msgspec.structs.replace(arrived, interaction=centres.interaction(2), request="again"))
    (answered,) = [fact for fact in again.facts if isinstance(fact, e.RequestAnswered)]
    assert answered.interaction == NAME, "sent again after the kill: the same"
    goes_on(4)
    life.tell(
        e.WritingAnswered(
            cause="pages",
            request="d",
            agent=offered.agent,
            task=offered.task,
            interaction=NAME,
            code="",
            reply=Personal(NAME, "words", "Bonjour."),
        )
    )
    goes_on(5)
    assert [fact.how for fact in life.said(e.TaskClosed) if isinstance(fact, e.TaskClosed)] == ["done"]
    assert offered.task not in life.kernel.mind("casework").tasks
    assert offered.task not in life.kernel.mind("acd").work
