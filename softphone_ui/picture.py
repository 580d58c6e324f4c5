"""The picture of the centre that all pages share, folded from kept steps: who is here, who does what, today's figures.

Nothing here knows who looks: desk.py and table.py show each person their part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.centre import Centre, Service
from core.ids import InteractionId
from core.personal import Personal
from core.step import Step

# Left the queue sooner: counted apart, for nobody could have answered (the field's usual threshold).
SHORT_ABANDON_MS: Final = 5_000


class Contact(msgspec.Struct, kw_only=True):
    """One interaction that is here, or whose agent still writes notes."""

    interaction: InteractionId
    service: str
    tenant: str
    state: str = "arrived"
    topic: str = ""
    queue: str = ""
    priority: int = 5
    since_ms: int
    arrived_at_ms: int
    queued_at_ms: int | None = None
    connected_at_ms: int | None = None
    agent: str = ""
    offer: str = ""
    trunk: str = ""
    number: Personal | None = None
    found: str = ""
    record: Personal | None = None
    code: str = ""
    shown: bool = False
    ended: bool = False
    outgoing: bool = False

    @property
    def waiting(self) -> bool:
        return self.state in ("queued", "offered")


class AgentLine(msgspec.Struct, kw_only=True):
    """What an agent does; `asked` is what they want once they are free."""

    state: str = "logged_out"
    reason: str = ""
    since_ms: int = 0
    until_at_ms: int | None = None
    interaction: InteractionId | None = None
    asked: str = ""
    asked_reason: str = ""


class Task(msgspec.Struct, kw_only=True):
    """What is left to do for somebody who is not on the line."""

    opened: e.TaskOpened
    agent: str = ""
    until_at_ms: int | None = None


class Counts(msgspec.Struct, kw_only=True):
    """One day of one queue for one tenant; `wait_ms` is the sum over those who were answered."""

    offered: int = 0
    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    short: int = 0
    wait_ms: int = 0

    def add(self, other: Counts) -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What was at step `seq`: agents as they stood, and the interactions that a page may still be asked about."""

    seq: int
    now_ms: int
    agents: dict[str, AgentLine]
    live: frozenset[InteractionId]


def day_of(now_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """When the day of `now_ms` began there, and when it ends; some have 23 hours."""
    day = datetime.fromtimestamp(now_ms / 1000, zone).date()
    first, last = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(days=1)))
    return int(first.timestamp() * 1000), int(last.timestamp() * 1000)


class Picture:
    """`fold` every step, in order.  `touched` are the agents whose page has changed since it was last emptied;
    `version` goes up with each step that changed anything."""

    def __init__(self, centre: Centre, zone: str = "Europe/Paris") -> None:
        self.centre = centre
        self._zone = ZoneInfo(zone)
        self.seq = 0
        self.now_ms = 0
        self.version = 0
        self.contacts: dict[InteractionId, Contact] = {}
        self.agents: dict[str, AgentLine] = {name: AgentLine() for name in centre.agents}
        self.tasks: dict[str, Task] = {}
        self.touched: set[str] = set()
        self.counted_since_ms: int | None = None
        self._day_ends_ms = 0
        self.counts: dict[tuple[str, str], Counts] = {}
        self.outcomes: dict[tuple[str, str], int] = {}

    # -- folding ----------------------------------------------------------------------------------------------------

    def fold(self, step: Step) -> None:
        """Takes the next step; one that is known already changes nothing."""
        if step.seq <= self.seq:
            return
        self.seq = step.seq
        self.take((step.input, *step.facts), step.now_ms)

    def begin(self, past: Past, steps: Iterable[Step], counted_since_ms: int | None = None) -> None:
        """The first picture: `steps` up to `past`, which knows best what agents do."""
        for step in steps:
            self.fold(step)
        self._turn_day(past.now_ms)
        self.seq, self.now_ms = max(self.seq, past.seq), max(self.now_ms, past.now_ms)
        self.agents.update(past.agents)
        for interaction in [one for one in self.contacts if one not in past.live]:
            del self.contacts[interaction]
        self.counted_since_ms = max(self.counted_since_ms or 0, counted_since_ms or 0)
        self.version += 1

    def take(self, facts: Iterable[object], now_ms: int) -> None:
        """Takes facts of one moment."""
        self.now_ms = max(self.now_ms, now_ms)
        self._turn_day(now_ms)
        for fact in facts:
            taken = _TAKES.get(type(fact))
            if taken is not None:
                taken(self, fact, now_ms)
                self.version += 1

    def _turn_day(self, now_ms: int) -> None:
        """Figures are those of a day of the calendar, as people here count it."""
        if now_ms < self._day_ends_ms:
            return
        today_ms, self._day_ends_ms = day_of(now_ms, self._zone)
        self.counts, self.outcomes = {}, {}
        self.counted_since_ms = today_ms

    def count(self, contact: Contact) -> Counts:
        return self.counts.setdefault((contact.queue, contact.tenant), Counts())

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


# -- what each fact changes -----------------------------------------------------------------------------------------


def _arrived(picture: Picture, fact: e.CallArrived, now_ms: int) -> None:
    if fact.interaction in picture.contacts:
        return
    service = picture.centre.service_of(fact.dialled)
    picture.contacts[fact.interaction] = Contact(
        interaction=fact.interaction,
        service=service.name,
        tenant=service.tenant,
        since_ms=now_ms,
        arrived_at_ms=now_ms,
        trunk=fact.trunk,
        number=fact.caller,
    )


def _placed(picture: Picture, fact: e.CallPlaced, now_ms: int) -> None:
    service = picture.service(fact.service)
    picture.contacts[fact.interaction] = Contact(
        interaction=fact.interaction,
        service=fact.service,
        tenant=service.tenant if service is not None else "",
        state="placed",
        since_ms=now_ms,
        arrived_at_ms=now_ms,
        agent=fact.agent,
        trunk=fact.line,
        number=fact.number,
        outgoing=True,
    )


def _guided(picture: Picture, fact: e.DialogueStarted, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        service = picture.service(fact.service)
        contact.service, contact.state, contact.since_ms = fact.service, "guided", now_ms
        contact.tenant = service.tenant if service is not None else contact.tenant


def _queued(picture: Picture, fact: e.InteractionQueued, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    if contact.queue != fact.need.queue:
        contact.queue, contact.queued_at_ms = fact.need.queue, now_ms
        picture.count(contact).offered += 1
    contact.topic, contact.priority = fact.need.topic, fact.need.priority
    contact.state, contact.since_ms = "queued", now_ms


def _chosen(picture: Picture, fact: e.AgentChosen, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.state, contact.since_ms, contact.agent, contact.offer = "offered", now_ms, fact.agent, fact.offer
        contact.shown = False
    picture.agents[fact.agent] = AgentLine(
        state="offered", since_ms=now_ms, until_at_ms=fact.expires_at_ms, interaction=fact.interaction
    )
    picture.tell(fact.agent)


def _offer_over(
    picture: Picture, fact: e.OfferMissed | e.OfferDeclined | e.OfferFailed | e.OfferWithdrawn, now_ms: int
) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.offer == fact.offer:
        contact.state, contact.since_ms, contact.agent, contact.offer = "queued", now_ms, "", ""
    picture.tell(fact.agent)


def _agent_changed(picture: Picture, fact: e.AgentStateChanged, now_ms: int) -> None:
    line = picture.agents.get(fact.agent, AgentLine())
    busy = fact.state in ("offered", "on_interaction", "wrap_up")
    picture.agents[fact.agent] = AgentLine(
        state=fact.state,
        reason=fact.reason,
        since_ms=now_ms,
        until_at_ms=fact.until_at_ms,
        interaction=fact.interaction,
        asked=line.asked if busy else "",
        asked_reason=line.asked_reason if busy else "",
    )
    if line.interaction is not None and line.interaction != fact.interaction:
        _forget(picture, line.interaction)
    picture.tell(fact.agent)


def _agent_asked(picture: Picture, fact: e.AgentAsked, _now_ms: int) -> None:
    line = picture.agents.get(fact.agent)
    if line is not None and line.state in ("offered", "on_interaction"):
        later = fact.wish in ("pause", "log_out")
        line.asked, line.asked_reason = (fact.wish, fact.reason) if later else ("", "")
        picture.tell(fact.agent)


def _connected(picture: Picture, fact: e.CallConnected, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    if contact.queued_at_ms is not None and contact.connected_at_ms is None:
        counts, waited_ms = picture.count(contact), now_ms - contact.queued_at_ms
        queue = picture.centre.queues.get(contact.queue)
        counts.answered += 1
        counts.wait_ms += waited_ms
        counts.in_target += queue is not None and waited_ms <= queue.target_ms
    contact.state, contact.since_ms, contact.connected_at_ms, contact.agent = "talking", now_ms, now_ms, fact.agent
    picture.tell(fact.agent)


def _conversation_ended(picture: Picture, fact: e.ConversationEnded, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.state, contact.since_ms = "over", now_ms
    picture.tell(fact.agent)


def _ended(picture: Picture, fact: e.InteractionEnded, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    if fact.outcome == "abandoned" and contact.queued_at_ms is not None:
        counts = picture.count(contact)
        counts.abandoned += 1
        counts.short += now_ms - contact.queued_at_ms <= SHORT_ABANDON_MS
    if not contact.outgoing:  # figures are of those who called us
        outcome = (fact.outcome, contact.tenant)
        picture.outcomes[outcome] = picture.outcomes.get(outcome, 0) + 1
    contact.ended = True
    contact.state = "over"
    _forget(picture, fact.interaction)


def _forget(picture: Picture, interaction: InteractionId) -> None:
    """An interaction that is over leaves the picture once nobody writes notes on it."""
    contact = picture.contacts.get(interaction)
    if contact is not None and contact.ended:
        line = picture.agents.get(contact.agent)
        if line is None or line.interaction != interaction or line.state not in ("on_interaction", "wrap_up"):
            del picture.contacts[interaction]


def _found(picture: Picture, fact: e.CitizenFound, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.found, contact.record = fact.how, fact.record
        picture.tell(contact.agent)


def _shown(picture: Picture, fact: e.RecordShown, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.offer == fact.offer:
        contact.shown = True


def _noted(picture: Picture, fact: e.WrapUpNoted, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.code = fact.code
        picture.tell(fact.agent)


def _task_opened(picture: Picture, fact: e.TaskOpened, _now_ms: int) -> None:
    picture.tasks[fact.task] = Task(opened=fact)
    _tell_all(picture)


def _task_repeated(picture: Picture, fact: e.TaskRepeated, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None:
        task.opened = msgspec.structs.replace(task.opened, attempts=fact.attempts)
        _tell_all(picture)


def _task_claimed(picture: Picture, fact: e.TaskClaimed, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None:
        task.agent, task.until_at_ms = fact.agent, fact.until_at_ms
        _tell_all(picture)


def _task_released(picture: Picture, fact: e.TaskReleased, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None:
        task.agent, task.until_at_ms = "", None
        _tell_all(picture)


def _task_closed(picture: Picture, fact: e.TaskClosed, _now_ms: int) -> None:
    if picture.tasks.pop(fact.task, None) is not None:
        _tell_all(picture)


def _tell_all(picture: Picture) -> None:
    """The list is everybody's."""
    picture.touched.update(picture.agents)


_TAKES: Final[dict[type[object], Callable[[Picture, Any, int], None]]] = {
    e.CallArrived: _arrived,
    e.CallPlaced: _placed,
    e.DialogueStarted: _guided,
    e.InteractionQueued: _queued,
    e.AgentChosen: _chosen,
    e.OfferMissed: _offer_over,
    e.OfferDeclined: _offer_over,
    e.OfferFailed: _offer_over,
    e.OfferWithdrawn: _offer_over,
    e.AgentStateChanged: _agent_changed,
    e.AgentAsked: _agent_asked,
    e.CallConnected: _connected,
    e.ConversationEnded: _conversation_ended,
    e.InteractionEnded: _ended,
    e.CitizenFound: _found,
    e.RecordShown: _shown,
    e.WrapUpNoted: _noted,
    e.TaskOpened: _task_opened,
    e.TaskRepeated: _task_repeated,
    e.TaskClaimed: _task_claimed,
    e.TaskReleased: _task_released,
    e.TaskClosed: _task_closed,
}
