"""The state of distribution and how facts change it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from acd import waits
from acd.agent import BREATH, LIFE, PHONE_GONE, AgentRow, offer_ms
from acd.away import Away
from acd.busy import Busy
from acd.floor import Floor
from acd.preferred import comes_by, not_beyond_longest, waited_until, within_walls
from acd.queue import ANNOUNCE_FIRST_MS, Contact, Promise, Shut, next_limit_ms, queue_key
from acd.wait import Habits
from acd.waiting import Waiting
from acd.work import Lines, PageOpen, Work
from core import events as e
from core import limits
from core.centre import Agent, Queue
from core.deadlines import Deadlines
from core.ids import InteractionId, TaskId
from core.mind import Applies, Configurations
from core.table import Table, Undo

UNSEEN_MS: Final = 1_000
"""A deadline that rings later than this rang while we were not there: what happened meanwhile is not known yet."""


BUSY: Final = frozenset({"offered", "on_interaction", "wrap_up", "on_task"})
"""In these a pause, or to log out, is for later."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the node is out of sight: what its telephones do is told later, by NodeSeen."""

    lost: bool


class State:
    """Agents, contacts, promised callbacks, habits of queues, queues that were shut, and the sight of the node (one
    row, "now").

    `floor` is derived from the first two, and from the configuration; `busy` from agents; `callbacks` from promises:
    which is due by this interaction.
    """

    __slots__ = (
        "_floor",
        "agents",
        "at_tasks",
        "away",
        "busy",
        "callbacks",
        "configurations",
        "contacts",
        "habits",
        "lines",
        "pages",
        "promises",
        "shut",
        "sight",
        "work",
    )

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self._floor: Floor | None = None
        self.busy = Busy()
        self.away = Away()
        self.lines = Lines()
        self.at_tasks: set[str] = set()
        contact_deadlines = deadlines.watcher("contact")
        agent_deadlines = deadlines.watcher("agent")

        def watch_contact(key: str, old: Contact | None, new: Contact | None) -> None:
            if (floor := self._current()) is not None:
                floor.waiting.watch(key, old, new)
            contact_deadlines(key, old, new)

        def watch_agent(key: str, old: AgentRow | None, new: AgentRow | None) -> None:
            self.busy.watch(key, old, new)
            self.away.watch(key, old, new)
            self._watch_tasks(key, new)
            if (floor := self._current()) is not None:
                floor.agent(key, old, new)
            agent_deadlines(key, old, new)

        self.callbacks: dict[InteractionId, TaskId] = {}
        promise_deadlines = deadlines.watcher("promise")

        def watch_promise(key: TaskId, old: Promise | None, new: Promise | None) -> None:
            for name in (old.interaction, old.by) if old is not None else ():
                self.callbacks.pop(name, None)
            for name in (new.interaction, new.by) if new is not None else ():
                if name:
                    self.callbacks[name] = key
            promise_deadlines(key, old, new)

        self.contacts: Table[InteractionId, Contact] = Table(undo, watch_contact)
        self.promises: Table[TaskId, Promise] = Table(undo, watch_promise)
        self.agents: Table[str, AgentRow] = Table(undo, watch_agent)
        self.habits: Table[str, Habits] = Table(undo)
        self.shut: Table[str, Shut] = Table(undo, deadlines.watcher("shut"))
        self.sight: Table[str, Sight] = Table(undo)
        self.work: Table[TaskId, Work] = Table(undo, self.lines.watch)
        self.pages: Table[str, PageOpen] = Table(undo)
        self.configurations = configurations

    def _watch_tasks(self, name: str, row: AgentRow | None) -> None:
        if row is not None and (row.tasks or row.preview):
            self.at_tasks.add(name)
        else:
            self.at_tasks.discard(name)

    def _current(self) -> Floor | None:
        """The floor, unless it is of another configuration: then it is forgotten, and made anew when asked for."""
        floor = self._floor
        if floor is not None and floor.centre is not self.configurations.now:
            floor = self._floor = None
        return floor

    @property
    def floor(self) -> Floor:
        floor = self._current()
        if floor is None:
            floor = Floor(self.configurations.now, self.queue)
            floor.fill(self.agents.items(), self.contacts.items())
            self._floor = floor
        return floor

    @property
    def waiting(self) -> Waiting:
        return self.floor.waiting

    def queue(self, name: str) -> Queue:
        """The queue `name`; for one that a reload took away, what it overflowed to, or else the first there is."""
        queues = self.configurations.now.queues
        if name in queues:
            return queues[name]
        tried: set[str | None] = set()
        heir: str | None = name
        while heir is not None and heir not in queues and heir not in tried:
            tried.add(heir)
            heir = self._former_overflow(heir)
        return queues.get(heir or "") or next(iter(queues.values()))

    def _former_overflow(self, name: str) -> str | None:
        """What the queue `name` overflowed to in the last configuration that had it."""
        known = reversed(self.configurations.by_digest.values())
        return next((centre.queues[name].beyond for centre in known if name in centre.queues), None)

    @property
    def blind(self) -> bool:
        row = self.sight.get("now")
        return row is not None and row.lost

    def agent(self, name: str, now_ms: int) -> AgentRow:
        """The agent's row; somebody never seen is logged out."""
        return self.agents.get(name) or AgentRow(state=LIFE.first, since_ms=now_ms, idle_since_ms=now_ms)

    def change(self, interaction: InteractionId, **changes: Any) -> None:
        row = self.contacts.get(interaction)
        if row is not None:
            self.contacts.put(interaction, msgspec.structs.replace(row, **changes))


def _queued(state: State, fact: e.InteractionQueued, now_ms: int) -> None:
    contact = Contact(
        need=fact.need,
        arrived_at_ms=fact.arrived_at_ms,
        offers=fact.asked,
        may_be_called=fact.may_be_called,
        announce_at_ms=now_ms + ANNOUNCE_FIRST_MS,
        preferred_until_at_ms=_preferred_until(state, fact, now_ms),
        pulls_at_ms=_pulls_at(state, fact.need, now_ms),
        queued_at_ms=now_ms,
        seen=waits.came(state, fact.need, now_ms),
        redirected=fact.overflowed,
    )
    state.contacts.put(fact.interaction, timed(state, contact, now_ms))


def timed(state: State, contact: Contact, now_ms: int) -> Contact:
    """The contact with the times that its queue, its need and its place set it."""
    queue = state.queue(contact.need.queue)
    preferred_until_at_ms = contact.preferred_until_at_ms
    if preferred_until_at_ms is not None:
        capped_at_ms = not_beyond_longest(state.configurations.now, queue, contact.arrived_at_ms, preferred_until_at_ms)
        preferred_until_at_ms = max(now_ms, capped_at_ms)
    return msgspec.structs.replace(
        contact,
        wakes_at_ms=state.waiting.wakes_at_ms(contact, now_ms),
        overflows_at_ms=next_limit_ms(queue, contact, now_ms),
        preferred_until_at_ms=preferred_until_at_ms,
    )


def _pulls_at(state: State, need: e.Need, now_ms: int) -> int | None:
    """From when on agents are called back from their tasks; where none are brought to them, never."""
    if not state.configurations.now.tasks.offered:
        return None
    return now_ms if need.emergency else now_ms + state.queue(need.queue).pull_back_ms


def _preferred_until(state: State, fact: e.InteractionQueued, now_ms: int) -> int | None:
    need = fact.need
    row = state.agents.get(need.preferred)
    centre, queue = state.configurations.now, state.queue(need.queue)
    return waited_until(centre, queue, row, need, fact.arrived_at_ms, now_ms)


def _waited_in_vain(state: State, name: str, now_ms: int) -> None:
    """Who waits for an agent who will not come has a timer that rings at once: then anybody may take them."""
    row = state.agents[name]
    for interaction in state.waiting.all_for_agent(name):
        until_at_ms = state.contacts[interaction].preferred_until_at_ms
        if until_at_ms is not None and not state.contacts[interaction].given and not comes_by(row, until_at_ms):
            state.change(interaction, preferred_until_at_ms=now_ms)


def _configured(state: State, _fact: e.ConfigurationApplied, now_ms: int) -> None:
    """What is asked, and when less is asked, may be otherwise now."""
    for interaction, contact in state.contacts.items():
        anew = timed(state, contact, now_ms)
        if contact.preferred_until_at_ms is not None and not within_walls(state.configurations.now, contact.need):
            anew = msgspec.structs.replace(anew, preferred_until_at_ms=None, given=False)
        if anew != contact:
            state.contacts.put(interaction, anew)
    centre = state.configurations.now
    for table in (state.shut, state.habits):
        for key in list(table):
            queue, _, tenant = key.rpartition("/")
            if queue not in centre.queues or tenant not in centre.organisations:
                table.drop(key)


def _chosen(state: State, fact: e.AgentChosen, now_ms: int) -> None:
    contact = state.contacts[fact.interaction]
    asked = msgspec.structs.replace(
        contact,
        offers=contact.offers + 1,
        offer=fact.offer,
        agent=fact.agent,
        leg=fact.leg,
        rang=False,
        answered=False,
        expires_at_ms=fact.expires_at_ms,
        seen=contact.seen if now_ms > contact.queued_at_ms else None,  # who waited for nobody teaches nothing
    )
    state.contacts.put(fact.interaction, asked)
    row = state.agents[fact.agent]
    offered = msgspec.structs.replace(
        row,
        state=LIFE.after(row.state, "offered"),
        reason="",
        since_ms=now_ms,
        interaction=fact.interaction,
        offer=fact.offer,
        until_at_ms=None,
        serves=queue_key(contact.need.queue, contact.need.tenant),
        serves_since_ms=now_ms,
        overran=False,
    )
    state.agents.put(fact.agent, offered)


def _rang(state: State, fact: e.LegRinging, _now_ms: int) -> None:
    contact = state.contacts.get(fact.interaction)
    if contact is not None and contact.leg == fact.leg:
        state.change(fact.interaction, rang=True)


def _answered(state: State, fact: e.OfferAnswered, _now_ms: int) -> None:
    state.change(fact.interaction, answered=True, expires_at_ms=None)


def _offer_over(state: State, fact: Any, now_ms: int) -> None:
    """The offer is closed without a conversation: the contact has its place again."""
    contact = state.contacts.get(fact.interaction)
    if contact is not None and contact.offer == fact.offer:
        state.change(
            fact.interaction,
            offer=None,
            agent="",
            leg="",
            answered=False,
            expires_at_ms=None,
            wakes_at_ms=state.waiting.wakes_at_ms(contact, now_ms),
            preferred_until_at_ms=None,
            given=False,
        )


def _taken(
    state: State, fact: e.CallConnected | e.CallbackNoted | e.WaitLeft | e.InteractionEnded, now_ms: int
) -> None:
    contact = state.contacts.get(fact.interaction)
    if contact is None:
        return
    if isinstance(fact, e.CallConnected):
        waits.answered(state, contact, now_ms)
    elif isinstance(fact, e.InteractionEnded):
        waits.gave_up(state, contact)
    state.contacts.drop(fact.interaction)


def _taken_back(state: State, fact: e.TransferFailed, _now_ms: int) -> None:
    """Nobody is asked any more when the agent who wanted to speak with somebody first has the citizen back."""
    if fact.agent:
        state.contacts.drop(fact.interaction)


def _turned_away(state: State, fact: e.QueueClosed, now_ms: int) -> None:
    """Asked once: who cannot be called goes on waiting, and is told so as before."""
    contact = state.contacts.get(fact.interaction)
    if contact is not None:
        next_ms = contact.announce_at_ms or now_ms + state.queue(contact.need.queue).announce_every_ms
        state.change(fact.interaction, turned_away=True, announce_at_ms=next_ms)


def _agent_changed(state: State, fact: e.AgentStateChanged, now_ms: int) -> None:
    row = state.agent(fact.agent, now_ms)
    became_free = fact.state == "available" and fact.cause != "OfferWithdrawn"
    same = fact.interaction is not None and fact.interaction == row.interaction
    if row.serves and not same and row.state in ("on_interaction", "wrap_up"):
        waits.freed(state, row, now_ms)
    kept_wish = fact.state in BUSY
    if row.state == "paused" and fact.state == "on_interaction" and row.reason != BREATH:
        # Whoever calls somebody during a pause is in that pause again afterwards.
        row = msgspec.structs.replace(row, asked="pause", asked_reason=row.reason)
    changed = msgspec.structs.replace(
        row,
        state=LIFE.after(row.state, fact.state),
        reason=fact.reason,
        since_ms=now_ms,
        idle_since_ms=now_ms if became_free else row.idle_since_ms,
        interaction=fact.interaction,
        offer=row.offer if fact.interaction is not None else None,
        until_at_ms=fact.until_at_ms,
        misses=fact.misses,
        asked=row.asked if kept_wish else None,
        asked_reason=row.asked_reason if kept_wish else "",
        serves=row.serves if same else "",
        extended=False,
        coded=row.coded and same,
        overran=False,
    )
    state.agents.put(fact.agent, changed)
    if changed.state in ("paused", "missed", "logged_out"):
        _waited_in_vain(state, fact.agent, now_ms)


def _forced(state: State, fact: e.AgentForced, now_ms: int) -> None:
    row = state.agent(fact.agent, now_ms)
    state.agents.put(fact.agent, msgspec.structs.replace(row, ordered_by=fact.by, ordered_why=fact.reason))


def _asked(state: State, fact: e.AgentAsked, _now_ms: int) -> None:
    """What they wish themselves comes after what a supervisor wished for them."""
    row = state.agents.get(fact.agent)
    if row is not None and row.ordered_by and fact.cause != "InstructionGiven":
        state.agents.put(fact.agent, msgspec.structs.replace(row, ordered_by="", ordered_why=""))


def _kept(state: State, fact: e.WishKept, now_ms: int) -> None:
    row = state.agent(fact.agent, now_ms)
    if row.state in BUSY:
        state.agents.put(fact.agent, msgspec.structs.replace(row, asked=fact.wish, asked_reason=fact.reason))
        _waited_in_vain(state, fact.agent, now_ms)


def _extended(state: State, fact: e.WrapUpExtended, _now_ms: int) -> None:
    row = state.agents.get(fact.agent)
    if row is not None and row.state == "wrap_up":
        changed = msgspec.structs.replace(row, until_at_ms=fact.until_at_ms, extended=True)
        state.agents.put(fact.agent, changed)


def _overran(state: State, fact: e.PauseOverran, now_ms: int) -> None:
    row = state.agents.get(fact.agent)
    if row is not None:
        state.agents.put(fact.agent, msgspec.structs.replace(row, overran=True))
        _waited_in_vain(state, fact.agent, now_ms)


def _noted(state: State, fact: e.WrapUpNoted, _now_ms: int) -> None:
    """The conversation at hand has its code."""
    row = state.agents.get(fact.agent)
    if row is not None and row.interaction == fact.interaction and fact.code in state.configurations.now.wrap_up_codes:
        state.agents.put(fact.agent, msgspec.structs.replace(row, coded=True))


def _phone(state: State, fact: e.PhoneSeen, _now_ms: int) -> None:
    agent = state.configurations.now.agent_at(fact.phone)
    if agent is not None:
        _phone_of(state, agent, fact.reachable)


def _phone_of(state: State, agent: Agent, reachable: bool) -> None:
    """The telephone of somebody who is busy is gone: they log out when they are not; it is back: they stay."""
    row = state.agents.get(agent.name)
    if row is None or row.state not in ("offered", "on_interaction") or not agent.log_in_with_phone:
        return
    if not reachable:
        state.agents.put(agent.name, msgspec.structs.replace(row, asked="log_out", asked_reason=PHONE_GONE))
    elif row.asked_reason == PHONE_GONE:
        state.agents.put(agent.name, msgspec.structs.replace(row, asked=None, asked_reason=""))


def _announced(state: State, fact: e.AnnouncementDue, _now_ms: int) -> None:
    state.change(
        fact.interaction,
        announce_at_ms=fact.next_at_ms,
        promised_at_ms=fact.promised_at_ms,
        taken_back=fact.taken_back,
        redirected=False,
    )


def _lost(state: State, _fact: e.NodeLost | e.CentreStarted, _now_ms: int) -> None:
    state.sight.put("now", Sight(lost=True))


def _seen(state: State, fact: e.NodeSeen, now_ms: int) -> None:
    """What is still offered gets its time anew: whether the telephone rang meanwhile, nobody knows."""
    state.sight.put("now", Sight(lost=False))
    for interaction, contact in state.contacts.items():
        if contact.expires_at_ms is not None:
            agent = state.configurations.now.agents.get(contact.agent)
            lasts_ms = offer_ms(agent, state.queue(contact.need.queue))
            state.change(interaction, expires_at_ms=now_ms + lasts_ms)
    phones = frozenset(fact.phones)
    for known in state.configurations.now.agents.values():
        _phone_of(state, known, known.phone in phones)


def _deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> None:
    """Clears the timers that rang, so that each rings once.

    An offer that ran out unseen may have been taken: it gets another time limit, until Asterisk has been asked.
    """
    if fact.kind == "agent" and (agent := state.agents.get(fact.key)) is not None:
        state.agents.put(fact.key, msgspec.structs.replace(agent, until_at_ms=None))
    elif fact.kind == "contact" and (contact := state.contacts.get(fact.key)) is not None:
        of_wait = ("announce_at_ms", "wakes_at_ms", "preferred_until_at_ms", "overflows_at_ms", "pulls_at_ms")
        timers = of_wait if contact.offer is None else ("expires_at_ms",)
        rung: dict[str, int | None] = {
            name: None for name in timers if (at := getattr(contact, name)) is not None and at <= fact.at_ms
        }
        if "expires_at_ms" in rung and (state.blind or now_ms > fact.at_ms + UNSEEN_MS):
            rung["expires_at_ms"] = now_ms + limits.CALL_STEP_MS
        if "wakes_at_ms" in rung:
            rung["wakes_at_ms"] = state.waiting.wakes_at_ms(contact, now_ms)
        if "overflows_at_ms" in rung:
            rung["overflows_at_ms"] = next_limit_ms(state.queue(contact.need.queue), contact, now_ms)
        state.change(fact.key, **rung)


APPLIES: Final[Applies] = {
    e.InteractionQueued: _queued,
    e.AgentChosen: _chosen,
    e.LegRinging: _rang,
    e.OfferAnswered: _answered,
    e.OfferMissed: _offer_over,
    e.OfferDeclined: _offer_over,
    e.OfferFailed: _offer_over,
    e.OfferWithdrawn: _offer_over,
    e.TransferFailed: _taken_back,
    e.CallConnected: _taken,
    e.CallbackNoted: _taken,
    e.WaitLeft: _taken,
    e.QueueClosed: _turned_away,
    e.InteractionEnded: _taken,
    e.AgentStateChanged: _agent_changed,
    e.AgentForced: _forced,
    e.AgentAsked: _asked,
    e.WishKept: _kept,
    e.WrapUpExtended: _extended,
    e.PauseOverran: _overran,
    e.WrapUpNoted: _noted,
    e.PhoneSeen: _phone,
    e.NodeLost: _lost,
    e.CentreStarted: _lost,
    e.NodeSeen: _seen,
    e.AnnouncementDue: _announced,
    e.ConfigurationApplied: _configured,
    e.DeadlineReached: _deadline,
}
