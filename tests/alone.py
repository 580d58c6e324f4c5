"""One mind by itself: told facts, it answers with what it says; what it says is applied to it, as the kernel would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from core import events as e
from core import ids
from core.centre import Centre
from core.commands import Command
from core.deadlines import Deadlines
from core.events.base import Event
from core.mind import Configurations, Mind
from core.personal import Personal
from core.table import Undo
from tests import centres

A = centres.interaction(1)
B = centres.interaction(2)
A_LEG = ids.caller_leg(A)
CHANNEL = "PJSIP/ligne-1"

Said = Event | Command
S = TypeVar("S", bound=Said)


class Alone:
    """`tell` gives what the mind decided upon one fact, first in first out; other minds' facts must be told."""

    def __init__(self, make: Callable[[Undo, Deadlines, Configurations], Mind], centre: Centre | None = None) -> None:
        self.configurations = centres.configurations(centre or centres.small())
        self.deadlines = Deadlines()
        self.mind = make(Undo(), self.deadlines, self.configurations)
        self.state: Any = self.mind.state
        self.now_ms = centres.START_MS

    def tell(self, *facts: Event, after_ms: int = 0) -> list[Said]:
        self.now_ms += after_ms
        said: list[Said] = []
        for fact in facts:
            if isinstance(fact, e.ConfigurationApplied):
                self.configurations.use(fact.digest)
            self._apply(fact)
            waiting = [fact]
            while waiting:
                first = waiting.pop(0)
                decide = self.mind.decides.get(type(first))
                decided = list(decide(self.state, first, self.now_ms)) if decide else []
                for one in decided:
                    said.append(one)
                    if isinstance(one, Event):
                        self._apply(one)
                        waiting.append(one)
        return said

    def _apply(self, fact: Event) -> None:
        apply = self.mind.applies.get(type(fact))
        if apply is not None:
            apply(self.state, fact, self.now_ms)

    def next(self) -> list[Said]:
        """What the next deadline leads to."""
        first = self.deadlines.first()
        assert first is not None, "nothing is waited for"
        at_ms, key, kind = first
        self.now_ms = max(self.now_ms, at_ms)
        return self.tell(e.DeadlineReached(cause="clock", kind=kind, key=key, at_ms=at_ms))


def names(said: list[Said]) -> list[str]:
    return [type(one).__name__ for one in said]


def only(said: list[Said], kind: type[S]) -> S:
    """The one thing of `kind` that was said."""
    found = [one for one in said if isinstance(one, kind)]
    assert len(found) == 1, f"one {kind.__name__} expected, was {names(said)}"
    return found[0]


def arrived(interaction: str = A, *, withheld: bool = False, answered: bool = False) -> e.CallArrived:
    return e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=ids.caller_leg(interaction),
        node="nord",
        channel=CHANNEL,
        dialled=centres.NUMBER,
        caller=None if withheld else Personal(interaction, "number", "+33639980000"),
        caller_name=None,
        answered=answered,
    )


def answered(interaction: str = A, leg: str = "") -> e.LegAnswered:
    return e.LegAnswered(
        cause="telephony", interaction=interaction, leg=leg or ids.caller_leg(interaction), channel=CHANNEL
    )


def ended(interaction: str = A, leg: str = "", reason: e.EndReason = "hung_up") -> e.LegEnded:
    return e.LegEnded(
        cause="telephony", interaction=interaction, leg=leg or ids.caller_leg(interaction), reason=reason, code=0
    )


def need(queue: str = "generaliste", priority: int = 5, **changes: Any) -> e.Need:
    return e.Need(**{"queue": queue, "skills": (), "priority": priority, "topic": "", "language": "fr", **changes})


def queued(interaction: str = A, queue: str = "generaliste", priority: int = 5, at_ms: int = 0) -> e.InteractionQueued:
    return e.InteractionQueued(
        cause="acd",
        interaction=interaction,
        need=need(queue, priority),
        arrived_at_ms=centres.START_MS + at_ms,
    )


def chosen(interaction: str = A, number: int = 1, agent: str = "alice", phone: str = "1001") -> e.AgentChosen:
    return e.AgentChosen(
        cause="acd",
        interaction=interaction,
        offer=ids.offer(interaction, number),
        agent=agent,
        phone=phone,
        leg=ids.agent_leg(interaction, number),
        expires_at_ms=centres.START_MS + 20_000,
        why=e.Why(available=1, eligible=1, rule="longest_idle", waited_ms=0),
    )


def seen(*legs: e.SeenLeg, phones: tuple[str, ...] = (), node: str = "nord") -> e.NodeSeen:
    return e.NodeSeen(cause="telephony", node=node, legs=legs, phones=phones)


def leg_seen(leg: str = A_LEG, *, up: bool = True, held: bool = False, with_leg: str | None = None) -> e.SeenLeg:
    return e.SeenLeg(leg=leg, channel=CHANNEL, up=up, held=held, bridged_with=with_leg)
