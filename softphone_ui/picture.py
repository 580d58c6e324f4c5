"""The picture of the centre that all pages share, folded from kept steps: who is here, who does what, today's figures.

Nothing here knows who looks: desk.py and table.py show each person their part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.centre import Centre, Service
from core.events import Need
from core.ids import InteractionId
from core.occupancy import Occupancy
from core.ports import Turns
from core.queue_counts import QueueCounts
from core.step import Step
from softphone_ui.rows import (
    AgentLine,
    Contact,
    Figures,
    Letter,
    Ordered,
    Past,
    Replied,
    ServiceLine,
    ShutLine,
    Suspected,
    Task,
    day_of,
)
from softphone_ui.takes import TAKES

ZONE: Final = "Europe/Paris"
# Supervisors' orders of today that pages show at most; all of them are in the journal.
ORDERED: Final = 200


def by_arrival(_centre: Centre, _need: Need, arrived_at_ms: int, _now_ms: int) -> tuple[int, ...]:
    """Whose turn it is where nobody says otherwise."""
    return (arrived_at_ms,)


class Picture:
    """`fold` every step, in order.  `touched` are the agents whose page has changed since it was last emptied;
    `version` goes up with each step that changed anything."""

    def __init__(self, centre: Centre, zone: str = ZONE, turns: Turns = by_arrival) -> None:
        self.centre = centre
        self.turns = turns
        self._zone = ZoneInfo(zone)
        self.seq = 0
        self.now_ms = 0
        self.version = 0
        self.contacts: dict[InteractionId, Contact] = {}
        self.agents: dict[str, AgentLine] = {name: AgentLine() for name in centre.agents}
        self.services: dict[str, ServiceLine] = {}
        self.shut: dict[tuple[str, str], ShutLine] = {}
        self.ordered: list[Ordered] = []
        self.suspected: list[Suspected] = []
        self.away: dict[str, e.TrunkFault] = {}
        self.tasks: dict[str, Task] = {}
        self.letters: dict[InteractionId, Letter] = {}
        self.replied: dict[InteractionId, Replied] = {}
        self.room: e.SpeechCapacity | None = None
        self.listened: set[InteractionId] = set()
        self.touched: set[str] = set()
        self.counted_since_ms: int | None = None
        self._day_ends_ms = 0
        self.waits = QueueCounts()
        self.occupancy = Occupancy()
        self.outcomes: dict[tuple[str, str], int] = {}

    # -- folding ----------------------------------------------------------------------------------------------------

    def fold(self, step: Step) -> None:
        """Takes the next step; one that is known already changes nothing."""
        if step.seq <= self.seq:
            return
        self.seq = step.seq
        self.take((step.input, *step.facts), step.now_ms)

    def begin(self, past: Past, steps: Iterable[Step]) -> None:
        """The first picture: `steps` of what was live at `past`, which knows best what agents do.

        Figures begin here; those of the day until here are added when they are known.
        """
        for step in steps:
            self.fold(step)
        self._turn_day(past.now_ms)
        self._count_anew(past.now_ms)
        self.occupancy.anew(past.now_ms)
        for name, line in past.agents.items():
            self.occupancy.becomes(name, line.state, past.now_ms, self.centre.agents)
        self.seq, self.now_ms = max(self.seq, past.seq), max(self.now_ms, past.now_ms)
        self.agents.update(past.agents)
        self.services, self.shut, self.away = dict(past.services), dict(past.shut), dict(past.away)
        self.room, self.listened = past.room, set(past.listened)
        for interaction in [one for one in self.contacts if one not in past.live]:
            del self.contacts[interaction]
        self.waits.waiting = {key: begun for key, begun in self.waits.waiting.items() if key in past.live}
        self.version += 1

    def figures(self) -> Figures:
        """What was counted of the day so far."""
        since_ms = self.counted_since_ms or self.now_ms
        return Figures(
            counts=self.waits.counts,
            spent=self.occupancy.until(self.now_ms),
            outcomes=self.outcomes,
            since_ms=since_ms,
            day_ends_ms=self._day_ends_ms,
            ordered=tuple(self.ordered),
            suspected=tuple(self.suspected),
        )

    def add(self, figures: Figures) -> None:
        """Adds what was counted before the first picture; figures of a day that is over meanwhile are of no use."""
        if figures.day_ends_ms != self._day_ends_ms:
            return
        for key, counts in figures.counts.items():
            self.waits.of(key).add(counts)
        self.occupancy.add(figures.spent)
        for outcome, count in figures.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self.ordered = [*figures.ordered, *self.ordered][-ORDERED:]
        self.suspected = [*figures.suspected, *self.suspected]
        self.counted_since_ms = figures.since_ms
        self.version += 1

    def take(self, facts: Iterable[object], now_ms: int) -> None:
        """Takes facts of one moment."""
        self.now_ms = max(self.now_ms, now_ms)
        self._turn_day(now_ms)
        for fact in facts:
            self.waits.take(fact, now_ms, self.centre.queues)
            self.occupancy.take(fact, now_ms, self.centre.agents)
            taken = TAKES.get(type(fact))
            if taken is not None:
                taken(self, fact, now_ms)
                self.version += 1

    def _turn_day(self, now_ms: int) -> None:
        """Figures are those of a day of the calendar, as people here count it."""
        if now_ms < self._day_ends_ms:
            return
        today_ms, self._day_ends_ms = day_of(now_ms, self._zone)
        self._count_anew(today_ms)
        self.waits.anew()
        self.occupancy.anew(today_ms)

    def _count_anew(self, since_ms: int) -> None:
        self.waits.counts, self.outcomes, self.ordered, self.suspected = {}, {}, [], []
        self.counted_since_ms = since_ms

    def note(self, outcome: str, tenant: str) -> None:
        """One more of today's: an outcome of those who called us, `outgoing` and `reached` of ours, `messages` left."""
        self.outcomes[(outcome, tenant)] = self.outcomes.get((outcome, tenant), 0) + 1

    def order(self, row: Ordered) -> None:
        """One more of today's orders; the same for another organisation is no other line."""
        last = self.ordered[-1] if self.ordered else None
        if last is not None and msgspec.structs.replace(last, tenants=row.tenants) == row:
            self.ordered[-1] = msgspec.structs.replace(last, tenants=(*last.tenants, *row.tenants))
        else:
            self.ordered = [*self.ordered, row][-ORDERED:]

    def tell(self, agent: str) -> None:
        """The page of `agent` has news."""
        if agent:
            self.touched.add(agent)

    # -- reading ----------------------------------------------------------------------------------------------------

    def service(self, name: str) -> Service | None:
        return self.centre.services.get(name)

    def contact_of(self, agent: str) -> Contact | None:
        """The interaction that is offered to the agent, held by them, or whose notes they write."""
        line = self.agents.get(agent)
        if line is None or line.interaction is None:
            return None
        return self.contacts.get(line.interaction)


def count_day(centre: Centre, past: Past, steps: Iterable[Step], since_ms: int | None, zone: str = ZONE) -> Figures:
    """The figures of the day until `past`, by its `steps`; those before `since_ms` are left out."""
    day = Picture(centre, zone)
    day.take((), past.now_ms)
    for step in steps:
        day.fold(step)
    if since_ms is not None:
        day.counted_since_ms = since_ms
    return day.figures()
