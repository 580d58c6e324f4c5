"""Blended work: tasks for those whom no caller needs, and back to the telephone when callers wait too long.

A free agent is given a call first, always; only if there is none that they could take, a task, on their page: they see
what it is and take it, or give it back with a reason.  Calls that have waited beyond the queue's `pull_back` get the
agents who are at tasks of a channel that yields to calls, the one who began last first.  Nobody is pulled out of a
conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acd.after import becomes, breath, rests
from acd.agent import AgentRow
from acd.idle import Able
from acd.need import Demand, meets, stages
from acd.queue import Contact
from acd.state import State
from acd.work import Work, room
from core import events as e
from core.centre import Agent
from core.events import Need
from core.events.base import Event, because
from core.ids import InteractionId, TaskId
from core.mind import Decides, Decision
from core.needs import Channel


def _need(work: Work) -> Need:
    if work.need is not None:
        return work.need
    return Need(
        queue=work.queue, skills=(), priority=5, topic="", language="", tenant=work.tenant, channel=work.channel
    )


def _may_have_more(state: State, name: str) -> bool:
    """Whether the agent is at a page, and neither talks nor looks at an offer."""
    centre = state.configurations.now
    row, page = state.agents.get(name), state.pages.get(name)
    if not centre.tasks.offered or row is None or page is None or not page.open or name not in centre.agents:
        return False
    return row.state in ("available", "on_task") and not row.preview and row.asked is None


def _carries(state: State, name: str, channel: Channel) -> bool:
    """Whether the agent takes the channel, and has room for one more of it."""
    centre, row = state.configurations.now, state.agents[name]
    channels = centre.agents[name].channels
    if channels and channel not in channels:
        return False
    return room(centre, [state.work[task].channel for task in row.tasks], channel)


def for_agent(state: State, name: str, event: Event, now_ms: int) -> Decision:
    """The task for an agent whom no call needs: the first due of those that they may take."""
    if not _may_have_more(state, name):
        return
    agent, floor = state.configurations.now.agents[name], state.floor
    if state.agents[name].state == "available" and floor.idle.held(floor.profiles.of[name]):
        return
    found = min(_offers(state, agent), default=None)
    if found is not None:
        yield _offered(state, found[1], name, event, now_ms)


def _offers(state: State, agent: Agent) -> Iterator[tuple[int, TaskId]]:
    """The first of each line that the agent may take; those that they gave back are passed over, and those for which
    they lack a skill, a language or room."""
    for queue_name in agent.queues:
        queue = state.configurations.now.queues.get(queue_name)
        for tenant in agent.tenants or ("",):
            line = state.lines.of(queue_name, tenant) if queue is not None else []
            fit: dict[Need, bool] = {}
            for one in line:
                work = state.work[one[1]]
                need = _need(work)
                if need not in fit:
                    fit[need] = _carries(state, agent.name, need.channel) and meets(
                        agent, _asks(state, work.queue, need)
                    )
                if fit[need] and agent.name not in work.declined:
                    yield one
                    break


def _asks(state: State, queue: str, need: Need) -> Demand:
    return stages(state.configurations.now.tenants, state.queue(queue), need)[0].demand


def _for_task(state: State, task: TaskId, event: Event, now_ms: int) -> Decision:
    """Somebody free for a task: the one who would be asked first for a call, of those who are at their page."""
    work = state.work.get(task)
    if work is None or work.state != "open" or not state.configurations.now.tasks.offered or not state.floor.idle.count:
        return
    floor, need = state.floor, _need(work)
    able = floor.profiles.able(_asks(state, work.queue, need))
    for _, name in floor.idle.in_turn(Able(able), all_of_them=False):
        if name not in work.declined and _may_have_more(state, name) and _carries(state, name, work.channel):
            yield _offered(state, task, name, event, now_ms)
            return


def _offered(state: State, task: TaskId, agent: str, event: Event, now_ms: int) -> e.WorkOffered:
    work = state.work[task]
    return e.WorkOffered(
        cause=because(event),
        task=task,
        agent=agent,
        until_at_ms=now_ms + state.configurations.now.tasks.preview_ms,
        behind=len(state.lines.of(work.queue, work.tenant)) - 1,
    )


# -- facts ------------------------------------------------------------------------------------------------------------


def on_opened(state: State, fact: e.TaskOpened | e.CallbackLeft, now_ms: int) -> Decision:
    yield from _for_task(state, fact.task, fact, now_ms)


def on_gone(state: State, fact: e.TaskClosed | e.TaskReleased | e.TaskClaimed, now_ms: int) -> Decision:
    """Out of somebody's hands, or of an offer; one that is open again is for the next."""
    work = state.work.get(fact.task)
    if work is None:
        return
    if isinstance(fact, e.TaskClaimed) and work.state == "taken":
        return
    if work.agent:
        yield e.WorkLeft(cause=because(fact), task=fact.task, agent=work.agent)
    else:
        yield from _for_task(state, fact.task, fact, now_ms)


def on_left(state: State, fact: e.WorkLeft, now_ms: int) -> Decision:
    """Nothing more in hand: what was asked meanwhile, or the next call, or the next task."""
    row = state.agents.get(fact.agent)
    if row is not None and not row.preview and row.state in ("on_task", "offered") and row.interaction is None:
        if row.state == "offered" or not row.tasks:
            yield from rests(state, fact, fact.agent, now_ms)
        else:
            yield from for_agent(state, fact.agent, fact, now_ms)
            return  # this very task may be theirs again: one decision brings it to one agent
    yield from _for_task(state, fact.task, fact, now_ms)


def on_answered(state: State, fact: e.WorkAnswered, now_ms: int) -> Decision:
    row = state.agents.get(fact.agent)
    if row is None or not row.preview or row.preview != fact.task:
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=False, reason="offer_over")
        return
    if fact.take:
        yield e.WorkTaken(cause=because(fact), task=fact.task, agent=fact.agent)
        yield becomes(fact, fact.agent, "on_task")
    else:
        yield e.WorkDeclined(cause=because(fact), task=fact.task, agent=fact.agent, reason=fact.reason)
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=True, reason="")


def on_declined(state: State, fact: e.WorkDeclined, now_ms: int) -> Decision:
    yield from _for_task(state, fact.task, fact, now_ms)
    yield from rests(state, fact, fact.agent, now_ms)


def on_time_over(state: State, row: AgentRow, event: e.DeadlineReached, now_ms: int) -> Decision:
    """Nobody answered at the page: as with a telephone, a breath, and after several in a row no more offers."""
    misses = row.misses + 1
    yield e.WorkMissed(cause=because(event), task=row.preview, agent=event.key, misses=misses)
    if misses >= state.configurations.now.ring_no_answer.misses and row.asked is None:
        yield becomes(event, event.key, "missed", misses=misses)
    else:
        yield from breath(state, event.key, event, now_ms, misses)


def on_missed(state: State, fact: e.WorkMissed, now_ms: int) -> Decision:
    yield from _for_task(state, fact.task, fact, now_ms)


def on_page(state: State, fact: e.PageSeen, now_ms: int) -> Decision:
    if fact.open:
        yield from for_agent(state, fact.agent, fact, now_ms)


# -- back to the telephone --------------------------------------------------------------------------------------------


def pull_back(state: State, interaction: InteractionId, event: Event, now_ms: int) -> Decision:
    """Somebody has waited too long: the agent who could take them and has the newest task in hand."""
    contact = state.contacts.get(interaction)
    if contact is None or contact.offer is not None or not state.at_tasks:
        return
    able = state.waiting.bucket(contact.need).able_at(now_ms - contact.arrived_at_ms)
    profiles = state.floor.profiles.of
    there = [
        (-state.agents[name].since_ms, name)
        for name in state.at_tasks
        if able is not None and name in profiles and able.profiles >> profiles[name] & 1 and _yields(state, name)
    ]
    if there:
        yield from _pulled(state, min(there)[1], interaction, event)


def _too_long(state: State, contact: Contact | None, now_ms: int) -> bool:
    if contact is None:
        return False
    return contact.need.emergency or now_ms >= contact.queued_at_ms + state.queue(contact.need.queue).pull_back_ms


def _yields(state: State, name: str) -> bool:
    """Whether all that the agent has in hand, or before their eyes, may be interrupted by a call."""
    row, load = state.agents[name], state.configurations.now.capacity.load
    if row.state not in ("on_task", "offered") or row.interaction is not None:
        return False
    in_hand = (*row.tasks, row.preview) if row.preview else row.tasks
    return all("call" in load(state.work[task].channel).yields_to for task in in_hand)


def _pulled(state: State, name: str, interaction: InteractionId | None, event: Event) -> Decision:
    row = state.agents[name]
    for task in (*row.tasks, row.preview) if row.preview else row.tasks:
        yield e.WorkPulledBack(cause=because(event), task=task, agent=name, interaction=interaction)


def on_pulled(state: State, fact: e.WorkPulledBack, _now_ms: int) -> Decision:
    """What was only offered is nobody's yet; what was taken is given back by those who keep tasks."""
    work = state.work.get(fact.task)
    if work is not None and work.state == "offered":
        yield e.WorkLeft(cause=because(fact), task=fact.task, agent=fact.agent)


def on_agent_changed(state: State, fact: e.AgentStateChanged, now_ms: int) -> Decision:
    """Back from a call to their tasks, they may be needed at once; whoever is gone gives back what they had."""
    row = state.agents.get(fact.agent)
    if row is None:
        return
    if fact.state == "logged_out":
        yield from _pulled(state, fact.agent, None, fact)
    elif fact.state == "on_task" and (profile := state.floor.profiles.of.get(fact.agent)) is not None:
        found = state.waiting.first(profile, now_ms)
        contact = state.contacts[found[2]] if found is not None else None
        if found is not None and _too_long(state, contact, now_ms) and _yields(state, fact.agent):
            yield from _pulled(state, fact.agent, found[2], fact)
            return
        yield from for_agent(state, fact.agent, fact, now_ms)
    elif fact.state == "available":
        yield from for_agent(state, fact.agent, fact, now_ms)


DECIDES: Final[Decides] = {
    e.TaskOpened: on_opened,
    e.TaskClaimed: on_gone,
    e.TaskReleased: on_gone,
    e.TaskClosed: on_gone,
    e.CallbackLeft: on_opened,
    e.WorkAnswered: on_answered,
    e.WorkDeclined: on_declined,
    e.WorkMissed: on_missed,
    e.WorkPulledBack: on_pulled,
    e.WorkLeft: on_left,
    e.PageSeen: on_page,
}
